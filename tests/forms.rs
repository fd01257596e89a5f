//! One fleet in the three forms of inventory: one tree comes of it, and the commands turn one form into another.
//! A test rather than golden cases: the fleets are cases (`forms/one-fleet-*`), and this holds one against the other.

mod support;

use std::fs;

use support::cases::{Case, case};
use support::run;

/// The clusters of the fleet.
const CLUSTERS: [&str; 2] = ["east", "west"];

/// The case of a form.
fn of_form(form: &str) -> Case {
    case(&format!("forms/one-fleet-{form}"))
}

fn compact(cluster: &str) -> String {
    let file = format!("clusters/{cluster}.yaml");
    String::from_utf8(of_form("compact").inputs()[&file].clone()).expect("text")
}

/// A copy of the case of a form, as a fleet.
fn fleet(form: &str) -> tempfile::TempDir {
    support::fleet(&of_form(form).inputs())
}

#[test]
fn one_tree_comes_of_all_forms() {
    let raw = of_form("raw");
    let rendered = raw.rendered();
    assert!(rendered.len() > 20, "there is something to compare");
    for form in ["smh", "compact"] {
        let other = of_form(form);
        assert_eq!(other.inputs()["policies.yaml"], raw.inputs()["policies.yaml"]);
        assert!(other.rendered() == rendered, "the trees of raw and {form} differ");
        let status = |case: &Case| case.text("status.yaml").expect("a status");
        assert_eq!(status(&other), status(&raw));
    }
}

/// What manifests in Git give, without anything that only a cluster knows, is what the compact form gives.
#[test]
fn the_example_of_manifests_renders_alike_in_the_compact_form() {
    let raw = support::example("bookinfo-current", true);
    let mut files = support::tree(raw.path());
    files.retain(|path, _| !path.starts_with("clusters/"));
    for cluster in ["kind2", "kind3"] {
        let shown = run(raw.path(), &["inventory", "show", "-o", "yaml", "--cluster", cluster]).exits(0).stdout;
        files.insert(format!("clusters/{cluster}.yaml"), shown.into_bytes());
    }
    let compact = support::fleet(&files);
    run(compact.path(), &["render", "--locked", "--check"]).exits(0);
    // What is printed of the compact form is the compact form.
    for cluster in ["kind2", "kind3"] {
        let shown = run(compact.path(), &["inventory", "show", "-o", "yaml", "--cluster", cluster]).exits(0).stdout;
        // The pods of this gateway are made by Istio, so that no manifest has them.
        assert_eq!(shown.contains("    otherGateways:\n    - name: bookinfo\n"), cluster == "kind2", "{shown}");
        assert_eq!(shown.as_bytes(), files[&format!("clusters/{cluster}.yaml")]);
    }
}

#[test]
fn a_dump_is_imported_as_the_compact_form() {
    let dir = fleet("raw");
    for cluster in CLUSTERS {
        let dump = format!("clusters/{cluster}/dump.yaml");
        let found = run(dir.path(), &["inventory", "import", &dump, "--cluster", cluster]).exits(0);
        assert_eq!((found.stdout, found.stderr), (compact(cluster), String::new()));
        let out = format!("{cluster}.yaml");
        let found = run(dir.path(), &["inventory", "import", &dump, "--cluster", cluster, "--out", &out]).exits(0);
        assert_eq!(found.stdout, "");
        assert_eq!(fs::read_to_string(dir.path().join(out)).expect("a file"), compact(cluster));
    }
}

#[test]
fn every_form_is_shown_as_the_compact_one() {
    let all: Vec<String> = CLUSTERS.into_iter().map(compact).collect();
    let mut tables = Vec::new();
    for form in ["raw", "smh", "compact"] {
        let dir = fleet(form);
        let shown = run(dir.path(), &["inventory", "show", "-o", "yaml"]).exits(0);
        assert_eq!(shown.stdout, all.join("---\n"), "{form}");
        let one = run(dir.path(), &["inventory", "show", "-o", "yaml", "--cluster", "west"]).exits(0);
        assert_eq!(one.stdout, all[1], "{form}");
        tables.push(run(dir.path(), &["inventory", "show"]).exits(0).stdout);
    }
    // Only a dump has services that are in no mesh.
    let passed_over = "\nCLUSTER  NAMESPACE     IN NO MESH  WHY\n\
                       east     istio-system  grafana     Deployment grafana, which it selects, is outside the mesh: its pods have no sidecar\n\
                       west     istio-system  grafana     Deployment grafana, which it selects, is outside the mesh: its pods have no sidecar\n";
    let raw = tables[0].strip_suffix(passed_over).expect("they come last");
    assert!(raw.contains("stock-v1,stock-v2") && tables[1..].iter().all(|table| *table == raw), "{tables:?}");
}

#[test]
fn a_dump_of_what_is_known_changes_nothing_and_one_of_something_else_does() {
    let raw = fleet("raw");
    let dump = raw.path().join("clusters/east/dump.yaml").display().to_string();
    for form in ["raw", "smh", "compact"] {
        let dir = fleet(form);
        let arguments = ["inventory", "diff", &dump, "--cluster", "east"];
        let found = run(dir.path(), &arguments).exits(0);
        assert_eq!((&*found.stdout, &*found.stderr), ("", ""), "{form}");
        let other = raw.path().join("clusters/west/dump.yaml").display().to_string();
        let found = run(dir.path(), &["inventory", "diff", &other, "--cluster", "east"]).exits(1);
        assert!(found.stdout.contains("trust domain: east.example -> west.example\n"), "{form}: {}", found.stdout);
        assert!(found.stdout.contains("- workload service-mesh-hub/stock-v1-shop-east-deployment\n"), "{form}");
    }
}

/// Nothing that is in a Secret, and nothing that only an API server or a person in a hurry wrote down, reaches an output.
#[test]
fn nothing_of_secrets_annotations_and_statuses_is_kept() {
    let dir = fleet("raw");
    let dump = fs::read_to_string(dir.path().join("clusters/east/dump.yaml")).expect("a dump");
    // A service in no mesh is listed among those, and nowhere else.
    let lists = [&["inventory", "show"][..], &["check", "--verbose"]];
    for noise in ["c2VjcmV0", "release-name", "revision", "0c6c", "clusterIP", "creationTimestamp", "grafana"] {
        assert!(dump.contains(noise), "{noise} is in the dump");
        for arguments in [
            &["inventory", "show"][..],
            &["inventory", "show", "-o", "yaml"],
            &["inventory", "import", "clusters/east/dump.yaml", "--cluster", "east"],
            &["check", "--verbose"],
            &["status", "-o", "yaml"],
        ] {
            let found = run(dir.path(), arguments).exits(0);
            let is_listed = noise == "grafana" && lists.contains(&arguments);
            assert!(is_listed || !(found.stdout + &found.stderr).contains(noise), "{noise} in {arguments:?}");
        }
    }
}

/// The form of a FailoverService is one of two as well, and `--verbose` says why.
#[test]
fn the_form_of_a_failover_service_is_explained() {
    let dir = support::fleet(&case("failover/endpoints-not-possible").inputs());
    let found = run(dir.path(), &["check", "--verbose"]).exits(0).stderr;
    let why = "is rendered as an aggregate cluster in Envoy's API v3: policies shift to subsets of it, which an address does not have";
    assert!(found.lines().any(|line| line.ends_with(why)), "{found}");
    assert!(!run(dir.path(), &["check"]).exits(0).stderr.contains(why));
}
