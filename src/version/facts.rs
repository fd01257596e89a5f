//! What follows from a version for what is rendered.

use super::IstioVersion;
use super::forms::{Api, Entry, FailoverForm, Retried, ServerHosts, Style};
use super::table::{API, ENTRY, FAILOVER, NEWEST, OLDEST, PRIORITY, RETRIED};

/// Everything that follows from the version of the Istio that reads the objects of a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    pub style: Style,
    pub api: Api,
    pub failover: FailoverForm,
    pub retried: Retried,
    /// Whether an EnvoyFilter has a priority.
    pub priority: bool,
}

impl Facts {
    /// The facts that suit two Istios in one cluster: of each the lower one.
    #[must_use]
    pub fn lowest(self, other: Self) -> Self {
        Self {
            style: self.style.min(other.style),
            api: self.api.min(other.api),
            failover: self.failover.min(other.failover),
            retried: self.retried.min(other.retried),
            priority: self.priority.min(other.priority),
        }
    }
}

impl IstioVersion {
    /// The entry that rewrites, even if this version does not use it: settings can require it.
    pub fn rewrite(&self) -> Entry {
        Entry::Rewrite { typed: self.numbers > [1, 6, 8] || self.pre_release }
    }

    /// The entry by SNI, even if this version would be served by another: settings can require it.
    pub fn sni(&self) -> Entry {
        Entry::Sni(if self.can_rewrite() { ServerHosts::Domain } else { ServerHosts::Exact })
    }

    /// Whether a gateway of this version has the filter that a rewriting entry needs in the place where it is needed.
    pub fn can_rewrite(&self) -> bool {
        ENTRY.at(self).unwrap_or_default()
    }

    /// How a mesh of this version accepts requests from other clusters.
    pub fn entry(&self) -> Entry {
        if self.can_rewrite() { self.rewrite() } else { self.sni() }
    }

    /// What follows for objects in a form.
    pub fn facts(&self, style: Style) -> Facts {
        match style {
            Style::Reference => Facts::default(),
            Style::Current => Facts {
                style,
                api: API.at(self).unwrap_or_default(),
                failover: FAILOVER.at(self).unwrap_or_default(),
                retried: RETRIED.at(self).unwrap_or_default(),
                priority: PRIORITY.at(self).unwrap_or_default(),
            },
        }
    }

    /// Whether it is newer than the newest version whose facts are known.
    pub fn is_unknown(&self) -> bool {
        self.numbers[..2] > NEWEST[..]
    }

    /// Whether it is older than the oldest version whose facts are known.
    pub fn is_too_old(&self) -> bool {
        self.numbers[..2] < OLDEST[..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> Option<Entry> {
        IstioVersion::parse(text).map(|version| version.entry())
    }

    #[test]
    fn entries_follow_from_versions() {
        let exact = Some(Entry::Sni(ServerHosts::Exact));
        for (text, expected) in [
            ("1.5.2", Some(Entry::Rewrite { typed: false })),
            ("1.6.8", Some(Entry::Rewrite { typed: false })),
            ("1.6.9", Some(Entry::Rewrite { typed: true })),
            ("1.6.8-distroless", Some(Entry::Rewrite { typed: true })),
            ("1.5.2-rc1", Some(Entry::Rewrite { typed: true })),
            ("v1.7.0-rc1", Some(Entry::Rewrite { typed: true })),
            ("1.7", Some(Entry::Rewrite { typed: true })),
            ("1.8.5", Some(Entry::Rewrite { typed: true })),
            ("1.8.6", exact),
            ("1.9.4", Some(Entry::Rewrite { typed: true })),
            ("1.9.5", exact),
            ("1.10.0", exact),
            ("1.31.0+meta.1", exact),
        ] {
            assert_eq!(entry(text), expected, "{text}");
        }
        let old = IstioVersion::parse("1.7.0").map(|version| version.sni());
        assert_eq!(old, Some(Entry::Sni(ServerHosts::Domain)), "its listener compares the whole SNI");
    }

    #[test]
    fn facts_follow_from_versions() {
        use FailoverForm::{AggregateV2, AggregateV3, Endpoints};
        for (text, api, failover, retried, priority) in [
            ("1.7.0", Api::V1Beta1, AggregateV2, Retried::With503, false),
            ("1.9.4", Api::V1Beta1, AggregateV2, Retried::With503, false),
            ("1.9.5", Api::V1Beta1, AggregateV3, Retried::With503, false),
            ("1.17.8", Api::V1Beta1, AggregateV3, Retried::With503, true),
            ("1.18.0", Api::V1Beta1, Endpoints, Retried::With503, true),
            ("1.21.6", Api::V1Beta1, Endpoints, Retried::With503, true),
            ("1.22.0", Api::V1, Endpoints, Retried::With503, true),
            ("1.24.0", Api::V1, Endpoints, Retried::Without503, true),
            ("1.99.0", Api::V1, Endpoints, Retried::Without503, true),
        ] {
            let facts = IstioVersion::parse(text).map(|version| version.facts(Style::Current));
            assert_eq!(facts, Some(Facts { style: Style::Current, api, failover, retried, priority }), "{text}");
        }
        let reference = IstioVersion::parse("1.31.0").map(|version| version.facts(Style::Reference));
        assert_eq!(reference, Some(Facts::default()));
    }

    #[test]
    fn of_two_istios_the_lower_facts_count() {
        let facts = |text| IstioVersion::parse(text).map(|version| version.facts(Style::Current)).unwrap_or_default();
        assert_eq!(facts("1.31.0").lowest(facts("1.20.0")), facts("1.20.0"));
        assert_eq!(Facts::default().lowest(facts("1.20.0")), Facts::default());
    }

    #[test]
    fn what_is_newer_than_all_that_is_known() {
        let is_unknown = |text| IstioVersion::parse(text).is_some_and(|version| version.is_unknown());
        assert!(is_unknown("1.32.0") && is_unknown("2.0.0"));
        assert!(!is_unknown("1.31.99") && !is_unknown("1.5.0"));
        let is_too_old = |text| IstioVersion::parse(text).is_some_and(|version| version.is_too_old());
        assert!(is_too_old("1.4.10") && is_too_old("0.8") && !is_too_old("1.5.0-alpha.0") && !is_too_old("2.0.0"));
    }
}
