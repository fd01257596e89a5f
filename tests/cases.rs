//! Golden cases: each folder below `tests/cases` is a fleet and what comes of it, and so is each example.
//!
//! `in/` is the fleet, `out/` the tree that is rendered from it, `diagnostics.txt` what `check` says in the short form and
//! how `render` ends, `status.yaml` what `status` says, `why.md` why that is right. An INVALID policy makes `render` end
//! with 3; `out/` is then what is left with `--allow-invalid`. A file `options` may have a line `args = …` for `render`.
//!
//! `UPDATE=1 cargo test --test cases` writes what the program gives and names what changed: read the difference against
//! `why.md` before it is committed.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use rayon::prelude::*;
use serde::Deserialize as _;
use support::{Tree, directories, example, fleet, project, run, tree, write_tree};

/// What comes of a fleet.
#[derive(Debug, PartialEq)]
struct Outcome {
    exit: i32,
    diagnostics: String,
    status: Option<String>,
    rendered: Tree,
}

/// What comes of a fleet, without a second look.
fn render_once(files: &Tree, options: &[&str]) -> Outcome {
    let dir = fleet(files);
    let at = dir.path();
    let status = run(at, &["status", "-o", "yaml"]);
    let mut arguments = vec!["render", "--format", "short"];
    arguments.extend(options);
    let plain = run(at, &arguments);
    if plain.code == 3 {
        arguments.push("--allow-invalid");
        run(at, &arguments);
    }
    Outcome {
        exit: plain.code,
        diagnostics: plain.stderr,
        status: (status.code == 0).then_some(status.stdout),
        rendered: tree(&at.join("rendered")),
    }
}

/// Renders a fleet in a directory of its own, deletes the tree and renders again, and renders once more: all the same.
fn render(files: &Tree, options: &[&str]) -> Outcome {
    let dir = fleet(files);
    let at = dir.path();
    let rendered = at.join("rendered");
    let checked = run(at, &["check", "--format", "short"]);
    assert_eq!(checked.stdout, "");
    let status = run(at, &["status", "-o", "yaml"]);
    assert!([0, 2, 3].contains(&status.code), "{status:?}");

    let mut arguments = vec!["render"];
    arguments.extend(options);
    let plain = run(at, &arguments);
    let exit = plain.code;
    let mut ended = exit;
    if exit == 3 {
        assert_eq!(tree(at), *files, "exit 3, yet something was written");
        arguments.push("--allow-invalid");
        ended = run(at, &arguments).code;
    }
    assert_eq!(checked.code, exit, "check and render disagree: {checked:?} {plain:?}");
    let first = tree(&rendered);
    if ended == 0 {
        if rendered.exists() {
            fs::remove_dir_all(&rendered).expect("deleted");
        }
        run(at, &arguments).exits(0);
        assert!(tree(&rendered) == first, "deleted and rendered again, the tree differs");
        let times = |tree: &Tree| -> Vec<_> {
            tree.keys()
                .map(|path| fs::metadata(rendered.join(path)).expect("there").modified().expect("a time"))
                .collect()
        };
        let before = times(&first);
        run(at, &arguments).exits(0).says(" 0 written, ");
        assert_eq!(times(&first), before, "a second run touched files");
        if options.is_empty() && exit == 0 {
            run(at, &["render", "--check"]).exits(0);
        }
    } else {
        assert!(first.is_empty(), "exit {ended}, yet something was written");
    }
    Outcome { exit, diagnostics: checked.stderr, status: (status.code == 0).then_some(status.stdout), rendered: first }
}

/// Whether a file may go elsewhere in its fleet: inputs, but not the settings and the CA store.
fn holds_documents(path: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|suffix| path.ends_with(suffix))
        && path != "meshtree.yaml"
        && !path.starts_with("ca/")
}

