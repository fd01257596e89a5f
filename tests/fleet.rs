//! Generated fleets are what they claim to be: the same everywhere, and valid.

#[path = "../benches/fleet.rs"]
mod fleet;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use fleet::{Federation, Shape, generate};
use meshtree::diag::{Code, Diag, Report, Severity};
use meshtree::fleet::Fleet;
use meshtree::load::LoadOptions;
use serde::Deserialize as _;
use serde_yaml::Value;

const SHAPE: Shape = Shape { seed: 7, ..Shape::new(3, 20, 400) };

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
        // The hub's own has neither.
        for (name, service) in content["services"].as_mapping().into_iter().flatten() {
            let ports = items(&service["ports"]).iter().map(|port| port["port"].as_u64().expect("port"));
            self.ports.insert(key(name.as_str().expect("name")), ports.collect());
            self.labels.push(service["labels"].clone());
        }
        for (_, workload) in content["workloads"].as_mapping().into_iter().flatten() {
            let labels = &workload["labels"];
            self.versions.insert((key(text(labels, &["app"])), text(labels, &["version"]).to_owned()));
            self.accounts.insert(key(text(workload, &["serviceAccount"])));
        }
    }

    /// Panics unless some service has the labels that a matcher asks for.
    fn check_matcher(&self, matcher: &Value) {
        let Some(wanted) = matcher.get("labels").and_then(Value::as_mapping) else { return };
        let matches = |labels: &&Value| wanted.iter().all(|(name, value)| labels.get(name) == Some(value));
        assert!(self.labels.iter().find(matches).is_some(), "{wanted:?}");
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
        for destination in destinations.iter().filter(|destination| destination.get("kubeService").is_some()) {
            let service = &destination["kubeService"];
            let target =
                (known.check_target(service, &service["port"]), text(service, &["subset", "version"]).to_owned());
            assert!(known.versions.contains(&target), "{target:?}");
            assert!(targets.insert(target), "a destination twice: {policy:?}");
        }
        if !targets.is_empty() {
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
            known.check_matcher(&element["kubeServiceMatcher"]);
        }
        for element in items(&policy["spec"]["sourceSelector"]) {
            known.check_matcher(&element["kubeServiceMatcher"]);
            for account in items(&element["kubeServiceAccountRefs"]["serviceAccounts"]) {
                // A part that is absent stands for any.
                let wanted = key(account);
                let is_it = |of: &&[String; 3]| of.iter().zip(&wanted).all(|(of, part)| part.is_empty() || part == of);
                assert!(known.accounts.iter().any(|of| is_it(&of)), "{account:?}");
            }
        }
    }
}

#[test]
fn no_two_policies_match_the_same_request() {
    let mut paths = BTreeSet::new();
    let mut outliers = BTreeSet::new();
    let policies = policies(&files(&SHAPE));
    let failovers = policies.iter().filter(|policy| text(policy, &["kind"]) == "FailoverService").count();
    assert_eq!(policies.len(), SHAPE.policies + 1 + failovers);
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
            "kubeServiceMatcher",
            "",
        ] {
            assert!(forms.contains(&(kind.to_owned(), form.to_owned())), "{kind}: {form}");
        }
    }
    let expected = [
        "allowedMethods",
        "allowedPaths",
        "allowedPorts",
        "backingServices",
        "corsPolicy",
        "destinationSelector",
        "faultInjection",
        "federation",
        "globalAccessPolicy",
        "headerManipulation",
        "hostname",
        "httpRequestMatchers",
        "meshes",
        "mirror",
        "mtls",
        "outlierDetection",
        "port",
        "requestTimeout",
        "retries",
        "sourceSelector",
        "trafficShift",
    ];
    assert_eq!(fields, expected.map(str::to_owned).into());
}

