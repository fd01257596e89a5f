//! `tests/cases/<subject>/trees.txt`: what the cases render that do not commit the whole tree.
//!
//! A line is a case, a cluster, a kind, a digest of the files of that kind, and their objects. So it is seen which kind has
//! changed and which objects come and go, and a change of what every service gets is one line a cluster.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::golden::differences;
use crate::support::cases::{Case, subjects};
use crate::support::{Tree, tree, write_tree};

const FILE: &str = "trees.txt";
const HEAD: &str =
    "# case, cluster, kind, digest of the files, objects; `UPDATE=1 cargo test --test cases` writes it\n";

/// The lines of every case that has some, by its name.
pub(crate) type Trees = BTreeMap<String, Vec<String>>;

/// What is committed.
pub(crate) fn read() -> Trees {
    let mut out = Trees::new();
    for subject in subjects() {
        let name = subject.file_name().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(subject.join(FILE)).unwrap_or_default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (case, _) = line.split_once(' ').unwrap_or_else(|| panic!("{name}/{FILE}: {line}"));
            out.entry(format!("{name}/{case}")).or_default().push(line.to_owned());
        }
    }
    out
}

/// Writes them. What has no lines is removed.
pub(crate) fn write(trees: &Trees) {
    for subject in subjects() {
        let prefix = format!("{}/", subject.file_name().expect("a name").to_string_lossy());
        let lines = trees.iter().filter(|(name, _)| name.starts_with(&prefix)).flat_map(|(_, lines)| lines);
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        let to = subject.join(FILE);
        if !text.is_empty() {
            fs::write(to, format!("{HEAD}{text}")).expect("written");
        } else if to.exists() {
            fs::remove_file(to).expect("deleted");
        }
    }
}

/// The lines of a case. One that commits its whole tree has none.
pub(crate) fn lines(case: &Case, rendered: &Tree) -> Vec<String> {
    if case.options.show.is_none() {
        return Vec::new();
    }
    let mut kinds: BTreeMap<(&str, String), (Sha256, Vec<String>)> = BTreeMap::new();
    for (path, bytes) in rendered {
        let (cluster, within) = path.split_once('/').expect("files stand below a cluster");
        let is_lock = within == ".meshtree.lock";
        let is_object = within.ends_with(".yaml");
        let object: Value = if is_object { serde_yaml::from_slice(bytes).expect("YAML") } else { Value::Null };
        let kind = object["kind"].as_str().unwrap_or(if is_lock { "lock" } else { "file" }).to_owned();
        let (digest, names) = kinds.entry((cluster, kind)).or_default();
        digest.update(format!("{within}\0"));
        if is_lock {
            digest.update(lock(rendered, cluster, std::str::from_utf8(bytes).expect("text")));
        } else {
            digest.update(bytes);
            // A cluster-scoped object has no namespace, and a file no name but its path.
            let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
            names.push(if is_object { format!("{}/{}", text("namespace"), text("name")) } else { within.to_owned() });
        }
    }
    let (_, short) = case.name.split_once('/').expect("a subject");
    let line = |((cluster, kind), (digest, names)): ((&str, String), (Sha256, Vec<String>))| {
        let digest: String = digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        [&[short.to_owned(), cluster.to_owned(), kind, digest][..], &names].concat().join(" ")
    };
    kinds.into_iter().map(line).collect()
}

/// A lock without its digests, which are held against the files: they would change with every one of them.
fn lock(rendered: &Tree, cluster: &str, text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let Some((digest, rest)) = line.split_once('\t') else {
            _ = writeln!(out, "{line}");
            continue;
        };
        let path = rest.split('\t').next().unwrap_or_default();
        let bytes = &rendered[&format!("{cluster}/{path}")];
        let found: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, found, "the lock of {cluster} has another digest of {path}");
        _ = writeln!(out, "{rest}");
    }
    out
}

/// Where the trees are that were right when the test last passed on this machine.
fn last(case: &Case) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cases").join(&case.name)
}

/// Keeps a tree that is right.
pub(crate) fn keep(case: &Case, rendered: &Tree) {
    let dir = last(case);
    let before = tree(&dir);
    if before != *rendered {
        before.keys().for_each(|path| fs::remove_file(dir.join(path)).expect("deleted"));
        write_tree(&dir, rendered);
    }
}

/// In words, what differs in a case from its committed lines.
pub(crate) fn compare(case: &Case, committed: &[String], rendered: &Tree) -> Option<String> {
    let found = lines(case, rendered);
    if committed == found {
        return None;
    }
    let mut out = String::new();
    committed.iter().filter(|line| !found.contains(line)).for_each(|line| _ = writeln!(out, "-{line}"));
    found.iter().filter(|line| !committed.contains(line)).for_each(|line| _ = writeln!(out, "+{line}"));
    let before = tree(&last(case));
    if committed == lines(case, &before) {
        let hidden = |tree: &Tree| -> Tree {
            let files = tree.iter().filter(|(path, _)| !case.shows(&format!("out/{path}")) && !path.ends_with(".lock"));
            files.map(|(path, bytes)| (path.clone(), bytes.clone())).collect()
        };
        out.push_str(&differences(&hidden(&before), &hidden(rendered)));
    } else {
        out.push_str(
            "(for the files, run this test once on the commit before: it keeps the trees in target/tmp/cases)\n",
        );
    }
    Some(out)
}