/// The documents of a fleet but its settings, each with the directory that it has to stay in.
fn documents(files: &Tree) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (path, bytes) in files.iter().filter(|(path, _)| holds_documents(path)) {
        let parts: Vec<&str> = path.split('/').collect();
        // What is said of a raw object's cluster is where it lies.
        let place = match *parts {
            ["clusters", cluster, _, ..] => format!("clusters/{cluster}/"),
            _ => String::new(),
        };
        let text = std::str::from_utf8(bytes).expect("text");
        let mut document = String::new();
        for line in text.lines() {
            if line == "---" {
                out.push((place.clone(), std::mem::take(&mut document)));
            } else {
                document.push_str(line);
                document.push('\n');
            }
        }
        out.push((place, document));
    }
    out.retain(|(_, document)| document.lines().any(|line| !line.is_empty() && !line.starts_with('#')));
    out
}

/// The same inputs in other files and orders.
fn variants(files: &Tree, with_list: bool) -> Vec<(&'static str, Tree)> {
    if files.contains_key(".meshtreeignore") {
        // What is passed over has to stay where it is.
        return Vec::new();
    }
    let documents = documents(files);
    let mut kept = files.clone();
    kept.retain(|path, _| !holds_documents(path));
    let mut out = Vec::new();
    let mut split = kept.clone();
    for (i, (place, document)) in documents.iter().enumerate() {
        split.insert(format!("{place}d/{i:03}.yml"), document.clone().into_bytes());
    }
    out.push(("one document a file", split));
    let mut reversed = kept.clone();
    for (i, (place, document)) in documents.iter().enumerate() {
        reversed.insert(format!("{place}{:03}.yaml", 999 - i), document.clone().into_bytes());
    }
    out.push(("one document a file, in reverse", reversed));
    let mut merged = kept.clone();
    for (place, document) in documents.iter().rev() {
        let text = merged.entry(format!("{place}all.yaml")).or_default();
        text.extend_from_slice(b"---\n");
        text.extend_from_slice(document.as_bytes());
    }
    out.push(("all in one file, in reverse", merged));
    if with_list {
        let mut lists: BTreeMap<String, Vec<serde_json::Value>> = BTreeMap::new();
        for (place, document) in &documents {
            let mut parsed = serde_yaml::Deserializer::from_str(document);
            let value = serde_json::Value::deserialize(parsed.next().expect("a document")).expect("YAML");
            match (value["kind"].as_str(), value["items"].as_array()) {
                (Some("List"), Some(items)) => lists.entry(place.clone()).or_default().extend(items.iter().cloned()),
                (Some("List"), None) => {}
                _ => lists.entry(place.clone()).or_default().push(value),
            }
        }
        let mut list = kept;
        for (place, items) in lists {
            let value = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items});
            list.insert(format!("{place}list.json"), value.to_string().into_bytes());
        }
        out.push(("a JSON List", list));
    }
    out
}

/// The arguments that a case's `options` give to `render`.
fn options(case: &Path) -> Vec<String> {
    let text = fs::read_to_string(case.join("options")).unwrap_or_default();
    let mut out = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (key, value) = line.split_once(" = ").unwrap_or_else(|| panic!("{}: {line}", case.display()));
        assert_eq!(key, "args", "{}: the only option there is", case.display());
        out.extend(value.split_whitespace().map(str::to_owned));
    }
    out
}

/// Compares two trees in words.
fn differences(expected: &Tree, found: &Tree) -> String {
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
fn update() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| !value.is_empty() && value != "0")
}

/// Compares with the goldens below a directory, all but the paths that are not for `keep`, or writes them.
fn golden(dir: &Path, name: &str, found: &Tree, keep: impl Fn(&str) -> bool) -> Option<String> {
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
        fs::remove_file(dir.join(path)).expect("deleted");
    }
    write_tree(dir, found);
    _ = writeln!(std::io::stdout(), "{name} changed:\n{differences}");
    None
}

