//! What must never happen: something of the user's overwritten or deleted, keys made unasked or shown, half a tree.

#[path = "safety/keys.rs"]
mod keys;
#[cfg(unix)]
#[path = "safety/links.rs"]
mod links;
#[path = "safety/roots.rs"]
mod roots;
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::SystemTime;

use support::{Tree, example, fleet, meshtree, project, run, texts, tree, write_tree};

const EXAMPLE: &str = "bookinfo";

/// The times at which files were last written, and their contents.
fn state(dir: &Path) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
    let time = |path: &str| fs::symlink_metadata(dir.join(path)).expect("there").modified().expect("a time");
    tree(dir).into_iter().map(|(path, bytes)| (path.clone(), (bytes, time(&path)))).collect()
}

/// Panics unless a run is refused with this code and touches nothing.
#[track_caller]
fn refused(dir: &Path, arguments: &[&str], code: &str, says: &str) {
    let before = state(dir);
    let found = run(dir, arguments).exits(4);
    assert!(found.stderr.contains(&format!("error[{code}]")) && found.stderr.contains(says), "{}", found.stderr);
    assert!(state(dir) == before, "something was touched");
}

#[test]
fn an_edited_file_is_kept() {
    let dir = example(EXAMPLE, true);
    let edited = dir.path().join("rendered/kind2/default/virtualservice-reviews.yaml");
    let original = fs::read_to_string(&edited).expect("text");
    fs::write(&edited, original.replace("weight: 75", "weight: 70")).expect("edited");
    refused(dir.path(), &["render"], "MT0803", "virtualservice-reviews.yaml");
    // A difference is a negative answer for `--check`, not a refusal.
    run(dir.path(), &["render", "--check"]).exits(1).says("virtualservice-reviews.yaml");
    let flag = "--overwrite-edited";
    assert!(run(dir.path(), &["render"]).stderr.contains(flag), "the flag that allows it is named");
    run(dir.path(), &["render", flag]).exits(0);
    assert_eq!(fs::read_to_string(&edited).expect("text"), original);
}

#[test]
fn a_foreign_file_is_kept() {
    let dir = example(EXAMPLE, true);
    let at = dir.path().join("rendered/kind2/default/destinationrule-reviews.yaml");
    let lock = dir.path().join("rendered/kind2/.meshtree.lock");
    // As somebody else's: the lock does not name it, and its content is another.
    let named = fs::read_to_string(&lock).expect("text");
    let others: String =
        named.lines().filter(|l| !l.contains("destinationrule-reviews.yaml")).map(|l| format!("{l}\n")).collect();
    assert_ne!(others, named);
    fs::write(&lock, others).expect("written");
    fs::write(&at, "kind: Mine\n").expect("written");
    refused(dir.path(), &["render"], "MT0802", "destinationrule-reviews.yaml");
    // A foreign file that is in nobody's way stays where it is.
    let dir = example(EXAMPLE, true);
    write_tree(
        dir.path(),
        &texts(&[("rendered/kind2/default/kustomization.yaml", "mine\n"), ("rendered/notes.md", "mine\n")]),
    );
    let before = state(dir.path());
    run(dir.path(), &["render"]).exits(0);
    assert!(state(dir.path()) == before);
}

#[cfg(unix)]
#[test]
fn a_link_is_no_output_directory() {
    let dir = example(EXAMPLE, false);
    let elsewhere = fleet(&texts(&[("mine.yaml", "mine\n")]));
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("rendered")).expect("a link");
    refused(dir.path(), &["render"], "MT0801", "symbolic link");
    assert_eq!(tree(elsewhere.path()).len(), 1);
    // Nor is one further down.
    fs::remove_file(dir.path().join("rendered")).expect("removed");
    fs::create_dir(dir.path().join("rendered")).expect("a directory");
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("rendered/kind2")).expect("a link");
    let found = run(dir.path(), &["render"]).exits(4);
    assert!(found.stderr.contains("kind2"), "{}", found.stderr);
    assert_eq!(tree(elsewhere.path()).len(), 1);
}

#[test]
fn a_lock_that_leads_outside_is_not_followed() {
    for path in ["../../policies/virtual-mesh.yaml", "/etc/hostname", "default/../../x.yaml"] {
        let dir = example(EXAMPLE, true);
        let lock = dir.path().join("rendered/kind2/.meshtree.lock");
        let mut text = fs::read_to_string(&lock).expect("text");
        let line = text.lines().nth(1).expect("a line").to_owned();
        let mut columns: Vec<&str> = line.split('\t').collect();
        columns[1] = path;
        text.push_str(&format!("{}\n", columns.join("\t")));
        fs::write(&lock, text).expect("written");
        refused(dir.path(), &["render"], "MT0804", "");
    }
}

