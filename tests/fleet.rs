//! Generated fleets are what they claim to be: the same everywhere, and valid.

#[path = "../benches/fleet.rs"]
mod fleet;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use fleet::{Shape, generate};
use serde::Deserialize as _;
use serde_yaml::Value;

const SHAPE: Shape = Shape { clusters: 3, services_per_cluster: 20, policies: 400, seed: 7 };

/// The files below a new fleet, by path.
fn files(shape: &Shape) -> BTreeMap<String, String> {
    let dir = tempfile::tempdir().expect("temporary directory");
    generate(dir.path(), shape).expect("generated");
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(dir.path()) {
        let entry = entry.expect("readable");
        if entry.file_type().is_file() {
            let path = entry.path().strip_prefix(dir.path()).expect("below").display().to_string();
            files.insert(path, fs::read_to_string(entry.path()).expect("text"));
        }
    }
    files
}

fn documents(text: &str) -> Vec<Value> {
    serde_yaml::Deserializer::from_str(text).map(|document| Value::deserialize(document).expect("YAML")).collect()
}

/// The text at `path`, or nothing.
fn text<'a>(value: &'a Value, path: &[&str]) -> &'a str {
    path.iter().fold(value, |value, key| &value[*key]).as_str().unwrap_or_default()
}

fn items(value: &Value) -> &[Value] {
    value.as_sequence().map_or(&[], Vec::as_slice)
}

/// What policies can refer to.
#[derive(Default)]
struct Known {
    /// Ports by name, namespace and cluster.
    ports: BTreeMap<[String; 3], Vec<u64>>,
    labels: Vec<Value>,
    versions: BTreeSet<([String; 3], String)>,
    accounts: BTreeSet<[String; 3]>,
}

impl Known {
    fn of(files: &BTreeMap<String, String>) -> Self {
        let mut known = Self::default();
        for (_, file) in files.iter().filter(|(path, _)| path.starts_with("clusters/")) {
            let [cluster] = documents(file).try_into().expect("one document");
            let name = text(&cluster, &["metadata", "name"]);
            for (namespace, content) in cluster["spec"]["namespaces"].as_mapping().expect("namespaces") {
                known.add(name, namespace.as_str().expect("name"), content);
            }
        }
        known
    }

    fn add(&mut self, cluster: &str, namespace: &str, content: &Value) {
        let key = |name: &str| [name, namespace, cluster].map(str::to_owned);
        for (name, service) in content["services"].as_mapping().expect("services") {
            let ports = items(&service["ports"]).iter().map(|port| port["port"].as_u64().expect("port"));
            self.ports.insert(key(name.as_str().expect("name")), ports.collect());
            self.labels.push(service["labels"].clone());
        }
        for (_, workload) in content["workloads"].as_mapping().expect("workloads") {
            let labels = &workload["labels"];
            self.versions.insert((key(text(labels, &["app"])), text(labels, &["version"]).to_owned()));
            self.accounts.insert(key(text(workload, &["serviceAccount"])));
        }
    }

    /// Panics unless the service is there and its port is given where it must be. Gives the service's key.
    fn check_target(&self, service: &Value, port: &Value) -> [String; 3] {
        let key = key(service);
        let ports = self.ports.get(&key).unwrap_or_else(|| panic!("no service {key:?}"));
        match port.as_u64() {
            Some(port) => assert!(ports.contains(&port), "{key:?} has no port {port}"),
            None => assert_eq!(ports.len(), 1, "{key:?} needs a port"),
        }
        key
    }
}

fn key(reference: &Value) -> [String; 3] {
    ["name", "namespace", "clusterName"].map(|field| text(reference, &[field]).to_owned())
}

fn policies(files: &BTreeMap<String, String>) -> Vec<Value> {
    files.iter().filter(|(path, _)| path.starts_with("policies/")).flat_map(|(_, file)| documents(file)).collect()
}

#[test]
fn the_same_shape_gives_the_same_bytes() {
    let first = files(&SHAPE);
    assert_eq!(files(&SHAPE), first);
    let other = files(&Shape { seed: 8, ..SHAPE });
    assert_eq!(other.keys().collect::<Vec<_>>(), first.keys().collect::<Vec<_>>());
    assert_ne!(other["clusters/cluster-000.yaml"], first["clusters/cluster-000.yaml"]);
    assert_ne!(other["policies/policies-000000.yaml"], first["policies/policies-000000.yaml"]);
}

