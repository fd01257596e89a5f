//! A cluster that is still in the fleet and has no mesh any more keeps its files until somebody says otherwise.

mod support;

use std::fs;

use support::{example, run};

#[test]
fn a_lost_mesh_empties_no_directory() {
    let dir = example("bookinfo", true);
    let at = dir.path();
    let inventory = at.join("clusters/kind3.yaml");
    let text = fs::read_to_string(&inventory).expect("the inventory is there");
    let (before, rest) = text.split_once("  istio:\n").expect("it has an Istio");
    let (_, after) = rest.split_once("  namespaces:\n").expect("it has namespaces");
    fs::write(&inventory, format!("{before}  namespaces:\n{after}")).expect("it can be written");
    fs::remove_dir_all(at.join("policies")).expect("policies can be removed");

    run(at, &["render", "--check"]).exits(1).says("kind3/default/destinationrule-reviews.yaml: extra");
    run(at, &["render"]).exits(4).says("nothing is rendered any more for cluster kind3");
    assert!(at.join("rendered/kind3/default/destinationrule-reviews.yaml").exists());
    run(at, &["render", "--allow-empty"]).exits(0);
    assert!(!at.join("rendered/kind3").exists());
    run(at, &["render", "--check"]).exits(0);
}
