//! Presentations of diagnostics: text for people, JSON for programs.
//!
//! What is shown comes from files that others wrote, perhaps with secrets or with control characters in them: both are
//! kept from the terminal and from the logs of a CI job.

mod annotation;
mod clean;
mod file_facts;
mod github;
mod gitlab;
mod json;
mod junit;
mod point;
mod sarif;
mod text;
pub mod xml;

use std::fmt;

use serde::Serialize;

pub use annotation::{Annotation, Rule};
pub use clean::{lines as plain_lines, message as plain};
pub use file_facts::{FileFacts, Object};
pub use github::github;
pub use gitlab::gitlab;
pub use json::{Diagnostics, json};
pub use junit::junit;
pub use point::Point;
pub use sarif::sarif;
pub use text::{short, text};

use super::{Diag, Severity};

/// How many diagnostics of each severity there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many errors.
    pub errors: usize,
    /// How many warnings.
    pub warnings: usize,
    /// How many notes.
    pub notes: usize,
}

impl Summary {
    /// Counts diagnostics.
    pub fn of(diags: &[Diag]) -> Self {
        let count = |severity| diags.iter().filter(|diag| diag.severity == severity).count();
        Self { errors: count(Severity::Error), warnings: count(Severity::Warning), notes: count(Severity::Note) }
    }
}

/// Shown as `2 errors, 1 warning`; as nothing without findings.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { errors, warnings, notes } = *self;
        let counts = [(errors, Severity::Error), (warnings, Severity::Warning), (notes, Severity::Note)];
        for (i, (count, severity)) in counts.into_iter().filter(|(count, _)| *count > 0).enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            let plural = if count > 1 { "s" } else { "" };
            write!(f, "{comma}{count} {severity}{plural}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
