//! What the program makes of a fleet, looked at twice.

use std::fs;

use crate::support::{Tree, fleet, run, tree};

/// What comes of a fleet.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) exit: i32,
    pub(crate) diagnostics: String,
    pub(crate) status: Option<String>,
    pub(crate) rendered: Tree,
}

/// What comes of a fleet, without a second look.
pub(crate) fn render_once(files: &Tree, options: &[&str]) -> Outcome {
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

/// When cases are checked: certificates that are stored with them have an end.
const NOW: &str = "2026-12-01";

/// Renders a fleet in a directory of its own, deletes the tree and renders again, and renders once more: all the same.
pub(crate) fn render(files: &Tree, options: &[&str]) -> Outcome {
    let dir = fleet(files);
    let at = dir.path();
    let rendered = at.join("rendered");
    let checked = run(at, &["check", "--format", "short", "--now", NOW]);
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
