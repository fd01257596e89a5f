//! Golden cases: each folder `tests/cases/<subject>/<case>` is a fleet and what comes of it, and so is each example.
//!
//! `in/` is the fleet, `out/` the tree that is rendered from it, `diagnostics.txt` what `check` says in the short form and
//! how `render` ends, `status.yaml` what `status` says, `why.md` why that is right. An INVALID policy makes `render` end
//! with 3; `out/` is then what is left with `--allow-invalid`. CONTRIBUTING.md says what the file `options` can say.
//!
//! `UPDATE=1 cargo test --test cases` writes what the program gives and names what changed: read the difference against
//! `why.md` before it is committed. `CASE=<subject>` or `CASE=<subject>/<case>`, several with commas between, runs only these.

#[path = "harness/golden.rs"]
mod golden;
#[path = "harness/outcome.rs"]
mod outcome;
mod support;
#[path = "harness/trees.rs"]
mod trees;
#[path = "harness/variants.rs"]
mod variants;

use std::collections::BTreeMap;
use std::io::Write as _;

use golden::{differences, golden, update};
use outcome::{Outcome, render, render_once};
use rayon::prelude::*;
use support::cases::{Case, base, cases, matches};
use support::{Tree, directories, example, fleet, project, run, tree};
use variants::variants;

/// The cases, subjects, examples or `examples` that alone are to be run.
fn only() -> Option<Vec<String>> {
    let names = std::env::var("CASE").ok()?;
    let names: Vec<String> = names.split(',').map(|name| name.trim_end_matches('/').to_owned()).collect();
    names.iter().any(|name| !name.is_empty()).then_some(names)
}

/// Whether a case or example is to be run.
fn wanted(name: &str) -> bool {
    let is_below =
        |only: &String| name.strip_prefix(&**only).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    only().is_none_or(|names| names.iter().any(is_below))
}

/// Compares what came of a case with what is committed of it, or writes it.
fn check_outcome(case: &Case, outcome: &Outcome, committed: &[String]) -> Option<String> {
    let all = outcome.rendered.iter().map(|(path, bytes)| (format!("out/{path}"), bytes.clone()));
    let mut found: Tree = all.filter(|(path, _)| case.shows(path)).collect();
    let diagnostics = format!("{}exit {}\n", outcome.diagnostics, outcome.exit);
    found.insert("diagnostics.txt".to_owned(), diagnostics.into_bytes());
    if let Some(status) = &outcome.status {
        found.insert("status.yaml".to_owned(), status.clone().into_bytes());
    }
    let mut wrong = golden(&case.dir, &case.name, &found, |path| {
        path.starts_with("out/") || ["diagnostics.txt", "status.yaml"].contains(&path)
    });
    for pattern in case.options.show.iter().flatten() {
        if !found.keys().any(|path| matches(pattern, path)) {
            wrong.get_or_insert_default().push_str(&format!("{}: nothing rendered fits {pattern}\n", case.name));
        }
    }
    if let Some(text) = trees::compare(case, committed, &outcome.rendered) {
        if !update() {
            wrong.get_or_insert_default().push_str(&format!("{}, what it does not show:\n{text}", case.name));
            return wrong;
        }
        _ = writeln!(std::io::stdout(), "{}, what it does not show, changed:\n{text}", case.name);
    }
    trees::keep(case, &outcome.rendered);
    wrong
}

/// Runs one case: what is wrong, if anything is, and its lines of `trees.txt`.
fn check_case(case: &Case, committed: &[String]) -> (Option<String>, Vec<String>) {
    let name = &case.name;
    let files = case.inputs();
    let options: Vec<&str> = case.options.args.iter().map(String::as_str).collect();
    let outcome = render(&files, &options);
    let mut wrong = check_outcome(case, &outcome, committed);
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
    (wrong, trees::lines(case, &outcome.rendered))
}

