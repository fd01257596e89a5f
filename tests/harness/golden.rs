//! What was committed, compared with what is found or replaced by it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::support::{Tree, tree, write_tree};

/// Compares two trees in words.
pub(crate) fn differences(expected: &Tree, found: &Tree) -> String {
    let mut out = String::new();
    let paths: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    for path in paths {
        let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
        match (expected.get(path), found.get(path)) {
            (Some(old), Some(new)) if old == new => {}
            (Some(old), Some(new)) => {
                let (old, new) = (text(old), text(new));
                let diff = similar::TextDiff::from_lines(&old, &new);
                _ = write!(out, "{}", diff.unified_diff().context_radius(3).header(path, "is now"));
            }
            (Some(_), None) => _ = writeln!(out, "{path} is missing"),
            (None, Some(new)) => _ = writeln!(out, "{path} is not expected:\n{}", text(new)),
            (None, None) => {}
        }
    }
    out
}

/// Whether goldens are to be written.
pub(crate) fn update() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| !value.is_empty() && value != "0")
}

/// Compares with the goldens below a directory, all but the paths that are not for `keep`, or writes them.
pub(crate) fn golden(dir: &Path, name: &str, found: &Tree, keep: impl Fn(&str) -> bool) -> Option<String> {
    let mut expected = tree(dir);
    expected.retain(|path, _| keep(path));
    if expected == *found {
        return None;
    }
    let differences = differences(&expected, found);
    if !update() {
        return Some(format!("{name}:\n{differences}"));
    }
    for path in expected.keys().filter(|path| !found.contains_key(*path)) {
        let path = dir.join(path);
        fs::remove_file(&path).expect("deleted");
        // Directories that are not empty stay.
        path.ancestors().skip(1).take_while(|above| *above != dir).for_each(|above| _ = fs::remove_dir(above));
    }
    write_tree(dir, found);
    // What was not there before is read in its file.
    let created: Vec<&String> = found.keys().filter(|path| !expected.contains_key(*path)).collect();
    let changed = found.iter().filter(|(path, _)| expected.contains_key(*path));
    let changed: Tree = changed.map(|(path, bytes)| (path.clone(), bytes.clone())).collect();
    _ = writeln!(std::io::stdout(), "{name} changed:\n{}", self::differences(&expected, &changed));
    created.iter().for_each(|path| _ = writeln!(std::io::stdout(), "{name}/{path} is new"));
    None
}
