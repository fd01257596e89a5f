//! Starting with the program: what `init` and `policy new` write renders, is checked by editors, and takes the place of nothing.

mod support;

use std::fs;
use std::path::Path;

use meshtree::diag::Report;
use meshtree::load::SourceFile;
use serde_json::Value as Json;
use support::validity::is_valid;
use support::{Tree, example, fleet, project, run, texts, tree};

/// A copy of a directory of the tests.
fn copy(path: &str) -> tempfile::TempDir {
    let files = tree(&project().join(path));
    assert!(!files.is_empty(), "{path} has no files");
    fleet(&files)
}

/// Runs `init` in a directory and checks what it wrote; gives that.
fn init(dir: &Path) -> Tree {
    let before = tree(dir);
    let said = run(dir, &["init"]).exits(0).stderr;
    assert!(!said.contains("warning[") && !said.contains("error["), "{said}");
    let mut written = tree(dir);
    for (path, bytes) in &before {
        assert_eq!(written.remove(path).as_ref(), Some(bytes), "{path} was changed");
    }
    run(dir, &["check", "--deny", "warnings"]).exits(0);
    for (path, bytes) in written.iter().filter(|(path, _)| path.ends_with(".yaml")) {
        is_checked_by_editors(dir, path, std::str::from_utf8(bytes).expect("text"));
    }
    // A second run finds everything there.
    run(dir, &["init"]).exits(0).says("nothing was written");
    let again: Tree = tree(dir).into_iter().filter(|(path, _)| !before.contains_key(path)).collect();
    assert_eq!(again, written);
    written
}

/// The first line of a file leads to a schema, which accepts all of its documents.
#[track_caller]
fn is_checked_by_editors(dir: &Path, path: &str, text: &str) {
    let line = text.lines().next().unwrap_or_default();
    let schema = line.strip_prefix("# yaml-language-server: $schema=").unwrap_or_else(|| panic!("{path}: {line}"));
    let at = dir.join(path).parent().expect("a directory").join(schema);
    let schema: Json = serde_json::from_slice(&fs::read(at).expect("the schema is there")).expect("JSON");
    let file = SourceFile::new(path, path, text.to_owned());
    for document in file.documents() {
        assert!(document.objects(&mut Report::default()).len() == 1, "{path}");
        let text = document.text().trim_start_matches("---");
        let value: Json = serde_yaml::from_str(text).expect("YAML");
        assert!(is_valid(&schema, &schema, &value), "{path}: {value}");
    }
}

fn paths(tree: &Tree) -> Vec<&str> {
    tree.keys().map(String::as_str).collect()
}

#[test]
fn from_nothing_a_fleet_that_renders() {
    let (one, other) = (fleet(&Tree::new()), fleet(&Tree::new()));
    let written = init(one.path());
    assert_eq!(
        paths(&written),
        [
            ".meshtree/schema.json",
            "clusters/east.yaml",
            "clusters/west.yaml",
            "meshtree.yaml",
            "policies/virtual-mesh.yaml",
            "tests/first.yaml"
        ]
    );
    assert_eq!(init(other.path()), written, "two runs are equal");
    run(one.path(), &["render"]).exits(0).says("east: 4 objects, 4 written");
    run(one.path(), &["test"]).exits(0);
}

#[test]
fn dumps_become_the_inventory_of_their_clusters() {
    let dir = copy("docs/tutorial");
    let written = init(dir.path());
    let wanted = [
        ".meshtree/schema.json",
        ".meshtreeignore",
        "clusters/east.yaml",
        "clusters/west.yaml",
        "meshtree.yaml",
        "policies/virtual-mesh.yaml",
    ];
    assert_eq!(paths(&written), wanted);
    // What a cluster's inventory says is what `inventory import` makes of its dump.
    let imported = run(dir.path(), &["inventory", "import", "west.yaml", "--cluster", "west"]).exits(0).stdout;
    let inventory = std::str::from_utf8(&written["clusters/west.yaml"]).expect("text");
    let without_comments = |text: &str| -> String {
        text.lines().filter(|line| !line.trim_start().starts_with('#')).map(|line| format!("{line}\n")).collect()
    };
    assert_eq!(without_comments(inventory), imported);
    run(dir.path(), &["render"]).exits(0);
}

