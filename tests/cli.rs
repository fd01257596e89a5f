//! What people see of each command: transcripts in `tests/cmd`, and the exit codes.
//!
//! `TRYCMD=overwrite cargo test --test cli` writes the transcripts anew. They run in a directory with copies of the examples:
//! `bookinfo`, and `changed`, where a policy was changed and nothing rendered since.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use support::{example, project, run, tree, write_tree};

#[test]
fn transcripts() {
    let dir = tempfile::tempdir().expect("a directory");
    let bookinfo = tree(example("bookinfo", true).path());
    write_tree(&dir.path().join("bookinfo"), &bookinfo);
    write_tree(&dir.path().join("changed"), &bookinfo);
    write_tree(&dir.path().join("failover"), &tree(example("bookinfo-failover", true).path()));
    let policy = dir.path().join("changed/policies/traffic-simple.yaml");
    let text = fs::read_to_string(&policy).expect("text");
    fs::write(&policy, text.replace("weight: 75", "weight: 70").replace("weight: 15", "weight: 20")).expect("written");
    let invalid = dir.path().join("invalid");
    write_tree(&invalid, &bookinfo);
    fs::write(invalid.join("policies/traffic-simple.yaml"), text.replace("name: reviews", "name: reviws"))
        .expect("written");
    let callers = dir.path().join("callers");
    write_tree(&callers, &bookinfo);
    fs::write(
        callers.join("policies/callers.yaml"),
        "apiVersion: networking.smh.solo.io/v1alpha2\nkind: AccessPolicy\nmetadata: {name: callers, namespace: default}\n\
         spec: {sourceSelector: [{kubeIdentityMatcher: {clusters: [kind4, kind5]}}]}\n",
    )
    .expect("written");
    labs(dir.path(), &bookinfo);
    let settings = dir.path().join("settings");
    write_tree(&settings, &bookinfo);
    fs::write(
        settings.join("meshtree.yaml"),
        "apiVersion: meshtree.io/v1alpha1\nkind: Settings\nspec: {hubNamspace: x}\n",
    )
    .expect("written");
    let tests = dir.path().join("tests");
    write_tree(&tests, &bookinfo);
    fs::write(
        tests.join("tests/reviews.yaml"),
        "apiVersion: meshtree.io/v1alpha1\nkind: PolicyTest\nmetadata: {name: mistakes}\nspec:\n  tests:\n\
         \x20 - allow: {from: kind2/default/productpage, to: reviews}\n\
         \x20 - deny: {from: kind2/default/productpage-v1, to: rewiews, port: 9080}\n\
         \x20 - deny: {from: kind2/default/productpage-v1, to: reviews, port: 80}\n\
         \x20 - allow: {from: kind2/default/productpage-v1}\n\
         \x20 - failover: {from: kind2/default/productpage-v1, to: reviews, down: kind4, arrives: nowhere}\n\
         \x20 - rendered: {cluster: kind2, object: default/reviews, absent: true}\n\
         \x20 - {}\n",
    )
    .expect("written");
    let undecoded = dir.path().join("undecoded");
    write_tree(&undecoded, &bookinfo);
    fs::write(
        undecoded.join("tests/reviews.yaml"),
        "apiVersion: meshtree.io/v1alpha1\nkind: PolicyTest\nmetadata: {name: mistakes}\nspec:\n  tests:\n\
         \x20 - alow: {from: kind2/default/productpage-v1, to: reviews}\n\
         \x20 - route: {from: a/b/c, to: d, expect: {timeout: 5, retries: {attempt: 3}}}\n",
    )
    .expect("written");
    fs::create_dir(dir.path().join("empty")).expect("a directory");

    // The commands run where this process is; this test is the only one of it that looks at that.
    std::env::set_current_dir(dir.path()).expect("entered");
    let cases = trycmd::TestCases::new();
    cases.register_bin("meshtree", std::path::Path::new(env!("CARGO_BIN_EXE_meshtree")));
    for name in ["CI", "NO_COLOR", "CLICOLOR_FORCE", "SOPS_AGE_KEY", "SOPS_AGE_KEY_FILE", "RUST_BACKTRACE"] {
        cases.env(name, "");
    }
    cases.env("HOME", "/nonexistent");
    cases.case(project().join("tests/cmd/*.trycmd"));
    cases.run();
}

/// The fleets of a workshop, each of which adds something to the one before; the example is the third.
fn labs(dir: &Path, bookinfo: &BTreeMap<String, Vec<u8>>) {
    let lab = |name: &str, is_in: &dyn Fn(&str) -> bool, edits: &[(&str, &str, &str)]| {
        let mut files = bookinfo.clone();
        files.retain(|path, _| path.starts_with("clusters/") || is_in(path));
        for (path, from, to) in edits {
            let text = String::from_utf8(files[*path].clone()).expect("text");
            assert!(text.contains(from), "{path} has {from}");
            files.insert((*path).to_owned(), text.replace(from, to).into_bytes());
        }
        write_tree(&dir.join(name), &files);
    };
    let mesh = "policies/virtual-mesh.yaml";
    let open = (mesh, "globalAccessPolicy: ENABLED", "globalAccessPolicy: DISABLED");
    lab("federated", &|path| path == mesh, &[open]);
    lab("closed", &|path| path == mesh || path.contains("access"), &[]);
    lab("opened", &|path| path == mesh || path.contains("productpage"), &[]);
    let only_kind2 = "      - name: bookinfo-reviews\n        namespace: default\n        clusterName: kind3\n";
    let reviews = ("policies/access-reviews.yaml", only_kind2, "");
    lab("local", &|path| path.starts_with("policies/"), &[reviews]);
}

