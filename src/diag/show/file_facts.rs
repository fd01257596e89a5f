//! What the files have around the places of diagnostics: their lines, objects and clusters.

use serde::Serialize;

use super::point::Point;
use super::{clean, text};

/// An object of the inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Object {
    pub kind: String,
    pub namespace: Option<String>,
    pub name: String,
}

/// A line of a file with a number, from 1.
type Line<'f> = dyn Fn(&str, usize) -> Option<&'f str> + 'f;
/// The object at a line of a file.
type ObjectAt<'f> = dyn Fn(&str, usize) -> Option<Object> + 'f;
/// The cluster whose inventory a file is.
type ClusterOf<'f> = dyn Fn(&str) -> Option<String> + 'f;

/// The answers of whoever holds the files.
pub struct FileFacts<'f> {
    pub line: Box<Line<'f>>,
    pub object: Box<ObjectAt<'f>>,
    pub cluster: Box<ClusterOf<'f>>,
    /// Whether objects of a kind are policies.
    pub is_policy: fn(&str) -> bool,
}

impl FileFacts<'_> {
    /// Those of findings that are about no file.
    pub fn none() -> Self {
        Self {
            line: Box::new(|_, _| None),
            object: Box::new(|_, _| None),
            cluster: Box::new(|_| None),
            is_policy: |_| false,
        }
    }

    /// The object that a place is in.
    pub(super) fn object_at(&self, place: &Point) -> Option<Object> {
        let (file, pos) = place.known()?;
        (self.object)(file, pos.line)
    }

    /// An object, if it is a policy.
    pub(super) fn policy(&self, object: &Object) -> Option<String> {
        (self.is_policy)(&object.kind).then(|| object.text())
    }

    /// The column behind the word at a place. Lines that may hold a secret are not looked at.
    pub(super) fn end_column(&self, place: &Point) -> Option<usize> {
        let (file, pos) = place.known()?;
        let line = (self.line)(file, pos.line)?;
        text::end_column(&clean::source(file, line)?, pos)
    }
}

impl Object {
    /// Its kind, namespace and name in one text, as in `TrafficPolicy shop/reviews`.
    pub fn text(&self) -> String {
        let Self { kind, namespace, name } = self;
        match namespace {
            Some(namespace) => format!("{kind} {namespace}/{name}"),
            None => format!("{kind} {name}"),
        }
    }
}
