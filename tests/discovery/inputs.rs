//! How raw objects are read.

use meshtree::discover::differences;
use meshtree::render::inventory::{dump, import};

use crate::fleet::{COMPACT, DUMP, GIT, ISTIO, read};

fn as_json(yaml: &str) -> String {
    let value: serde_json::Value = serde_yaml::from_str(yaml).expect("YAML");
    serde_json::to_string_pretty(&value).expect("JSON")
}

/// The items two columns further in, as other tools print lists.
fn indented(list: &str) -> String {
    let inside = |line: &str| line.starts_with(['-', ' ']);
    list.lines().map(|line| if inside(line) { format!("  {line}\n") } else { format!("{line}\n") }).collect()
}

#[test]
fn a_dump_and_the_compact_form_say_the_same() {
    let raw = read(&[("clusters/east/dump.yaml", DUMP)]).clean();
    let compact = read(&[("clusters/east.yaml", COMPACT)]).clean();
    assert_eq!(differences(&raw.inventory, &compact.inventory), []);
    assert_eq!(raw.ignored, [("v1 Secret".to_owned(), 1)]);
}

#[test]
fn json_yaml_flow_style_and_single_documents_are_read_alike() {
    let wanted = read(&[("clusters/east/dump.yaml", DUMP)]).clean().inventory;
    let json = as_json(DUMP);
    let compressed =
        serde_json::to_string(&serde_json::from_str::<serde_json::Value>(&json).expect("JSON")).expect("JSON");
    let items: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let single: Vec<_> = items["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| serde_yaml::to_string(item).expect("YAML"))
        .collect();
    let odd = format!("apiVersion: v1\nkind: &kind Service\nmetadata: {{name: x}}\nx: {}\n", "x".repeat(33 << 20));
    let found = read(&[("clusters/east/x.yaml", &odd)]);
    assert_eq!(found.codes(), ["MT0103 clusters/east/x.yaml:1"], "{:?}", found.diags);
}

#[test]
fn raw_objects_outside_of_a_cluster_are_counted() {
    let found = read(&[("apps/x.yaml", GIT), ("clusters/east.yaml", COMPACT)]).clean();
    assert_eq!(found.ignored.iter().map(|(_, n)| n).sum::<usize>(), 8);
    assert_eq!(found.workloads().len(), 2);
}

#[test]
fn an_object_twice_is_one_and_two_that_differ_are_an_error() {
    let found = read(&[("clusters/east/a.yaml", DUMP), ("clusters/east/b.yaml", DUMP)]).clean();
    assert_eq!(found.targets().len(), 2);
    let other = DUMP.replace("port: 8080, protocol", "port: 8081, protocol");
    let found = read(&[("clusters/east/a.yaml", DUMP), ("clusters/east/b.yaml", &other)]);
    assert_eq!(found.codes(), ["MT0311 clusters/east/b.yaml:145"]);
    assert_eq!(found.diags[0].related.len(), 1);
}
