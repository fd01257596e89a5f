//! What a release consists of: the scripts, workflows and files agree with each other and with the program.

mod support;

use std::collections::BTreeSet;
use std::fs;

use support::{example, project, run};

fn text(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Words that look like the targets of a compiler: `x86_64-unknown-linux-musl`.
fn targets(text: &str) -> BTreeSet<String> {
    let is_in_target = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let words = text.split(|c: char| !is_in_target(c)).filter(|word| word.matches('-').count() >= 2);
    words.filter(|word| word.starts_with("x86_64-") || word.starts_with("aarch64-")).map(str::to_owned).collect()
}

#[test]
fn scripts_and_workflows_have_the_same_targets() {
    let script = text("release/build.sh");
    let (_, list) = script.split_once("TARGETS=(").expect("a list of targets");
    let published = targets(list.split_once(')').expect("its end").0);
    assert_eq!(published.len(), 5, "{published:?}");
    assert_eq!(targets(&text("action.yml")), published, "action.yml");
    let workflow = text(".github/workflows/release.yml");
    let (_, added) = workflow.split_once("rustup target add").expect("targets are added");
    assert_eq!(targets(added.lines().next().unwrap_or_default()), published, "release.yml");
}

/// The compiler of a release is at least the one that the package asks for.
#[test]
fn the_compiler_is_new_enough() {
    let version = |text: &str, key: &str| -> Vec<u32> {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(key)).expect(key);
        line.trim().trim_matches('"').split('.').map(|part| part.parse().expect("a number")).collect()
    };
    let wanted = version(&text("Cargo.toml"), "rust-version = ");
    assert!(version(&text(".github/workflows/release.yml"), "RUST: ") >= wanted, "{wanted:?}");
}

/// The hooks for pre-commit are commands that the program has, and that a fleet in order passes.
#[test]
fn hooks_run() {
    let hooks: Vec<serde_json::Value> = serde_yaml::from_str(&text(".pre-commit-hooks.yaml")).expect("hooks");
    assert_eq!(hooks.len(), 2);
    let fleet = example("bookinfo-current", true);
    for hook in hooks {
        let entry = hook["entry"].as_str().and_then(|entry| entry.strip_prefix("meshtree ")).expect("an entry");
        let options = hook["args"].as_array().into_iter().flatten().filter_map(|option| option.as_str());
        let arguments: Vec<&str> = [entry].into_iter().chain(options).collect();
        run(fleet.path(), &arguments).exits(0);
        // What is staged is found: the inputs are broken, or the tree is not theirs.
        let policy = fleet.path().join("policies/traffic-reviews.yaml");
        let before = fs::read_to_string(&policy).expect("text");
        fs::write(&policy, before.replace("weight: 75", "weight: 65").replace("weight: 15", "wait: 25"))
            .expect("written");
        run(fleet.path(), &arguments).exits(3);
        fs::write(&policy, before).expect("written");
    }
}

#[cfg(unix)]
mod image {
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::Command;

    use super::*;
    use support::tree;

    /// The file system of the image is what the list says, and the container file starts the program in it without rights.
    #[test]
    fn its_files_are_those_of_the_list() {
        let dir = tempfile::tempdir().expect("a directory");
        let (program, root) = (dir.path().join("program"), dir.path().join("root"));
        fs::write(&program, "a program").expect("written");
        let lay_out =
            || Command::new(project().join("release/rootfs.sh")).arg(&program).arg(&root).output().expect("run");
        let found = lay_out();
        assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
        let files = tree(&root);
        assert_eq!(files.keys().collect::<Vec<_>>(), ["usr/local/bin/meshtree"]);
        let mode = fs::metadata(root.join("usr/local/bin/meshtree")).expect("there").permissions().mode();
        assert_eq!(mode & 0o7777, 0o755);
        assert!(root.join("fleet").is_dir());
        let again = lay_out();
        assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("exists already"));

        let container = text("Containerfile");
        let says = |line: &str| assert!(container.lines().any(|found| found == line), "{line}");
        says("FROM scratch");
        says("USER 999:999");
        says("ENTRYPOINT [\"/usr/local/bin/meshtree\"]");
    }
}
