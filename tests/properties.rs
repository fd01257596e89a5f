//! What holds of every fleet, tried on generated ones.

#[path = "../benches/fleet.rs"]
mod fleet;
#[path = "properties/lists.rs"]
mod lists;
#[path = "properties/routes.rs"]
mod routes;
#[path = "properties/shared.rs"]
mod shared;
mod support;

use std::collections::BTreeSet;
use std::path::Path;

use fleet::{Federation, Shape, generate};
use meshtree::ca::CaMaterial;
use meshtree::diag::Report;
use meshtree::fleet::Fleet;
use meshtree::load::LoadOptions;
use meshtree::plan::ClusterId;
use meshtree::plan::Plan;
use meshtree::render::cluster::clusters;
use meshtree::translate::{Manifest, names, translate};
use proptest::prelude::*;
use support::{Tree, texts, tree};

fn config() -> ProptestConfig {
    ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() }
}

/// The files of a generated fleet.
fn files(policies: usize, seed: u64) -> Tree {
    let dir = tempfile::tempdir().expect("a directory");
    let federation = if seed.is_multiple_of(2) { Federation::Every } else { Federation::Selected };
    generate(dir.path(), &Shape { seed, federation, ..Shape::new(2, 6, policies) }).expect("generated");
    tree(dir.path())
}

/// Panics unless names alone are those of the objects, in their order.
fn check_names(plan: &Plan<'_>, cluster: ClusterId) {
    let mut objects = Vec::new();
    translate(plan, cluster, |Manifest { namespace, name, spec, sources: _ }| {
        objects.push((spec.kind(), namespace.to_owned(), name.into_owned()));
    });
    let mut alone = Vec::new();
    names(plan, cluster, |kind, namespace, name| alone.push((kind, namespace.to_owned(), name.to_owned())));
    assert_eq!(alone, objects);
}

/// Panics unless the services that a mesh makes known to another are those that reach it, one by one.
fn check_reach(plan: &Plan<'_>) {
    let ids = || (0..plan.meshes.len()).filter_map(|i| plan.mesh(plan.meshes[i].key));
    for (server, client) in ids().flat_map(|server| ids().map(move |client| (server, client))) {
        if server == client {
            continue;
        }
        let one_by_one = plan[server].targets.iter().copied().filter(|target| plan.reaches(*target, client));
        assert_eq!(plan.reaching(server, client).collect::<BTreeSet<_>>(), one_by_one.collect());
    }
}

/// What a fleet renders to; no more than what is about policies may be wrong with it.
fn rendered(files: &Tree) -> Tree {
    let dir = support::fleet(files);
    rendered_at(dir.path())
}

fn rendered_at(dir: &Path) -> Tree {
    let mut report = Report::default();
    let fleet = Fleet::read(dir, &LoadOptions::default(), &mut report);
    let meaning = fleet.resolve(&mut report);
    report.allow_invalid();
    assert!(!report.has_errors(), "{report:?}");
    check_reach(&meaning.plan);
    let material = CaMaterial::default();
    let mut out = Tree::new();
    for (id, name) in clusters(&meaning.plan, &meaning.built) {
        check_names(&meaning.plan, id);
        let tree = meaning.tree(name, &material).expect("a tree");
        for (file, text) in tree.iter() {
            out.insert(format!("{name}/{}", file.path), text.as_bytes().to_vec());
        }
    }
    out
}

