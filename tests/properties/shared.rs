//! What the trees of several clusters have in common is written once, and each tree is as it would be alone.

use std::borrow::Cow;

use meshtree::ca::CaMaterial;
use meshtree::diag::Report;
use meshtree::fleet::Fleet;
use meshtree::load::LoadOptions;
use meshtree::objects::istio::HttpRoutes;
use meshtree::render::tree::ClusterTree;
use meshtree::yaml_writer;
use proptest::prelude::*;

use super::config;
use super::fleet::{Shape, generate};

fn texts(tree: &ClusterTree) -> Vec<(&str, Cow<'_, str>)> {
    tree.iter().map(|(file, text)| (file.path.as_str(), text)).collect()
}

#[test]
fn what_was_written_is_known_by_its_name() {
    assert_eq!(HttpRoutes::WRITTEN, yaml_writer::WRITTEN);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn trees_are_what_they_are_alone(seed in 0..1000_u64, policies in 8..40_usize, old in 0..5_usize) {
        let dir = tempfile::tempdir().expect("a directory");
        generate(dir.path(), &Shape { seed, istio: "1.31.0", ..Shape::new(4, 6, policies) }).expect("generated");
        // Another version in one of them, or in none.
        let path = dir.path().join(format!("clusters/cluster-{old:03}.yaml"));
        if let Ok(text) = std::fs::read_to_string(&path) {
            std::fs::write(&path, text.replace("1.31.0", "1.20.0")).expect("written");
        }
        let mut report = Report::default();
        let fleet = Fleet::read(dir.path(), &LoadOptions::default(), &mut report);
        let meaning = fleet.resolve(&mut report);
        report.allow_invalid();
        prop_assert!(!report.has_errors(), "{:?}", report);
        let material = CaMaterial::default();
        let tree = meaning.trees(&material);
        for cluster in meaning.clusters() {
            let alone = meaning.tree(cluster, &material).expect("a tree");
            let among_others = tree(cluster).expect("a tree");
            prop_assert_eq!(texts(&among_others), texts(&alone));
        }
    }
}