/// Runs one case; the text says what is wrong.
fn check_case(case: &Path) -> Option<String> {
    let name = case.file_name().expect("a name").to_str().expect("UTF-8");
    let files = tree(&case.join("in"));
    assert!(!files.is_empty(), "{name} has no in/");
    let options = options(case);
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let outcome = render(&files, &options);
    let mut found: Tree = outcome.rendered.iter().map(|(path, bytes)| (format!("out/{path}"), bytes.clone())).collect();
    let diagnostics = format!("{}exit {}\n", outcome.diagnostics, outcome.exit);
    found.insert("diagnostics.txt".to_owned(), diagnostics.into_bytes());
    if let Some(status) = &outcome.status {
        found.insert("status.yaml".to_owned(), status.clone().into_bytes());
    }
    let mut wrong = golden(case, name, &found, |path| {
        path.starts_with("out/") || ["diagnostics.txt", "status.yaml"].contains(&path)
    });
    // A reader of JSON knows nothing of the words that only YAML 1.1 misreads, nor can it have a null key twice.
    let with_list = !outcome.diagnostics.contains("MT0206") && outcome.status.is_some();
    for (variant, files) in variants(&files, with_list) {
        let other = render_once(&files, &options);
        if other.exit != outcome.exit || other.status != outcome.status || other.rendered != outcome.rendered {
            let differences = differences(&outcome.rendered, &other.rendered);
            wrong.get_or_insert_default().push_str(&format!(
                "{name} differs as {variant} (exit {} and {})\n{differences}{}\n",
                outcome.exit, other.exit, other.diagnostics
            ));
        }
    }
    wrong
}

fn report(wrong: Vec<String>, count: usize) {
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn cases() {
    let cases = directories(&project().join("tests/cases"));
    let wrong: Vec<String> = cases.par_iter().filter_map(|case| check_case(case)).collect();
    report(wrong, cases.len());
}

/// The committed trees of the examples are what is rendered, and rendering needs no key and makes none.
#[test]
fn examples() {
    let all = directories(&project().join("examples"));
    assert!(!all.is_empty());
    let check = |dir: &std::path::PathBuf| {
        let name = dir.file_name().expect("a name").to_str().expect("UTF-8");
        let copy = example(name, false);
        let inputs = tree(copy.path());
        run(copy.path(), &["render", "--locked"]).exits(0);
        let mut found = tree(copy.path());
        found.retain(|path, _| !inputs.contains_key(path));
        let wrong = golden(dir, name, &found, |path| path.starts_with("rendered/"));
        let mut after = tree(copy.path());
        after.retain(|path, _| !path.starts_with("rendered/"));
        assert!(after == inputs, "rendering changed the inputs of {name}");
        let again = run(copy.path(), &["render", "--locked"]).exits(0);
        let again: Vec<&str> = again.stderr.lines().filter(|line| line.contains(" objects, ")).collect();
        assert!(!again.is_empty() && again.iter().all(|line| line.contains(" 0 written, ")), "{again:?}");
        run(copy.path(), &["render", "--locked", "--check"]).exits(0);
        for (variant, files) in variants(&inputs, true) {
            let other = fleet(&files);
            run(other.path(), &["render", "--locked"]).exits(0);
            let tree: Tree =
                tree(&other.path().join("rendered")).into_iter().map(|(p, b)| (format!("rendered/{p}"), b)).collect();
            assert!(tree == found, "{name} differs as {variant}:\n{}", differences(&found, &tree));
        }
        wrong
    };
    let wrong: Vec<String> = all.par_iter().filter_map(check).collect();
    report(wrong, all.len());
}

/// Every case says in a few lines why it is right, and has nothing that the harness would not look at.
#[test]
fn cases_are_explained() {
    if update() {
        // They are being written.
        return;
    }
    for case in directories(&project().join("tests/cases")) {
        let name = case.display();
        let why = fs::read_to_string(case.join("why.md")).unwrap_or_else(|error| panic!("{name}/why.md: {error}"));
        let why = why.split_once("\ncovers: ").map_or(&*why, |(why, _)| why);
        let lines = why.lines().filter(|line| !line.trim().is_empty()).count();
        assert!((2..=8).contains(&lines), "{name}/why.md has {lines} lines");
        let known = ["in/", "out/"];
        let files = ["why.md", "options", "diagnostics.txt", "status.yaml"];
        for path in tree(&case).keys() {
            assert!(known.iter().any(|dir| path.starts_with(dir)) || files.contains(&&**path), "{name}/{path}");
        }
        let diagnostics = fs::read_to_string(case.join("diagnostics.txt")).expect("diagnostics");
        let rendered = case.join("out").exists();
        let ended = ["exit 2\n", "exit 3\n", "exit 4\n"];
        assert!(rendered || ended.iter().any(|exit| diagnostics.ends_with(exit)), "{name}");
    }
}
