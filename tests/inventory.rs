//! `meshtree inventory`: what people do with it, and what they do by mistake.

mod support;

use std::fs;
use std::path::Path;

use support::cases::case;
use support::{Run, Tree, fleet, run, texts, tree};

/// The dump of a cluster with Istio, a gateway and a few services, and one that has no Istio.
fn dump() -> String {
    String::from_utf8(case("forms/one-fleet-raw").inputs()["clusters/east/dump.yaml"].clone()).expect("text")
}

/// The items of the dump of which this is so, as a dump.
fn items(wanted: impl Fn(&str) -> bool) -> String {
    let dump = dump();
    let (head, rest) = dump.split_once("items:\n").expect("a list");
    let (items, tail) = rest.split_once("kind: List").expect("a list");
    let items = items.split("\n- ").map(|item| format!("- {}\n", item.trim_start_matches("- ").trim_end()));
    format!("{head}items:\n{}kind: List{tail}", items.filter(|item| wanted(item)).collect::<String>())
}

/// Something to read that tells of no cluster.
const POLICIES: &str =
    "apiVersion: networking.smh.solo.io/v1alpha2\nkind: TrafficPolicy\nmetadata: {name: a, namespace: shop}\n";

fn import(dir: &Path, arguments: &[&str]) -> Run {
    let mut all = vec!["inventory", "import", "--cluster", "east"];
    all.extend(arguments);
    run(dir, &all)
}

fn files(all: &[(&str, &str)]) -> tempfile::TempDir {
    fleet(&texts(all))
}

#[test]
fn what_says_nothing_is_an_error_and_writes_nothing() {
    let one_namespace = items(|item| item.contains("namespace: shop\n"));
    assert!(one_namespace.contains("istio-proxy"), "it has sidecars");
    let dir = files(&[
        ("empty.yaml", ""),
        ("comment.yaml", "# nothing\n---\n"),
        ("one.yaml", &one_namespace),
        ("old.yaml", ""),
        ("policies.yaml", POLICIES),
    ]);
    for (file, message) in [
        ("empty.yaml", "error[MT0107]: the dumps are empty"),
        ("comment.yaml", "error[MT0107]: the dumps are empty"),
        ("one.yaml", "error[MT0107]: nothing in the dumps belongs to a mesh"),
        ("policies.yaml", "error[MT0107]: no cluster objects found in policies.yaml"),
        ("missing.yaml", "error[MT0101]: the file cannot be read"),
        (".", "error[MT0101]: this is a directory, not a file"),
    ] {
        let found = import(dir.path(), &[file, "--out", "old.yaml"]).exits(3);
        assert!(found.stderr.contains(message) && found.stdout.is_empty(), "{file}: {found:?}");
        assert_eq!(fs::read_to_string(dir.path().join("old.yaml")).expect("it is there"), "");
    }
}

#[test]
fn a_dump_without_istiod_is_imported_with_a_gap_that_is_told() {
    let dir = files(&[("dump.yaml", &items(|item| !item.contains("image: docker.io/istio/pilot")))]);
    let found = import(dir.path(), &["dump.yaml"]).exits(0);
    assert!(
        found.stderr.contains("warning[MT0306]: the dumps do not contain the version of Istio"),
        "{}",
        found.stderr
    );
    assert!(
        found.stdout.contains("trustDomain: east.example") && !found.stdout.contains("version: '"),
        "{}",
        found.stdout
    );
    let found = import(dir.path(), &["dump.yaml", "--format", "json"]).exits(0);
    let diagnostics: serde_json::Value = serde_json::from_str(&found.stderr).expect("JSON");
    assert_eq!(diagnostics["diagnostics"][0]["code"], "MT0306", "{}", found.stderr);
}

#[test]
fn an_older_inventory_is_replaced_and_nothing_else() {
    let policy = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let dir = files(&[("dump.yaml", &dump()), ("other.yaml", policy), ("broken.yaml", "a: [\n")]);
    let at = |file: &str| fs::read_to_string(dir.path().join(file)).expect("it is there");
    import(dir.path(), &["dump.yaml", "--out", "east.yaml"]).exits(0);
    let first = at("east.yaml");
    fs::write(dir.path().join("east.yaml"), first.replace("1.7.0", "1.6.0")).expect("writable");
    import(dir.path(), &["dump.yaml", "--out", "east.yaml"]).exits(0);
    assert_eq!(at("east.yaml"), first);
    for file in ["other.yaml", "broken.yaml", "dump.yaml"] {
        let before = at(file);
        let found = import(dir.path(), &["dump.yaml", "--out", file]).exits(4);
        assert!(found.stderr.contains("error[MT0802]: this file is not the inventory"), "{file}: {}", found.stderr);
        assert_eq!(at(file), before);
    }
    // It is another cluster's.
    run(dir.path(), &["inventory", "import", "dump.yaml", "--cluster", "west", "--out", "east.yaml"]).exits(4);
    assert_eq!(at("east.yaml"), first);
    for file in ["missing/east.yaml", "."] {
        let found = import(dir.path(), &["dump.yaml", "--out", file]).exits(5);
        assert!(found.stderr.starts_with(&format!("error: cannot write {file}: ")), "{}", found.stderr);
    }
    let names: Vec<_> =
        fs::read_dir(dir.path()).expect("a directory").map(|entry| entry.expect("there").file_name()).collect();
    assert_eq!(names.len(), 4, "nothing is left behind: {names:?}");
}

