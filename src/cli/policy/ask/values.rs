//! Values of options.

use crate::ids::{Duration, Text};
use crate::scaffold::policy::Labels;

/// Labels as `key=value`, with commas between them.
pub(super) fn labels(text: &str) -> Result<Labels, String> {
    let pair = |part: &str| part.split_once('=').map(|(key, value)| (Text::from(key), Text::from(value)));
    let parsed: Option<Labels> = text.split(',').map(pair).collect();
    parsed.ok_or_else(|| "labels are written as key=value, with commas between them".to_owned())
}

/// A duration, which stays as it is written.
pub(super) fn duration(text: &str) -> Result<String, String> {
    match Duration::parse(text) {
        Some(duration) if duration.0 > 0 => Ok(text.to_owned()),
        _ => Err("use a number with a unit (ms, s, m, h), such as 2s or 500ms".to_owned()),
    }
}

pub(super) fn percentage(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| (0.0..=100.0).contains(number));
    number.ok_or_else(|| "a percentage is a number from 0 to 100".to_owned())
}