/// Dumps that are where a fleet has them are the inventory as they are.
#[test]
fn dumps_in_their_place_stay_there() {
    let dumps = tree(&project().join("docs/tutorial"));
    let files = [("clusters/east/dump.yaml", "east.yaml"), ("clusters/west/dump.yaml", "west.yaml")];
    let dir = fleet(&files.iter().map(|(to, from)| ((*to).to_owned(), dumps[*from].clone())).collect());
    let written = init(dir.path());
    assert_eq!(paths(&written), [".meshtree/schema.json", "meshtree.yaml", "policies/virtual-mesh.yaml"]);
    run(dir.path(), &["render"]).exits(0);
}

#[test]
fn manifests_become_an_inventory_with_what_is_missing_in_comments() {
    let dir = copy("tests/fixtures/init/manifests");
    let written = init(dir.path());
    let inventory = std::str::from_utf8(&written["clusters/cluster-1.yaml"]).expect("text");
    for wanted in [
        "#   base/web.yaml\n",
        "# Please check: no file names the cluster.",
        "# Please check: no file shows sidecars",
        "    version: '1.26.2'\n",
        "      services:\n        web:\n",
        "          serviceAccount: web\n",
    ] {
        assert!(inventory.contains(wanted), "{wanted:?} is not in:\n{inventory}");
    }
    assert!(!inventory.contains("Fill in the version"), "a chart has the version: {inventory}");
    let ignored = std::str::from_utf8(&written[".meshtreeignore"]).expect("text");
    assert!(ignored.ends_with(".\n/base\n/chart\n/overlays\n/pipeline.yaml\n"), "{ignored}");
    run(dir.path(), &["render"]).exits(0).says("cluster-1: 1 object");
    // The cluster can be named, and the version is asked for where nothing has it.
    let dir = copy("tests/fixtures/init/manifests/base");
    run(dir.path(), &["init", "--cluster", "kind2"])
        .exits(0)
        .says("no file names the version of Istio: 1.31.0 is assumed");
    let inventory = fs::read_to_string(dir.path().join("clusters/kind2.yaml")).expect("written");
    assert!(inventory.contains("version: '1.31.0' # Fill in"), "{inventory}");
    assert!(!inventory.contains("no file names the cluster"), "{inventory}");
}

/// Policies of a live Service Mesh Hub, of whose clusters nothing is known yet.
#[test]
fn policies_alone_get_the_inventory_that_they_name() {
    let policies = "apiVersion: networking.smh.solo.io/v1alpha2\nkind: VirtualMesh\nmetadata: {name: all, namespace: service-mesh-hub}\n\
        spec: {meshes: [{name: istiod-istio-system-east, namespace: service-mesh-hub}, {name: istiod-istio-system-west, namespace: service-mesh-hub}]}\n\
        ---\napiVersion: networking.smh.solo.io/v1alpha2\nkind: TrafficPolicy\nmetadata: {name: cart, namespace: service-mesh-hub}\nspec:\n\
        \x20 destinationSelector: [{kubeServiceRefs: {services: [{name: cart, namespace: shop, clusterName: west}]}}]\n\
        \x20 trafficShift:\n    destinations:\n\
        \x20   - {kubeService: {name: cart, namespace: shop, clusterName: west, subset: {version: v2}, port: 8080}, weight: 100}\n\
        ---\napiVersion: networking.smh.solo.io/v1alpha2\nkind: AccessPolicy\nmetadata: {name: cart, namespace: service-mesh-hub}\nspec:\n\
        \x20 destinationSelector: [{kubeServiceRefs: {services: [{name: cart, namespace: shop, clusterName: west}]}}]\n\
        \x20 sourceSelector: [{kubeServiceAccountRefs: {serviceAccounts: [{name: web, namespace: shop, clusterName: east}]}}]\n";
    let dir = fleet(&texts(&[("hub/policies.yaml", policies), ("hub/values.yaml", "replicas: 3\n")]));
    run(dir.path(), &["init"]).exits(0).says("nothing is known of the cluster but what policies name");
    let written = tree(dir.path());
    assert_eq!(
        paths(&written),
        [
            ".meshtree/schema.json",
            ".meshtreeignore",
            "clusters/east.yaml",
            "clusters/west.yaml",
            "hub/policies.yaml",
            "hub/values.yaml",
            "meshtree.yaml"
        ]
    );
    assert!(written[".meshtreeignore"].ends_with(b"\n/hub/values.yaml\n"), "the policies beside it are read");
    run(dir.path(), &["render"]).exits(0).says("west: ");
    let cart = fs::read_to_string(dir.path().join("rendered/west/shop/virtualservice-cart.yaml")).expect("rendered");
    assert!(cart.contains("subset: version-v2"), "{cart}");
    for path in ["clusters/east.yaml", "clusters/west.yaml"] {
        is_checked_by_editors(dir.path(), path, std::str::from_utf8(&written[path]).expect("text"));
    }
}

