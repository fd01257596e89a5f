//! The causes of a difference.

use std::fmt;

use serde::Serialize;

/// What happened to a policy that an object comes from, or to another input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// The fleet has it no more.
    Removed,
    /// It is there, and the object no longer comes from it.
    Left,
    Changed,
    /// It was there, and the object comes from it now.
    Joined,
    /// The fleet did not have it.
    Added,
}

impl Fate {
    /// The words for it, behind the policy's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Left => "no longer applies",
            Self::Changed => "changed",
            Self::Joined => "now applies",
            Self::Added => "added",
        }
    }
}

/// A policy that caused a difference, or a part of the inventory or of the settings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Cause {
    pub change: Fate,
    /// The policy; other inputs begin with a small letter: `mesh kind3/istiod`.
    pub source: String,
    /// Which facts of the inventory changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<&'static str>,
}

impl Cause {
    /// A policy.
    pub fn policy(change: Fate, source: impl Into<String>) -> Self {
        Self { change, source: source.into(), facts: Vec::new() }
    }

    /// Whether what is written differs.
    pub(super) fn is_written(&self) -> bool {
        !matches!(self.change, Fate::Left | Fate::Joined)
    }
}

/// One phrase: `mesh kind3/istiod gateways changed`.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { change, source, facts } = self;
        match facts[..] {
            [] => write!(f, "{source} {}", change.as_str()),
            _ => write!(f, "{source} {} {}", facts.join(" and "), change.as_str()),
        }
    }
}
