//! Differences between what is committed and what is rendered.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use meshtree::diag::{Code, Report};
use meshtree::ids::ClusterName;
use meshtree::output::diff::{Change, ClusterDiff, Committed, Detail, FactChange, Policies, Side, diff_cluster};
use meshtree::output::{Claim, Disk, Options, OutDir, OutputError, Surroundings, Target, write_trees};
use meshtree::render::tree::{ClusterTree, TreeBuilder};
use meshtree::report::differences::{Layout, write_stat, write_text};

/// A file: path, object, source, text.
type File<'a> = (&'a str, &'a str, &'a str, &'a str);

const OLD: &[File<'static>] = &[
    ("default/service-same.yaml", "Service default/same", "TrafficPolicy shop/a", "kind: Service\n"),
    (
        "default/virtualservice-reviews.yaml",
        "VirtualService default/reviews",
        "TrafficPolicy service-mesh-hub/before",
        "# 1\n# 2\n# 3\n# 4\nweight: 75\n# 6\n# 7\n# 8\n# 9\n# 10\n# 11\n# 12\nlast: true",
    ),
    ("web/gateway-old.yaml", "Gateway web/old", "VirtualMesh smh/vm", "kind: Gateway\nname: old\n"),
];

const NEW: &[File<'static>] = &[
    ("a/sidecar-new.yaml", "Sidecar a/new", "VirtualMesh smh/vm", "kind: Sidecar\nname: new\n"),
    ("default/service-same.yaml", "Service default/same", "TrafficPolicy shop/a", "kind: Service\n"),
    (
        "default/virtualservice-reviews.yaml",
        "VirtualService default/reviews",
        "TrafficPolicy service-mesh-hub/simple",
        "# 1\n# 2\n# 3\n# 4\nweight: 25\n# 6\n# 7\n# 8\n# 9\n# 10\n# 11\n# 12\nlast: true\n",
    ),
];

