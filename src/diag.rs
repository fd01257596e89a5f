//! Diagnostics: user mistakes as values, collected in a [`Report`] and shown all together.
//!
//! This module is a leaf and prints nothing. A stage that knows its position in a file gives a [`Place::Point`]; a later
//! stage names an object's origin and a path of fields, which becomes line and column only when the report is shown.

pub mod allow;
mod code_table;
pub mod codes;
mod exit;
pub mod explain;
pub mod levels;
pub mod listing;
pub(crate) mod secrets;
pub mod show;

use std::fmt;

use serde::Serialize;

pub use codes::Code;
pub use exit::Exit;
pub use levels::Raised;

use crate::ids::Text;

/// How much a diagnostic weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// For information.
    Note,
    /// Rendered all the same, probably not as meant.
    Warning,
    /// Nothing is rendered.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Where an object is: a file, the document in it and, below a `kind: List`, the item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The file, as it is shown to the user.
    pub file: Text,
    /// The document's index in the file, from 0.
    pub document: usize,
    /// The item's index when the document is a `List`.
    pub item: Option<usize>,
}

/// One step from a value to one inside it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The value of a field, by the name the model gives it; a snake_case spelling of it in the file is found as well.
    Key(Text),
    /// An element of a list, from 0.
    Index(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.into())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// A path of fields inside one object, such as `spec.trafficShift.destinations[2].weight`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(pub Vec<Step>);

impl FieldPath {
    /// This path and one more step.
    #[must_use]
    pub fn with(&self, step: impl Into<Step>) -> Self {
        let mut steps = self.0.clone();
        steps.push(step.into());
        Self(steps)
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if i == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Builds a [`FieldPath`] from keys and indices: `path!["spec", "meshes", 2]`.
#[macro_export]
macro_rules! path {
    ($($step:expr),* $(,)?) => { $crate::diag::FieldPath(vec![$($crate::diag::Step::from($step)),*]) };
}

/// A line and a column, both from 1; the column counts characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Pos {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
}

/// What a diagnostic points at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Nothing in particular.
    Nowhere,
    /// A whole file or directory.
    File(Text),
    /// A point in a file.
    Point(Text, Pos),
    /// A field of an object; the nearest enclosing field that the file has, when this one is absent.
    Field(Origin, FieldPath),
}

/// One diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diag {
    /// What kind of mistake it is.
    pub code: Code,
    /// Its weight; the code's own unless something lowered or raised it.
    pub severity: Severity,
    /// What made an error of it, if it is none by itself.
    pub raised: Option<Raised>,
    pub place: Place,
    /// What was found.
    pub message: String,
    /// What would be right.
    pub hint: Option<String>,
    /// Other places that matter, each with what it is: the other side of a conflict.
    pub related: Vec<(Place, String)>,
    /// What it follows from.
    pub ground: Ground,
}

/// What a finding follows from, apart from the object that it is about. It decides whether the finding may go away once
/// everything can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// Nothing else.
    #[default]
    Itself,
    /// That something is not in the inventory.
    Inventory,
    /// That two meshes are not federated: something is not in the inventory, or no VirtualMesh groups them.
    Federation,
    /// That something could not be read.
    Unread,
}

impl Diag {
    /// A diagnostic with its code's own severity.
    pub fn new(code: Code, place: Place, message: impl Into<String>) -> Self {
        let message = readable(message.into());
        Self {
            code,
            severity: code.severity(),
            raised: None,
            place,
            message,
            hint: None,
            related: Vec::new(),
            ground: Ground::Itself,
        }
    }

    /// Whether it is of an INVALID policy that is left out, so that the rest is rendered.
    pub fn is_left_out(&self) -> bool {
        self.severity == Severity::Warning && self.code.exit() == Exit::Invalid
    }

    /// The class of its exit code if it is an error.
    pub fn exit(&self) -> Exit {
        if self.raised.is_some() { Exit::Finding } else { self.code.exit() }
    }

    /// Makes an error of it, since the user wants it.
    pub fn raise(&mut self, by: Raised) {
        (self.severity, self.raised) = (Severity::Error, Some(by));
    }

    /// Adds what would be right.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a hint if there is one.
    #[must_use]
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = self.hint.or(hint);
        self
    }

    /// Says what it follows from.
    #[must_use]
    pub fn on(mut self, ground: Ground) -> Self {
        self.ground = ground;
        self
    }

    /// Adds another place that matters and what it is.
    #[must_use]
    pub fn related(mut self, place: Place, what: impl Into<String>) -> Self {
        self.related.push((place, what.into()));
        self
    }
}

/// A message that quotes a value of any length, cut to a readable length.
fn readable(mut message: String) -> String {
    const LONGEST: usize = 2000;
    // A character takes a byte at least.
    if message.len() <= LONGEST {
        return message;
    }
    if let Some((end, _)) = message.char_indices().nth(LONGEST) {
        message.truncate(end);
        message.push('…');
    }
    message
}

/// The diagnostics of one run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    diags: Vec<Diag>,
    /// What is not told, since it may only follow from what could not be read.
    aside: Vec<Diag>,
}

impl Report {
    /// Adds one.
    pub fn push(&mut self, diag: Diag) {
        self.diags.push(diag);
    }

    /// Adds all of another report's.
    pub fn append(&mut self, other: Self) {
        self.diags.extend(other.diags);
        self.aside.extend(other.aside);
    }

    /// All of them, in the order they were found.
    pub fn diags(&self) -> &[Diag] {
        &self.diags
    }

