//! The differences of rendered objects, each with the policies that cause it.
//!
//! Each side is a tree that was just rendered, or a committed directory.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::iter::Peekable;
use std::time::Duration;

use serde::Serialize;
use similar::{Algorithm, ChangeTag, TextDiff};

use crate::ids::ClusterName;
use crate::render::layout::file_of;
use crate::render::tree::{ClusterTree, RenderedFile};

use super::names::as_text;

mod cause;
mod committed;
mod inputs;
mod policies;
mod secret;

pub use cause::{Cause, Fate};
pub use committed::Committed;
pub use inputs::Inputs;
pub use policies::Policies;
pub use secret::{FactChange, FieldChange, SecretDiff};

/// The time limit for one object, after which its differences become coarser.
const PATIENCE: Duration = Duration::from_secs(2);

/// One side of a comparison.
#[derive(Debug, Clone, Copy)]
pub enum Side<'a> {
    /// What is rendered now.
    Tree(&'a ClusterTree),
    /// What is in a directory.
    Committed(&'a Committed),
}

/// What happened to an object or to a field of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Only the new side has it.
    Added,
    /// Both sides have it, and it differs.
    Changed,
    /// Only the old side has it.
    Removed,
}

impl Change {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

/// The differences of one cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClusterDiff {
    /// The cluster.
    #[serde(serialize_with = "as_text")]
    pub cluster: ClusterName,
    /// The objects that differ, sorted by path.
    pub objects: Vec<ObjectDiff>,
    /// How many objects are the same.
    pub unchanged: usize,
}

/// The difference of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectDiff {
    /// The object: `VirtualService default/reviews`.
    pub object: String,
    /// Its path below the output directory, beginning with the cluster.
    pub path: String,
    /// The policies it comes from: the new side's, or the old one's when it was removed.
    pub sources: Vec<String>,
    /// What caused the difference, as far as it is known: policies, also those that the new side no longer comes from, or else
    /// the inventory and the settings.
    pub causes: Vec<Cause>,
    pub change: Change,
    /// How many lines, or fields of a Secret, are new.
    pub additions: usize,
    /// How many are removed.
    pub deletions: usize,
    /// The difference itself.
    pub detail: Detail,
}

/// The difference of one object's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Detail {
    /// A unified diff with its file names, as `patch` and `git apply` take it.
    Text(String),
    /// The part of a Secret's difference that may be shown.
    Secret(SecretDiff),
}

/// One object of a side.
#[derive(Debug, Clone)]
struct View<'a> {
    /// The path that it has, or would have, in a file of its own.
    path: &'a str,
    /// The file that it is in.
    file: Cow<'a, str>,
    object: &'a str,
    sources: SideSources<'a>,
    content: Content<'a>,
}

/// The text of an object, which is put together only if it is needed.
#[derive(Debug, Clone, Copy)]
enum Content<'a> {
    Rendered(&'a ClusterTree, &'a RenderedFile),
    Committed(&'a str),
}

impl<'a> Content<'a> {
    fn text(self) -> Cow<'a, str> {
        match self {
            Self::Rendered(tree, file) => tree.text(file),
            Self::Committed(text) => Cow::Borrowed(text),
        }
    }

    fn is(self, other: Self) -> bool {
        match (self, other) {
            (Self::Rendered(tree, file), Self::Rendered(others, other)) => tree.has_same(file, (others, other)),
            _ => self.text() == other.text(),
        }
    }
}

/// The sources of a file, as each side has them.
#[derive(Debug, Clone, Copy)]
enum SideSources<'a> {
    List(&'a [crate::ids::Text]),
    Line(&'a str),
}

impl SideSources<'_> {
    fn to_vec(self) -> Vec<String> {
        match self {
            Self::List(list) => list.iter().map(|source| source.to_string()).collect(),
            Self::Line(line) => line.split(", ").filter(|source| !source.is_empty()).map(str::to_owned).collect(),
        }
    }
}