#[test]
fn output_directories_that_are_none() {
    let dir = example(EXAMPLE, false);
    fs::create_dir_all(dir.path().join("repository/.git")).expect("a directory");
    refused(dir.path(), &["render", "--out", "repository"], "MT0801", "Git");
    refused(dir.path(), &["render", "--out", "."], "MT0801", "");
    refused(dir.path(), &["render", "--out", "policies"], "MT0801", "");
    refused(dir.path(), &["render", "--out", ".."], "MT0801", "");
    refused(dir.path(), &["render", "--out", "ca"], "MT0801", "");
    refused(dir.path(), &["render", "--out", "/"], "MT0801", "root");
    refused(dir.path(), &["render", "--out", "meshtree.yaml"], "MT0801", "file");
    let home = fleet(&texts(&[("x", "")]));
    let before = state(dir.path());
    let home_path = home.path().to_str().expect("UTF-8");
    let output = meshtree(dir.path()).env("HOME", home.path()).args(["render", "--out", home_path]).output();
    let output = output.expect("the program runs");
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(state(dir.path()) == before && tree(home.path()).len() == 1);
}

/// A cluster that is still there and for which nothing is left would have everything deleted: that is not done unasked.
#[test]
fn a_cluster_that_vanishes() {
    let dir = example(EXAMPLE, true);
    fs::remove_dir_all(dir.path().join("policies")).expect("removed");
    let inventory = dir.path().join("clusters/kind3.yaml");
    let text = fs::read_to_string(&inventory).expect("text");
    let (head, _) = text.split_once("  namespaces:\n").expect("namespaces");
    fs::write(&inventory, head).expect("written");
    refused(dir.path(), &["render"], "MT0805", "kind3");
    refused(dir.path(), &["render", "--cluster", "kind3", "--stdout"], "MT0805", "");
    run(dir.path(), &["render", "--allow-empty"]).exits(0);
    assert!(
        tree(&dir.path().join("rendered")).keys().all(|path| path.starts_with("kind2/") || path.ends_with(".lock"))
    );
    // One that has left the fleet may have been renamed by mistake: that is not done unasked either.
    fs::remove_file(dir.path().join("clusters/kind2.yaml")).expect("removed");
    write_tree(dir.path(), &texts(&[("clusters/kind3.yaml", &text)]));
    refused(dir.path(), &["render"], "MT0805", "kind2");
    run(dir.path(), &["render", "--allow-empty"]).exits(0);
    assert!(tree(&dir.path().join("rendered")).keys().all(|path| path.starts_with("kind3/")));
}

#[test]
fn a_second_run_touches_nothing() {
    let dir = example(EXAMPLE, false);
    run(dir.path(), &["render"]).exits(0);
    let before = state(dir.path());
    run(dir.path(), &["render"]).exits(0).says(" 0 written, ");
    assert!(state(dir.path()) == before);
    // One policy changes one file and the lock, and no other.
    let policy = dir.path().join("policies/traffic-simple.yaml");
    let text = fs::read_to_string(&policy).expect("text");
    fs::write(&policy, text.replace("weight: 75", "weight: 74").replace("weight: 15", "weight: 16")).expect("written");
    run(dir.path(), &["render"]).exits(0).says(" 1 written, ");
    let after = state(dir.path());
    let changed: Vec<&String> =
        after.iter().filter(|(path, now)| before.get(*path) != Some(now)).map(|(p, _)| p).collect();
    let expected = [
        "policies/traffic-simple.yaml",
        "rendered/kind2/.meshtree.lock",
        "rendered/kind2/default/virtualservice-reviews.yaml",
    ];
    assert_eq!(changed, expected);
}

#[test]
fn rendering_with_a_store_makes_no_key() {
    let dir = example(EXAMPLE, false);
    let store = state(&dir.path().join("ca"));
    // Without recipients nothing could be encrypted, so nothing can have been made.
    fs::remove_file(dir.path().join("meshtree.yaml")).expect("removed");
    run(dir.path(), &["render"]).exits(0);
    assert!(state(&dir.path().join("ca")) == store);
    assert_eq!(tree(&dir.path().join("rendered")), tree(&project().join("examples").join(EXAMPLE).join("rendered")));
}