#[test]
fn more_policies_leave_the_others_as_they_were() {
    let few = files(&Shape { policies: 100, ..SHAPE });
    let many = files(&SHAPE);
    assert!(few.iter().all(|(path, text)| many[path] == *text));
}

#[test]
fn clusters_have_the_shape() {
    let files = files(&SHAPE);
    let known = Known::of(&files);
    assert_eq!(known.ports.len(), SHAPE.clusters * SHAPE.services_per_cluster);
    let counts: BTreeSet<_> = known.ports.values().map(Vec::len).collect();
    assert_eq!(counts, BTreeSet::from([1, 2, 3]));
    let namespaces: BTreeSet<_> = known.ports.keys().map(|[_, namespace, _]| namespace).collect();
    assert_eq!(namespaces.len(), 5);
    for key in known.ports.keys() {
        assert!(known.versions.contains(&(key.clone(), "v1".to_owned())), "{key:?} has no workload");
    }
    let shared = known.ports.keys().map(|[name, ..]| name).collect::<BTreeSet<_>>().len();
    assert!(shared < known.ports.len(), "no service is in two clusters");
}

#[test]
fn the_virtual_mesh_has_all_meshes() {
    let files = files(&SHAPE);
    let [mesh] = documents(&files["policies/virtual-mesh.yaml"]).try_into().expect("one document");
    assert_eq!(items(&mesh["spec"]["meshes"]).len(), SHAPE.clusters);
    assert_eq!(text(&mesh["spec"]["meshes"][2], &["name"]), "istiod-istio-system-cluster-002");
    assert!(mesh["spec"].get("federation").is_some() && mesh["spec"].get("mtlsConfig").is_none());
}

/// The names of the services that a policy's selector names.
fn selected_names(spec: &Value) -> BTreeSet<&str> {
    let elements = items(&spec["destinationSelector"]).iter();
    elements
        .flat_map(|element| {
            let refs = items(&element["kubeServiceRefs"]["services"]).iter().map(|service| text(service, &["name"]));
            let app = element.get("kubeServiceMatcher").map(|matcher| text(matcher, &["labels", "app"]));
            refs.chain(app)
        })
        .collect()
}

#[test]
fn references_of_traffic_policies_hold() {
    let files = files(&SHAPE);
    let known = Known::of(&files);
    let mut shifts = 0;
    for policy in policies(&files) {
        let spec = &policy["spec"];
        let destinations = items(&spec["trafficShift"]["destinations"]);
        let mut targets = BTreeSet::new();
        for destination in destinations {
            let service = &destination["kubeService"];
            let target =
                (known.check_target(service, &service["port"]), text(service, &["subset", "version"]).to_owned());
            assert!(known.versions.contains(&target), "{target:?}");
            assert!(targets.insert(target), "a destination twice: {policy:?}");
        }
        if !destinations.is_empty() {
            shifts += 1;
            // A service with other ports would send requests to ports that the destination lacks.
            let names: BTreeSet<_> = targets.iter().map(|([name, ..], _)| name.as_str()).collect();
            assert_eq!(selected_names(spec), names, "{policy:?}");
            let weights = destinations.iter().map(|destination| destination["weight"].as_u64().expect("weight"));
            assert!(weights.clone().all(|weight| weight > 0));
            assert_eq!(weights.sum::<u64>(), 100);
        }
        if let Some(mirror) = spec.get("mirror") {
            known.check_target(&mirror["kubeService"], &mirror["port"]);
        }
    }
    assert!(shifts > 30);
}

#[test]
fn selectors_select_something() {
    let files = files(&SHAPE);
    let known = Known::of(&files);
    for policy in policies(&files) {
        for element in items(&policy["spec"]["destinationSelector"]) {
            for service in items(&element["kubeServiceRefs"]["services"]) {
                assert!(known.ports.contains_key(&key(service)), "{service:?}");
            }
            if let Some(wanted) = element["kubeServiceMatcher"].get("labels").and_then(Value::as_mapping) {
                let matches = |labels: &&Value| wanted.iter().all(|(name, value)| labels.get(name) == Some(value));
                assert!(known.labels.iter().find(matches).is_some(), "{wanted:?}");
            }
        }
        for element in items(&policy["spec"]["sourceSelector"]) {
            for account in items(&element["kubeServiceAccountRefs"]["serviceAccounts"]) {
                assert!(known.accounts.contains(&key(account)), "{account:?}");
            }
        }
    }
}