    /// Whether any is an error.
    pub fn has_errors(&self) -> bool {
        self.diags.iter().any(|d| d.severity == Severity::Error)
    }

    /// How many are errors.
    pub fn errors(&self) -> usize {
        self.diags.iter().filter(|d| d.severity == Severity::Error).count()
    }

    /// Takes out those with a code.
    pub fn take(&mut self, code: Code) -> Vec<Diag> {
        if !self.has(code) {
            return Vec::new();
        }
        let (taken, rest) = std::mem::take(&mut self.diags).into_iter().partition(|diag| diag.code == code);
        self.diags = rest;
        taken
    }

    /// Leaves out what was found after so many.
    pub fn keep(&mut self, most: usize) {
        self.diags.truncate(most);
    }

    /// Whether any is an error about a file whose path begins so.
    pub fn has_errors_below(&self, directory: &str) -> bool {
        let file = |place: &Place| match place {
            Place::File(file) | Place::Point(file, _) => file.starts_with(directory),
            Place::Field(origin, _) => origin.file.starts_with(directory),
            Place::Nowhere => false,
        };
        self.diags.iter().any(|diag| diag.severity == Severity::Error && file(&diag.place))
    }

    /// Whether any has a code.
    pub fn has(&self, code: Code) -> bool {
        self.diags.iter().any(|diag| diag.code == code)
    }

    /// The same with every error under one code: what is wrong with settings is a settings error, whatever it is.
    #[must_use]
    pub fn under(mut self, code: Code) -> Self {
        self.diags.iter_mut().filter(|diag| diag.severity == Severity::Error).for_each(|diag| diag.code = code);
        self
    }

    /// Makes warnings of those errors that say a policy is INVALID: they are left out and the rest is rendered.
    pub fn allow_invalid(&mut self) {
        for diag in &mut self.diags {
            if diag.code.exit() == Exit::Invalid && diag.severity == Severity::Error {
                diag.severity = Severity::Warning;
            }
        }
    }

    /// Changes or removes findings: `keeps` says whether one stays.
    pub fn revise(&mut self, keeps: impl FnMut(&mut Diag) -> bool) {
        self.diags.retain_mut(keeps);
    }

    /// Sets aside what is in doubt. Whether there was any.
    pub fn set_aside(&mut self, is_doubtful: impl Fn(&Diag) -> bool) -> bool {
        let (doubtful, rest): (Vec<Diag>, Vec<Diag>) =
            std::mem::take(&mut self.diags).into_iter().partition(is_doubtful);
        self.diags = rest;
        self.aside.extend(doubtful.iter().cloned());
        !doubtful.is_empty()
    }

    /// What was set aside.
    pub fn aside(&self) -> &[Diag] {
        &self.aside
    }

    /// The class of the exit code that the errors ask for: the first of 2, 3, 4, 5, 1 that occurs.
    pub fn exit(&self) -> Option<Exit> {
        self.diags.iter().filter(|d| d.severity == Severity::Error).map(Diag::exit).min()
    }

    /// Turns every symbolic place into a point with `locate` (which gives `None` for what it cannot find, and is asked for one
    /// document after the other), sorts by file, position and code, and drops repetitions.
    #[must_use]
    pub fn located(mut self, locate: impl Fn(&Origin, &FieldPath) -> Option<Pos>) -> Vec<Diag> {
        let mut places: Vec<&mut Place> = Vec::new();
        for Diag { code: _, severity: _, raised: _, place, message: _, hint: _, related, ground: _ } in &mut self.diags
        {
            places.push(place);
            places.extend(related.iter_mut().map(|(place, _)| place));
        }
        // Document by document, so that none is read twice.
        places.sort();
        for place in places {
            if let Place::Field(origin, path) = place {
                *place = match locate(origin, path) {
                    Some(pos) => Place::Point(origin.file.clone(), pos),
                    None => Place::File(origin.file.clone()),
                };
            }
        }
        fn key(diag: &Diag) -> (Option<&Text>, Option<Pos>, Code, &str, Option<&str>) {
            let (file, pos) = match &diag.place {
                Place::Nowhere => (None, None),
                Place::File(file) => (Some(file), None),
                Place::Point(file, pos) => (Some(file), Some(*pos)),
                Place::Field(origin, _) => (Some(&origin.file), None),
            };
            (file, pos, diag.code, &diag.message, diag.hint.as_deref())
        }
        self.diags.sort_by(|a, b| key(a).cmp(&key(b)));
        self.diags.dedup();
        self.diags
    }
}

/// The name among `known` that `found` was probably meant to be, if one is near enough.
///
/// Near is at most a third of the letters changed, inserted, dropped or swapped with their neighbour.
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = found.to_lowercase();
    known
        .into_iter()
        .map(|name| (distance(&lower, &name.to_lowercase()), name))
        .filter(|(d, name)| *d * 3 <= name.chars().count().max(lower.chars().count()))
        .min()
        .map(|(_, name)| name)
}

/// The optimal string alignment distance of two texts, in characters.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let substitution = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = substitution.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_name() {
        let known = ["trafficShift", "retries", "requestTimeout"];
        assert_eq!(nearest("trafficshfit", known), Some("trafficShift"));
        assert_eq!(nearest("retrys", known), Some("retries"));
        assert_eq!(nearest("wholly-else", known), None);
    }

    #[test]
    fn a_path_reads_as_people_write_it() {
        let path = path!["spec", "trafficShift", "destinations", 2, "weight"];
        assert_eq!(path.to_string(), "spec.trafficShift.destinations[2].weight");
    }
}
