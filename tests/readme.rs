//! What README.md and some pages of docs/ show is what the program does: every `console` block is run, in order, in a copy of the examples.

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

/// The commands of the `console` blocks and the output shown for each, `...` standing for the rest of it.
fn commands(text: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        if line.starts_with("```") {
            in_block = line == "```console";
        } else if in_block && let Some(command) = line.strip_prefix("$ ") {
            out.push((command.to_owned(), String::new()));
        } else if in_block {
            let (_, shown) = out.last_mut().expect("a block begins with a command");
            shown.push_str(&format!("{line}\n"));
        }
    }
    out
}

#[test]
fn shown_output_is_real() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(project.join("README.md")).expect("README.md is there");
    assert!(readme.lines().count() <= 120, "README.md is to stay a page that is read whole: 120 lines");
    for page in ["README.md", "docs/questions.md", "docs/overview.md", "docs/argocd.md", "docs/flux.md", "docs/ci.md"] {
        check(project, page);
    }
}

/// Runs the commands of a page.
fn check(project: &Path, page: &str) {
    let text = fs::read_to_string(project.join(page)).expect("the page is there");
    let dir = tempfile::tempdir().expect("a directory can be made");
    copy(&project.join("examples"), &dir.path().join("examples"));
    let program = Path::new(env!("CARGO_BIN_EXE_meshtree"));
    let mut path = vec![program.parent().expect("it is in a directory").to_owned()];
    path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let path = env::join_paths(path).expect("no path has a colon");

    let commands = commands(&text);
    assert!(commands.len() >= 3, "{page} shows the program at work");
    for (command, shown) in commands {
        let command = command.replacen("cargo run --release --", "meshtree", 1);
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
