//! That nothing changes for anybody is a proof: for random edits of policies, the impact is empty exactly if every caller gets the
//! same answers from everything, asked one request at a time.

#[path = "impact/edits.rs"]
mod edits;
#[path = "impact/matrix.rs"]
mod matrix;

use std::fs;
use std::path::Path;

use edits::{Policies, Random};
use matrix::matrix;
use meshtree::ask::Evaluator;
use meshtree::ask::impact::{Impact, Kind, impact};
use meshtree::diag::Report;
use meshtree::fleet::{Fleet, Meaning};
use meshtree::load::LoadOptions;

/// Two clusters with three services each, of one virtual mesh.
const CLUSTER: &str = "apiVersion: meshtree.io/v1alpha1
kind: Cluster
metadata: {name: NAME}
spec:
  istio: {version: VERSION, trustDomain: NAME, gateways: [{address: 192.0.2.GATEWAY}]}
  namespaces:
    shop:
      services:
        web: {ports: [{name: http, port: 80}], selector: {app: web}}
        cart: {ports: [{name: http, port: 80}, {name: http-admin, port: 8080, targetPort: 9090}], selector: {app: cart}}
      workloads:
        web: {labels: {app: web}, serviceAccount: web}
        cart-v1: {labels: {app: cart, version: v1}, serviceAccount: cart}
        cart-v2: {labels: {app: cart, version: v2}}
    pay:
      services:
        pay: {ports: [{name: http, port: 80}], selector: {app: pay}}
      workloads:
        pay: {labels: {app: pay, tier: gold}, serviceAccount: pay}
";

fn write(directory: &Path, policies: &str, version: &str) -> Fleet {
    fs::create_dir_all(directory.join("clusters")).expect("writable");
    for (name, gateway) in [("east", "1"), ("west", "2")] {
        let text = CLUSTER.replace("NAME", name).replace("GATEWAY", gateway).replace("VERSION", version);
        fs::write(directory.join(format!("clusters/{name}.yaml")), text).expect("writable");
    }
    fs::write(directory.join("policies.yaml"), policies).expect("writable");
    Fleet::read(directory, &LoadOptions::default(), &mut Report::default())
}

fn impact_of(before: &Meaning<'_>, after: &Meaning<'_>) -> (Impact, bool) {
    let old = Evaluator::new(&before.plan, &before.index);
    let new = Evaluator::new(&after.plan, &after.index);
    let changed = after.fleet().changed_policies(Some(before.fleet()));
    (impact(&old, &new, changed), matrix(&old) == matrix(&new))
}

/// Edits policies at random, and compares both ways to find what changed.
fn edits(seeds: std::ops::Range<u64>, version: &str) {
    let (mut quiet, mut loud) = (0, 0);
    for seed in seeds {
        let mut random = Random(seed);
        let policies = Policies::some(&mut random);
        let edited = policies.edited(&mut random);
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (before, after) = (
            write(&dir.path().join("a"), &policies.text(), version),
            write(&dir.path().join("b"), &edited.text(), version),
        );
        let (before, after) = (before.resolve(&mut Report::default()), after.resolve(&mut Report::default()));
        let (impact, is_same) = impact_of(&before, &after);
        let is_certain = impact.consequences.iter().any(|consequence| consequence.kind != Kind::Uncertain);
        let told: Vec<String> = impact.consequences.iter().map(|consequence| consequence.text()).collect();
        let shown = || format!("seed {seed}\n{}\n---- edited ----\n{}\n{told:#?}", policies.text(), edited.text());
        assert!(is_same || !impact.is_empty(), "something changes without a word: {}", shown());
        assert!(!is_same || !is_certain, "nothing changes, and something is told: {}", shown());
        if is_same { quiet += 1 } else { loud += 1 }
    }
    assert!(quiet > 20 && loud > 20, "edits of both kinds are tried: {quiet} without effect, {loud} with one");
}

#[test]
fn impact_of_random_edits_in_istio_1_7() {
    edits(0..250, "1.7.0");
}

#[test]
fn impact_of_random_edits_in_current_istio() {
    edits(250..500, "1.31.0");
}

/// Policies for one service, each with conditions of its own.
fn many(timeout: &str) -> String {
    let policy = |i: usize| {
        format!(
            "---\napiVersion: networking.smh.solo.io/v1alpha2\nkind: TrafficPolicy\nmetadata: {{name: p{i}, namespace: shop}}\nspec:
  destinationSelector: [{{kubeServiceRefs: {{services: [{{name: web, namespace: shop, clusterName: east}}]}}}}]
  httpRequestMatchers:
  - prefix: /
    headers: [{{name: x-{i}, value: '.*test.*', regex: true, invertMatch: true}}, {{name: y-{i}, value: 'yes'}}]
    queryParameters: [{{name: z-{i}, value: '[0-9]+', regex: true}}]
  requestTimeout: {timeout}\n"
        )
    };
    (10..30).map(policy).collect()
}

/// Every combination of what these conditions ask for would be too many to look at.
#[test]
fn many_conditions_are_compared() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let [before, after] = ["5s", "7s"].map(|timeout| write(&dir.path().join(timeout), &many(timeout), "1.31.0"));
    let (before, after) = (before.resolve(&mut Report::default()), after.resolve(&mut Report::default()));
    let (old, new) = (Evaluator::new(&before.plan, &before.index), Evaluator::new(&after.plan, &after.index));
    let impact = impact(&old, &new, after.fleet().changed_policies(Some(before.fleet())));
    let told: Vec<String> = impact.consequences.iter().map(|consequence| consequence.text()).collect();
    assert_eq!(told.len(), 20, "{told:#?}");
    for i in 10..30 {
        let is_it = |text: &&String| {
            text.contains(&format!("header y-{i}=yes")) && text.contains("have timeout 7s instead of 5s")
        };
        assert_eq!(told.iter().filter(is_it).count(), 1, "p{i}: {told:#?}");
    }
}
