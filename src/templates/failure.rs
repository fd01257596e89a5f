//! What is wrong with templates, reported once however often each is rendered.

use std::collections::BTreeMap;

use super::library::Library;
use super::spot::Spot;
use crate::diag::{Code, Diag, Place, Report};

/// Something that is wrong. Where, what and the hint say whether two are the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Failure {
    /// The name of the template.
    pub(super) template: String,
    pub(super) spot: Spot,
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

/// For what a template was rendered when something was wrong: in words, and the line of the output.
#[derive(Clone, Debug)]
pub(super) struct When {
    pub(super) what: String,
    pub(super) output_line: Option<usize>,
}

/// Everything that is wrong, each with when it was first and how often.
#[derive(Debug, Default)]
pub(super) struct Failures(BTreeMap<Failure, (When, usize)>);

impl Failures {
    pub(super) fn push(&mut self, failure: Failure, when: When) {
        self.0.entry(failure).or_insert((when, 0)).1 += 1;
    }

    pub(super) fn append(&mut self, other: Self) {
        for (failure, (when, count)) in other.0 {
            self.0.entry(failure).or_insert((when, 0)).1 += count;
        }
    }

    pub(super) fn report(self, library: &Library<'_>, report: &mut Report) {
        for (Failure { template, spot, code, message, hint }, (When { what, output_line }, count)) in self.0 {
            let place = library.files.get(&*template).map_or(Place::Nowhere, |file| spot.place(&file.shown));
            let line = output_line.map(|line| format!("line {line} of the output ")).unwrap_or_default();
            let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
            let message = format!("{message} ({line}for {what}{more})");
            report.push(Diag::new(code, place, message).maybe_hint(hint));
        }
    }
}
