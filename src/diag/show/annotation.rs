//! Findings as the formats of CI systems take them: diagnostics, and what other reports find.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::clean;
use super::file_facts::{FileFacts, Object};
use super::point::Point;
use crate::diag::{Diag, Severity};

/// A finding with all that is known of where it is.
#[derive(Clone, Debug)]
pub struct Annotation {
    /// What kind of finding it is: a code of a diagnostic, or a kind of another report.
    pub rule: Rule,
    pub severity: Severity,
    pub message: String,
    pub hint: Option<String>,
    pub place: Point,
    /// The column behind its last character, in the same line.
    pub end_column: Option<usize>,
    pub object: Option<Object>,
    /// The policy it is about.
    pub policy: Option<String>,
    pub cluster: Option<String>,
    /// Other places that matter, with the reason.
    pub related: Vec<(Point, String)>,
}

/// A kind of finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    pub id: String,
    /// One line that says what it is.
    pub summary: String,
    /// What it means and what to do.
    pub text: String,
}

impl Annotation {
    /// The annotation of a diagnostic.
    pub fn of(diag: &Diag, files: &FileFacts<'_>) -> Self {
        let Diag { code, severity, raised: _, place, message, hint, related, ground: _ } = diag;
        let place = Point::from(place);
        let related: Vec<_> = related.iter().map(|(place, what)| (Point::from(place), clean::message(what))).collect();
        let others: Vec<Point> = related.iter().map(|(point, _): &(Point, String)| point.clone()).collect();
        let rule = Rule { id: code.to_string(), summary: code.summary().to_owned(), text: code.text().to_owned() };
        let annotation = Self::at(place, rule, *severity, clean::message(message), files);
        let policy = || others.iter().find_map(|point| files.policy(&files.object_at(point)?));
        Self {
            hint: hint.as_deref().map(clean::message),
            policy: annotation.policy.clone().or_else(policy),
            related,
            ..annotation
        }
    }

    /// A finding at a place, with what the files show about that.
    pub fn at(place: Point, rule: Rule, severity: Severity, message: String, files: &FileFacts<'_>) -> Self {
        let object = files.object_at(&place);
        Self {
            rule,
            severity,
            message,
            hint: None,
            end_column: files.end_column(&place),
            policy: object.as_ref().and_then(|object| files.policy(object)),
            object,
            cluster: place.file.as_deref().and_then(|file| (files.cluster)(file)),
            place,
            related: Vec::new(),
        }
    }

    /// The message with the hint.
    pub(super) fn sentence(&self) -> String {
        match &self.hint {
            Some(hint) => format!("{}\nhelp: {hint}", self.message),
            None => self.message.clone(),
        }
    }

    /// What tells it from all others and stays the same when lines move.
    fn identity(&self) -> String {
        let object = self.object.as_ref().map(Object::text).unwrap_or_default();
        let file = self.place.file.as_deref().unwrap_or_default();
        [&*self.rule.id, file, &object, &self.message].join("\n")
    }
}

/// A short text for each finding that tells it from all others of the run, and is the same in the next run.
pub(super) fn fingerprints(annotations: &[Annotation]) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let fingerprint = |annotation: &Annotation| {
        let identity = annotation.identity();
        let nth = seen.entry(identity.clone()).and_modify(|nth| *nth += 1).or_insert(0);
        let hash = Sha256::digest(format!("{identity}\n{nth}"));
        hash[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    };
    annotations.iter().map(fingerprint).collect()
}