impl<'a> Side<'a> {
    /// The cluster.
    fn cluster(self) -> &'a ClusterName {
        match self {
            Self::Tree(tree) => &tree.cluster,
            Self::Committed(committed) => &committed.cluster,
        }
    }

    /// The objects, sorted by path.
    fn views(self) -> Box<dyn Iterator<Item = View<'a>> + 'a> {
        match self {
            Self::Tree(tree) => Box::new(tree.files().iter().map(|file| View {
                path: &file.path,
                file: file_of(tree.layout, &file.path, &file.object),
                object: &file.object,
                sources: SideSources::List(&file.sources),
                content: Content::Rendered(tree, file),
            })),
            Self::Committed(committed) => Box::new(committed.files.iter().map(|(path, file)| View {
                path,
                file: Cow::Borrowed(file.file.as_deref().unwrap_or(path)),
                object: &file.object,
                sources: SideSources::Line(&file.sources),
                content: Content::Committed(&file.text),
            })),
        }
    }
}

/// Compares two sides of a cluster.
///
/// `describe` returns facts about a Secret's text that may be shown, such as the dates of its certificates, as names and values.
pub fn diff_cluster(
    old: Side<'_>,
    new: Side<'_>,
    policies: &Policies,
    describe: impl Fn(&str) -> Vec<(String, String)>,
) -> ClusterDiff {
    let mut diff = ClusterDiff { cluster: new.cluster().clone(), objects: Vec::new(), unchanged: 0 };
    let (mut olds, mut news) = (old.views().peekable(), new.views().peekable());
    while let Some(pair) = next_pair(&mut olds, &mut news) {
        if let (Some(old), Some(new)) = &pair
            && old.content.is(new.content)
        {
            diff.unchanged += 1;
        } else {
            diff.objects.extend(diff_object(&diff.cluster, pair, policies, &describe));
        }
    }
    diff
}

/// The two sides of an object; one may be missing.
type Pair<'a> = (Option<View<'a>>, Option<View<'a>>);

/// The next path of either side.
fn next_pair<'a>(
    olds: &mut Peekable<impl Iterator<Item = View<'a>>>,
    news: &mut Peekable<impl Iterator<Item = View<'a>>>,
) -> Option<Pair<'a>> {
    let order = match (olds.peek(), news.peek()) {
        (None, None) => return None,
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (Some(old), Some(new)) => old.path.cmp(new.path),
    };
    Some((olds.next_if(|_| order.is_le()), news.next_if(|_| order.is_ge())))
}

/// The difference of one object.
fn diff_object(
    cluster: &ClusterName,
    pair: Pair<'_>,
    policies: &Policies,
    describe: &impl Fn(&str) -> Vec<(String, String)>,
) -> Option<ObjectDiff> {
    let (old, new) = (pair.0.as_ref(), pair.1.as_ref());
    let change = match (old, new) {
        (Some(_), Some(_)) => Change::Changed,
        (None, Some(_)) => Change::Added,
        (Some(_), None) => Change::Removed,
        (None, None) => return None,
    };
    let shown = new.or(old)?;
    let path = format!("{cluster}/{}", shown.file);
    let (old_text, new_text) = (old.map(|view| view.content.text()), new.map(|view| view.content.text()));
    let (old_text, new_text) = (old_text.as_deref(), new_text.as_deref());
    let (detail, additions, deletions) = if [old, new].into_iter().flatten().any(secret::is_secret) {
        let diff = secret::diff(old_text, new_text, describe);
        let count = |without| diff.fields.iter().filter(|field| field.change != without).count();
        let (additions, deletions) = (count(Change::Removed), count(Change::Added));
        (Detail::Secret(diff), additions, deletions)
    } else {
        unified(&path, old_text, new_text)
    };
    let causes = policies.behind(cluster.as_str(), old, new);
    let (object, sources) = (shown.object.to_owned(), shown.sources.to_vec());
    Some(ObjectDiff { object, path, sources, causes, change, additions, deletions, detail })
}

/// A unified diff, and how many lines it adds and removes.
fn unified(path: &str, old: Option<&str>, new: Option<&str>) -> (Detail, usize, usize) {
    let name = |side: Option<&str>, prefix| side.map_or("/dev/null".to_owned(), |_| format!("{prefix}/{path}"));
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Myers)
        .timeout(PATIENCE)
        .diff_lines(old.unwrap_or_default(), new.unwrap_or_default());
    let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    let text = diff.unified_diff().context_radius(3).header(&name(old, "a"), &name(new, "b")).to_string();
    (Detail::Text(text), count(ChangeTag::Insert), count(ChangeTag::Delete))
}
