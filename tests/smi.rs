//! docs/osm.md, held against the case that it shows, and a cluster with nothing but an Open Service Mesh.

mod support;

use std::fs;

use support::{Tree, cases, fleet, project, run};

/// A fleet of a case.
fn inputs(case: &str) -> Tree {
    cases::case(case).inputs()
}

/// The manifests that a case renders, by path. The lock holds nothing that they do not.
fn manifests(case: &str) -> Vec<(String, String)> {
    let manifests = cases::case(case).rendered().into_iter().filter(|(path, _)| path.ends_with(".yaml"));
    manifests.map(|(path, bytes)| (path, String::from_utf8(bytes).expect("text"))).collect()
}

/// The fenced blocks of a page: what the fence says, and the text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut parts = page.split("```");
    parts.next();
    while let (Some(block), Some(_)) = (parts.next(), parts.next()) {
        let (language, text) = block.split_once('\n').expect("a fence and a text");
        out.push((language.to_owned(), text.to_owned()));
    }
    out
}

/// Whatever the page shows is what the program reads, writes or says.
#[test]
fn the_page_is_true() {
    let written = manifests("osm/bookshop");
    let paths: String = written.iter().map(|(path, _)| format!("{path}\n")).collect();
    let said = run(fleet(&inputs("osm/traffic-refused")).path(), &["check"]).exits(3).stderr;
    let read = inputs("osm/bookshop");
    let documents: Vec<&str> =
        read.values().flat_map(|bytes| std::str::from_utf8(bytes).expect("text").split("---\n")).collect();
    let page = fs::read_to_string(project().join("docs/osm.md")).expect("the page");
    let blocks = blocks(&page);
    for (language, text) in &blocks {
        let found = match language.as_str() {
            "yaml" => documents.contains(&text.as_str()) || written.iter().any(|(_, file)| file == text),
            _ => *text == paths || said.contains(text),
        };
        assert!(found, "docs/osm.md shows what is not so:\n{text}\n{said}");
    }
    assert_eq!(blocks.len(), 8);
}

/// A cluster with nothing but an Open Service Mesh can be chosen and printed, and a tree of it is current after rendering.
#[test]
fn a_cluster_of_its_own() {
    let dir = fleet(&inputs("osm/bookshop"));
    let printed = run(dir.path(), &["render", "--cluster", "edge", "--stdout"]).exits(0).stdout;
    assert_eq!(printed.matches("\nkind: ").count(), manifests("osm/bookshop").len());
    run(dir.path(), &["render"]).exits(0);
    run(dir.path(), &["render", "--check"]).exits(0);
    let lock = fs::read_to_string(dir.path().join("rendered/edge/.meshtree.lock")).expect("a lock");
    assert!(lock.contains("TrafficSplit.split.smi-spec.io shop/books"), "{lock}");
}
