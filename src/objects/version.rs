//! Versions of Istio and their consequences: how the gateway of a mesh accepts requests, and which API versions a cluster reads.
//! Nothing else compares versions.

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

/// How the gateway of a mesh accepts requests from other clusters. It depends on the called mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// An EnvoyFilter rewrites the cluster named by SNI: Istio before 1.8.6 and 1.9.0 to 1.9.4.
    Rewrite {
        /// Whether the filter's configuration is typed: after 1.6.8, and in every pre-release.
        typed: bool,
    },
}

/// Which versions of Istio's APIs are written. It depends on the cluster that reads them. The variants are ordered, so for
/// several Istios in one cluster the lowest is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Api {
    /// `networking.istio.io/v1alpha3` and `security.istio.io/v1beta1`, which every Istio from 1.5 on reads.
    #[default]
    V1Alpha3,
}

impl Api {
    /// The version of networking.istio.io.
    pub fn networking(self) -> &'static str {
        match self {
            Self::V1Alpha3 => "networking.istio.io/v1alpha3",
        }
    }

    /// The version of security.istio.io.
    pub fn security(self) -> &'static str {
        match self {
            Self::V1Alpha3 => "security.istio.io/v1beta1",
        }
    }
}

impl IstioVersion {
    /// The entry that rewrites, even if this version does not use it: settings can require it.
    pub fn rewrite(&self) -> Entry {
        Entry::Rewrite { typed: self.numbers > [1, 6, 8] || self.pre_release }
    }

    /// How a mesh of this version accepts requests from other clusters; none if that is not supported.
    pub fn entry(&self) -> Option<Entry> {
        let numbers = self.numbers;
        let rewrites = numbers < [1, 8, 6] || ([1, 9, 0]..[1, 9, 5]).contains(&numbers);
        rewrites.then(|| self.rewrite())
    }

    /// The versions of Istio's APIs that are written for a cluster with this version.
    pub fn api(&self) -> Api {
        Api::V1Alpha3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> Option<Option<bool>> {
        IstioVersion::parse(text).map(|v| v.entry().map(|Entry::Rewrite { typed }| typed))
    }

    #[test]
    fn entries_follow_from_versions() {
        for (text, expected) in [
            ("1.5.2", Some(Some(false))),
            ("1.6.8", Some(Some(false))),
            ("1.6.9", Some(Some(true))),
            ("1.6.8-distroless", Some(Some(true))),
            ("1.5.2-rc1", Some(Some(true))),
            ("v1.7.0-rc1", Some(Some(true))),
            ("1.7", Some(Some(true))),
            ("1.8.5", Some(Some(true))),
            ("1.8.6", Some(None)),
            ("1.9.4", Some(Some(true))),
            ("1.9.5", Some(None)),
            ("1.10.0", Some(None)),
            ("1.31.0+meta.1", Some(None)),
            ("latest", None),
            ("sha256:abc", None),
            ("1.2.3.4", None),
            ("1.7.0-", None),
            ("", None),
        ] {
            assert_eq!(entry(text), expected, "{text}");
        }
    }
}