#[test]
fn no_two_policies_match_the_same_request() {
    let mut paths = BTreeSet::new();
    let mut outliers = BTreeSet::new();
    let policies = policies(&files(&SHAPE));
    assert_eq!(policies.len(), SHAPE.policies + 1);
    for policy in &policies {
        let spec = &policy["spec"];
        for matcher in items(&spec["httpRequestMatchers"]) {
            let path = ["prefix", "exact", "regex"].map(|kind| text(matcher, &[kind])).concat();
            assert!(path.contains(&text(policy, &["metadata", "name"])["traffic-".len()..]), "{path}");
            assert!(paths.insert(path));
        }
        let fields = spec.as_mapping().expect("spec").keys().filter_map(Value::as_str);
        let routing = fields.filter(|field| !field.ends_with("Selector") && *field != "outlierDetection").count();
        if text(policy, &["kind"]) == "TrafficPolicy" && routing > 0 {
            assert!(routing > 1 && !items(&spec["httpRequestMatchers"]).is_empty(), "{policy:?}");
        }
        outliers.extend(spec.get("outlierDetection").map(|outlier| format!("{outlier:?}")));
    }
    assert_eq!(outliers.len(), 1, "outlier detection in conflict");
}

#[test]
fn every_form_and_feature_occurs() {
    let mut forms = BTreeSet::new();
    let mut fields = BTreeSet::new();
    for policy in policies(&files(&SHAPE)) {
        let kind = text(&policy, &["kind"]).to_owned();
        let spec = policy["spec"].as_mapping().expect("spec");
        fields.extend(spec.keys().filter_map(Value::as_str).map(str::to_owned));
        let elements = items(&policy["spec"]["destinationSelector"]);
        let form: Vec<_> = elements
            .iter()
            .map(|element| {
                let matcher = element["kubeServiceMatcher"].as_mapping().into_iter().flat_map(|matcher| matcher.keys());
                let own = element.as_mapping().expect("element").keys();
                own.chain(matcher).filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
            })
            .collect();
        forms.insert((kind, form.join(", ")));
    }
    for kind in ["AccessPolicy", "TrafficPolicy"] {
        for form in [
            "kubeServiceMatcher labels",
            "kubeServiceMatcher namespaces",
            "kubeServiceMatcher clusters",
            "kubeServiceMatcher labels namespaces",
            "kubeServiceMatcher labels namespaces clusters",
            "kubeServiceRefs",
            "kubeServiceMatcher kubeServiceRefs labels clusters",
            "kubeServiceMatcher labels, kubeServiceRefs, kubeServiceMatcher labels namespaces clusters",
        ] {
            assert!(forms.contains(&(kind.to_owned(), form.to_owned())), "{kind}: {form}");
        }
    }
    let expected = [
        "allowedMethods",
        "allowedPaths",
        "allowedPorts",
        "corsPolicy",
        "destinationSelector",
        "faultInjection",
        "federation",
        "globalAccessPolicy",
        "headerManipulation",
        "httpRequestMatchers",
        "meshes",
        "mirror",
        "outlierDetection",
        "requestTimeout",
        "retries",
        "sourceSelector",
        "trafficShift",
    ];
    assert_eq!(fields, expected.map(str::to_owned).into());
}

#[test]
fn small_fleets() {
    let none = Shape { clusters: 0, services_per_cluster: 0, policies: 0, seed: 1 };
    assert_eq!(files(&none).into_keys().collect::<Vec<_>>(), ["policies/virtual-mesh.yaml"]);
    let one = Shape { clusters: 1, services_per_cluster: 1, policies: 40, seed: 1 };
    assert_eq!(Known::of(&files(&one)).ports.len(), 1);
}

#[test]
fn what_is_refused() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let kind = |dir: &Path, shape: &Shape| generate(dir, shape).expect_err("refused").kind();
    let empty = Shape { services_per_cluster: 0, ..SHAPE };
    assert_eq!(kind(dir.path(), &empty), ErrorKind::InvalidInput);
    fs::create_dir(dir.path().join("policies")).expect("created");
    assert_eq!(kind(dir.path(), &SHAPE), ErrorKind::AlreadyExists);
    assert!(!dir.path().join("clusters").exists(), "written half");
}
