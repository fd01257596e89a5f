//! What README.md and some pages of docs/ show is what the program does: every `console` block is run, in order, in a copy of the examples
//! and of the tutorial's files. A `yaml` block that begins with the path of a file in the tutorial's fleet is written there.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use walkdir::WalkDir;

/// Copies a directory of the project.
fn copy(from: &Path, to: &Path) {
    for entry in WalkDir::new(from).into_iter().map(|entry| entry.expect("the project can be read")) {
        let at = to.join(entry.path().strip_prefix(from).expect("it is below"));
        if entry.file_type().is_dir() {
            fs::create_dir_all(&at).expect("a directory can be made");
        } else {
            fs::copy(entry.path(), &at).expect("a file can be copied");
        }
    }
}

/// What a page does with the fleet.
enum Step {
    /// A command and the output shown for it, `...` standing for the rest of it.
    Command(String, String),
    /// The text of a file, by its path.
    File(String, String),
}

/// The `console` blocks of a page and its files, in order.
fn steps(text: &str) -> Vec<Step> {
    let mut out: Vec<Step> = Vec::new();
    let mut block = "";
    let mut is_new = false;
    for line in text.lines() {
        if let Some(kind) = line.strip_prefix("```") {
            (block, is_new) = (kind, true);
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| block == "console") {
            out.push(Step::Command(command.to_owned(), String::new()));
        } else if let Some(path) = line.strip_prefix("# mesh/").filter(|_| block == "yaml" && is_new) {
            (block, is_new) = ("file", false);
            out.push(Step::File(format!("mesh/{path}"), String::new()));
        } else if block == "console" || block == "file" {
            let (Step::Command(_, shown) | Step::File(_, shown)) =
                out.last_mut().expect("a block begins with a command");
            shown.push_str(&format!("{line}\n"));
        } else {
            is_new = false;
        }
    }
    out
}

#[test]
fn shown_output_is_real() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(project.join("README.md")).expect("README.md is there");
    assert!(readme.lines().count() <= 120, "README.md is to stay a page that is read whole: 120 lines");
    for page in [
        "README.md",
        "docs/questions.md",
        "docs/overview.md",
        "docs/tutorial.md",
        "docs/argocd.md",
        "docs/flux.md",
        "docs/ci.md",
        "docs/templates.md",
        "docs/installation.md",
        "examples/workshop/README.md",
    ] {
        check(project, page);
    }
}

/// Runs the commands of a page.
fn check(project: &Path, page: &str) {
    let text = fs::read_to_string(project.join(page)).expect("the page is there");
    let dir = tempfile::tempdir().expect("a directory can be made");
    copy(&project.join("examples"), &dir.path().join("examples"));
    copy(&project.join("docs/tutorial"), &dir.path().join("docs/tutorial"));
    let program = Path::new(env!("CARGO_BIN_EXE_meshtree"));
    let mut path = vec![program.parent().expect("it is in a directory").to_owned()];
    path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let path = env::join_paths(path).expect("no path has a colon");

    let steps = steps(&text);
    assert!(steps.len() >= 3, "{page} shows the program at work");
    for step in steps {
        let (command, shown) = match step {
            Step::Command(command, shown) => (command.replacen("cargo run --release --", "meshtree", 1), shown),
            Step::File(file, text) => {
                let to = dir.path().join(file);
                fs::create_dir_all(to.parent().expect("a parent")).expect("a directory");
                fs::write(to, text).expect("written");
                continue;
            }
        };
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1; {command}")])
            .current_dir(dir.path())
            .env("PATH", &path)
            .env("CI", "true")
            .output()
            .expect("sh can be run");
        let found = String::from_utf8(output.stdout).expect("output is text");
        match shown.strip_suffix("...\n") {
            Some(beginning) => assert!(found.starts_with(beginning), "{page}: $ {command}\n{found}"),
            None => assert_eq!(found, shown, "{page}: $ {command}"),
        }
    }
}
