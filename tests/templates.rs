//! The fleet's own templates, wherever manifests are rendered, compared or printed.

#![cfg(unix)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::{example, meshtree, run, tree};

const BUDGET: &str = "\
{% from \"lib/meta.j2\" import meta %}
{% if service.name == \"reviews\" %}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{ meta(service) }}
spec: {minAvailable: {{ values.least }}}
{% endif %}
";

const META: &str = "{% macro meta(of) %}{name: {{ of.name }}, namespace: {{ of.namespace }}}{% endmacro %}\n";

/// A fleet with a template, and a value for it.
fn fleet() -> tempfile::TempDir {
    let fleet = example("bookinfo", true);
    write(fleet.path(), "templates/service/budget.yaml.j2", BUDGET);
    write(fleet.path(), "templates/lib/meta.j2", META);
    set(fleet.path(), 1);
    fleet
}

fn write(fleet: &Path, path: &str, text: &str) {
    let path = fleet.join(path);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    fs::write(path, text).expect("written");
}

fn set(fleet: &Path, least: u32) {
    let path = fleet.join("meshtree.yaml");
    let text = fs::read_to_string(&path).expect("the settings");
    let rest = text.split("\n  templates:").next().expect("a part").trim_end().to_owned();
    fs::write(path, format!("{rest}\n  templates: {{values: {{least: {least}}}}}\n")).expect("written");
}

fn git(at: &Path, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.current_dir(at).args(["-c", "user.email=a@b", "-c", "user.name=n"]).args(arguments);
    git.env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", "/nonexistent");
    assert!(git.status().expect("git runs").success(), "git {arguments:?}");
}

fn commit(at: &Path) {
    git(at, &["add", "--all"]);
    git(at, &["commit", "--quiet", "--message", "x"]);
}

/// The causes that `diff --git` gives for the template's object.
fn causes(fleet: &Path) -> String {
    let json = run(fleet, &["diff", "--git", "HEAD", "--format", "json"]).exits(1).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let object = &json["clusters"][0]["objects"][0];
    assert_eq!(object["object"], "PodDisruptionBudget.policy default/reviews");
    object["causes"].to_string()
}

#[test]
fn a_difference_is_caused_by_the_template_its_library_or_the_settings() {
    let fleet = fleet();
    git(fleet.path(), &["init", "--quiet", "."]);
    run(fleet.path(), &["render", "--locked", "--quiet"]).exits(0);
    commit(fleet.path());
    run(fleet.path(), &["diff", "--git", "HEAD", "--quiet"]).exits(0);
    write(fleet.path(), "templates/service/budget.yaml.j2", &BUDGET.replace("{minAvailable", "{x: 1, minAvailable"));
    let found = causes(fleet.path());
    assert!(found.contains("Template templates/service/budget.yaml.j2") && found.contains("changed"), "{found}");
    let affected = run(fleet.path(), &["affected", "--since", "HEAD"]).exits(0).stdout;
    assert_eq!(affected, "kind2\nkind3\n");
    write(fleet.path(), "templates/service/budget.yaml.j2", BUDGET);
    write(fleet.path(), "templates/lib/meta.j2", &META.replace("{name:", "{labels: {a: b}, name:"));
    assert!(causes(fleet.path()).contains("Template templates/service/budget.yaml.j2"));
    write(fleet.path(), "templates/lib/meta.j2", META);
    set(fleet.path(), 2);
    assert!(causes(fleet.path()).contains("settings spec.templates"));
    fs::remove_file(fleet.path().join("templates/service/budget.yaml.j2")).expect("removed");
    let found = causes(fleet.path());
    assert!(found.contains("Template templates/service/budget.yaml.j2") && found.contains("removed"), "{found}");
}

#[test]
fn a_plugin_prints_what_templates_give() {
    let fleet = fleet();
    let generate = || {
        let mut command = meshtree(fleet.path());
        command.args(["cmp", "generate"]).env("PARAM_CLUSTER", "kind2");
        command.output().expect("it runs")
    };
    let output = generate();
    let stdout = String::from_utf8(output.stdout).expect("text");
    let stderr = String::from_utf8(output.stderr).expect("text");
    // The example's Secret is encrypted with SOPS, which Argo CD cannot decrypt.
    assert!(stderr.contains("MT0813") && stdout.is_empty(), "{stderr}");
    let mut command = meshtree(fleet.path());
    command.args(["cmp", "generate"]).env("PARAM_CLUSTER", "kind2").env("PARAM_NAMESPACES_0", "default");
    let output = command.output().expect("it runs");
    let stdout = String::from_utf8(output.stdout).expect("text");
    assert!(stdout.contains("kind: PodDisruptionBudget"), "{}", String::from_utf8_lossy(&output.stderr));
    write(fleet.path(), "templates/service/budget.yaml.j2", "{{ service.nmae }}");
    let output = generate();
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert!(output.stdout.is_empty() && stderr.contains("budget.yaml.j2:1:4") && stderr.contains("MT0852"), "{stderr}");
}

#[test]
fn variables_are_printed() {
    let fleet = fleet();
    write(fleet.path(), "templates/service/wrong.yaml.j2", "{{ wrong }}");
    let json =
        run(fleet.path(), &["template", "vars", "--cluster", "kind2", "--service", "default/reviews", "-o", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.exits(0).stdout).expect("JSON");
    assert_eq!(json["service"]["name"], "reviews");
    assert_eq!(json["namespace"]["name"], "default");
    assert_eq!(json["values"]["least"], 1);
    let services = json["cluster"]["services"].as_array().expect("services");
    assert!(services.contains(&json["service"]), "it is the same as in the cluster");
    let remote = &json["cluster"]["remoteServices"][0];
    assert!(remote["host"].as_str().is_some_and(|host| host.ends_with(".svc.kind3.global")), "{remote}");
    let yaml = run(fleet.path(), &["template", "vars", "--cluster", "kind2", "--namespace", "default"]).exits(0).stdout;
    let yaml: serde_json::Value = serde_yaml::from_str(&yaml).expect("YAML");
    assert_eq!((&yaml["namespace"], &yaml["service"]), (&json["namespace"], &serde_json::Value::Null));
    for (arguments, hint) in [
        (["--cluster", "kind22", "--service", "default/reviews"], "did you mean kind2?"),
        (["--cluster", "kind2", "--service", "default/reviws"], "did you mean default/reviews?"),
        (["--cluster", "kind2", "--namespace", "defalt"], "did you mean default?"),
    ] {
        let all = [&["template", "vars"][..], &arguments].concat();
        run(fleet.path(), &all).exits(2).says(hint);
    }
}

#[test]
fn expectations_are_about_objects_of_templates_too() {
    let fleet = fleet();
    let test = |least: u32| {
        let text = format!(
            "apiVersion: meshtree.io/v1alpha1\nkind: PolicyTest\nmetadata: {{name: budgets}}\nspec:\n  tests:\n\
             \x20 - rendered: {{cluster: kind2, object: PodDisruptionBudget default/reviews, field: spec.minAvailable, value: {least}}}\n\
             \x20 - rendered: {{cluster: kind3, object: PodDisruptionBudget default/web, absent: true}}\n"
        );
        write(fleet.path(), "tests/budgets.yaml", &text);
        run(fleet.path(), &["test", "--run", "budgets"])
    };
    test(1).exits(0);
    let failed = test(2).exits(1);
    assert!(failed.stdout.contains("templates/service/budget.yaml.j2"), "{}", failed.stdout);
}

#[test]
fn the_same_templates_give_the_same_bytes() {
    let (one, other) = (fleet(), fleet());
    for fleet in [&one, &other] {
        run(fleet.path(), &["render", "--locked", "--quiet"]).exits(0);
        run(fleet.path(), &["render", "--locked", "--check", "--quiet"]).exits(0);
    }
    assert!(tree(&one.path().join("rendered")) == tree(&other.path().join("rendered")));
}

#[test]
fn a_template_without_end_is_stopped() {
    let fleet = example("bookinfo", false);
    let endless = "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}";
    write(fleet.path(), "templates/cluster/endless.yaml.j2", endless);
    run(fleet.path(), &["check"]).exits(3).says("MT0853");
}

#[test]
fn links_of_templates_stay_in_the_repository() {
    let fleet = fleet();
    let outside = tempfile::tempdir().expect("a directory");
    fs::write(outside.path().join("x.yaml.j2"), "a: b").expect("written");
    std::os::unix::fs::symlink(outside.path().join("x.yaml.j2"), fleet.path().join("templates/lib/x.yaml.j2"))
        .expect("a link");
    run(fleet.path(), &["check"]).exits(3).says("MT0108");
}

#[test]
fn descriptions_name_objects_of_templates() {
    let fleet = fleet();
    let line = "PodDisruptionBudget.policy default/reviews: Template templates/service/budget.yaml.j2 \
                (templates/service/budget.yaml.j2:5:14)";
    let described = |kind, name| run(fleet.path(), &["describe", kind, name]).exits(0).stdout;
    for (kind, name) in [("service", "kind2/default/reviews"), ("cluster", "kind2")] {
        let text = described(kind, name);
        assert!(text.contains(line), "{text}");
    }
    assert!(!described("service", "kind2/default/details").contains("budget"));
    assert!(!described("service", "kind3/default/details").contains("budget"));
}

#[test]
fn a_collision_is_at_the_line_of_the_object() {
    let fleet = fleet();
    let two = "{% set name = \"reviews\" %}\n\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: default}\n---\n\
               apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  namespace: default\n  name: {{ name }}\n";
    write(fleet.path(), "templates/cluster/two.yaml.j2", two);
    let checked = run(fleet.path(), &["check", "--format", "short"]).exits(3);
    assert!(checked.stderr.contains("templates/cluster/two.yaml.j2:11:12: error[MT0604]"), "{}", checked.stderr);
    let shown = run(fleet.path(), &["check"]).exits(3);
    assert!(shown.stderr.contains("templates/service/budget.yaml.j2:5:14"), "{}", shown.stderr);
}

#[test]
fn the_network_is_that_of_the_installation() {
    let fleet = fleet();
    let network = || {
        let vars = run(fleet.path(), &["template", "vars", "--cluster", "kind2"]).exits(0).stdout;
        vars.lines().find_map(|line| line.strip_prefix("  network: ").map(str::to_owned)).expect("a network")
    };
    assert_eq!(network(), "null");
    let settings = fs::read_to_string(fleet.path().join("meshtree.yaml")).expect("the settings");
    let objects = "  objects: {istio: {form: istiooperator, network: \"net-{cluster}\"}}\n";
    write(fleet.path(), "meshtree.yaml", &format!("{settings}{objects}"));
    assert_eq!(network(), "net-kind2");
}
