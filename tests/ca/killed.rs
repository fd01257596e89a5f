//! Runs that are killed or interrupted while they write to the store: a file is old or new, and the next run completes it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use meshtree::ca::certificate_in;
use walkdir::WalkDir;

use crate::commands::fleet;
use crate::fixture::entry_of;

const MESHES: &str = "fleet/ca/service-mesh-hub.virtual-mesh/meshes";

fn start(at: &Path, arguments: &[&str]) -> Child {
    // A shell has what it runs in the background ignore SIGINT, and so all that is run by it.
    let mut command = Command::new("env");
    command.args(["--default-signal=INT", env!("CARGO_BIN_EXE_meshtree")]);
    command.args(arguments).current_dir(at).env_remove("SOPS_AGE_KEY").env("HOME", at);
    let key = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/throw-away-age-key.txt");
    command.env("SOPS_AGE_KEY_FILE", key).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("it runs")
}

#[track_caller]
fn run(at: &Path, arguments: &[&str], code: i32) {
    assert_eq!(start(at, arguments).wait().expect("it ends").code(), Some(code), "{arguments:?}");
}

/// The files of the store but those that are on their way, which nothing reads.
fn files(at: &Path) -> BTreeMap<PathBuf, String> {
    let entries = WalkDir::new(at.join("fleet/ca")).into_iter().filter_map(Result::ok);
    let is_there = |entry: &walkdir::DirEntry| {
        entry.file_type().is_file()
            && !entry.path().components().any(|part| part.as_os_str().to_string_lossy().starts_with(".meshtree-tmp"))
    };
    let read = |entry: walkdir::DirEntry| {
        let text = fs::read_to_string(entry.path()).ok()?;
        Some((entry.path().strip_prefix(at).expect("below").to_owned(), text))
    };
    entries.filter(is_there).filter_map(read).collect()
}

fn copy(from: &Path, to: &Path) {
    for entry in WalkDir::new(from).into_iter().map(|entry| entry.expect("an entry")) {
        let at = to.join(entry.path().strip_prefix(from).expect("below"));
        if entry.file_type().is_dir() {
            fs::create_dir_all(&at).expect("a directory");
        } else {
            fs::copy(entry.path(), &at).expect("copied");
        }
    }
}

/// Kills a command as soon as it has changed so many files, for each number up to this one. What is left is whole, and the same command
/// completes it.
fn killed(store: &Path, command: &[&str], steps: usize, is_done: impl Fn(&BTreeMap<PathBuf, String>) -> bool) {
    let mut interrupted = 0;
    for changes in 0..=steps {
        let dir = tempfile::tempdir().expect("a directory");
        copy(store, dir.path());
        let before = files(dir.path());
        let mut child = start(dir.path(), command);
        let changed = |left: &BTreeMap<PathBuf, String>| {
            let gone = before.keys().filter(|file| !left.contains_key(*file)).count();
            left.iter().filter(|(file, text)| before.get(*file) != Some(*text)).count() + gone
        };
        while child.try_wait().expect("a child").is_none() && changed(&files(dir.path())) < changes {}
        child.kill().expect("killed or gone");
        child.wait().expect("a child");
        let left = files(dir.path());
        interrupted += usize::from(!is_done(&left));
        for (file, text) in &left {
            assert!(
                text.ends_with('\n') && text.contains("version: '3.9.0'") || file.ends_with("rotation.yaml"),
                "{}",
                file.display()
            );
        }
        // A phase that is not whole is told by whatever reads the store.
        let is_begun = beside(&left, "rotation.yaml") != beside(&before, "rotation.yaml");
        let is_left = |(file, text): (&PathBuf, &String)| file.starts_with(MESHES) && before.get(file) == Some(text);
        if is_begun && left.iter().any(is_left) {
            run(dir.path(), &["render", "fleet", "--locked"], 4);
        }
        // Private keys are compared with their certificates, and every MAC is verified.
        run(dir.path(), command, 0);
        assert!(is_done(&files(dir.path())), "{command:?} after {changes} changes");
        run(dir.path(), &["ca", "check", "fleet"], 0);
    }
    assert!(interrupted > 0, "no run was killed before it was done");
}

/// A store with the intermediates of two meshes, whose Istio reads CRLs.
fn store() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    fleet(dir.path());
    for cluster in ["kind2", "kind3"] {
        let file = dir.path().join(format!("fleet/clusters/{cluster}.yaml"));
        let text = fs::read_to_string(&file).expect("text");
        fs::write(&file, text.replace("version: 1.7.0", "version: 1.30.0")).expect("written");
    }
    run(dir.path(), &["ca", "issue", "fleet"], 0);
    dir
}

#[test]
fn killed_runs_are_completed() {
    let store = store();
    let first = meshes(&files(store.path()));
    killed(store.path(), &["ca", "crl", "fleet"], 2, |files| {
        let crls: Vec<_> = meshes(files)
            .iter()
            .map(|text| text.contains("ca-crl.pem").then(|| entry_of(text, "ca-crl.pem")))
            .collect();
        crls.iter().all(|crl| crl.is_some() && *crl == crls[0])
    });
    killed(store.path(), &["ca", "renew", "fleet"], 2, |files| {
        meshes(files)
            .iter()
            .zip(&first)
            .all(|(now, first)| entry_of(now, "ca-cert.pem") != entry_of(first, "ca-cert.pem"))
    });
}

