//! `spec.output.layout`: the same objects in other files, whatever reads or writes them.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::{example, run, tree};

const LAYOUTS: [&str; 4] = ["object", "kind", "namespace", "cluster"];

/// Sets the layout of a fleet.
fn set(fleet: &Path, layout: &str) {
    let path = fleet.join("meshtree.yaml");
    let text = fs::read_to_string(&path).expect("the settings");
    let rest = text.split("\n  output: ").next().expect("a part").trim_end().to_owned();
    fs::write(path, format!("{rest}\n  output: {{layout: {layout}}}\n")).expect("written");
}

/// A change of a policy that several objects come from.
fn change(fleet: &Path) {
    let path = fleet.join("policies/traffic-simple.yaml");
    let text = fs::read_to_string(&path).expect("a policy");
    fs::write(path, text.replace("weight: 75", "weight: 70").replace("weight: 15", "weight: 20")).expect("written");
}

#[test]
fn each_layout_replaces_the_one_before() {
    let fleet = example("bookinfo", true);
    let stream = |fleet: &Path| run(fleet, &["render", "--cluster", "kind2", "--stdout", "--quiet"]).exits(0).stdout;
    let objects = stream(fleet.path());
    let committed = tree(&fleet.path().join("rendered"));
    let mut counts = Vec::new();
    for layout in LAYOUTS.into_iter().chain(["object"]) {
        set(fleet.path(), layout);
        run(fleet.path(), &["diff", "--quiet"]).exits(0);
        let is_first = counts.is_empty();
        run(fleet.path(), &["render", "--locked", "--check", "--quiet"]).exits(i32::from(!is_first));
        run(fleet.path(), &["render", "--locked", "--quiet"]).exits(0);
        run(fleet.path(), &["render", "--locked", "--check", "--quiet"]).exits(0);
        assert_eq!(stream(fleet.path()), objects, "a stream has no files: {layout}");
        let files = tree(&fleet.path().join("rendered/kind2"));
        assert!(files.contains_key("istio-system/secret-cacerts.yaml"), "{layout}: SOPS encrypts whole files");
        counts.push(files.len());
    }
    assert!(counts.windows(2).take(3).all(|pair| pair[0] > pair[1]), "{counts:?}");
    assert_eq!(counts[3], 3, "the lock, the Secret and all else");
    assert_eq!(tree(&fleet.path().join("rendered")), committed, "nothing of the other layouts is left");
}

#[test]
fn a_difference_names_the_object_and_its_file() {
    let fleet = example("bookinfo", true);
    set(fleet.path(), "namespace");
    run(fleet.path(), &["render", "--locked", "--quiet"]).exits(0);
    change(fleet.path());
    let stat = run(fleet.path(), &["diff", "--stat", "--quiet"]).exits(1).stdout;
    assert!(stat.contains("VirtualService default/reviews in kind2") && stat.contains("0 added, 1 changed"), "{stat}");
    let json = run(fleet.path(), &["diff", "--format", "json"]).exits(1).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let object = &json["clusters"][0]["objects"][0];
    assert_eq!(object["object"], "VirtualService default/reviews");
    assert_eq!(object["path"], "kind2/default/objects.yaml");
    let clusters = run(fleet.path(), &["render", "--locked", "--check", "--format", "json"]).exits(1).stdout;
    assert!(clusters.contains("kind2/default/objects.yaml"), "{clusters}");
}

#[test]
fn a_patch_is_of_files() {
    let fleet = example("bookinfo", true);
    set(fleet.path(), "cluster");
    run(fleet.path(), &["render", "--locked", "--quiet"]).exits(0);
    change(fleet.path());
    let patch = run(fleet.path(), &["diff", "--patch", "--quiet"]).exits(1).stdout;
    fs::write(fleet.path().join("a.patch"), patch).expect("written");
    let mut git = Command::new("git");
    git.args(["apply", "--directory", "rendered", "a.patch"]).current_dir(fleet.path());
    git.env("GIT_CEILING_DIRECTORIES", fleet.path().parent().expect("a parent"));
    assert!(git.status().expect("git runs").success());
    let applied = tree(&fleet.path().join("rendered"))["kind2/objects.yaml"].clone();
    run(fleet.path(), &["render", "--locked", "--quiet", "--out", "again"]).exits(0);
    assert!(tree(&fleet.path().join("again"))["kind2/objects.yaml"] == applied);
}

#[test]
fn what_was_edited_by_hand_is_refused() {
    let fleet = example("bookinfo", true);
    set(fleet.path(), "kind");
    run(fleet.path(), &["render", "--locked", "--quiet"]).exits(0);
    let file = fleet.path().join("rendered/kind2/default/virtualservice.yaml");
    let text = fs::read_to_string(&file).expect("a file");
    fs::write(&file, text.replace("weight: 75", "weight: 1")).expect("written");
    run(fleet.path(), &["render", "--locked", "--quiet"]).exits(4).says("MT0803");
    set(fleet.path(), "object");
    run(fleet.path(), &["render", "--locked", "--quiet"]).exits(4).says("MT0803");
    let stat = run(fleet.path(), &["diff", "--stat", "--quiet"]).exits(1).stdout;
    assert!(stat.contains("VirtualService default/reviews") || stat.contains("virtualservice-reviews"), "{stat}");
}

#[test]
fn an_archive_has_the_files() {
    let fleet = example("bookinfo", true);
    set(fleet.path(), "cluster");
    let packed = run(fleet.path(), &["package", "--cluster", "kind2", "-o", "a.tar"]).exits(0);
    assert!(packed.stderr.contains("32 objects"), "{}", packed.stderr);
    let list = Command::new("tar").args(["tf", "a.tar"]).current_dir(fleet.path()).output().expect("tar runs");
    let list = String::from_utf8(list.stdout).expect("text");
    assert_eq!(list.lines().collect::<Vec<_>>(), ["istio-system/", "istio-system/secret-cacerts.yaml", "objects.yaml"]);
}
