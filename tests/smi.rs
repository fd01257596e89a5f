//! Fleets with an Open Service Mesh: what is rendered, what is said, and what the documentation says of it.

#[path = "smi/run.rs"]
mod run;

use run::{Case, expect};

/// The worked example of the documentation.
#[test]
fn a_bookshop() {
    expect("bookshop");
}

/// Everything that SMI cannot express.
#[test]
fn refused() {
    expect("refused");
}

/// An Istio and an Open Service Mesh in one cluster, each with its own objects.
#[test]
fn beside_an_istio() {
    expect("beside-istio");
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
    let bookshop = Case::new("bookshop");
    let tree = bookshop.tree();
    let paths: String = tree.keys().map(|path| format!("{path}\n")).collect();
    let said = Case::new("refused").diagnostics();
    let inputs = ["clusters/edge/discovery.yaml", "policies/shift.yaml", "policies/access.yaml"];
    let read: Vec<String> = inputs.iter().map(|path| bookshop.file(&format!("in/{path}"))).collect();
    let documents: Vec<&str> = read.iter().flat_map(|text| text.split("---\n")).collect();
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/osm.md")).expect("the page");
    let blocks = blocks(&page);
    for (language, text) in &blocks {
        let found = match language.as_str() {
            "yaml" => documents.contains(&text.as_str()) || tree.values().any(|file| file == text),
            _ => *text == paths || said.contains(text),
        };
        assert!(found, "docs/osm.md shows what is not so:\n{text}");
    }
    assert_eq!(blocks.len(), 8);
}

/// A cluster with nothing but an Open Service Mesh can be chosen and printed, and a tree of it is current after rendering.
#[test]
fn a_cluster_of_its_own() {
    let case = Case::new("bookshop");
    let printed = case.meshtree(&["render", "in", "--cluster", "edge", "--stdout"]);
    assert!(printed.status.success());
    let printed = String::from_utf8(printed.stdout).expect("text");
    assert_eq!(printed.matches("\nkind: ").count(), case.tree().len());
    let out = tempfile::tempdir().expect("a directory");
    let path = out.path().to_str().expect("text");
    assert!(case.meshtree(&["render", "in", "--out", path]).status.success());
    assert!(case.meshtree(&["render", "in", "--out", path, "--check"]).status.success());
    let lock = std::fs::read_to_string(out.path().join("edge/.meshtree.lock")).expect("a lock");
    assert!(lock.contains("TrafficSplit.split.smi-spec.io shop/books"), "{lock}");
}