fn tree(files: &[File<'_>]) -> ClusterTree {
    let mut builder = TreeBuilder::new("kind2".into());
    for (path, object, source, text) in files {
        builder.push(*path, *object, [(*source).into()].into(), |buf| buf.push_str(text));
    }
    builder.finish().expect("a tree")
}

/// Writes a tree below `out`.
fn commit(out: &Path, files: &[File<'_>]) {
    let around = Surroundings { fleet: Path::new("/nowhere/fleet"), inputs: &[], home: None };
    let mut report = Report::default();
    let dir = OutDir::checked(out, &around, &mut report).expect("a safe directory");
    let clusters = [ClusterName::from("kind2")];
    let claim = Claim::new(dir, &Disk::new(), || ()).expect("claimed");
    write_trees(&claim, Target::Fleet(&clusters), |_| Ok(tree(files)), Options::default(), &Disk::new(), &mut report)
        .expect("written");
}

fn committed(out: &Path) -> Committed {
    Committed::read(out, &"kind2".into(), &mut Report::default()).expect("a readable directory")
}

/// The difference between the old files on disk and the new ones.
fn diff(out: &Path) -> ClusterDiff {
    commit(out, OLD);
    let after = ["VirtualMesh smh/vm", "TrafficPolicy service-mesh-hub/simple"].map(str::to_owned).into();
    let policies = Policies { after, ..Policies::default() };
    diff_cluster(Side::Committed(&committed(out)), Side::Tree(&tree(NEW)), &policies, |_| Vec::new())
}

#[test]
fn text_names_the_object_and_the_policies() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut text = String::new();
    write_text(&[diff(dir.path())], Layout::Short, false, &mut text);
    let expected = "\
Sidecar a/new in kind2 (VirtualMesh smh/vm): added
--- /dev/null
+++ b/kind2/a/sidecar-new.yaml
@@ -0,0 +1,2 @@
+kind: Sidecar
+name: new
VirtualService default/reviews in kind2 (TrafficPolicy service-mesh-hub/before removed, TrafficPolicy service-mesh-hub/simple now applies): changed
--- a/kind2/default/virtualservice-reviews.yaml
+++ b/kind2/default/virtualservice-reviews.yaml
@@ -2,7 +2,7 @@
 # 2
 # 3
 # 4
-weight: 75
+weight: 25
 # 6
 # 7
 # 8
@@ -10,4 +10,4 @@
 # 10
 # 11
 # 12
-last: true
\\ No newline at end of file
+last: true
Gateway web/old in kind2 (VirtualMesh smh/vm): removed
--- a/kind2/web/gateway-old.yaml
+++ /dev/null
@@ -1,2 +0,0 @@
-kind: Gateway
-name: old
";
    assert_eq!(text, expected);
}

#[test]
fn statistics_and_values() {
    let dir = tempfile::tempdir().expect("a directory");
    let diff = diff(dir.path());
    let mut text = String::new();
    write_stat(std::slice::from_ref(&diff), false, &mut text);
    let expected = "\
Sidecar a/new in kind2 (VirtualMesh smh/vm): added, +2 -0
VirtualService default/reviews in kind2 (TrafficPolicy service-mesh-hub/before removed, TrafficPolicy service-mesh-hub/simple now applies): changed, +2 -2
Gateway web/old in kind2 (VirtualMesh smh/vm): removed, +0 -2
1 added, 1 changed, 1 removed, 1 unchanged
";
    assert_eq!(text, expected);
    let value = serde_json::to_value(&diff).expect("JSON");
    assert_eq!(value["cluster"], "kind2");
    assert_eq!(value["unchanged"], 1);
    assert_eq!(value["objects"][2]["change"], "removed");
    assert_eq!(value["objects"][2]["path"], "kind2/web/gateway-old.yaml");
    assert_eq!(value["objects"][2]["sources"][0], "VirtualMesh smh/vm");
    let hunks = value["objects"][0]["detail"]["text"].as_str().expect("text");
    assert!(hunks.starts_with("--- /dev/null\n+++ b/kind2/a/"), "{hunks}");
}

#[test]
fn headings_name_a_few_policies() {
    let mut builder = TreeBuilder::new("kind2".into());
    let sources: Vec<_> = (1..=6).map(|n| format!("P a/{n}").into()).collect();
    builder.push("a/x.yaml", "X a/x", sources.into(), |buf| buf.push_str("x\n"));
    let empty = ClusterTree::empty("kind2".into());
    let new = builder.finish().expect("a tree");
    let diff = diff_cluster(Side::Tree(&empty), Side::Tree(&new), &Policies::default(), |_| Vec::new());
    assert_eq!(diff.objects[0].sources.len(), 6);
    let mut text = String::new();
    write_text(&[diff], Layout::Short, false, &mut text);
    assert!(text.starts_with("X a/x in kind2 (P a/1, P a/2, P a/3, P a/4 and 2 more): added\n"), "{text}");
}

/// The patch turns the old files into the new ones, by either program.
#[test]
fn patch_and_git_take_it() {
    for program in [&["git", "apply", "-"][..], &["patch", "-p1", "--silent"]] {
        let dir = tempfile::tempdir().expect("a directory");
        let mut text = String::new();
        write_text(&[diff(dir.path())], Layout::Short, false, &mut text);
        let patch = dir.path().join("a.patch");
        fs::write(&patch, text).expect("a file");
        let status = Command::new(program[0])
            .args(&program[1..])
            .current_dir(dir.path())
            .env("GIT_CEILING_DIRECTORIES", dir.path().parent().expect("a parent"))
            .stdin(Stdio::from(fs::File::open(&patch).expect("the patch")))
            .status();
        match status {
            Ok(status) => assert!(status.success(), "{program:?}"),
            // Not every machine has `patch`; Git is there wherever this is checked out.
            Err(error) => assert!(program[0] == "patch" && error.kind() == std::io::ErrorKind::NotFound, "{error}"),
        }
        if program[0] == "git" || patch_is_there() {
            for (file, content) in tree(NEW).iter() {
                let found = fs::read_to_string(dir.path().join("kind2").join(&file.path)).expect("a file");
                assert_eq!(found, content, "{program:?}: {}", file.path);
            }
            assert!(!dir.path().join("kind2/web/gateway-old.yaml").exists(), "{program:?}");
        }
    }
}

fn patch_is_there() -> bool {
    Command::new("patch").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

const SECRET_OLD: &str = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: cacerts\nstringData:\n  ca-cert.pem: c2VjcmV0LW9sZA\n  gone.pem: aGlkZGVuLWdvbmU\n  same.pem: aGlkZGVuLXNhbWU\n";
const SECRET_NEW: &str = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: cacerts\nstringData:\n  ca-cert.pem: c2VjcmV0LW5ldw\n  made.pem: aGlkZGVuLW1hZGU\n  same.pem: aGlkZGVuLXNhbWU\n";

fn describe(text: &str) -> Vec<(String, String)> {
    let end = if text.contains("c2VjcmV0LW9sZA") { "2026-01-01" } else { "2027-01-01" };
    vec![("ca-cert.pem not after".into(), end.into()), ("ca-cert.pem subject".into(), "CN=kind2".into())]
}

fn secret_diff(old: Option<&str>, new: Option<&str>, object: &str) -> ClusterDiff {
    let tree = |text: Option<&str>| {
        let file = text.map(|text| ("istio-system/secret-cacerts.yaml", object, "VirtualMesh smh/vm", text));
        tree(file.as_slice())
    };
    diff_cluster(Side::Tree(&tree(old)), Side::Tree(&tree(new)), &Policies::default(), describe)
}

#[test]
fn secrets_are_never_shown() {
    let diff = secret_diff(Some(SECRET_OLD), Some(SECRET_NEW), "Secret istio-system/cacerts");
    let mut text = String::new();
    write_text(std::slice::from_ref(&diff), Layout::Short, false, &mut text);
    let expected = "\
Secret istio-system/cacerts in kind2 (VirtualMesh smh/vm): changed
  ca-cert.pem not after: 2026-01-01 -> 2027-01-01
  stringData.ca-cert.pem: changed
  stringData.gone.pem: removed
  stringData.made.pem: added
  (a Secret's content is not shown)
";
    assert_eq!(text, expected);
    assert_eq!((diff.objects[0].additions, diff.objects[0].deletions), (2, 2));

    // Neither side's record has to say that it is one, and a side may be missing or no YAML.
    let broken = format!("{SECRET_NEW}: [c2VjcmV0LW5ldw\n");
    let quoted = SECRET_NEW.replace("kind: Secret", "\"kind\": 'Secret' # c2VjcmV0LW5ldw");
    for object in ["Secret istio-system/cacerts", "Thing istio-system/cacerts"] {
        for old in [None, Some(SECRET_OLD), Some("kind: Other\n")] {
            for new in [None, Some(SECRET_NEW), Some(broken.as_str()), Some(quoted.as_str())] {
                let diff = secret_diff(old, new, object);
                let mut text = serde_json::to_string(&diff).expect("JSON");
                write_text(&[diff], Layout::Short, false, &mut text);
                for hidden in ["c2VjcmV0", "aGlkZGVu"] {
                    assert!(!text.contains(hidden), "{text}");
                }
            }
        }
    }
}

#[test]
fn other_objects_that_speak_of_secrets_are_shown() {
    let text = "kind: Gateway\nref:\n  kind: Secret\n";
    let diff = secret_diff(None, Some(text), "Gateway default/g");
    assert!(matches!(&diff.objects[0].detail, Detail::Text(text) if text.contains("+  kind: Secret")));
}

#[test]
fn facts_of_new_and_removed_secrets() {
    let facts = |old, new| {
        let diff = secret_diff(old, new, "Secret a/b");
        let Detail::Secret(secret) = diff.objects[0].detail.clone() else { panic!("shown") };
        (diff.objects[0].change, secret.facts, secret.unreadable)
    };
    let fact = |old: Option<&str>, new: Option<&str>, name: &str| FactChange {
        name: name.into(),
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
    };
    let (change, found, unreadable) = facts(None, Some(SECRET_NEW));
    assert_eq!((change, unreadable), (Change::Added, false));
    let expected =
        [fact(None, Some("2027-01-01"), "ca-cert.pem not after"), fact(None, Some("CN=kind2"), "ca-cert.pem subject")];
    assert_eq!(found, expected);
    assert_eq!(facts(Some(SECRET_OLD), None).0, Change::Removed);
    assert!(facts(Some(SECRET_OLD), Some("kind: Secret\n: [")).2);
}

#[test]
fn what_is_committed_is_what_the_lock_names() {
    let dir = tempfile::tempdir().expect("a directory");
    assert!(committed(dir.path()).is_empty(), "no directory");
    commit(dir.path(), OLD);
    assert_eq!(committed(dir.path()).len(), 3);
    fs::write(dir.path().join("kind2/default/foreign.yaml"), "theirs\n").expect("a file");
    fs::remove_file(dir.path().join("kind2/web/gateway-old.yaml")).expect("a file");
    let found = committed(dir.path());
    assert_eq!(found.len(), 2);
    #[cfg(unix)]
    {
        let path = dir.path().join("kind2/default/service-same.yaml");
        fs::remove_file(&path).expect("a file");
        std::os::unix::fs::symlink("/etc/hostname", path).expect("a link");
        assert_eq!(committed(dir.path()).len(), 1, "what a link leads to is not shown");
    }
    fs::write(dir.path().join("kind2/.meshtree.lock"), "meshtree-lock v9\n").expect("a file");
    let mut report = Report::default();
    let result = Committed::read(dir.path(), &"kind2".into(), &mut report);
    assert!(matches!(result, Err(OutputError::Refused)));
    assert_eq!(report.diags()[0].code, Code::BadLock);
}
