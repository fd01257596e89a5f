//! The pages that are made from the program's own tables are current, and what the others name is there.

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

/// The benches and tests that a page tells to run are there.
#[test]
fn named_targets_are_there() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(project.join("Cargo.toml")).expect("the manifest is there");
    let mut missing = Vec::new();
    let mut named = 0;
    for page in ["CONTRIBUTING.md", "README.md", "docs/performance.md"] {
        let text = fs::read_to_string(project.join(page)).expect("the page is there");
        for words in text.split_whitespace().collect::<Vec<_>>().windows(2) {
            let name = words[1].trim_end_matches(|c: char| !c.is_alphanumeric());
            let is_there = match words[0] {
                "--bench" => manifest.contains(&format!("[[bench]]\nname = \"{name}\"\n")),
                "--test" => project.join(format!("tests/{name}.rs")).exists(),
                _ => continue,
            };
            named += 1;
            if !is_there {
                missing.push(format!("{page}: {} {name}", words[0]));
            }
        }
    }
    assert!(named > 0 && missing.is_empty(), "{missing:?}");
}

/// The files of the project that pages for contributors name are there.
#[test]
fn named_files_are_there() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut missing = Vec::new();
    for page in ["CONTRIBUTING.md", "docs/architecture.md"] {
        let text = fs::read_to_string(project.join(page)).expect("the page is there");
        let in_code = text.split('`').skip(1).step_by(2);
        let files = in_code.filter(|name| name.starts_with("src/") && !name.contains('<'));
        missing.extend(files.filter(|name| !project.join(name).exists()).map(|name| format!("{page}: {name}")));
        assert!(text.contains("`src/"), "{page} names files");
    }
    assert_eq!(missing, Vec::<String>::new());
}