/// What is there counts: settings, inventory, policies.
#[test]
fn nothing_is_overwritten() {
    let dir = example("bookinfo", true);
    let written = init(dir.path());
    assert_eq!(paths(&written), [".meshtree/schema.json"]);
    let policies = texts(&[(
        "mesh/all.yaml",
        "apiVersion: networking.smh.solo.io/v1alpha2\nkind: VirtualMesh\n\
        metadata: {name: all, namespace: service-mesh-hub}\nspec: {meshes: [{name: istiod-istio-system-east, namespace: service-mesh-hub}]}\n",
    )]);
    let dir = fleet(&policies);
    let written = init(dir.path());
    assert!(!written.contains_key("policies/virtual-mesh.yaml") && !written.contains_key(".meshtreeignore"));
    run(dir.path(), &["init", "--cluster", "-x"]).exits(2);
}

/// A link that a change brings must not lead what is written elsewhere.
#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_linked_directory() {
    let (dir, elsewhere) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("clusters")).expect("a link");
    let said = run(dir.path(), &["init"]).stderr;
    assert!(said.contains("clusters is a symbolic link, and must be a directory"), "{said}");
    assert_eq!(tree(elsewhere.path()), Tree::new());
}

/// Keys of authorities are encrypted to the recipients of `.sops.yaml`, so that two meshes can have one root at once.
#[test]
fn recipients_of_sops_make_one_root() {
    let rules = "creation_rules:\n- age: age17s9n44vm8nj3346pa8lnuh0qj7pwztqxy9ex3m59qqqyeujrjuqsgpntqa\n";
    for (sops, is_shared) in [(Some(rules), true), (Some("creation_rules: []\n"), false), (None, false)] {
        let dir = copy("docs/tutorial");
        if let Some(text) = sops {
            fs::write(dir.path().join(".sops.yaml"), text).expect("written");
        }
        run(dir.path(), &["init"]).exits(0);
        let mesh = fs::read_to_string(dir.path().join("policies/virtual-mesh.yaml")).expect("written");
        assert_eq!(mesh.contains("\n  mtlsConfig:\n"), is_shared, "{sops:?}: {mesh}");
        run(dir.path(), &["render"]).exits(0);
    }
}

#[test]
fn every_policy_passes_check() {
    const FORMS: [&[&str]; 8] = [
        &["canary", "kind3/default/reviews", "--weight", "25"],
        &["timeout", "kind2/default/ratings", "--timeout", "3s"],
        &["retry", "kind2/default/details", "--attempts", "3", "--per-try-timeout", "500ms"],
        &[
            "allow",
            "kind2/default/ratings",
            "--from",
            "kind2/default/reviews",
            "--method",
            "GET",
            "--path",
            "/ratings/*",
        ],
        &["deny", "kind3/default/ratings"],
        &["failover", "kind2/default/reviews", "--to", "kind3/default/reviews"],
        &["mirror", "kind2/default/details", "--to", "kind3/default/details", "--percentage", "12.5"],
        &["virtual-mesh"],
    ];
    for form in FORMS {
        let dir = example("bookinfo", true);
        if form[0] == "virtual-mesh" {
            fs::remove_file(dir.path().join("policies/virtual-mesh.yaml")).expect("removed");
            // What shifts requests to another cluster needs the one that goes.
            fs::remove_file(dir.path().join("policies/traffic-simple.yaml")).expect("removed");
        }
        let command: Vec<&str> = ["policy", "new"].into_iter().chain(form.iter().copied()).collect();
        let printed = run(dir.path(), &command).exits(0).stdout;
        let with_out: Vec<&str> = command.iter().copied().chain(["-o", "policies/more/new.yaml"]).collect();
        run(dir.path(), &with_out).exits(0).says("wrote policies/more/new.yaml");
        let text = fs::read_to_string(dir.path().join("policies/more/new.yaml")).expect("written");
        is_checked_by_editors(dir.path(), "policies/more/new.yaml", &text);
        let rest = |text: &str| text.split_once('\n').map(|(_, rest)| rest.to_owned());
        assert_eq!(
            rest(&printed),
            rest(&text),
            "{form:?}: printed and written are the same but for the way to the schema"
        );
        run(dir.path(), &["check"]).exits(0);
        run(dir.path(), &with_out).exits(4).says("MT0802");
        assert_eq!(fs::read_to_string(dir.path().join("policies/more/new.yaml")).expect("there"), text);
        run(dir.path(), &command).exits(2);
    }
}

