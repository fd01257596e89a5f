//! A committed cluster: the files in its lock, with their content on disk.

use std::collections::BTreeMap;
use std::path::Path;

use crate::diag::Report;
use crate::ids::ClusterName;
use crate::load;
use crate::objects::ObjectKind;
use crate::render::header::{END, MARK};
use crate::render::tree::ClusterTree;
use crate::render::{grouped, layout};

use super::super::error::{Operation, OutputError};
use super::super::listing::{Kind, Listing};
use super::super::lock::{Lock, LockEntry};
use super::super::names::LOCK;
use super::super::refusal::Refusal;
use super::super::stray;

/// The objects of a cluster's directory that are in its lock and exist.
#[derive(Debug, Clone)]
pub struct Committed {
    pub(super) cluster: ClusterName,
    /// By the path that each has, or would have, in a file of its own.
    pub(super) files: BTreeMap<String, CommittedFile>,
}

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct CommittedFile {
    pub(super) object: String,
    pub(super) sources: String,
    pub(super) text: String,
    /// The file that it is in with others.
    pub(super) file: Option<String>,
}

impl Committed {
    /// Reads a cluster's directory below `out`: the files in its lock, and generated files that no lock lists. A lock that is not
    /// valid is reported. Objects that share a file are compared separately.
    pub fn read(out: &Path, cluster: &ClusterName, report: &mut Report) -> Result<Self, OutputError> {
        read(out, cluster, Apart::Objects, report)
            .inspect_err(|error| error.diag().into_iter().for_each(|diag| report.push(diag)))
    }

    /// The same with each file as a whole, whatever objects it has.
    pub fn read_files(out: &Path, cluster: &ClusterName, report: &mut Report) -> Result<Self, OutputError> {
        read(out, cluster, Apart::Files, report)
            .inspect_err(|error| error.diag().into_iter().for_each(|diag| report.push(diag)))
    }

    /// A cluster without files.
    pub fn none(cluster: ClusterName) -> Self {
        Self { cluster, files: BTreeMap::new() }
    }

    /// How many files it has.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether these are the files of a tree.
    pub fn is(&self, tree: &ClusterTree) -> bool {
        let is_same = |path: &str, text: &str| self.files.get(path).is_some_and(|file| file.text == text);
        self.len() == tree.len() && tree.iter().all(|(file, text)| is_same(&file.path, &text))
    }

    /// Whether it has no objects.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// What is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Apart {
    Objects,
    Files,
}

fn read(out: &Path, cluster: &ClusterName, apart: Apart, report: &mut Report) -> Result<Committed, OutputError> {
    let dir = out.join(cluster.as_str());
    let mut listing = Listing::of(dir.clone())?;
    let mut committed = Committed::none(cluster.clone());
    let text = match listing.kind(LOCK) {
        Some(Kind::File) => Some(read_text(&dir.join(LOCK))?),
        Some(_) | None => None,
    };
    let lock = text.as_deref().map(Lock::parse).transpose().map_err(|fault| {
        let refusal = Refusal::BadLock { path: LOCK.to_owned(), fault: fault.to_string() };
        report.push(refusal.diag(cluster, &dir));
        OutputError::Refused
    })?;
    let lock = lock.unwrap_or_default();
    listing.add_parents(lock.entries.keys().copied())?;
    for (path, entry) in &lock.entries {
        // A link could point outside the tree, and the content of its target would be shown.
        if listing.kind(path) == Some(Kind::File) {
            let text = read_text(&dir.join(path))?;
            committed.files.extend(objects(path, entry, text, apart));
        }
    }
    for path in stray::find(&listing, |path| lock.entries.contains_key(path))? {
        let text = read_text(&dir.join(&path))?;
        let file = CommittedFile { object: object_of(&path), sources: sources_of(&text), text, file: None };
        committed.files.insert(path, file);
    }
    Ok(committed)
}

/// The objects of a file by the paths that they would have in files of their own; the file as a whole if it does not have the objects
/// that the lock states, since somebody edited it.
fn objects(path: &str, entry: &LockEntry<'_>, text: String, compared: Apart) -> Vec<(String, CommittedFile)> {
    let file = |object: &str, sources: &str, text: String, file| {
        let (object, sources) = (object.to_owned(), sources.to_owned());
        CommittedFile { object, sources, text, file }
    };
    let whole = |text| vec![(path.to_owned(), file(entry.object, entry.sources, text, None))];
    let own_path = |object: &str| {
        let (kind, key) = object.split_once(' ')?;
        let (namespace, name) = key.split_once('/')?;
        Some(layout::path_of(kind, namespace, name))
    };
    let paths: Option<Vec<String>> = entry.objects().map(|(object, _)| own_path(object)).collect();
    let parts: Vec<&str> = grouped::apart(&text).collect();
    match paths {
        Some(paths) if compared == Apart::Objects && paths.len() == parts.len() && paths != [path] => {
            let parts = paths.into_iter().zip(entry.objects()).zip(parts);
            parts
                .map(|((own, (object, sources)), text)| {
                    (own, file(object, sources, text.to_owned(), Some(path.to_owned())))
                })
                .collect()
        }
        _ => whole(text),
    }
}

/// What a file without a line in the lock holds, by its path, as the lock would have it: `VirtualService shop/web`.
fn object_of(path: &str) -> String {
    let (namespace, name) = path.rsplit_once('/').unwrap_or(("", path));
    let name = name.rsplit_once('.').map_or(name, |(name, _)| name);
    let rendered = ObjectKind::ALL.iter().map(|kind| (kind.file_prefix(), kind.id()));
    // The kind also decides whether the content may be shown.
    let mut kinds = rendered.chain([("secret", "Secret".to_owned())]);
    let named = kinds.find_map(|(prefix, kind)| Some((kind, name.strip_prefix(prefix)?.strip_prefix('-')?)));
    let unknown = || name.split_once('-').unwrap_or(("file", name));
    let (kind, name) = named.unwrap_or_else(|| (unknown().0.to_owned(), unknown().1));
    format!("{kind} {namespace}/{name}")
}

/// The policies that the first line names.
fn sources_of(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let sources = line.strip_prefix(MARK).unwrap_or_default();
    let sources = sources.strip_suffix(END).unwrap_or(sources);
    sources.chars().filter(|c| !c.is_control()).collect()
}

/// Reads a file, lossily: content that is not UTF-8 differs from everything that is rendered anyway.
fn read_text(path: &Path) -> Result<String, OutputError> {
    let bytes = load::read_bytes(path).map_err(OutputError::io(Operation::Read, path))?;
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_line_is_named_as_the_lock_would_name_it() {
        for (path, object) in [
            ("shop/virtualservice-web.yaml", "VirtualService shop/web"),
            ("shop/httproutegroup.specs.smi-spec.io-web-api.yaml", "HTTPRouteGroup.specs.smi-spec.io shop/web-api"),
            ("istio-system/secret-cacerts.yaml", "Secret istio-system/cacerts"),
            ("shop/sidecar-web.yaml", "sidecar shop/web"),
            ("shop/notes.yaml", "file shop/notes"),
        ] {
            assert_eq!(object_of(path), object);
        }
    }
}