#[cfg(unix)]
#[test]
fn standard_input_and_pipes_will_do() {
    use std::process::{Command, Stdio};
    let dir = files(&[("dump.yaml", &dump())]);
    let wanted = import(dir.path(), &["dump.yaml"]).exits(0).stdout;
    let json = serde_json::to_string(&serde_yaml::from_str::<serde_json::Value>(&dump()).expect("YAML")).expect("JSON");
    fs::write(dir.path().join("dump.txt"), json).expect("writable");
    for file in ["dump.yaml", "dump.txt"] {
        let input = fs::File::open(dir.path().join(file)).expect("it is there");
        let found = Command::new(env!("CARGO_BIN_EXE_meshtree"))
            .args(["inventory", "import", "-", "--cluster", "east", "--out", "/dev/stdout"])
            .stdin(Stdio::from(input))
            .output()
            .expect("it runs");
        assert!(found.status.success());
        assert_eq!(String::from_utf8_lossy(&found.stdout), wanted, "{file}");
    }
    // Zeros without end are no reason to read on.
    let zeros = fs::File::open("/dev/zero").expect("it is there");
    let found = Command::new(env!("CARGO_BIN_EXE_meshtree"))
        .args(["inventory", "import", "-", "--cluster", "east"])
        .stdin(Stdio::from(zeros))
        .output()
        .expect("it runs");
    assert_eq!(found.status.code(), Some(3));
    assert!(
        String::from_utf8_lossy(&found.stderr).contains("error[MT0102]: text cannot contain NUL bytes"),
        "{found:?}"
    );
}

/// What no dump can say stays as it is in the fleet, and the settings count for both sides.
#[test]
fn a_dump_is_compared_as_what_takes_the_place_of_what_is_known() {
    let settings = "apiVersion: meshtree.io/v1alpha1\nkind: Settings\nmetadata: {name: settings}\nspec:\n  hubNamespace: hub\n  \
                    clusters:\n    east: {istioVersion: 1.6.8, gateways: [{address: gw.example.com}]}\n    west: {profile: rewrite}\n";
    let west =
        "apiVersion: meshtree.io/v1alpha1\nkind: Cluster\nmetadata: {name: west}\nspec: {istio: {version: 1.7.0}}\n";
    let facts =
        "apiVersion: meshtree.io/v1alpha1\nkind: Cluster\nmetadata: {name: east}\nspec: {clusterDomain: east.local}\n";
    let compact = import(files(&[("dump.yaml", &dump())]).path(), &["dump.yaml"]).exits(0).stdout;
    let compact = compact.replace("clusterDomain: cluster.local", "clusterDomain: east.local");
    let forms: [&[(&str, &str)]; 2] = [
        &[("clusters/east.yaml", &compact)],
        &[("clusters/east/dump.yaml", &dump()), ("clusters/east/cluster.yaml", facts)],
    ];
    for form in forms {
        let mut all: Tree = texts(form);
        all.extend(texts(&[("meshtree.yaml", settings), ("clusters/west.yaml", west)]));
        let dir = fleet(&all);
        let new = tempfile::tempdir().expect("a directory");
        let diff = |dump: &str| {
            let file = new.path().join("new.yaml");
            fs::write(&file, dump).expect("writable");
            run(dir.path(), &["inventory", "diff", &file.display().to_string(), "--cluster", "east"])
        };
        let found = diff(&dump()).exits(0);
        assert_eq!((&*found.stdout, &*found.stderr), ("", ""), "{form:?}");
        // What the settings state is theirs to change.
        assert_eq!(diff(&dump().replace("pilot:1.7.0", "pilot:1.7.1")).exits(0).stdout, "");
        let changed = diff(&dump().replace("ort: 8080", "ort: 8081")).exits(1);
        assert_eq!(
            changed.stdout,
            "~ service east/shop/stock ports: http 8080/TCP -> http 8081/TCP\n~ service east/shop/web ports: http 8080/TCP -> http \
             8081/TCP\n"
        );
        let gone = diff(&items(|item| !item.contains("name: web"))).exits(1);
        assert_eq!(gone.stdout, "- service east/shop/web\n- workload hub/web-v1-shop-east-deployment\n");
    }
}

