//! Links that would lead what is written, or what is delivered, elsewhere.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::{example, fleet, run, texts, tree};
use crate::{EXAMPLE, refused};

/// The directory of the only authority in the store.
fn authority(dir: &Path) -> std::path::PathBuf {
    let mut entries = fs::read_dir(dir.join("ca")).expect("a store");
    entries.next().expect("an authority").expect("readable").path()
}

#[test]
fn links_in_the_ca_store_are_refused() {
    let away = fleet(&texts(&[("mine.yaml", "mine\n")]));
    // A file that leads nowhere is not one that is missing.
    let dir = example(EXAMPLE, false);
    let meshes = authority(dir.path()).join("meshes");
    let mesh = fs::read_dir(&meshes).expect("meshes").next().expect("a mesh").expect("readable").path();
    fs::remove_file(&mesh).expect("removed");
    symlink(away.path().join("nowhere"), &mesh).expect("a link");
    refused(dir.path(), &["render"], "MT0703", "is a symbolic link");
    // Nor is a directory issued into.
    let dir = example(EXAMPLE, false);
    let meshes = authority(dir.path()).join("meshes");
    fs::remove_dir_all(&meshes).expect("removed");
    symlink(away.path(), &meshes).expect("a link");
    refused(dir.path(), &["render"], "MT0703", "is a symbolic link");
    let dir = example(EXAMPLE, false);
    fs::remove_dir_all(dir.path().join("ca")).expect("removed");
    symlink(away.path(), dir.path().join("ca")).expect("a link");
    refused(dir.path(), &["render"], "MT0703", "is a symbolic link");
    assert_eq!(tree(away.path()).len(), 1);
}

/// What only compares reads nothing through a link that `render` refuses, and what only checks the inputs does not mind it.
#[test]
fn an_output_directory_behind_a_link_is_no_tree() {
    let (dir, other) = (example(EXAMPLE, false), example(EXAMPLE, true));
    symlink(other.path().join("rendered"), dir.path().join("rendered")).expect("a link");
    run(dir.path(), &["check"]).exits(0);
    run(dir.path(), &["render", "--check"]).exits(1).says("symbolic link");
    let found = run(dir.path(), &["diff", "--stat"]).exits(1);
    assert!(found.stdout.contains(" 0 unchanged"), "{}", found.stdout);
    refused(dir.path(), &["render"], "MT0801", "symbolic link");
    fs::remove_file(dir.path().join("rendered")).expect("removed");
    symlink("/nowhere/x", dir.path().join("rendered")).expect("a link");
    for command in ["check", "status"] {
        run(dir.path(), &[command]).exits(0);
    }
    run(dir.path(), &["render", "--check"]).exits(1);
    refused(dir.path(), &["render"], "MT0801", "symbolic link");
}

#[test]
fn an_import_does_not_follow_a_link() {
    let dir = example(EXAMPLE, false);
    fs::write(dir.path().join("victim"), "mine\n").expect("written");
    let dump = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {ports: [{port: 80}]}\n---\n\
        apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: istiod, namespace: istio-system}\n\
        spec: {template: {spec: {containers: [{name: discovery, image: \"istio/pilot:1.7.0\"}]}}}\n";
    fs::write(dir.path().join("dump"), dump).expect("written");
    for target in ["victim", "new"] {
        let out = dir.path().join(format!("{target}.yaml"));
        symlink(dir.path().join(target), &out).expect("a link");
        let name = format!("{target}.yaml");
        refused(dir.path(), &["inventory", "import", "dump", "--cluster", "east", "--out", &name], "MT0802", "link");
    }
    run(dir.path(), &["inventory", "import", "dump", "--cluster", "east", "--out", "east.yaml"]).exits(0);
}
