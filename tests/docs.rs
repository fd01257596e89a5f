//! The pages that are made from the program's own tables are current.

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
