//! How raw objects are read.

use meshtree::discover::differences;
use meshtree::fleet::import::{dump, import};

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
    let flow = format!("# as YAML\n{compressed}");
    for (path, text) in [
        ("clusters/east/dump.json", &json),
        ("clusters/east.json", &compressed),
        ("clusters/east/dump.yaml", &flow),
        ("clusters/east/x/y.yml", &single.join("---\n")),
        ("clusters/east/windows.yaml", &DUMP.replace('\n', "\r\n")),
        ("clusters/east/indented.yaml", &indented(DUMP)),
    ] {
        let found = read(&[(path, text)]).clean().inventory;
        assert_eq!(differences(&wanted, &found), [], "{path}");
    }
}

/// JSON is cut at its lines only where that is right, and read in whole where its lines do not tell.
#[test]
fn json_is_read_however_it_is_laid_out() {
    let wanted = read(&[("clusters/east/dump.yaml", DUMP)]).clean().inventory;
    let json = as_json(DUMP);
    let deeper = json.lines().map(|line| format!("{line}\n")).collect::<String>().replace("\n  ", "\n        ");
    let ragged = json.replace("\n        {", "\n    {").replace("\n      ", "\n   ");
    for text in [deeper, ragged, json.replace('\n', "\r\n"), json.replace("  ", "\t"), json.replace('\n', " ")] {
        let found = read(&[("clusters/east/dump.json", &text)]).clean().inventory;
        assert_eq!(differences(&wanted, &found), [], "{text}");
    }
    for what in ["aHVudGVyMg==", "node-1"] {
        let wrong = json.replace(&format!("\"{what}\""), &format!("\"{what}"));
        let found = read(&[("clusters/east/dump.json", &wrong)]);
        assert!(
            found.codes().iter().any(|code| code.starts_with("MT0104 clusters/east/dump.json:")),
            "{:?}",
            found.diags
        );
    }
}

#[test]
fn merge_keys_and_aliases_between_items_are_followed() {
    let text = format!(
        "{ISTIO}---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {{name: a}}\n  \
         spec:\n    template:\n      metadata:\n        labels: &a {{app: a, sidecar.istio.io/inject: 'true'}}\n\
         - apiVersion: apps/v1\n  kind: Deployment\n  metadata: {{name: b}}\n  spec:\n    template:\n      metadata:\n        \
         labels: {{<<: *a, app: b}}\n"
    );
    let found = read(&[("clusters/east/x.yaml", &text)]).clean();
    assert_eq!(found.workloads(), ["a-default-east-deployment", "b-default-east-deployment"]);
    let b = found.inventory.workloads.values().nth(1).expect("b");
    assert_eq!(b.labels.get("app").map(|v| &**v), Some("b"));
}

#[test]
fn null_is_nothing_and_never_the_text_null() {
    let text = format!(
        "{ISTIO}---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a, namespace: null}}\nspec:\n  template:\n    \
         metadata: {{labels: {{app: null, sidecar.istio.io/inject: \"true\"}}}}\n    spec: {{serviceAccountName: ~, \
         containers: [null]}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: a, labels: null}}\nspec:\n  selector: \
         {{app: ''}}\n  ports: null\n  type: null\n"
    );
    let found = read(&[("clusters/east/x.yaml", &text)]).clean();
    let workload = found.inventory.workloads.values().next().expect("a workload");
    assert_eq!((&*workload.service_account, workload.labels.get("app").map(|v| &**v)), ("", Some("")));
    assert_eq!(found.targets(), ["a-default-east"]);
}

#[test]
fn mistakes_are_reported_where_they_are() {
    let service = "- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n  spec:\n    ports:\n    - port: ";
    let list = |rest: &str| format!("apiVersion: v1\nkind: List\nitems:\n{service}80\n{rest}");
    for (text, wanted) in [
        (list(&format!("{service}many\n")), "MT0202 clusters/east/x.yaml:15"),
        (list(&format!("{service}'80\n")), "MT0104 clusters/east/x.yaml:15"),
        (list("- apiVersion: v1\n  kind: Service\n  metadata: {}\n"), "MT0204 clusters/east/x.yaml:10"),
        (list("- apiVersion: v1\n  kind: Pod\n  metadata: {name: [x]}\n"), "MT0202 clusters/east/x.yaml:12"),
        (list("- kind: Pod\n"), "MT0204 clusters/east/x.yaml:10"),
        (list("- apiVersion: v1\n  kind: List\n  items: []\n"), "MT0202 clusters/east/x.yaml:10"),
    ] {
        let found = read(&[("clusters/east/x.yaml", &text)]);
        // That there is no Istio is not told of a cluster of which not all was understood; a note says so.
        let codes: Vec<_> = found.codes().into_iter().filter(|code| code != "MT0401 Nowhere").collect();
        assert_eq!(codes, [wanted], "{text}\n{:?}", found.diags);
    }
}

#[test]
fn what_is_cut_off_is_an_error_or_understood() {
    let json = as_json(DUMP);
    for text in [DUMP, &json, GIT] {
        for end in (0..text.len()).step_by(37).filter(|end| text.is_char_boundary(*end)) {
            let sources = dump(&"east".into(), vec![("x.json".into(), text[..end].to_owned())]);
            let mut report = meshtree::diag::Report::default();
            let _ = import(&sources, &mut report);
            let sources = dump(&"east".into(), vec![("x.yaml".into(), text[..end].to_owned())]);
            let _ = import(&sources, &mut report);
        }
    }
    let large = json.replace("\"postgres:12\"", &format!("{:?}", "x".repeat(2 << 20)));
    let found = read(&[("clusters/east/x.json", &large[..large.len() - 100])]);
    let codes = found.codes();
    assert!(codes.len() == 1 && codes[0].starts_with("MT0104 clusters/east/x.json:"), "{codes:?}");
}

#[test]
fn a_list_that_is_cut_off_says_so() {
    let cut = DUMP.split("kind: List").next().expect("a list").trim_end();
    let found = read(&[("clusters/east/x.yaml", &cut[..cut.len() - 3])]);
    assert_eq!(found.codes(), [format!("MT0104 clusters/east/x.yaml:{}", cut.lines().count())], "{:?}", found.diags);
    assert!(found.diags[0].message.contains("incomplete"), "{:?}", found.diags);
}

/// What no tree is made of is refused, and what is read piece by piece is read and found whatever its size.
#[test]
fn large_documents_are_read_in_pieces_or_not_at_all() {
    let filler = format!(
        "- apiVersion: v1\n  kind: Secret\n  metadata:\n    name: a\n  data:\n    a: {}\n",
        "x".repeat(1 << 20)
    );
    let mesh = "- apiVersion: discovery.smh.solo.io/v1alpha2\n  kind: Mesh\n  metadata:\n    name: m\n    namespace: hub\n  spec:\n    \
                nonsense: 1\n    istio:\n      installation:\n        version: 1.7.0\n";
    let large = DUMP.replacen("items:\n", &format!("items:\n{}{mesh}", filler.repeat(33)), 1);
    let found = read(&[("clusters/east/x.yaml", &large)]);
    let line = 2 + 33 * 6 + 7;
    assert_eq!(found.codes(), [format!("MT0201 clusters/east/x.yaml:{line}")], "{:?}", found.diags);
    assert_eq!(found.targets(), ["edge-gateways-east", "web-shop-east"]);
    let found = read(&[("clusters/east/x.yaml", &large.replace("    nonsense: 1\n", ""))]);
    assert_eq!(found.codes(), [format!("MT0204 clusters/east/x.yaml:{}", line + 1)], "{:?}", found.diags);
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
