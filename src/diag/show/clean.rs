//! What is fit to be shown.

use std::borrow::Cow;

/// What replaces a secret.
const HIDDEN: &str = "[not shown, for it may hold a secret]";

/// What only key material and ciphertext contain. The fourth is how `-----BEGIN ` begins in base64.
const MATERIAL: [&str; 4] = ["PRIVATE KEY-----", "AGE-SECRET-KEY-", "ENC[", "LS0tLS1CRUdJTi"];

/// Ends of the names of fields whose values may be secret.
///
/// Those of `recipients` are public, unless somebody confused them with private keys.
const PRIVATE: [&str; 9] =
    ["password", "passwd", "token", "secret", "key.pem", ".key", "privatekey", "apikey", "recipients"];

/// Messages and paths without secrets and without characters that a terminal would obey.
pub(super) fn message(text: &str) -> String {
    if MATERIAL.iter().any(|mark| text.contains(mark)) {
        return HIDDEN.to_owned();
    }
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && unsafe_to_print(c) { clean.extend(c.escape_unicode()) } else { clean.push(c) }
    }
    clean
}

/// A message in one line.
pub(super) fn one_line(text: &str) -> String {
    message(text).lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// A line of a file as it may be shown: every character keeps its column. `None` if it may hold a secret.
pub(super) fn source<'a>(file: &str, line: &'a str) -> Option<Cow<'a, str>> {
    if file.split('/').any(|part| part == "ca") || holds_secret(line) {
        return None;
    }
    let line = line.trim_end_matches(['\r', '\n']);
    let unsafe_here = |c: char| c != '\t' && unsafe_to_print(c);
    Some(if line.contains(unsafe_here) { line.replace(unsafe_here, "\u{fffd}").into() } else { line.into() })
}

/// Whether a line of a file looks as if it held something that must not get into a log.
fn holds_secret(line: &str) -> bool {
    MATERIAL.iter().any(|mark| line.contains(mark)) || has_base64(line) || names_secret(line)
}

/// Whether there is a run of base64 as long as keys are; a line inside a PEM block shows nothing else.
fn has_base64(line: &str) -> bool {
    let in_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    // Letters alone are a long name, such as requiredDuringSchedulingIgnoredDuringExecution.
    let key = |run: &str| run.len() >= 40 && run.contains(|c: char| !c.is_ascii_alphabetic());
    line.split(|c| !in_base64(c)).any(key)
}

/// Whether the line gives a value to a field that is named as secrets are.
fn names_secret(line: &str) -> bool {
    let mut parts = line.split(':').peekable();
    while let (Some(key), Some(_)) = (parts.next(), parts.peek()) {
        let key = key.trim_end_matches(['"', '\'', ' ']).to_ascii_lowercase().replace(['_', '-'], "");
        if PRIVATE.iter().any(|name| key.ends_with(name)) {
            return true;
        }
    }
    false
}

/// Control characters, and those that reorder or hide the text around them.
fn unsafe_to_print(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
