//! What a backslash begins.

use super::Wrong;
use super::unicode::unicode;

/// What a backslash outside of a class begins, and what follows it.
pub(super) enum Escaped<'t> {
    /// One part.
    One(&'t str),
    /// Text of which each character is one part.
    Quoted { quoted: &'t str, rest: &'t str },
}

/// Reads what follows a backslash outside of a class.
pub(super) fn after_backslash(after: &str) -> Result<Escaped<'_>, Wrong> {
    match after.chars().next() {
        Some('Q') => {
            let quoted = &after[1..];
            let (quoted, rest) = quoted.split_once("\\E").unwrap_or((quoted, ""));
            Ok(Escaped::Quoted { quoted, rest })
        }
        Some(letter @ ('p' | 'P')) => unicode(&after[1..], letter).map(Escaped::One),
        Some('A' | 'b' | 'B' | 'z') => Ok(Escaped::One(&after[1..])),
        Some(letter) if is_perl_class(letter) => Ok(Escaped::One(&after[1..])),
        _ => character(after).map(|(_, rest)| Escaped::One(rest)),
    }
}

/// Whether a letter behind a backslash names a class.
pub(super) fn is_perl_class(letter: char) -> bool {
    matches!(letter, 'd' | 'D' | 's' | 'S' | 'w' | 'W')
}

/// The character that a backslash and what follows it stand for.
pub(super) fn character(after: &str) -> Result<(char, &str), Wrong> {
    let Some(first) = after.chars().next() else {
        return Err(Wrong::new("a \\ at the end escapes nothing").hint("remove it, or write \\\\ for the character"));
    };
    let rest = &after[first.len_utf8()..];
    let simple = |character: char| Ok((character, rest));
    match first {
        'a' => simple('\u{7}'),
        'f' => simple('\u{c}'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'v' => simple('\u{b}'),
        '0' => Ok(octal(after)),
        '1'..='7' if rest.starts_with(|c: char| c.is_digit(8)) => Ok(octal(after)),
        '1'..='9' => Err(Wrong::new(format!("\\{first} refers back to a group, which RE2 does not support"))),
        'x' => hexadecimal(rest),
        _ if first.is_ascii() && !first.is_ascii_alphanumeric() => simple(first),
        _ => Err(Wrong::new(format!("\\{first} is not an escape that RE2 supports"))),
    }
}

/// Up to three octal digits.
fn octal(text: &str) -> (char, &str) {
    let end = text.bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
    let (digits, rest) = text.split_at(end);
    let number = u32::from_str_radix(digits, 8).ok().and_then(char::from_u32);
    (number.unwrap_or_default(), rest)
}

/// Two hexadecimal digits, or any number of them in braces.
fn hexadecimal(text: &str) -> Result<(char, &str), Wrong> {
    let (digits, rest) = match text.strip_prefix('{') {
        Some(braced) => braced.split_once('}').unwrap_or(("", "")),
        None => text.split_at(text.bytes().take(2).take_while(u8::is_ascii_hexdigit).count()),
    };
    let is_complete =
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()) && (text.starts_with('{') || digits.len() == 2);
    let number = u32::from_str_radix(digits, 16).ok().filter(|number| is_complete && *number <= 0x10_FFFF);
    match number {
        // Go accepts surrogates, which are no characters here: of these, only their order counts.
        Some(number) => Ok((char::from_u32(number).unwrap_or('\u{D7FF}'), rest)),
        None => Err(Wrong::new("\\x needs two hexadecimal digits, or a character's number in braces")),
    }
}