/// The texts of the meshes' files.
fn meshes(files: &BTreeMap<PathBuf, String>) -> Vec<String> {
    files.iter().filter(|(file, _)| file.starts_with(MESHES)).map(|(_, text)| text.clone()).collect()
}

/// How many roots the workloads of each mesh trust, and whether the last certificate of each chain is this one.
fn is_in(files: &BTreeMap<PathBuf, String>, roots: usize, signer: &str) -> bool {
    let trusts = |text: &String| entry_of(text, "root-cert.pem").matches("BEGIN").count() == roots;
    meshes(files).iter().all(|text| trusts(text) && entry_of(text, "cert-chain.pem").ends_with(signer))
}

/// A file of the VirtualMesh, beside those of the meshes.
fn beside<'f>(files: &'f BTreeMap<PathBuf, String>, name: &str) -> Option<&'f String> {
    files.get(&Path::new(MESHES).with_file_name(name))
}

#[test]
fn killed_phases_are_completed() {
    let store = store();
    let at = store.path();
    let root = |at: &Path, name: &str| entry_of(beside(&files(at), name).expect("a root"), "root-cert.pem");
    let old = root(at, "root.yaml");
    run(at, &["render", "fleet"], 0);
    // The record, the new root and the meshes.
    killed(at, &["ca", "rotate", "trust", "fleet"], 4, |files| {
        beside(files, "rotation.yaml").is_some() && is_in(files, 2, &old)
    });

    run(at, &["ca", "rotate", "trust", "fleet"], 0);
    run(at, &["render", "fleet"], 0);
    let new = root(at, "next-root.yaml");
    // The record, the meshes, the two roots that take their places, and the one that leaves its own.
    killed(at, &["ca", "rotate", "sign", "fleet", "--workloads-restarted"], 6, |files| {
        let signs = beside(files, "root.yaml").is_some_and(|text| entry_of(text, "root-cert.pem") == new);
        signs
            && is_in(files, 2, &new)
            && beside(files, "former-root.yaml").is_some()
            && beside(files, "next-root.yaml").is_none()
    });

    run(at, &["ca", "rotate", "sign", "fleet", "--workloads-restarted"], 0);
    run(at, &["render", "fleet"], 0);
    // The record, the meshes, and the root that goes.
    killed(at, &["ca", "rotate", "untrust", "fleet", "--workloads-restarted"], 4, |files| {
        is_in(files, 1, &new) && beside(files, "former-root.yaml").is_none()
    });
}

#[test]
fn an_interrupted_run_leaves_whole_pairs() {
    const CLUSTERS: usize = 20;
    let dir = tempfile::tempdir().expect("a directory");
    fleet(dir.path());
    let kind2 = fs::read_to_string(dir.path().join("fleet/clusters/kind2.yaml")).expect("text");
    let file = dir.path().join("fleet/policies/virtual-mesh.yaml");
    let two = fs::read_to_string(&file).expect("text");
    run(dir.path(), &["ca", "issue", "fleet"], 0);
    for number in 10..10 + CLUSTERS {
        let name = format!("kind{number}");
        let text = kind2.replace("kind2", &name).replace("172.18.0.220", &format!("172.18.1.{number}"));
        fs::write(dir.path().join(format!("fleet/clusters/{name}.yaml")), text).expect("written");
    }
    let policy = |clusters: &[usize]| {
        let one =
            |number: &usize| format!("  - name: istiod-istio-system-kind{number}\n    namespace: service-mesh-hub\n");
        fs::write(&file, two.clone() + &clusters.iter().map(one).collect::<String>()).expect("written");
    };
    let all: Vec<_> = (10..10 + CLUSTERS).collect();
    policy(&all);
    let count = || files(dir.path()).keys().filter(|file| file.starts_with(MESHES)).count();
    let mut child = start(dir.path(), &["ca", "issue", "fleet"]);
    while child.try_wait().expect("a child").is_none() && count() < 4 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("sent");
    assert!(!child.wait().expect("it ends").success(), "it was interrupted");
    let (left, kept) = (count(), files(dir.path()));
    assert!((4..2 + CLUSTERS).contains(&left), "{left} were there");
    for text in kept.iter().filter(|(file, _)| file.starts_with(MESHES)).map(|(_, text)| text) {
        assert!(certificate_in(&entry_of(text, "ca-cert.pem")).is_some() && text.contains("version: '3.9.0'"));
    }
    // The rest takes its time: those that are there and two more are enough.
    let has =
        |number: &usize| kept.contains_key(&Path::new(MESHES).join(format!("istiod-istio-system-kind{number}.yaml")));
    let (there, missing): (Vec<usize>, Vec<usize>) = all.iter().partition(|number| has(number));
    policy(&[&there[..], &missing[..2]].concat());
    run(dir.path(), &["ca", "issue", "fleet"], 0);
    assert_eq!(count(), left + 2);
    let now = files(dir.path());
    assert!(kept.iter().all(|(file, text)| now.get(file) == Some(text)), "what was issued stays");
    // Every private key is that of its certificate.
    run(dir.path(), &["ca", "check", "fleet"], 0);
}
