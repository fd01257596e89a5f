//! Files beside the inputs are read within the limits of inputs: nothing is waited for, and nothing grows without end.

#![cfg(unix)]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use support::{example, run};

/// The one file in the store of the example that has the root.
const ROOT: &str = "ca/service-mesh-hub.virtual-mesh/root.yaml";

/// Puts something where a file was.
type Make<'m> = &'m dyn Fn(&Path);

/// The longest that a command may take here, on a busy machine and without optimization.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a command with little memory and time.
#[track_caller]
fn bounded(dir: &Path, arguments: &str) -> support::Run {
    let script = format!("ulimit -v 4000000; exec timeout 60 {} {arguments}", env!("CARGO_BIN_EXE_meshtree"));
    let start = Instant::now();
    let output = Command::new("sh").current_dir(dir).args(["-c", &script]).output().expect("sh runs");
    assert!(start.elapsed() < PATIENCE, "{arguments}: {:?}", start.elapsed());
    output.into()
}

#[test]
fn the_ca_store() {
    let dir = example("bookinfo", true);
    let root = dir.path().join(ROOT);
    assert!(root.is_file(), "the example has {ROOT}");
    let pipe = |path: &Path| assert!(Command::new("mkfifo").arg(path).status().expect("runs").success());
    let makes: [(&str, Make<'_>); 5] = [
        ("neither a file nor a directory", &pipe),
        ("is a symbolic link", &|path| symlink("/dev/zero", path).expect("a link")),
        ("is a symbolic link", &|path| symlink("nowhere", path).expect("a link")),
        ("is not a YAML document", &|path| fs::write(path, format!("a: {}", "[".repeat(100_000))).expect("written")),
        ("the limit is", &|path| fs::File::create(path).expect("made").set_len(3 << 30).expect("sparse")),
    ];
    for (why, make) in makes {
        fs::remove_file(&root).expect("removed");
        make(&root);
        for command in ["check", "render", "render --locked"] {
            bounded(dir.path(), command).exits(4).says("MT0703").says(why);
        }
        bounded(dir.path(), "diff").says("MT0703");
    }
}

#[test]
fn creation_rules() {
    let dir = example("bookinfo", true);
    fs::remove_file(dir.path().join("meshtree.yaml")).expect("removed");
    // Rules are read when something is to be encrypted by them.
    for issued in ["ca", "rendered"] {
        fs::remove_dir_all(dir.path().join(issued)).expect("removed");
    }
    let rules = dir.path().join(".sops.yaml");
    fs::write(&rules, format!("creation_rules: {}", "[".repeat(100_000))).expect("written");
    bounded(dir.path(), "check").exits(4).says("nested too deeply");
    // Nothing of a file elsewhere is shown, as its content would be in the message about it.
    let elsewhere = tempfile::tempdir().expect("a directory");
    fs::write(elsewhere.path().join("netrc"), "machine git.example login bot password hunter2").expect("written");
    fs::remove_file(&rules).expect("removed");
    symlink(elsewhere.path().join("netrc"), &rules).expect("a link");
    let found = bounded(dir.path(), "check").exits(4).says("symbolic link to a file which is outside the fleet");
    assert!(!found.stderr.contains("hunter2"), "{}", found.stderr);
}

#[test]
fn the_rendered_tree() {
    for path in ["default/virtualservice-reviews.yaml", "istio-system/secret-cacerts.yaml", ".meshtree.lock"] {
        let dir = example("bookinfo", true);
        let file = dir.path().join("rendered/kind2").join(path);
        assert!(file.is_file(), "the example has {path}");
        fs::File::create(&file).expect("made").set_len(3 << 30).expect("sparse");
        for command in ["render --locked", "render --check"] {
            bounded(dir.path(), command).exits(5).says("the limit is");
        }
    }
}

/// What a line of an ignore file costs does not grow with the square of its length.
#[test]
fn ignore_files() {
    let dir = example("bookinfo", true);
    fs::write(dir.path().join(".meshtreeignore"), format!("a: {}\n", "[".repeat(1_000_000))).expect("written");
    bounded(dir.path(), "check").exits(0);
}

#[test]
fn secrets_of_the_tree() {
    let dir = example("bookinfo", true);
    let secret = dir.path().join("rendered/kind2/istio-system/secret-cacerts.yaml");
    assert!(secret.is_file(), "the example has a Secret");
    fs::write(&secret, format!("a: {}", "[".repeat(100_000))).expect("written");
    bounded(dir.path(), "diff").exits(1);
    fs::File::create(&secret).expect("made").set_len(3 << 30).expect("sparse");
    bounded(dir.path(), "diff").exits(5);
    // An identity that lost its beginning is not repeated by the message about recipients.
    let identity = "1RLF8MV6QQKNYQ5XG3JFRC4K6L2DLY8N4HT5SEWZ0UJP7A9VTXQSS3WJNY";
    let settings = dir.path().join("meshtree.yaml");
    fs::write(
        &settings,
        format!("apiVersion: meshtree.io/v1alpha1\nkind: Settings\nspec: {{ca: {{recipients: [{identity}]}}}}\n"),
    )
    .expect("written");
    for format in ["text", "json", "short"] {
        let found = run(dir.path(), &["check", "--format", format]).exits(2);
        assert!(!(found.stdout + &found.stderr).contains(&identity[..12]), "{format}");
    }
}

/// A key that stands where another object should be is shown like a Secret, in whatever form.
#[test]
fn keys_in_files_of_other_objects() {
    let dir = example("bookinfo", true);
    let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    let pem = format!("-----BEGIN RSA PRIVATE KEY-----\n{line}\n-----END RSA PRIVATE KEY-----\n");
    let path = dir.path().join("rendered/kind2/default/virtualservice-reviews.yaml");
    for text in [
        pem.clone(),
        format!("{line}\n"),
        format!("{line}: x\n"),
        format!("kind: !!str Secret\ndata: {{a: {line}}}\n"),
        format!("&k kind: Secret\nstringData: {{password: \"{}\"}}\n", &line[..20]),
        format!("{{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"data\": {{\"password\": \"{}\"}}}}\n", &line[..20]),
        format!("apiVersion: v1\nkind: List\nitems:\n- kind: Secret\n  data:\n    password: {}\n", &line[..20]),
        format!("  kind: Secret\n  data:\n    password: {}\n", &line[..20]),
        format!("stringData:\n  x: {}\n", &line[..20]),
        format!("spec:\n  hosts:\n  - |\n    {}\n", pem.replace('\n', "\n    ")),
    ] {
        fs::write(&path, &text).expect("written");
        for arguments in [&["diff"][..], &["diff", "--format", "json"], &["diff", "--against", "rendered"]] {
            let found = run(dir.path(), arguments).exits(1);
            let shown = found.stdout + &found.stderr;
            assert!(shown.contains("reviews") && !shown.contains(&line[..16]), "{text}\n{shown}");
            assert!(!shown.contains("BEGIN RSA"), "{shown}");
        }
    }
}