#[test]
fn what_the_compact_form_cannot_say_is_told() {
    let daemons = "- apiVersion: apps/v1\n  kind: DaemonSet\n  metadata:\n    name: web-v1\n    namespace: shop\n  spec:\n    template:\n      \
                   metadata:\n        labels:\n          app: web\n";
    let dir = files(&[("clusters/east/dump.yaml", &dump().replace("items:\n", &format!("items:\n{daemons}")))]);
    let found = run(dir.path(), &["inventory", "show", "-o", "yaml"]).exits(3);
    assert!(found.stderr.contains("two workloads are named east/shop/web-v1") && found.stdout.is_empty(), "{found:?}");
    let mesh = "apiVersion: discovery.smh.solo.io/v1alpha2\nkind: Mesh\nmetadata: {name: istiod-istio-system-east, namespace: \
                service-mesh-hub}\nspec: {istio: {installation: {cluster: east, namespace: istio-system, version: 1.7.0}}}\n";
    let found = run(files(&[("mesh.yaml", mesh)]).path(), &["inventory", "show", "-o", "yaml"]).exits(0);
    assert!(found.stderr.contains("warning[MT0203]: cluster east is not registered"), "{}", found.stderr);
}

/// Namespaces of which Service Mesh Hub has nothing are no difference; what its objects tell of is.
#[test]
fn a_dump_is_compared_with_what_service_mesh_hub_made_of_it() {
    let dir = fleet(&case("forms/one-fleet-smh").inputs());
    let new = tempfile::tempdir().expect("a directory");
    let file = new.path().join("new.yaml");
    let diff = |dump: &str| {
        fs::write(&file, dump).expect("writable");
        run(dir.path(), &["inventory", "diff", &file.display().to_string(), "--cluster", "east"])
    };
    let system = "- apiVersion: v1\n  kind: Namespace\n  metadata:\n    name: kube-system\n";
    let more = dump().replace("items:\n", &format!("items:\n{system}"));
    assert_eq!(diff(&more).exits(0).stdout, "");
    let gone = diff(&items(|item| !item.contains("namespace: shop\n"))).exits(1);
    assert!(gone.stdout.contains("- namespace east/shop\n"), "{}", gone.stdout);
}

/// The names of the hub's types are for statuses.
#[test]
fn another_mesh_is_shown_by_the_name_of_its_product() {
    let dir = fleet(&case("osm/access").inputs());
    let shown = run(dir.path(), &["inventory", "show"]).exits(0).stdout;
    assert!(shown.contains("  Open Service Mesh v0.5.0  "), "{shown}");
    let found = run(dir.path(), &["inventory", "show", "-o", "yaml"]).exits(3);
    assert!(
        found.stderr.contains("it is Open Service Mesh, not Istio") && !found.stderr.contains("v1alpha2."),
        "{found:?}"
    );
}

/// A service that is a target by its annotation alone is one in the compact form too.
#[test]
fn a_dump_and_what_is_imported_from_it_render_alike() {
    let raw = case("discovery/annotated-service").inputs();
    let (dumps, rest): (Tree, Tree) = raw.into_iter().partition(|(path, _)| path.starts_with("clusters/east/"));
    assert!(!dumps.is_empty(), "there is a dump");
    let whole = |clusters: &Tree| fleet(&rest.iter().chain(clusters).map(|(p, b)| (p.clone(), b.clone())).collect());
    let dir = whole(&dumps);
    let files: Vec<&str> = dumps.keys().map(String::as_str).collect();
    let imported = import(dir.path(), &files).exits(0);
    assert_eq!(imported.stdout.matches("mesh: true").count(), 1, "{}", imported.stdout);
    assert_eq!(imported.stderr, "");
    let compact = whole(&texts(&[("clusters/east.yaml", &*imported.stdout)]));
    for fleet in [&dir, &compact] {
        fs::write(fleet.path().join("policies.yaml"), format!("{POLICIES}spec: {{requestTimeout: 5s}}\n"))
            .expect("writable");
        run(fleet.path(), &["render"]).exits(0);
    }
    let rendered = tree(&dir.path().join("rendered"));
    assert!(rendered.len() > 2 && rendered == tree(&compact.path().join("rendered")));
}