fn report(wrong: Vec<String>, count: usize) {
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn all_cases() {
    let mut cases = cases();
    let mut trees = trees::read();
    if update() {
        trees.retain(|name, _| cases.iter().any(|case| case.name == *name));
    }
    cases.retain(|case| wanted(&case.name));
    assert!(
        !cases.is_empty() || only().is_some_and(|only| only.iter().all(|name| name.starts_with("examples"))),
        "CASE names no case"
    );
    let check = |case: &Case| check_case(case, trees.get(&case.name).map_or(&[][..], Vec::as_slice));
    let checked: Vec<(Option<String>, Vec<String>)> = cases.par_iter().map(check).collect();
    let (wrong, lines): (Vec<_>, Vec<_>) = checked.into_iter().unzip();
    if update() {
        trees.extend(cases.iter().map(|case| case.name.clone()).zip(lines));
        trees::write(&trees);
    }
    report(wrong.into_iter().flatten().collect(), cases.len());
}

/// The committed trees of the examples are what is rendered, and rendering needs no key and makes none.
#[test]
fn examples() {
    let mut all = directories(&project().join("examples"));
    assert!(!all.is_empty());
    all.retain(|dir| wanted(&format!("examples/{}", dir.file_name().expect("a name").to_string_lossy())));
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
    let trees = trees::read();
    let cases = cases();
    for case in &cases {
        let name = &case.name;
        let why = case.text("why.md").unwrap_or_else(|| panic!("{name} has no why.md"));
        let why = why.split_once("\ncovers: ").map_or(&*why, |(why, _)| why);
        let lines = why.lines().filter(|line| !line.trim().is_empty()).count();
        assert!((2..=8).contains(&lines), "{name}/why.md has {lines} lines");
        let known = ["in/", "out/"];
        let files = ["why.md", "options", "diagnostics.txt", "status.yaml"];
        let found = tree(&case.dir);
        for path in found.keys() {
            assert!(known.iter().any(|dir| path.starts_with(dir)) || files.contains(&&**path), "{name}/{path}");
        }
        let diagnostics = case.text("diagnostics.txt").expect("diagnostics");
        let rendered = found.keys().any(|path| path.starts_with("out/")) || trees.contains_key(name);
        let ended = ["exit 1\n", "exit 2\n", "exit 3\n", "exit 4\n"];
        let is_empty = case.options.show.as_ref().is_some_and(Vec::is_empty);
        assert!(rendered || is_empty || ended.iter().any(|exit| diagnostics.ends_with(exit)), "{name}");
    }
    for name in trees.keys() {
        let has_lines = |case: &Case| case.name == *name && case.options.show.is_some();
        assert!(cases.iter().any(has_lines), "trees.txt has lines of {name}, which is not there or shows everything");
    }
}

/// What lies in `tests/fleets` is shared, and no case has a copy of what its base has.
#[test]
fn bases_are_shared() {
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases() {
        let Some(name) = &case.options.base else { continue };
        *used.entry(name.clone()).or_default() += 1;
        let own = tree(&case.dir.join("in"));
        for (path, bytes) in base(name) {
            assert!(own.get(&path) != Some(&bytes), "{}/in/{path} is in tests/fleets/{name} already", case.name);
        }
    }
    for dir in directories(&project().join("tests/fleets")) {
        let name = dir.file_name().expect("a name").to_string_lossy();
        assert!(used.get(&*name).is_some_and(|cases| *cases > 1), "tests/fleets/{name} is shared by no two cases");
    }
}

#[test]
fn patterns() {
    for (pattern, path) in [("a/b", "a/b"), ("a/*", "a/b"), ("*/b-*.yaml", "a/b-c.yaml"), ("a*", "a"), ("*b*b", "abab")]
    {
        assert!(matches(pattern, path), "{pattern} {path}");
    }
    for (pattern, path) in [("a", "ab"), ("a/*", "a/b/c"), ("*", "a/b"), ("*-b", "a-c"), ("a/*", "b/a")] {
        assert!(!matches(pattern, path), "{pattern} {path}");
    }
}
