//! Golden cases: each folder `tests/cases/<subject>/<case>` is a fleet and what comes of it, and so is each example.
//!
//! `in/` is the fleet, `out/` the tree that is rendered from it, `diagnostics.txt` what `check` says in the short form and
//! how `render` ends, `status.yaml` what `status` says, `why.md` why that is right. An INVALID policy makes `render` end
//! with 3; `out/` is then what is left with `--allow-invalid`. A file `options` may have a line `args = …` for `render`.
//!
//! `UPDATE=1 cargo test --test cases` writes what the program gives and names what changed: read the difference against
//! `why.md` before it is committed.

#[path = "harness/golden.rs"]
mod golden;
#[path = "harness/outcome.rs"]
mod outcome;
mod support;
#[path = "harness/variants.rs"]
mod variants;

use golden::{differences, golden, update};
use outcome::{render, render_once};
use rayon::prelude::*;
use support::cases::{Case, cases};
use support::{Tree, directories, example, fleet, project, run, tree};
use variants::variants;

/// Runs one case; the text says what is wrong.
fn check_case(case: &Case) -> Option<String> {
    let name = &case.name;
    let files = case.inputs();
    let options: Vec<&str> = case.args.iter().map(String::as_str).collect();
    let outcome = render(&files, &options);
    let mut found: Tree = outcome.rendered.iter().map(|(path, bytes)| (format!("out/{path}"), bytes.clone())).collect();
    let diagnostics = format!("{}exit {}\n", outcome.diagnostics, outcome.exit);
    found.insert("diagnostics.txt".to_owned(), diagnostics.into_bytes());
    if let Some(status) = &outcome.status {
        found.insert("status.yaml".to_owned(), status.clone().into_bytes());
    }
    let mut wrong = golden(&case.dir, name, &found, |path| {
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
fn all_cases() {
    let cases = cases();
    let wrong: Vec<String> = cases.par_iter().filter_map(check_case).collect();
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
    for case in cases() {
        let name = &case.name;
        let why = case.text("why.md").unwrap_or_else(|| panic!("{name} has no why.md"));
        let why = why.split_once("\ncovers: ").map_or(&*why, |(why, _)| why);
        let lines = why.lines().filter(|line| !line.trim().is_empty()).count();
        assert!((2..=8).contains(&lines), "{name}/why.md has {lines} lines");
        let known = ["in/", "out/"];
        let files = ["why.md", "options", "diagnostics.txt", "status.yaml"];
        for path in tree(&case.dir).keys() {
            assert!(known.iter().any(|dir| path.starts_with(dir)) || files.contains(&&**path), "{name}/{path}");
        }
        let diagnostics = case.text("diagnostics.txt").expect("diagnostics");
        let rendered = case.dir.join("out").exists();
        let ended = ["exit 2\n", "exit 3\n", "exit 4\n"];
        assert!(rendered || ended.iter().any(|exit| diagnostics.ends_with(exit)), "{name}");
    }
}
