//! Policies with the lines that decide.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::ask::By;
use crate::diag::{FieldPath, Origin, Place, Pos};
use crate::load::Files;

/// Finds a field of an object.
type Locate<'f> = dyn Fn(&Origin, &FieldPath) -> Option<Pos> + 'f;

/// Places as lines and columns; each is looked for once.
pub struct Places<'f> {
    locate: Box<Locate<'f>>,
    known: RefCell<BTreeMap<Place, Option<String>>>,
}

impl<'f> Places<'f> {
    /// The places in some files.
    pub fn of(files: &'f Files) -> Self {
        Self { locate: Box::new(files.locator()), known: RefCell::default() }
    }

    /// A place as `file:line:column`.
    pub fn text(&self, place: &Place) -> Option<String> {
        if let Some(known) = self.known.borrow().get(place) {
            return known.clone();
        }
        let text = match place {
            Place::Nowhere => None,
            Place::File(file) => Some(file.to_string()),
            Place::Point(file, pos) => Some(point(file, *pos)),
            Place::Field(origin, path) => Some(match (self.locate)(origin, path) {
                Some(pos) => point(&origin.file, pos),
                None => origin.file.to_string(),
            }),
        };
        self.known.borrow_mut().insert(place.clone(), text.clone());
        text
    }

    /// A policy with its line.
    pub fn policy(&self, by: &By) -> PolicyView {
        PolicyView { policy: by.named.to_string(), place: self.text(&by.place) }
    }

    /// Policies with their lines.
    pub fn policies(&self, by: &[By]) -> Vec<PolicyView> {
        by.iter().map(|by| self.policy(by)).collect()
    }
}

fn point(file: &str, Pos { line, column }: Pos) -> String {
    format!("{file}:{line}:{column}")
}

/// A policy that decides, and the line at which it does.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PolicyView {
    /// Kind, namespace and name.
    pub policy: String,
    pub place: Option<String>,
}

impl fmt::Display for PolicyView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{} ({place})", self.policy),
            None => f.write_str(&self.policy),
        }
    }
}
