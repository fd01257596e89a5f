//! What becomes of the outcome when the output cannot be written: nothing, or exit code 5.

#![cfg(unix)]

mod support;

use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::process::Stdio;

use support::{example, meshtree};

/// A fleet that has a mistake.
fn mistaken() -> tempfile::TempDir {
    let dir = example("bookinfo", true);
    fs::write(dir.path().join("policies/bad.yaml"), "x: [").expect("written");
    dir
}

/// A fleet whose tree is out of date.
fn changed() -> tempfile::TempDir {
    let dir = example("bookinfo", true);
    let path = dir.path().join("policies/traffic-simple.yaml");
    let text = fs::read_to_string(&path).expect("text");
    fs::write(&path, text.replace("weight: 75", "weight: 70").replace("weight: 15", "weight: 20")).expect("written");
    dir
}

/// The exit code with this standard output.
fn code(dir: &Path, arguments: &[&str], stdout: impl Into<Stdio>) -> Option<i32> {
    let mut command = meshtree(dir);
    command.args(arguments).stdout(stdout).stderr(Stdio::null());
    command.status().expect("runs").code()
}

/// The writing end of a pipe that nobody reads.
fn unread() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

#[test]
fn a_reader_that_has_gone_changes_no_outcome() {
    let (mistaken, changed, good) = (mistaken(), changed(), example("bookinfo", true));
    for (dir, arguments, wanted) in [
        (&mistaken, &["check", "--format", "json"][..], 3),
        (&mistaken, &["render", "--check", "--format", "json"], 3),
        (&mistaken, &["diff", "--format", "json"], 3),
        (&changed, &["diff"], 1),
        (&changed, &["diff", "--stat"], 1),
        (&changed, &["diff", "--format", "json"], 1),
        (&changed, &["render", "--check", "--format", "json"], 1),
        (&good, &["status"], 0),
        (&good, &["render", "--stdout", "--cluster", "kind2"], 0),
        (&good, &["explain"], 0),
        (&good, &["--help"], 0),
    ] {
        assert_eq!(code(dir.path(), arguments, unread()), Some(wanted), "{arguments:?}");
    }
}

/// A full disk, and an output that is not open for writing.
#[test]
#[cfg(target_os = "linux")]
fn lost_output_is_an_error() {
    let (mistaken, changed, good) = (mistaken(), changed(), example("bookinfo", true));
    let full = || OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let read_only = || File::open("/dev/null").expect("it is there");
    for (dir, arguments, wanted) in [
        (&good, &["--help"][..], 5),
        (&good, &["--version"], 5),
        (&good, &["completions", "bash"], 5),
        (&good, &["check", "--format", "json"], 5),
        (&good, &["status"], 5),
        (&good, &["inventory", "show"], 5),
        (&good, &["render", "--stdout", "--cluster", "kind2"], 5),
        (&changed, &["diff"], 5),
        // A mistake that was found comes first.
        (&mistaken, &["check", "--format", "json"], 3),
    ] {
        assert_eq!(code(dir.path(), arguments, full()), Some(wanted), "{arguments:?} to /dev/full");
        assert_eq!(
            code(dir.path(), arguments, read_only()),
            Some(wanted),
            "{arguments:?} to a file opened for reading"
        );
    }
}

/// As JSON there is one document, in one place, whether or not there is something to report.
#[test]
fn json_has_one_place() {
    let (mistaken, good) = (mistaken(), example("bookinfo", true));
    fs::write(good.path().join("dump.yaml"), "kind: Namespace\napiVersion: v1\nmetadata: {name: x}\n")
        .expect("written");
    for (arguments, report) in [
        (&["check"][..], "CheckReport"),
        (&["render", "--check"], "Diagnostics"),
        (&["render"], "Diagnostics"),
        (&["diff"], "Diagnostics"),
        (&["inventory", "diff", "policies/bad.yaml", "--cluster", "kind2"], "Diagnostics"),
    ] {
        let found = support::run(mistaken.path(), &[arguments, &["--format", "json"]].concat()).exits(3);
        let document: serde_json::Value = serde_json::from_str(&found.stdout).expect("one document");
        assert_eq!((document["kind"].as_str(), &*found.stderr), (Some(report), ""), "{arguments:?}");
    }
    for arguments in [
        &["status"][..],
        &["inventory", "show"],
        &["render", "--stdout", "--cluster", "kind2"],
        &["inventory", "import", "policies/bad.yaml", "-c", "x"],
    ] {
        let found = support::run(mistaken.path(), &[arguments, &["--format", "json"]].concat()).exits(3);
        let document: serde_json::Value = serde_json::from_str(&found.stderr).expect("one document");
        assert_eq!((document["kind"].as_str(), &*found.stdout), (Some("Diagnostics"), ""), "{arguments:?}");
    }
    let found =
        support::run(good.path(), &["inventory", "diff", "dump.yaml", "--cluster", "kind2", "--format", "json"])
            .exits(1);
    let document: serde_json::Value = serde_json::from_str(&found.stdout).expect("one document");
    assert_eq!((document["kind"].as_str(), &*found.stderr), (Some("InventoryDiff"), ""));
}
