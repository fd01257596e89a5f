//! The pages that are made from the program's own tables are current.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Compares a page with what the program says; `UPDATE=1` in the environment rewrites it.
fn check(page: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::write(&path, wanted).expect("the page can be written");
    }
    let found = fs::read_to_string(&path).expect("the page is there");
    assert!(found == wanted, "{page} is out of date: run `UPDATE=1 cargo test --test docs`");
}

#[test]
fn diagnostics_page() {
    check("docs/diagnostics.md", &meshtree::diag::explain::reference());
}

/// The names in docs/differences.md are unique, and what is said to show a difference is there.
#[test]
fn differences_are_shown() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(project.join("docs/differences.md")).expect("the page is there");
    let mut names = BTreeSet::new();
    for row in page.lines().filter(|line| line.starts_with("| `")) {
        let code = |cell: &str| cell.trim().trim_matches('`').to_owned();
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let [name, _, _, shown] = *cells else { panic!("a row has four columns: {row}") };
        let shown = code(shown);
        assert!(names.insert(code(name)), "{name} stands there twice");
        let is_case = project.join("tests/cases").join(&shown).join("why.md").exists();
        assert!(is_case || shown.contains('/') && project.join(&shown).exists(), "{name}: there is no {shown}");
    }
    assert!(names.len() > 40, "{}", names.len());
}