/// Whoever looks for a service that is no target finds it, with the reason.
#[test]
fn services_in_no_mesh_are_shown() {
    let dir = fleet(&case("targets/in-no-mesh").inputs());
    let shown = run(dir.path(), &["inventory", "show"]).exits(0).stdout;
    let (_, last) = shown.rsplit_once("\n\n").expect("several tables");
    assert_eq!(
        last,
        "CLUSTER  NAMESPACE  IN NO MESH  WHY\n\
         k        data       db          Deployment db, which it selects, is outside the mesh: its pods disable injection\n\
         k        shop       bare        it has no selector\n\
         k        shop       orphan      no workload in its namespace has the labels app=nobody\n\
         oslo     shop       web         its cluster has no mesh\n\
         paris    shop       idle        no workload in its namespace has the labels app=idle\n"
    );
    let one = run(dir.path(), &["inventory", "show", "--cluster", "oslo"]).exits(0).stdout;
    assert!(one.contains("oslo     shop       web") && !one.contains("orphan"), "{one}");
    let line = "skipped: service k/shop/orphan in clusters/k/apps.yaml:22: no workload in its namespace has the labels app=nobody\n";
    assert!(run(dir.path(), &["check", "-v"]).exits(3).stderr.contains(line));
    assert!(!run(dir.path(), &["check"]).exits(3).stderr.contains("skipped"));
}

#[test]
fn an_import_takes_the_settings_of_the_fleet() {
    let settings = "apiVersion: meshtree.io/v1alpha1\nkind: Settings\nspec:\n  clusters:\n    east: {istioVersion: 1.7.3}\n    \
                    west: {istioVersion: 1.7.9}\n";
    let dump = items(|item| !item.contains("image: docker.io/istio/pilot"));
    let dir = files(&[("dump.yaml", &dump), ("fleet/meshtree.yaml", settings), ("bad/meshtree.yaml", "kind: x\n")]);
    let found = import(dir.path(), &["dump.yaml", "--fleet", "fleet"]).exits(0);
    assert!(!found.stderr.contains("MT0306"), "{}", found.stderr);
    assert!(found.stdout.contains("version: '1.7.3'") && !found.stdout.contains("1.7.9"), "{}", found.stdout);
    let refused = import(dir.path(), &["dump.yaml", "--fleet", "bad"]).exits(2);
    assert!(refused.stderr.contains("bad/meshtree.yaml:1:1") && refused.stdout.is_empty(), "{}", refused.stderr);
}

#[test]
fn the_inventory_is_shown_for_programs() {
    let dir = files(&[("fleet/clusters/east/dump.yaml", &dump())]);
    let found = run(dir.path(), &["inventory", "show", "fleet", "-o", "json"]).exits(0);
    let shown: serde_json::Value = serde_json::from_str(&found.stdout).expect("JSON");
    let cluster = &shown["clusters"][0];
    assert_eq!((&shown["kind"], &cluster["name"]), (&"Inventory".into(), &"east".into()));
    assert_eq!(cluster["meshes"][0]["trustDomain"], "east.example");
    let services = cluster["services"].as_array().expect("services");
    assert!(
        services.iter().any(|service| service["namespace"] == "shop" && service["workloads"][0].is_string()),
        "{shown}"
    );
}

#[test]
fn denied_findings_of_dumps_are_errors() {
    let without_istiod = items(|item| !item.contains("image: docker.io/istio/pilot"));
    let dir = fleet(&case("forms/one-fleet-raw").inputs());
    fs::write(dir.path().join("dump.yaml"), without_istiod).expect("a file");
    let out = ["dump.yaml", "--out", "new.yaml"];
    let found = import(dir.path(), &[&out[..], &["--deny", "MT0306"]].concat()).exits(1);
    assert!(found.stderr.contains("error[MT0306]") && found.stderr.contains("--deny MT0306"), "{found:?}");
    assert!(!dir.path().join("new.yaml").exists(), "nothing is written");
    import(dir.path(), &["dump.yaml", "--deny", "MT0607"]).exits(0);
    let without_config = items(|item| !item.contains("kind: ConfigMap"));
    fs::write(dir.path().join("dump.yaml"), without_config).expect("a file");
    let diff = ["inventory", "diff", "dump.yaml", "--cluster", "east"];
    let found = run(dir.path(), &[&diff[..], &["--deny", "warnings"]].concat()).exits(1);
    assert!(found.stderr.contains("error[") && found.stderr.contains("--deny warnings"), "{found:?}");
    assert!(!run(dir.path(), &diff).exits(1).stderr.contains("error["), "without --deny there is a difference alone");
}
