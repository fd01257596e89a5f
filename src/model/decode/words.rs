//! What scalars and keys are: spellings of fields, words that YAML readers see differently.

use crate::load::tree::Value;

/// What a value is, for messages.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Plain(text) if boolean_of_yaml_12(text).is_some() => format!("the boolean {text}"),
        Value::Plain(text) if is_number_or_bool(text) => format!("the number {text}"),
        Value::Plain(text) | Value::Quoted(text) => format!("the text {:?}", shortened(text)),
        Value::List(_) => "a list".into(),
        Value::Map(_) => "a mapping".into(),
    }
}

/// The beginning of a text, enough to recognise it in a message.
pub(super) fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Whether `key` is `name` in camelCase or in snake_case.
pub fn is_spelling(name: &str, key: &str) -> bool {
    if name == key {
        return true;
    }
    if !key.contains('_') {
        return false;
    }
    let mut expected = name.bytes().flat_map(|b| {
        let underscore = b.is_ascii_uppercase().then_some(b'_');
        underscore.into_iter().chain([b.to_ascii_lowercase()])
    });
    key.bytes().all(|b| expected.next() == Some(b)) && expected.next().is_none()
}

/// Whether a plain scalar is a boolean or a number for every YAML reader.
pub(in crate::model) fn is_number_or_bool(text: &str) -> bool {
    matches!(text, "true" | "false") || (is_json_number(text) && !has_leading_zero(text))
}

/// Whether the text is a number as JSON writes it, a leading zero or plus sign aside.
pub(super) fn is_json_number(text: &str) -> bool {
    text.bytes().next().is_some_and(|b| b.is_ascii_digit() || b == b'-' || b == b'+')
        && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'))
        && text.parse::<f64>().is_ok()
}

pub(super) fn has_leading_zero(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '+']);
    digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit()
}

/// Whether a YAML 1.1 reader sees a boolean or a number in this plain scalar, which YAML 1.2's does not or not alike.
pub(super) fn is_word_of_yaml_11(text: &str) -> bool {
    const WORDS: [&str; 8] = ["y", "n", "yes", "no", "on", "off", "true", "false"];
    if WORDS.iter().any(|word| word.eq_ignore_ascii_case(text)) {
        return true;
    }
    let digits = text.trim_start_matches(['-', '+']);
    let first_is_digit = digits.as_bytes().first().is_some_and(u8::is_ascii_digit);
    let radix = digits.starts_with("0x") || digits.starts_with("0b") || digits.starts_with("0o");
    first_is_digit
        && (has_leading_zero(text) && digits.bytes().all(|b| b.is_ascii_digit() || b == b'_')
            || radix && digits[2..].bytes().all(|b| b.is_ascii_hexdigit() || b == b'_') && digits.len() > 2
            || digits.contains('_') && digits.bytes().all(|b| b.is_ascii_digit() || b == b'_' || b == b'.')
            || digits.contains(':') && digits.split(':').all(|p| p.parse::<f64>().is_ok() && p.len() <= 2))
}

/// The boolean that every YAML reader sees in a plain scalar.
pub(super) fn boolean_of_yaml_12(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// The boolean that kubectl, a YAML 1.1 reader, sees in a plain scalar where others see text.
pub(super) fn boolean_of_yaml_11(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// A finite number in JSON's form.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|n| n.is_finite() && is_json_number(text))
}