/// A policy that would be INVALID beside those of the fleet is not written.
#[test]
fn a_policy_that_conflicts_is_not_written() {
    let dir = example("bookinfo", true);
    let arguments = ["policy", "new", "canary", "kind2/default/reviews", "-o", "policies/aaa.yaml", "--name", "zzz"];
    run(dir.path(), &arguments).exits(3).says("policies/aaa.yaml:").says("MT0502");
    // Earlier in the order of policies, it would be the other one that is INVALID.
    let arguments = ["policy", "new", "canary", "kind2/default/reviews", "-o", "policies/aaa.yaml", "--name", "aaa"];
    run(dir.path(), &arguments).exits(3).says("policies/traffic-simple.yaml:").says("MT0502");
    assert!(!dir.path().join("policies/aaa.yaml").exists());
    let arguments = ["policy", "new", "timeout", "kind2/default/revews"];
    run(dir.path(), &arguments).exits(2).says("did you mean kind2/default/reviews?");
}

/// Every command has a page, and nothing in a page is taken for a macro that is none.
#[test]
fn every_command_has_a_manual_page() {
    const MACROS: [&str; 10] = [".TH", ".SH", ".TP", ".PP", ".IP", ".RS", ".RE", ".nf", ".fi", ".br"];
    let dir = tempfile::tempdir().expect("a directory");
    run(dir.path(), &["man", "--out", "man1"]).exits(0);
    let pages = tree(&dir.path().join("man1"));
    for page in
        ["meshtree.1", "meshtree-render.1", "meshtree-ca-show.1", "meshtree-policy-new-canary.1", "meshtree-init.1"]
    {
        assert!(pages.contains_key(page), "{page} is not among {:?}", paths(&pages));
    }
    let first = std::str::from_utf8(&pages["meshtree.1"]).expect("text");
    for line in first.lines().filter_map(|line| line.strip_prefix("\\fBmeshtree\\-")) {
        let name = line.trim_end_matches("\\fR(1)").replace("\\-", "-");
        assert!(pages.contains_key(&format!("meshtree-{name}.1")), "{name}");
    }
    for (name, page) in &pages {
        let text = std::str::from_utf8(page).expect("text");
        let is_known =
            |line: &str| !line.starts_with(['.', '\'']) || MACROS.iter().any(|known| line.starts_with(known));
        assert!(text.lines().all(is_known), "{name}:\n{text}");
        assert!([".SH NAME\n", ".SH SYNOPSIS\n"].iter().all(|section| text.contains(section)), "{name}");
    }
    assert_eq!(run(dir.path(), &["man"]).exits(0).stdout, first);
}

/// A schema is renewed in its place, and nothing else is written over.
#[test]
fn schemas_are_written_over_schemas_alone() {
    let dir = fleet(&texts(&[("other.json", "{\"title\": \"x\"}")]));
    run(dir.path(), &["schema", "-o", "a/schema.json"]).exits(0);
    run(dir.path(), &["schema", "Settings", "-o", "a/schema.json"]).exits(0);
    let written = fs::read_to_string(dir.path().join("a/schema.json")).expect("written");
    assert_eq!(written, run(dir.path(), &["schema", "Settings"]).exits(0).stdout);
    assert_eq!(written, fs::read_to_string(project().join("schemas/settings.json")).expect("there"));
    run(dir.path(), &["schema", "-o", "other.json"]).exits(4).says("MT0802");
}