#[test]
fn every_form_of_source_occurs() {
    let mut forms = BTreeSet::new();
    for policy in policies(&files(&SHAPE)) {
        let kind = text(&policy, &["kind"]).to_owned();
        for element in items(&policy["spec"]["sourceSelector"]) {
            for (name, content) in element.as_mapping().expect("element") {
                let name = name.as_str().expect("name");
                let parts =
                    content.as_mapping().into_iter().flat_map(|content| content.keys()).filter_map(Value::as_str);
                let form = [name].into_iter().chain(parts).collect::<Vec<_>>().join(" ");
                forms.insert(format!("{kind} {form}"));
                for account in items(&content["serviceAccounts"]) {
                    let fields = account.as_mapping().expect("account").keys().filter_map(Value::as_str);
                    forms.insert(format!("account {}", fields.collect::<Vec<_>>().join(" ")));
                }
            }
            if kind == "TrafficPolicy" {
                let fields = element.as_mapping().expect("element").keys().filter_map(Value::as_str);
                forms.insert(format!("source {}", fields.collect::<Vec<_>>().join(" ")));
            }
        }
        for destination in items(&policy["spec"]["trafficShift"]["destinations"]) {
            let (name, to) = destination.as_mapping().expect("destination").iter().next().expect("one");
            let subset =
                to["subset"].as_mapping().into_iter().flat_map(|subset| subset.keys()).filter_map(Value::as_str);
            let labels: Vec<_> = subset.collect();
            forms.insert(format!("to {} {}", name.as_str().expect("name"), labels.join(" ")).trim().to_owned());
        }
    }
    for form in [
        "AccessPolicy kubeIdentityMatcher clusters",
        "AccessPolicy kubeIdentityMatcher namespaces",
        "AccessPolicy kubeIdentityMatcher namespaces clusters",
        "AccessPolicy kubeServiceAccountRefs serviceAccounts",
        "AccessPolicy kubeServiceMatcher labels",
        "AccessPolicy kubeServiceMatcher labels clusters",
        "AccessPolicy kubeServiceMatcher labels namespaces clusters",
        "account name namespace",
        "account name namespace clusterName",
        "account namespace",
        "account namespace clusterName",
        "source clusters",
        "source labels",
        "source labels namespaces",
        "source labels namespaces clusters",
        "source namespaces",
        "source namespaces clusters",
        "to failoverService version",
        "to failoverServiceRef",
        "to kubeService app version",
        "to kubeService version",
    ] {
        assert!(forms.contains(form), "{form}: {forms:?}");
    }
}

/// Selectors of the VirtualMesh leave out most services, and no policy sends requests to one of those.
#[test]
fn a_fleet_with_federation_selectors_is_valid() {
    let shape = Shape { federation: Federation::Selected, ..SHAPE };
    let files = files(&shape);
    let [mesh] = documents(&files["policies/virtual-mesh.yaml"]).try_into().expect("one document");
    assert_eq!(items(&mesh["spec"]["federation"]["selectors"]).len(), 2);
    for shape in [SHAPE, shape] {
        let dir = tempfile::tempdir().expect("temporary directory");
        generate(dir.path(), &shape).expect("generated");
        let mut report = Report::default();
        let fleet = Fleet::read(dir.path(), &LoadOptions::default(), &mut report);
        drop(fleet.resolve(&mut report));
        // Sources of some clusters make no route in the others, most policies have conditions, and what
        // requests are shifted to, or is allowed, has other ports.
        let expected = |diag: &Diag| {
            matches!(diag.code, Code::NoSource | Code::Unmatched | Code::OtherProtocol | Code::PortNotAllowed)
                && diag.severity != Severity::Error
        };
        let other = report.diags().iter().find(|diag| !expected(diag));
        assert!(other.is_none(), "{shape:?}: {other:?}");
    }
}

#[test]
fn small_fleets() {
    let none = Shape::new(0, 0, 0);
    assert_eq!(files(&none).into_keys().collect::<Vec<_>>(), ["policies/virtual-mesh.yaml"]);
    let one = Shape::new(1, 1, 40);
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
