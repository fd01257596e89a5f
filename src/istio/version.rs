//! Versions of Istio and the profiles that follow from them. Nothing else compares versions.

use std::fmt;

/// A version of Istio: up to three numbers, perhaps a pre-release part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IstioVersion {
    numbers: [u64; 3],
    pre_release: bool,
    text: String,
}

impl IstioVersion {
    /// Reads an optional `v`, one to three numbers, an optional `-pre` and an optional `+meta`; anything else is no version.
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

/// How requests reach a service of another cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The gateway's SNI cluster is rewritten by an EnvoyFilter: Istio before 1.8.6 and 1.9.0 to 1.9.4.
    Rewrite,
    /// The client names the server's SNI: every later Istio.
    Sni,
}

/// Facts that depend on the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// How requests reach a service of another cluster.
    pub form: Form,
    /// Whether the EnvoyFilter's configuration is typed: after 1.6.8, and in every pre-release.
    pub typed_envoy_config: bool,
}

impl Profile {
    /// The profile of a version.
    pub fn of(version: &IstioVersion) -> Self {
        let numbers = version.numbers;
        let rewrite = numbers < [1, 8, 6] || ([1, 9, 0]..[1, 9, 5]).contains(&numbers);
        Self {
            form: if rewrite { Form::Rewrite } else { Form::Sni },
            typed_envoy_config: numbers > [1, 6, 8] || version.pre_release,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(text: &str) -> Option<(Form, bool)> {
        IstioVersion::parse(text).map(|v| Profile::of(&v)).map(|p| (p.form, p.typed_envoy_config))
    }

    #[test]
    fn profiles_follow_from_versions() {
        for (text, expected) in [
            ("1.5.2", Some((Form::Rewrite, false))),
            ("1.6.8", Some((Form::Rewrite, false))),
            ("1.6.9", Some((Form::Rewrite, true))),
            ("1.6.8-distroless", Some((Form::Rewrite, true))),
            ("1.5.2-rc1", Some((Form::Rewrite, true))),
            ("v1.7.0-rc1", Some((Form::Rewrite, true))),
            ("1.7", Some((Form::Rewrite, true))),
            ("1.8.5", Some((Form::Rewrite, true))),
            ("1.8.6", Some((Form::Sni, true))),
            ("1.9.4", Some((Form::Rewrite, true))),
            ("1.9.5", Some((Form::Sni, true))),
            ("1.10.0", Some((Form::Sni, true))),
            ("1.31.0+meta.1", Some((Form::Sni, true))),
            ("latest", None),
            ("sha256:abc", None),
            ("1.2.3.4", None),
            ("1.7.0-", None),
            ("", None),
        ] {
            assert_eq!(profile(text), expected, "{text}");
        }
    }
}