#[test]
fn exit_codes() {
    let dir = example("bookinfo", true);
    let at = dir.path();
    for (arguments, code) in [
        (&["check"][..], 0),
        (&["render", "--check"], 0),
        (&["diff"], 0),
        (&["status"], 0),
        (&["explain", "MT0101"], 0),
        (&["--help"], 0),
        (&["--version"], 0),
        (&["help", "render"], 0),
        (&[], 2),
        (&["rendr"], 2),
        (&["render", "--chek"], 2),
        (&["render", "--stdout"], 2),
        (&["render", "--stdout", "--cluster", "kind4"], 2),
        (&["diff", "--against", "nowhere"], 2),
        (&["diff", "--git", "a", "--against", "b"], 2),
        (&["explain", "MT9999"], 2),
        (&["check", "nowhere"], 3),
        (&["diff", "--git", "HEAD"], 5),
    ] {
        let found = run(at, arguments);
        assert_eq!(found.code, code, "{arguments:?}: {found:?}");
        // What failed says why, and not among the data.
        assert!(code == 0 || (found.stdout.is_empty() && !found.stderr.is_empty()), "{arguments:?}: {found:?}");
    }
    run(at, &["diff", "--git", "HEAD", "--format", "short"]).says("error[MT0807]: ");
    fs::remove_file(at.join("rendered/kind2/default/virtualservice-reviews.yaml")).expect("removed");
    for arguments in [&["render", "--check"][..], &["diff"], &["diff", "--stat"], &["diff", "--format", "json"]] {
        run(at, arguments).exits(1);
    }
    fs::remove_dir_all(at.join("ca")).expect("removed");
    run(at, &["render", "--locked"]).exits(4);
}

/// The form of what is printed decides nothing.
#[test]
fn formats_do_not_change_exit_codes() {
    let dir = example("bookinfo", true);
    let policy = dir.path().join("policies/traffic-simple.yaml");
    let text = fs::read_to_string(&policy).expect("text");
    fs::write(&policy, text.replace("weight: 75", "weight: 1")).expect("written");
    for format in ["text", "short", "json", "sarif", "github", "gitlab", "junit"] {
        for command in ["check", "render", "diff"] {
            run(dir.path(), &[command, "--format", format]).exits(3);
        }
        run(dir.path(), &["diff", "--allow-invalid", "--format", format]).exits(1);
    }
    let found = run(dir.path(), &["check", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&found.stdout).expect("one document of JSON");
    assert_eq!(report["kind"], "CheckReport");
    assert_eq!(found.stderr, "");
}

/// Standard output is for data and holds the one cluster alone, in the order of its files.
#[test]
fn one_cluster_on_standard_output() {
    let dir = example("bookinfo", true);
    let found = run(dir.path(), &["render", "--stdout", "--cluster", "kind2"]).exits(0);
    let files = tree(&dir.path().join("rendered/kind2"));
    let documents = found.stdout.lines().filter(|line| line.starts_with("apiVersion: ")).count();
    assert_eq!(documents, files.len() - 1, "a document for each file but the lock");
    for (path, bytes) in files.iter().filter(|(path, _)| path.ends_with(".yaml")) {
        let text = std::str::from_utf8(bytes).expect("text");
        assert!(found.stdout.contains(text), "{path} is not among what is printed");
    }
}

/// Shells ask the program itself, so that the names in the fleet complete.
#[test]
fn names_complete() {
    let dir = example("bookinfo", true);
    let completed = |at: &std::path::Path, words: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_meshtree"))
            .args(["--", "meshtree"])
            .args(words)
            .current_dir(at)
            .env("COMPLETE", "fish")
            .output()
            .expect("it runs");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let here = |words: &[&str]| completed(dir.path(), words);
    assert_eq!(here(&["render", "--cluster", "kin"]), ["kind2", "kind3"]);
    assert_eq!(here(&["trace", "kind2/default/prod"]), ["kind2/default/productpage-v1"]);
    assert_eq!(here(&["trace", "kind2/default/productpage-v1", "kind3/default/rev"]), ["kind3/default/reviews"]);
    assert_eq!(here(&["describe", "policy", "Traffic"]), ["TrafficPolicy/service-mesh-hub/simple"]);
    assert_eq!(here(&["describe", "mesh", "service-mesh-hub/istiod-istio-system-kind3"]).len(), 1);
    assert_eq!(here(&["explain", "mt010"]).first().map(String::as_str), Some("MT0101"));
    let elsewhere = dir.path().parent().expect("a parent");
    let fleet = dir.path().file_name().and_then(|name| name.to_str()).expect("a name");
    assert_eq!(completed(elsewhere, &["diff", fleet, "--cluster", ""]), ["kind2", "kind3"]);
}
