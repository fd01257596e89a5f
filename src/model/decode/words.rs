//! What scalars and keys are: spellings of fields, words that YAML readers see differently.

use crate::load::tree::{Entry, Value};

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

/// A field's name in snake_case.
pub(super) fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
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

/// The absent fields below which most of some unknown fields would be known, with the indices of these; `paths` adds the paths
/// of all fields.
pub(super) fn missing_levels(
    unknown: &[&Entry],
    absent: impl Iterator<Item = &'static str>,
    paths: fn(&str, &mut Vec<String>),
) -> (Vec<&'static str>, Vec<usize>) {
    let mut known = Vec::new();
    paths("", &mut known);
    let is_below = |level: &str, key: &str| {
        let below = known.iter().filter_map(|path| path.strip_prefix(level)?.strip_prefix('.'));
        below.filter_map(|rest| rest.split(['.', '[']).next()).any(|name| is_spelling(name, key))
    };
    let below = |level: &str| (0..unknown.len()).filter(|i| is_below(level, &unknown[*i].key)).collect::<Vec<_>>();
    let mut best: (Vec<&'static str>, Vec<usize>) = Default::default();
    for (level, found) in absent.map(|level| (level, below(level))).filter(|(_, found)| !found.is_empty()) {
        if found.len() > best.1.len() {
            best = (vec![level], found);
        } else if found == best.1 {
            best.0.push(level);
        }
    }
    best
}

/// The one name of which a text is a whole beginning or end: `services` of `backingServices`.
pub(super) fn part_of<'n>(text: &str, names: &[&'n str]) -> Option<&'n str> {
    const SHORTEST: usize = 4;
    let lower = text.to_lowercase();
    let is_part = |name: &str| {
        let rest = |rest: &str| rest.len() >= 2 && text.len() >= SHORTEST;
        let whole = name.to_lowercase();
        whole.strip_prefix(&lower).is_some_and(rest) || whole.strip_suffix(&lower).is_some_and(rest)
    };
    let mut found = names.iter().copied().filter(|name| is_part(name));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_one_name_is_meant_as_that_name() {
        let names = ["hostname", "port", "meshes", "backingServices"];
        assert_eq!(part_of("services", &names), Some("backingServices"));
        assert_eq!(part_of("host", &names), Some("hostname"));
        assert_eq!(part_of("mesh", &["clusters", "meshes"]), Some("meshes"));
        assert_eq!(part_of("cluster", &["name", "namespace", "clusterName"]), Some("clusterName"));
        assert_eq!(part_of("name", &["hostname", "namespace"]), None, "two names have it");
        assert_eq!(part_of("s", &names), None, "too short to say anything");
    }
}