#[test]
fn without_a_store() {
    let dir = example(EXAMPLE, false);
    fs::remove_dir_all(dir.path().join("ca")).expect("removed");
    refused(dir.path(), &["render", "--locked"], "MT0702", "run `meshtree render` without `--locked` once");
    let printing = ["render", "--cluster", "kind2", "--stdout"];
    refused(dir.path(), &printing, "MT0702", "run `meshtree render` without `--stdout` once");
    let said = run(dir.path(), &printing);
    assert!(said.stdout.is_empty() && !said.stderr.contains("--locked"), "a flag that was not given: {}", said.stderr);
    run(dir.path(), &["render", "--check"]).exits(1).says("out of date");
    assert!(!dir.path().join("ca").exists());
    fs::remove_file(dir.path().join("meshtree.yaml")).expect("removed");
    refused(dir.path(), &["render"], "MT0701", "age-keygen");
    let said = run(dir.path(), &["render"]).stderr;
    assert!(said.contains("recipients"), "the lines that set them up: {said}");
    // What is delivered while the store has gone is never issued anew: workloads would trust two roots.
    let dir = example(EXAMPLE, true);
    fs::remove_dir_all(dir.path().join("ca")).expect("removed");
    refused(dir.path(), &["render"], "MT0702", "");
}

/// `check` sees beforehand what `render` would refuse of certificates.
#[test]
fn certificates_are_checked_too() {
    let dir = example(EXAMPLE, true);
    let root = dir.path().join("ca/service-mesh-hub.virtual-mesh/root.yaml");
    let sealed = fs::read_to_string(&root).expect("text");
    fs::write(&root, sealed.replace("ENC[", "CNE[")).expect("written");
    refused(dir.path(), &["check"], "MT0703", "is not encrypted");
    fs::write(&root, sealed).expect("written");
    run(dir.path(), &["check"]).exits(0);
    let settings = dir.path().join("meshtree.yaml");
    let text = fs::read_to_string(&settings).expect("text");
    fs::write(&settings, text.replace("- age1", "- age2")).expect("written");
    run(dir.path(), &["check"]).exits(2).says("error[MT0901]: recipients[0]: ").says("meshtree.yaml:");
    // Also when a policy is wrong: one run shows everything.
    fs::write(dir.path().join("x.yaml"), "apiVersion: networking.smh.solo.io/v1alpha2\nkind: TrafficPolicy\n")
        .expect("written");
    for command in ["check", "render", "diff", "status"] {
        run(dir.path(), &[command]).exits(2).says("error[MT0901]: recipients[0]: ").says("x.yaml");
    }
}

