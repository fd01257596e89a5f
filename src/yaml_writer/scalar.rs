//! Writes a string as a plain, quoted or block scalar.
//!
//! Plain scalars are allowed by a short list of what is certainly a string, instead of excluded by a list of what is not:
//! kubectl and Argo CD read YAML 1.1, other tools 1.2, and each reader has its own numbers and keywords.

use std::fmt::Write as _;

/// May begin a plain scalar.
const FIRST: u8 = 1;
/// May be inside a plain scalar.
const INNER: u8 = 2;

/// Where each byte is allowed in a plain scalar.
static CLASSES: [u8; 256] = classes();

/// Words that some readers take for a boolean, null or a number. Rust's own float parser, on which YAML readers are built,
/// knows the last three without a leading dot.
const WORDS: [&str; 12] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity"];

/// The longest of [`WORDS`].
const LONGEST_WORD: usize = 8;

/// Units of durations as Go prints them.
const UNITS: [&str; 6] = ["ns", "us", "ms", "s", "m", "h"];

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        classes[byte] = match byte as u8 {
            b'A'..=b'Z' | b'a'..=b'z' | b'/' | b'_' => FIRST | INNER,
            b'0'..=b'9' | b'.' | b'-' | b'+' | b'|' | b'=' | b'@' | b':' => INNER,
            _ => 0,
        };
        byte += 1;
    }
    classes
}

/// Appends `text` to `out` as one YAML scalar on one line, plain or quoted, which every reader of YAML 1.1 and 1.2 reads
/// back as that string. It can be used as a key, as a value and inside `[…]` and `{…}`.
///
/// Double quotes are used only where something must be escaped.
pub fn scalar(text: &str, out: &mut String) {
    if is_plain(text) {
        out.push_str(text);
    } else if text.chars().all(is_visible) {
        single_quoted(text, out);
    } else {
        double_quoted(text, out);
    }
}

/// Appends the value `text` and the end of its line: a block if it has several lines, with its lines at `column`, otherwise
/// as [`scalar`] does. `column` must be two more than that of the key or dash before it.
pub(super) fn value(text: &str, column: usize, out: &mut String) {
    if is_block(text) {
        block(text, column, out);
    } else {
        scalar(text, out);
        out.push('\n');
    }
}

/// Appends `column` spaces.
pub(super) fn indent(column: usize, out: &mut String) {
    const BLANKS: &str = "                                                                ";
    let mut left = column;
    while left > BLANKS.len() {
        out.push_str(BLANKS);
        left -= BLANKS.len();
    }
    out.push_str(&BLANKS[..left]);
}

pub(super) fn single_quoted(text: &str, out: &mut String) {
    out.push('\'');
    for (i, part) in text.split('\'').enumerate() {
        if i > 0 {
            out.push_str("''");
        }
        out.push_str(part);
    }
    out.push('\'');
}

fn double_quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_visible(c) => out.push(c),
            // Writing to a String cannot fail. YAML has no surrogate pairs.
            c if u32::from(c) <= 0xFFFF => _ = write!(out, "\\u{:04x}", u32::from(c)),
            c => _ = write!(out, "\\U{:08x}", u32::from(c)),
        }
    }
    out.push('"');
}

fn block(text: &str, column: usize, out: &mut String) {
    let body = text.trim_end_matches('\n');
    let ends = text.len() - body.len();
    out.push('|');
    if body.starts_with(' ') {
        // Otherwise a reader would take these spaces for the indentation.
        out.push('2');
    }
    match ends {
        0 => out.push('-'),
        1 => {}
        _ => out.push('+'),
    }
    out.push('\n');
    for line in body.split('\n') {
        if !line.is_empty() {
            indent(column, out);
            out.push_str(line);
        }
        out.push('\n');
    }
    for _ in 1..ends {
        out.push('\n');
    }
}

/// Whether `text` is best read as a block. Trailing spaces are invisible and editors strip them, and with
/// leading line breaks and tabs readers differ about the indentation: such text is quoted.
fn is_block(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with(['\n', '\t'])
        && text.chars().all(|c| matches!(c, '\n' | '\t') || is_visible(c))
        && text.split('\n').all(|line| !line.ends_with([' ', '\t']))
}

/// Whether a character may be written as itself between quotes and in blocks: YAML calls it printable and a reviewer can see
/// it. This excludes characters that break lines in only one YAML version, and those that reorder or hide text around them.
fn is_visible(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{A0}' | '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{2000}'..='\u{200F}' | '\u{2028}'..='\u{202F}'
            | '\u{205F}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether every reader takes `text` without quotes for a string.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(first) = bytes.first() else { return false };
    if first.is_ascii_digit() {
        return is_ipv4(bytes) || is_duration(text);
    }
    CLASSES[usize::from(*first)] & FIRST != 0
        && bytes.iter().all(|byte| CLASSES[usize::from(*byte)] & INNER != 0)
        // Without spaces inside, a colon makes a key only at the end.
        && !bytes.ends_with(b":")
        && !is_word(text)
}

fn is_word(text: &str) -> bool {
    text.len() <= LONGEST_WORD
        // No word begins with another letter.
        && matches!(text.as_bytes().first().map(u8::to_ascii_lowercase), Some(b'y' | b'n' | b'o' | b't' | b'f' | b'i'))
        && WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Four decimal numbers. YAML 1.1's page on floats has `[0-9.]*` where it means `[0-9_]*`, so strictly speaking this
/// would be a float. No reader follows it, and kubectl writes addresses plain as well.
fn is_ipv4(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'.').count() == 4
        && bytes
            .split(|byte| *byte == b'.')
            .all(|part| (1..=3).contains(&part.len()) && part.iter().all(u8::is_ascii_digit))
}

/// Numbers with a unit after each, such as `0.100s` and `1h30m`. Nothing in them is an exponent, a radix or a separator.
fn is_duration(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let Some(after) = number(rest).and_then(unit) else { return false };
        rest = after;
    }
    true
}

/// The rest of `text` after a leading number, with or without decimals.
fn number(text: &str) -> Option<&str> {
    let after = digits(text)?;
    after.strip_prefix('.').map_or(Some(after), digits)
}

fn digits(text: &str) -> Option<&str> {
    let after = text.trim_start_matches(|c: char| c.is_ascii_digit());
    (after.len() < text.len()).then_some(after)
}

fn unit(text: &str) -> Option<&str> {
    UNITS
        .iter()
        .find_map(|unit| text.strip_prefix(unit).filter(|after| !after.starts_with(|c: char| c.is_ascii_alphabetic())))
}
