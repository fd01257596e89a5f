//! Versions of Istio and their consequences. Nothing else compares versions.

mod facts;
mod forms;
mod page;
mod steps;
pub mod table;

pub use facts::Facts;
pub use forms::{Api, Entry, FailoverForm, Retried, ServerHosts, Style};
pub use page::page;
pub use steps::{Release, Steps};

use std::fmt;

/// A version of Istio: up to three numbers, optionally a pre-release part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IstioVersion {
    numbers: [u64; 3],
    pre_release: bool,
    text: String,
}

impl IstioVersion {
    /// Reads an optional `v`, one to three numbers, an optional `-pre` and an optional `+meta`; anything else is not a version.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('v').unwrap_or(text);
        let (rest, meta) = rest.split_once('+').map_or((rest, None), |(rest, meta)| (rest, Some(meta)));
        let (numbers, pre) = rest.split_once('-').map_or((rest, None), |(numbers, pre)| (numbers, Some(pre)));
        let identifiers = |part: &str| {
            part.split('.').all(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        };
        if !pre.is_none_or(identifiers) || !meta.is_none_or(identifiers) {
            return None;
        }
        let mut out = [0; 3];
        let parts: Vec<&str> = numbers.split('.').collect();
        if parts.len() > 3 {
            return None;
        }
        for (number, part) in out.iter_mut().zip(&parts) {
            *number = part.parse().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit()))?;
        }
        Some(Self { numbers: out, pre_release: pre.is_some(), text: text.to_owned() })
    }
}

impl fmt::Display for IstioVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_written() {
        for (text, expected) in [
            ("1.7", Some([1, 7, 0])),
            ("v1.7.0-rc1", Some([1, 7, 0])),
            ("1.6.8-distroless", Some([1, 6, 8])),
            ("1.31.0+meta.1", Some([1, 31, 0])),
            ("latest", None),
            ("sha256:abc", None),
            ("1.2.3.4", None),
            ("1.7.0-", None),
            ("", None),
        ] {
            assert_eq!(IstioVersion::parse(text).map(|version| version.numbers), expected, "{text}");
        }
    }
}
