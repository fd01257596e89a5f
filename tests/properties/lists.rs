//! Lists whose order says nothing may stand in any order.

use proptest::prelude::*;
use serde::Deserialize as _;
use serde_yaml::Value;

use crate::support::Tree;
use crate::{config, files, policy, rendered};

/// Puts the lists whose order has no meaning into an order that follows from a number. Where it has one (routes, destinations,
/// backing services, who may call) everything stays.
struct Shuffle {
    order: u64,
    /// Whether accounts are named that are those of every cluster: then they stand in the order of the meshes.
    meshes_stay: bool,
}

impl Shuffle {
    fn shuffle(&self, value: &mut Value, key: &str, in_destination: bool) {
        let in_destination = in_destination || key.starts_with("destinationSelector");
        let items = match value {
            Value::Mapping(entries) => {
                for (name, value) in entries {
                    self.shuffle(value, name.as_str().unwrap_or_default(), in_destination);
                }
                return;
            }
            Value::Sequence(items) => items,
            _ => return,
        };
        items.iter_mut().for_each(|item| self.shuffle(item, "", in_destination));
        let alike = match key {
            "meshes" => !self.meshes_stay,
            "selectors" => true,
            "clusters" | "namespaces" | "services" => in_destination,
            _ => key.starts_with("destinationSelector"),
        };
        if alike {
            items.sort_by_key(|item| rank(&serde_json::to_string(item).expect("JSON"), self.order));
        }
    }
}

/// Whether a document names an account without its cluster.
fn names_accounts_everywhere(value: &Value) -> bool {
    match value {
        Value::Mapping(entries) => entries.iter().any(|(name, value)| {
            let accounts = if name.as_str() == Some("serviceAccounts") { value.as_sequence() } else { None };
            accounts.into_iter().flatten().any(|account| account.get("clusterName").is_none())
                || names_accounts_everywhere(value)
        }),
        Value::Sequence(items) => items.iter().any(names_accounts_everywhere),
        _ => false,
    }
}

fn documents(text: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(text).expect("text");
    serde_yaml::Deserializer::from_str(text).map(|document| Value::deserialize(document).expect("YAML")).collect()
}

fn rank(text: &str, order: u64) -> u64 {
    text.bytes().fold(order | 1, |n, b| (n ^ u64::from(b)).wrapping_mul(0x100_0000_01b3))
}

/// The same files with their lists shuffled; how many documents that changed.
fn shuffled(files: &Tree, order: u64) -> (Tree, usize) {
    let mut changed = 0;
    let mut out = Tree::new();
    let meshes_stay =
        files.values().flat_map(|text| documents(text)).any(|document| names_accounts_everywhere(&document));
    let shuffle = Shuffle { order, meshes_stay };
    for (path, bytes) in files {
        let documents = documents(bytes).into_iter().map(|before| {
            let mut after = before.clone();
            if path.starts_with("policies/") {
                shuffle.shuffle(&mut after, "", false);
            }
            changed += usize::from(after != before);
            serde_json::to_string(&after).expect("JSON")
        });
        let text: Vec<String> = documents.collect();
        out.insert(path.clone(), text.join("\n---\n").into_bytes());
    }
    (out, changed)
}

/// Policies whose lists are long, over the names that generated fleets have.
fn lists() -> Vec<(String, String)> {
    let mesh = |cluster: &str| format!("{{name: istiod-istio-system-{cluster}, namespace: service-mesh-hub}}");
    let both = format!("meshes: [{}, {}]", mesh("cluster-000"), mesh("cluster-001"));
    let matcher = "kubeServiceMatcher: {namespaces: [shop, catalog, search], clusters: [cluster-001, cluster-000]}";
    let selectors = format!(
        "{both}, federation: {{selectors: [{{destinationSelectors: [{{{matcher}}}], meshes: [{}]}}, {{destinationSelectors: \
         [{{kubeServiceMatcher: {{namespaces: [accounts]}}}}, {{kubeServiceMatcher: {{namespaces: [payments]}}}}]}}]}}",
        mesh("cluster-001")
    );
    let narrow = format!("destinationSelector: [{{{matcher}}}, {{kubeServiceMatcher: {{namespaces: [payments]}}}}]");
    let source = "sourceSelector: [{namespaces: [a, b], clusters: [cluster-000, cluster-001]}]";
    vec![
        ("policies/virtual-mesh.yaml".to_owned(), policy("VirtualMesh", "virtual-mesh", &selectors)),
        (
            "policies/t.yaml".to_owned(),
            policy("TrafficPolicy", "zz", &format!("{narrow}, {source}, requestTimeout: 7s")),
        ),
        ("policies/a.yaml".to_owned(), policy("AccessPolicy", "zz", &narrow)),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn orders_without_meaning_do_not_matter(seed in 0..1000_u64, policies in 0..40_usize, selected in any::<bool>(), order in any::<u64>()) {
        let mut files = files(policies, seed);
        if selected {
            files.extend(lists().into_iter().map(|(path, text)| (path, text.into_bytes())));
        }
        let (moved, changed) = shuffled(&files, order);
        prop_assume!(changed > 0);
        prop_assert!(rendered(&moved) == rendered(&files));
    }
}