fn documents(files: &Tree) -> Vec<String> {
    let text = |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).expect("text");
    files.values().flat_map(|bytes| text(bytes).split("---\n").map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn policy(kind: &str, name: &str, spec: &str) -> String {
    format!(
        "apiVersion: networking.smh.solo.io/v1alpha2\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{{spec}}}\n"
    )
}

proptest! {
    #![proptest_config(config())]

    /// A policy that selects nothing is there without effect, wherever it falls in the order.
    #[test]
    fn a_policy_that_selects_nothing_changes_nothing(seed in 0..1000_u64, policies in 0..12_usize, name in "[a-z]{1,8}") {
        let mut files = files(policies, seed);
        let before = rendered(&files);
        prop_assert!(!before.is_empty());
        let nothing = "destinationSelector: [{kubeServiceMatcher: {labels: {no-such: label}}}]";
        let traffic = policy("TrafficPolicy", &name, &format!("{nothing}, requestTimeout: 1s, outlierDetection: {{}}"));
        files.extend(texts(&[("x.yaml", &traffic), ("y.yaml", &policy("AccessPolicy", &name, nothing))]));
        prop_assert!(rendered(&files) == before);
    }

    /// What is in which file, and in which order, is nobody's business.
    #[test]
    fn places_do_not_matter(seed in 0..1000_u64, policies in 0..20_usize, order in any::<u64>()) {
        let files = files(policies, seed);
        let before = rendered(&files);
        let mut documents = documents(&files);
        // Any order: each document is sorted by a number that follows from its text and from the test's.
        let rank = |text: &str| text.bytes().fold(order | 1, |n, b| (n ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
        documents.sort_by_key(|document| rank(document));
        let per_file = usize::try_from(order % 7).expect("small") + 1;
        let mut moved = Tree::new();
        for (i, chunk) in documents.chunks(per_file).enumerate() {
            moved.insert(format!("d{}/{}.yaml", i % 3, 1000 - i), chunk.join("---\n").into_bytes());
        }
        prop_assert!(rendered(&moved) == before);
    }

    /// Two policies on different services: each has the effect that it has alone.
    #[test]
    fn policies_that_do_not_meet_are_independent(seed in 0..1000_u64, first in 0..12_usize, second in 0..12_usize) {
        let base = files(0, seed);
        let services = services(&base);
        let (first, second) = (first % services.len(), second % services.len());
        prop_assume!(first != second);
        let on = |i: usize, name: &str| {
            let [name_of, namespace, cluster] = &services[i];
            let refs = format!("destinationSelector: [{{kubeServiceRefs: {{services: [{{name: {name_of}, namespace: {namespace}, clusterName: {cluster}}}]}}}}]");
            policy("TrafficPolicy", name, &format!("{refs}, retries: {{attempts: {}}}, outlierDetection: {{interval: {}s}}", i + 1, i + 1))
        };
        let with = |policies: &[(&str, String)]| {
            let mut files = base.clone();
            files.extend(policies.iter().map(|(path, text)| ((*path).to_owned(), text.clone().into_bytes())));
            rendered(&files)
        };
        let nothing = with(&[]);
        let a = with(&[("a.yaml", on(first, "a"))]);
        let b = with(&[("b.yaml", on(second, "b"))]);
        let both = with(&[("a.yaml", on(first, "a")), ("b.yaml", on(second, "b"))]);
        let mut expected = nothing.clone();
        for one in [&a, &b] {
            prop_assert!(*one != nothing);
            expected.extend(one.iter().filter(|(path, bytes)| nothing.get(*path) != Some(bytes)).map(|(p, b)| (p.clone(), b.clone())));
        }
        prop_assert!(both == expected);
    }

    /// Two policies on different services commute: which of them comes first decides nothing but how they are called.
    #[test]
    fn policies_that_do_not_meet_commute(seed in 0..1000_u64, first in 0..12_usize, second in 0..12_usize, kind in 0..3_usize) {
        let base = files(0, seed);
        let services = services(&base);
        let (first, second) = (first % services.len(), second % services.len());
        prop_assume!(first != second);
        let on = |i: usize, name: &str, access: bool| {
            let [name_of, namespace, cluster] = &services[i];
            let refs = format!("destinationSelector: [{{kubeServiceRefs: {{services: [{{name: {name_of}, namespace: {namespace}, clusterName: {cluster}}}]}}}}]");
            match access {
                true => policy("AccessPolicy", name, &format!("{refs}, allowedPorts: [{}]", 8000 + i)),
                false => policy("TrafficPolicy", name, &format!("{refs}, httpRequestMatchers: [{{exact: /commute}}], requestTimeout: {}s", i + 1)),
            }
        };
        let (one, other) = (kind == 1, kind != 0);
        let with = |x: &str, y: &str| {
            let mut files = base.clone();
            files.extend(texts(&[("x.yaml", &on(first, x, one)), ("y.yaml", &on(second, y, other))]));
            // The first line of a file names the policies.
            let body = |bytes: Vec<u8>| bytes.iter().position(|byte| *byte == b'\n').map(|end| bytes[end..].to_vec());
            rendered(&files).into_iter().map(|(path, bytes)| (path, body(bytes))).collect::<Vec<_>>()
        };
        let before = with("a", "z");
        prop_assert!(before == with("z", "a"));
        prop_assert!(before == with("m", "k"));
    }

    /// Routes stand in an order that follows from their conditions, not from the order or the names of the policies.
    #[test]
    fn the_order_of_routes_follows_from_conditions(mut conditions in prop::collection::btree_set(condition(), 1..10), seed in any::<u64>()) {
        let base = files(0, 1);
        let [name, namespace, cluster] = &services(&base)[0];
        let refs = format!("destinationSelector: [{{kubeServiceRefs: {{services: [{{name: {name}, namespace: {namespace}, clusterName: {cluster}}}]}}}}]");
        conditions.insert(String::new());
        let all: Vec<&String> = conditions.iter().collect();
        let with = |number: &dyn Fn(usize) -> u64| {
            let mut files = base.clone();
            for (i, condition) in all.iter().enumerate() {
                let text = policy("TrafficPolicy", &format!("p{:020}", number(i)), &format!("{refs}, requestTimeout: {}s{condition}", i + 1));
                files.insert(format!("p{i}.yaml"), text.into_bytes());
            }
            let rendered = rendered(&files);
            let path = format!("{cluster}/{namespace}/virtualservice-{name}.yaml");
            let text = String::from_utf8(rendered[&path].clone()).expect("text");
            text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect::<String>()
        };
        let forward = with(&|i| u64::try_from(i).expect("small"));
        let shuffled = with(&|i| (seed ^ u64::try_from(i).expect("small")).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        prop_assert_eq!(forward, shuffled);
    }
}

/// Conditions of which no two are equal in weight, so that nothing is left to the names of the policies.
fn condition() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,6}".prop_map(|path| format!(", httpRequestMatchers: [{{prefix: /{path}}}]")),
        "[a-z]{1,6}".prop_map(|path| format!(", httpRequestMatchers: [{{exact: /{path}}}]")),
        "[a-z]{1,6}".prop_map(|path| format!(", httpRequestMatchers: [{{regex: /{path}}}]")),
        (0..9_u32).prop_map(|method| format!(", httpRequestMatchers: [{{method: {{method: {method}}}}}]")),
        "[a-z]{2,6}".prop_map(|namespace| format!(", sourceSelector: [{{namespaces: [x{namespace}]}}]")),
    ]
}

/// The services of a generated fleet: name, namespace, cluster.
fn services(files: &Tree) -> Vec<[String; 3]> {
    let mut out = Vec::new();
    for (_, bytes) in files.iter().filter(|(path, _)| path.starts_with("clusters/")) {
        let text = std::str::from_utf8(bytes).expect("text");
        let cluster: serde_yaml::Value = serde_yaml::from_str(text).expect("YAML");
        for (namespace, content) in cluster["spec"]["namespaces"].as_mapping().expect("namespaces") {
            // The hub's own namespace has none.
            for (service, _) in content["services"].as_mapping().into_iter().flatten() {
                let names = [service, namespace, &cluster["metadata"]["name"]];
                out.push(names.map(|name| name.as_str().expect("a name").to_owned()));
            }
        }
    }
    out
}
