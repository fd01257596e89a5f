//! The hunks of a diff, of which equal ones are printed once.
//!
//! Hunks are equal if their files changed in the same way for the same reason, their removed and added lines are equal, and the
//! lines around them have the same keys: the values there may be the names of what each file is about. Files that are added or
//! removed as a whole are equal if they are so but for these names.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::output::diff::{Change, ClusterDiff, Detail, ObjectDiff};

/// A hunk, of which a file may have several.
#[derive(Debug)]
pub(super) struct Hunk<'d> {
    /// Its lines, the first of which is its position.
    pub(super) text: &'d str,
    /// The hunks that are equal.
    pub(super) group: usize,
}

/// The difference of an object, with its hunks in their groups.
#[derive(Debug)]
pub(super) struct File<'d> {
    pub(super) diff: &'d ClusterDiff,
    pub(super) object: &'d ObjectDiff,
    /// The two lines with its names; empty for a Secret.
    pub(super) names: &'d str,
    pub(super) hunks: Vec<Hunk<'d>>,
}

/// All differences.
#[derive(Debug)]
pub(super) struct Files<'d> {
    pub(super) files: Vec<File<'d>>,
    /// The files of each group, by their index; the first one shows the hunk.
    groups: Vec<Vec<usize>>,
}

impl<'d> Files<'d> {
    /// The files that differ, in their order. `grouped` decides whether equal hunks are in one group.
    pub(super) fn of(diffs: &'d [ClusterDiff], grouped: bool) -> Self {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut known: BTreeMap<[u8; 32], usize> = BTreeMap::new();
        let mut files = Vec::new();
        for (diff, object) in diffs.iter().flat_map(|diff| diff.objects.iter().map(move |object| (diff, object))) {
            let (names, hunks) = split(object);
            let hunks = hunks.into_iter().map(|text| {
                let next = groups.len();
                let group = if grouped { *known.entry(key(diff, object, text)).or_insert(next) } else { next };
                if group == next {
                    groups.push(Vec::new());
                }
                // A file that has a hunk twice shows it twice.
                if groups[group].last() != Some(&files.len()) {
                    groups[group].push(files.len());
                }
                Hunk { text, group }
            });
            let hunks = hunks.collect();
            files.push(File { diff, object, names, hunks });
        }
        Self { files, groups }
    }

    /// Whether a hunk of a file is shown there.
    pub(super) fn is_first(&self, file: usize, hunk: &Hunk<'_>) -> bool {
        self.groups[hunk.group].first() == Some(&file)
    }

    /// Whether anything of a file is shown: not if all of it is shown in files before it.
    pub(super) fn is_shown(&self, file: usize) -> bool {
        let hunks = &self.files[file].hunks;
        hunks.is_empty() || hunks.iter().any(|hunk| self.is_first(file, hunk))
    }

    /// The other files that have a hunk.
    pub(super) fn others(&self, hunk: &Hunk<'_>) -> impl ExactSizeIterator<Item = &File<'d>> {
        self.groups[hunk.group][1..].iter().map(|file| &self.files[*file])
    }
}

/// The lines with the names of a unified diff, and its hunks.
fn split(object: &ObjectDiff) -> (&str, Vec<&str>) {
    let Detail::Text(text) = &object.detail else { return ("", Vec::new()) };
    // Lines of the files themselves begin with a sign or a space.
    let mut starts: Vec<usize> = text.match_indices("\n@@ ").map(|(at, _)| at + 1).collect();
    let names = &text[..starts.first().copied().unwrap_or(text.len())];
    starts.push(text.len());
    (names, starts.windows(2).map(|ends| &text[ends[0]..ends[1]]).collect())
}

/// What two hunks have in common if they are equal.
fn key(diff: &ClusterDiff, object: &ObjectDiff, hunk: &str) -> [u8; 32] {
    let names = match object.change {
        Change::Changed => Vec::new(),
        Change::Added | Change::Removed => names(diff, object),
    };
    let mut hash = Sha256::new();
    hash.update(object.change.as_str());
    hash.update(object.object.split(' ').next().unwrap_or_default());
    for cause in &object.causes {
        hash.update(format!("\n{cause}"));
    }
    for line in hunk.lines().skip(1) {
        hash.update("\n");
        match line.strip_prefix(' ') {
            Some(context) => hash.update(shape(context)),
            None => update_without(&names, line, &mut hash),
        }
    }
    hash.finalize().into()
}

/// The words that name what an object is about: its cluster, its namespace, and the labels of its name, which may be a host.
fn names<'d>(diff: &'d ClusterDiff, object: &'d ObjectDiff) -> Vec<&'d str> {
    let (namespace, name) = object.object.rsplit(' ').next().and_then(|key| key.split_once('/')).unwrap_or_default();
    [diff.cluster.as_str(), namespace].into_iter().chain(name.split('.')).collect()
}

/// Adds a line, with the place of each name in the list instead of the name.
fn update_without(names: &[&str], line: &str, hash: &mut Sha256) {
    if names.is_empty() {
        return hash.update(line);
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    for part in line.split_inclusive(|c| !is_word(c)) {
        let word = part.trim_end_matches(|c| !is_word(c));
        match names.iter().position(|name| *name == word) {
            Some(place) => {
                // No text has the byte.
                hash.update([0xff, u8::try_from(place).unwrap_or(0xfe)]);
                hash.update(&part[word.len()..]);
            }
            None => hash.update(part),
        }
    }
}

/// A line around a change without its value: with its indentation, the dash of an item and the key.
fn shape(line: &str) -> &str {
    let item = line.trim_start_matches([' ', '-']);
    let key = item.find(": ").map_or(if item.ends_with(':') { item.len() } else { 0 }, |end| end + 1);
    &line[..line.len() - item.len() + key]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_without_names() {
        let hash = |names: &[&str], line: &str| {
            let mut hash = Sha256::new();
            update_without(names, line, &mut hash);
            hash.finalize()
        };
        let (east, west) = (["east", "shop", "web", "pay"], ["west", "shop", "api", "pay"]);
        assert_eq!(hash(&east, "+  host: web.pay.svc"), hash(&west, "+  host: api.pay.svc"));
        assert_ne!(hash(&east, "+  host: web.pay.svc"), hash(&west, "+  host: api.shop.svc"), "another namespace");
        assert_ne!(hash(&east, "+  host: web-1.pay"), hash(&west, "+  host: api-1.pay"), "part of a name");
        assert_ne!(hash(&[], "+web"), hash(&[], "+api"));
    }

    #[test]
    fn lines_without_their_values() {
        for (line, wanted) in [
            ("  - host: reviews.shop", "  - host:"),
            ("    labels:", "    labels:"),
            ("  - reviews", "  - "),
            ("", ""),
            ("# Generated by meshtree from x", ""),
        ] {
            assert_eq!(shape(line), wanted, "{line:?}");
        }
    }
}