/// A fleet without store and tree is about to get a new root, which nothing hides.
#[test]
fn a_new_root_is_reported_even_if_little_is_asked_for() {
    let dir = example(EXAMPLE, false);
    fs::remove_dir_all(dir.path().join("ca")).expect("removed");
    let said = run(dir.path(), &["check", "--quiet", "--format", "short"]).exits(0).stderr;
    assert!(said.contains("warning[MT0709]: VirtualMesh service-mesh-hub/virtual-mesh has no CA material"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

/// `.sops.yaml` is read as sops reads it, and only when something is to be encrypted.
#[test]
fn sops_rules_that_cannot_be_read_are_refused_by_name_where_they_matter() {
    let dir = example(EXAMPLE, true);
    let settings = dir.path().join("meshtree.yaml");
    fs::write(&settings, "apiVersion: meshtree.io/v1alpha1\nkind: Settings\nmetadata: {name: settings}\n")
        .expect("written");
    let rules = "all: &all {path_regex: nowhere, age: age1x}\ncreation_rules:\n- <<: *all\n- path_regex: \\<ca/\n";
    fs::write(dir.path().join(".sops.yaml"), rules).expect("written");
    for arguments in [&["check"][..], &["render", "--check"], &["render", "--locked"]] {
        run(dir.path(), arguments).exits(0);
    }
    for directory in ["ca", "rendered"] {
        fs::remove_dir_all(dir.path().join(directory)).expect("removed");
    }
    for command in ["check", "render"] {
        let said = run(dir.path(), &[command, "--format", "short"]).exits(4).stderr;
        assert!(said.contains(".sops.yaml:4:15: error[MT0710]: path_regex `\\<ca/`: `\\<` is not supported"), "{said}");
    }
}

/// A private key that lost its beginning is not repeated: not in the message, nor as the line of its place.
#[test]
fn what_may_be_a_private_key_is_never_shown() {
    let dir = example(EXAMPLE, true);
    for list in ["[1RLF8MQWERTYU]", "\n    - 1RLF8MQWERTYU", "[AGE-SECRET-KEY-1RLF8MQWERTYU]"] {
        let text = format!(
            "apiVersion: meshtree.io/v1alpha1\nkind: Settings\nmetadata: {{name: settings}}\nspec:\n  ca:\n    recipients: {list}\n"
        );
        fs::write(dir.path().join("meshtree.yaml"), text).expect("written");
        for format in ["text", "short", "json"] {
            let ended = run(dir.path(), &["check", "--format", format]).exits(2);
            assert!(!format!("{}{}", ended.stderr, ended.stdout).contains("RLF8MQ"), "{ended:?}");
        }
    }
}

/// A Secret that is no longer rendered is reported: the cluster keeps its own, so nothing else would show it.
#[test]
fn cacerts_that_leave_the_tree_are_reported() {
    let dir = example(EXAMPLE, true);
    let policy = dir.path().join("policies/virtual-mesh.yaml");
    let text = fs::read_to_string(&policy).expect("text");
    let (before, after) = text.split_once("  mtlsConfig:\n").expect("it has one");
    let (_, after) = after.split_once("  federation:").expect("the next field");
    fs::write(&policy, format!("{before}  federation:{after}")).expect("written");
    let gone = "Secret cacerts of mesh service-mesh-hub/istiod-istio-system-kind2 is removed from the tree: no VirtualMesh with mtlsConfig";
    for arguments in [&["check"][..], &["diff"], &["render", "--check"], &["render"]] {
        let said = run(dir.path(), arguments);
        assert!(
            said.stderr.contains(gone) && said.stderr.contains("warning[MT0626]"),
            "{arguments:?}: {}",
            said.stderr
        );
    }
    assert!(!dir.path().join("rendered/kind2/istio-system/secret-cacerts.yaml").exists());
    assert!(!run(dir.path(), &["render"]).exits(0).stderr.contains("MT0626"), "told once, when it leaves");
    let dir = example(EXAMPLE, true);
    let settings = dir.path().join("meshtree.yaml");
    let text = fs::read_to_string(&settings).expect("text");
    fs::write(&settings, text.replace("  ca:\n", "  ca:\n    delivery: none\n")).expect("written");
    run(dir.path(), &["render"]).exits(0).says("is removed from the tree: `spec.ca.delivery` is none");
}

/// All that a run leaves and says, as one text.
fn everything(dir: &Path, said: &[&support::Run]) -> String {
    let mut all = String::new();
    for bytes in tree(dir).values() {
        all.push_str(&String::from_utf8_lossy(bytes));
    }
    for run in said {
        all.push_str(&run.stdout);
        all.push_str(&run.stderr);
    }
    all
}

#[test]
fn private_keys_are_never_in_clear() {
    let dir = example(EXAMPLE, false);
    fs::remove_dir_all(dir.path().join("ca")).expect("removed");
    let policy = dir.path().join("policies/virtual-mesh.yaml");
    let text = fs::read_to_string(&policy).expect("text");
    fs::write(&policy, text.replace("generated: {}", "generated: {rsaKeySizeBytes: 2048}")).expect("written");
    let issued = run(dir.path(), &["render", "-v"]).exits(0);
    let printed = run(dir.path(), &["render", "--cluster", "kind2", "--stdout", "-v"]).exits(0);
    assert!(dir.path().join("ca/service-mesh-hub.virtual-mesh/root.yaml").exists());
    assert!(printed.stdout.contains("name: cacerts"), "the Secret is among what is printed");
    let store = tree(&dir.path().join("ca"));
    // A tree in which nothing is as it was, to see all of it in the differences.
    fs::rename(dir.path().join("rendered"), dir.path().join("other")).expect("moved");
    write_tree(dir.path(), &texts(&[(".meshtreeignore", "other/\n")]));
    let compared = run(dir.path(), &["diff", "--against", "other/kind2"]);
    let json = run(dir.path(), &["diff", "--against", "other/kind2", "--format", "json"]);
    let all = everything(dir.path(), &[&issued, &printed, &compared, &json]);
    assert!(all.contains("BEGIN CERTIFICATE"), "certificates are readable");
    assert!(!all.contains("PRIVATE KEY"), "a private key in clear");
    assert!(!all.contains("AGE-SECRET-KEY"));
    assert_eq!(tree(&dir.path().join("ca")), store);
}

#[test]
fn differences_never_show_what_secrets_hold() {
    let dir = example(EXAMPLE, true);
    let secret = dir.path().join("rendered/kind2/istio-system/secret-cacerts.yaml");
    let text = fs::read_to_string(&secret).expect("text");
    let sealed: Vec<&str> = text.lines().filter(|line| line.contains("ENC[")).map(str::trim).collect();
    assert!(!sealed.is_empty());
    fs::remove_file(&secret).expect("removed");
    for arguments in [&["diff"][..], &["diff", "--stat"], &["diff", "--format", "json"]] {
        let found = run(dir.path(), arguments).exits(1);
        let all = format!("{}{}", found.stdout, found.stderr);
        assert!(all.contains("cacerts"), "{all}");
        assert!(!all.contains("ENC[") && !all.contains("-----BEGIN"), "{all}");
    }
    // Nor those of others, should they have been put there in clear.
    fs::write(&secret, "apiVersion: v1\nkind: Secret\nmetadata: {name: cacerts, namespace: istio-system}\nstringData: {ca-key.pem: hunter2}\n")
        .expect("written");
    let found = run(dir.path(), &["diff"]).exits(1);
    assert!(!found.stdout.contains("hunter2") && !found.stderr.contains("hunter2"), "{found:?}");
}

/// Kills a run whenever it has written some more files, and has the next one repair what was left.
#[cfg(unix)]
#[test]
fn a_killed_run_is_repaired() {
    let reference = tree(&project().join("examples").join(EXAMPLE).join("rendered"));
    let mut interrupted = 0;
    for round in 0..12_usize {
        let dir = example(EXAMPLE, round % 2 == 1);
        let rendered = dir.path().join("rendered");
        if round % 2 == 1 {
            // Every file changes, and those of the labels before are ours.
            let settings = dir.path().join("meshtree.yaml");
            let text = fs::read_to_string(&settings).expect("text");
            fs::write(&settings, format!("{text}  output: {{labels: {{round: '{round}'}}}}\n")).expect("written");
        }
        let goal = {
            let whole = example(EXAMPLE, false);
            fs::copy(dir.path().join("meshtree.yaml"), whole.path().join("meshtree.yaml")).expect("copied");
            run(whole.path(), &["render"]).exits(0);
            tree(&whole.path().join("rendered"))
        };
        let before = tree(&rendered);
        let mut child = meshtree(dir.path())
            .arg("render")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program runs");
        // Wherever it is when so many files are new: the machine decides the rest.
        let written = |dir: &Path| {
            walkdir::WalkDir::new(dir)
                .into_iter()
                .filter_map(Result::ok)
                .filter(|entry| {
                    entry.file_type().is_file()
                        && entry
                            .path()
                            .strip_prefix(dir)
                            .ok()
                            .and_then(|path| path.to_str())
                            .is_none_or(|path| fs::read(entry.path()).ok().as_ref() != before.get(path))
                })
                .count()
        };
        while child.try_wait().expect("a child").is_none() && written(&rendered) < round * 4 {}
        child.kill().expect("killed or gone");
        child.wait().expect("a child");
        let left = tree(&rendered);
        interrupted += usize::from(left != goal);
        for (path, bytes) in &left {
            let is_whole = before.get(path) == Some(bytes) || goal.get(path) == Some(bytes);
            // What begins with a dot is on its way, and nothing that applies manifests reads it.
            assert!(is_whole || path.contains("/.") || path.starts_with('.'), "{path} is neither old nor new");
        }
        run(dir.path(), &["render"]).exits(0);
        assert!(tree(&rendered) == goal, "round {round}: not repaired");
        run(dir.path(), &["render", "--check"]).exits(0);
        if round == 0 {
            assert_eq!(goal, reference);
        }
    }
    assert!(interrupted > 0, "no run was killed before it was done");
}

/// `--cluster` touches the named cluster's directory alone.
#[test]
fn one_cluster() {
    let dir = example(EXAMPLE, false);
    run(dir.path(), &["render", "--cluster", "kind2"]).exits(0);
    let found: Tree = tree(&dir.path().join("rendered"));
    assert!(!found.is_empty() && found.keys().all(|path| path.starts_with("kind2/")));
    run(dir.path(), &["render", "--cluster", "kind4"]).exits(2).says("kind");
    assert_eq!(tree(&dir.path().join("rendered")), found);
}

/// Git may check the store out with other line breaks; a Secret in the tree never has them.
#[test]
fn line_breaks_of_the_ca_store_are_not_delivered() {
    let dir = example(EXAMPLE, true);
    let before = tree(&dir.path().join("rendered"));
    for (path, bytes) in tree(&dir.path().join("ca")) {
        let text = String::from_utf8(bytes).expect("text").replace('\n', "\r\n");
        fs::write(dir.path().join("ca").join(path), text).expect("written");
    }
    run(dir.path(), &["render", "--check", "--locked"]).exits(0);
    fs::remove_dir_all(dir.path().join("rendered")).expect("removed");
    run(dir.path(), &["render", "--locked"]).exits(0);
    assert!(tree(&dir.path().join("rendered")) == before);
}
