//! docs/json.md names every field of every document that `--format json` writes.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{project, run, tree, write_tree};

/// The names of all fields in a document.
fn fields(value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                out.insert(name.clone());
                fields(value, out);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, out)),
        _ => {}
    }
}

/// The fields of what a command prints, which is a document of this kind.
fn fields_of(dir: &Path, kind: &str, arguments: &[&str]) -> BTreeSet<String> {
    let found = run(dir, arguments);
    let text = if kind == "Diagnostics" { found.stderr } else { found.stdout };
    let document: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{kind}: {error}:\n{text}"));
    assert_eq!(document["kind"], kind);
    assert_eq!(document["apiVersion"], "meshtree.io/v1alpha1");
    let mut out = BTreeSet::new();
    fields(&document, &mut out);
    out
}

#[test]
fn every_field_is_documented() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let at = dir.path();
    write_tree(at, &tree(&project().join("examples/bookinfo")));
    // One object that differs, one Secret that does, and a policy that is not valid.
    let changed = at.join("rendered/kind2/default/virtualservice-reviews.yaml");
    fs::write(&changed, "kind: VirtualService\n").expect("written");
    let secret = at.join("rendered/kind2/istio-system/secret-cacerts.yaml");
    let text = fs::read_to_string(&secret).expect("there");
    fs::write(&secret, text.replacen("ca-cert.pem", "other.pem", 1)).expect("written");
    let dump = "apiVersion: v1\nkind: Namespace\nmetadata: {name: new}\n";
    fs::write(at.join("dump.yaml"), dump).expect("written");
    fs::write(at.join(".meshtreeignore"), "dump.yaml\n").expect("written");

    let mut found = fields_of(at, "CheckReport", &["check", "--format", "json"]);
    found.extend(fields_of(at, "RenderReport", &["render", "--check", "--format", "json"]));
    found.extend(fields_of(at, "DiffReport", &["diff", "--format", "json"]));
    found.extend(fields_of(at, "RenderReport", &["render", "--overwrite-edited", "--format", "json"]));
    let compare = ["inventory", "diff", "dump.yaml", "--cluster", "kind2", "--format", "json"];
    found.extend(fields_of(at, "InventoryDiff", &compare));
    fs::write(at.join("policies/broken.yaml"), "kind: [\n").expect("written");
    found.extend(fields_of(at, "Diagnostics", &["render", "--format", "json"]));

    for expected in ["differences", "detail", "secret", "facts", "subject", "line", "written"] {
        assert!(found.contains(expected), "{expected} is in no document: is this test still of use? {found:?}");
    }
    let page = fs::read_to_string(project().join("docs/json.md")).expect("the page");
    let missing: Vec<&String> = found.iter().filter(|field| !page.contains(&format!("`{field}`"))).collect();
    assert!(missing.is_empty(), "docs/json.md does not name {missing:?}");
}
