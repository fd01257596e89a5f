//! What commands do with findings: denied, silenced and allowed ones, and the other places that they name.

mod support;

use std::fs;
use std::path::Path;

use support::cases::case;
use support::{example, run, tree};

/// A policy with two warnings: a subset without pods (MT0607), and a service account that nobody knows (MT0402).
const WARNINGS: &str = "\
apiVersion: networking.smh.solo.io/v1alpha2
kind: TrafficPolicy
metadata: {name: later, namespace: default}
spec:
  destinationSelector:
  - kubeServiceRefs: {services: [{name: ratings, namespace: default, clusterName: kind2}]}
  trafficShift:
    destinations:
    - kubeService: {name: ratings, namespace: default, clusterName: kind2, subset: {version: v9}}
---
apiVersion: networking.smh.solo.io/v1alpha2
kind: AccessPolicy
metadata: {name: later, namespace: default}
spec:
  sourceSelector:
  - kubeServiceAccountRefs: {serviceAccounts: [{name: nobody, namespace: default, clusterName: kind2}]}
  destinationSelector:
  - kubeServiceRefs: {services: [{name: ratings, namespace: default, clusterName: kind2}]}
";

/// The example with these warnings, and its tree as it was before.
fn fleet(policy: &str) -> tempfile::TempDir {
    let dir = example("bookinfo", true);
    fs::write(dir.path().join("policies/later.yaml"), policy).expect("written");
    dir
}

fn settings(at: &Path, diagnostics: &str) {
    let file = at.join("meshtree.yaml");
    let text = fs::read_to_string(&file).expect("text");
    fs::write(&file, text.replace("spec:\n", &format!("spec:\n  diagnostics: {diagnostics}\n"))).expect("written");
}

#[test]
fn denied_findings_stop_what_writes_and_change_every_exit_code() {
    let dir = fleet(WARNINGS);
    let at = dir.path();
    let before = tree(at);
    for deny in ["warnings", "MT0607", "MT0101,mt0607"] {
        run(at, &["check", "--deny", deny]).exits(1).says("error[MT0607]");
        run(at, &["render", "--deny", deny]).exits(1).says("error[MT0607]");
        run(at, &["render", "--deny", deny, "--cluster", "kind2", "--stdout"]).exits(1).says("error[MT0607]");
        run(at, &["render", "--check", "--deny", deny]).exits(1).says("error[MT0607]");
    }
    assert!(tree(at) == before, "something was written");
    let denied = run(at, &["check", "--deny", "MT0607"]);
    assert!(denied.stderr.contains("warning[MT0402]") && !denied.stderr.contains("ok: "), "{denied:?}");
    // What reads only shows its result all the same.
    let diff = run(at, &["diff", "--deny", "MT0607", "--stat"]).exits(1).says("error[MT0607]");
    assert!(diff.stdout.contains("VirtualService default/ratings in kind2"), "{diff:?}");
    let status = run(at, &["status", "--deny", "warnings"]).exits(1).says("error[MT0607]").says("error[MT0402]");
    assert!(status.stdout.contains("ACCEPTED"), "{status:?}");
    run(at, &["status"]).exits(0);
    run(at, &["render"]).exits(0);
    run(at, &["diff"]).exits(0);
    run(at, &["diff", "--deny", "warnings"]).exits(1);
    run(at, &["render", "--check"]).exits(0);
    run(at, &["render", "--check", "--deny", "warnings"]).exits(1).says("error[MT0607]");
}

#[test]
fn json_says_what_raised_a_finding() {
    let dir = fleet(WARNINGS);
    let found = run(dir.path(), &["check", "--deny", "MT0607", "--format", "json"]).exits(1);
    let json: serde_json::Value = serde_json::from_str(&found.stdout).expect("JSON");
    let diagnostics = json["diagnostics"]["diagnostics"].as_array().expect("a list");
    let raised: Vec<(&str, &str, &serde_json::Value)> = diagnostics
        .iter()
        .map(|d| (d["code"].as_str().expect("text"), d["severity"].as_str().expect("text"), &d["raised"]))
        .collect();
    let by = serde_json::Value::from("--deny MT0607");
    assert!(raised.contains(&("MT0607", "error", &by)), "{raised:?}");
    assert!(raised.contains(&("MT0402", "warning", &serde_json::Value::Null)), "{raised:?}");
}

#[test]
fn settings_decide_for_everyone() {
    let dir = fleet(WARNINGS);
    let at = dir.path();
    settings(at, "{MT0607: error, MT0402: note, MT0601: \"off\"}");
    let before = tree(at);
    let checked = run(at, &["check"]).exits(1).says("error[MT0607]").says("note[MT0402]");
    assert!(!checked.stderr.contains("MT0601"), "{checked:?}");
    run(at, &["render"]).exits(1).says("spec.diagnostics");
    assert!(tree(at) == before, "something was written");
    run(at, &["status"]).exits(0);
    run(at, &["check", "--deny", "MT0601"]).exits(1).says("error[MT0601]");
}

#[test]
fn settings_cannot_lower_errors_or_hide_what_opens() {
    for (diagnostics, why) in [
        ("{MT0401: warning}", "MT0401 is an error and cannot be lowered"),
        ("{MT0604: \"off\"}", "MT0604 is an error and cannot be lowered"),
        ("{MT0606: off}", "MT0606 cannot be turned off"),
        ("{MT9999: note}", "\"MT9999\" is not a diagnostic code"),
        ("{MT0607: warn}", "unknown value \"warn\""),
    ] {
        let dir = fleet(WARNINGS);
        settings(dir.path(), diagnostics);
        run(dir.path(), &["check"]).exits(2).says(why);
        run(dir.path(), &["render"]).exits(2).says(why);
    }
}

/// A left-out policy is no denied warning, and an allowed finding is not denied.
#[test]
fn decisions_for_one_place_win_over_denied_warnings() {
    let shift = WARNINGS.split("---").next().expect("a document");
    let dir = fleet(&shift.replace("name: ratings", "name: rattings"));
    run(dir.path(), &["check"]).exits(3);
    let render = ["render", "--allow-invalid", "--deny"];
    run(dir.path(), &[&render[..], &["warnings"]].concat()).exits(0).says("warning[MT0401]");
    run(dir.path(), &[&render[..], &["MT0401"]].concat()).exits(1).says("error[MT0401]");

    let allowed =
        WARNINGS.replace("  trafficShift:", "  # meshtree: allow MT0607 the pods follow\n  trafficShift:").replace(
            "apiVersion: networking.smh.solo.io/v1alpha2\nkind: Access",
            "# meshtree: allow MT0402 another team's\napiVersion: networking.smh.solo.io/v1alpha2\nkind: Access",
        );
    let dir = fleet(&allowed);
    let at = dir.path();
    let checked = run(at, &["check", "--deny", "warnings"]).exits(0);
    assert!(!checked.stderr.contains("MT0607") && !checked.stderr.contains("MT0402"), "{checked:?}");
    run(at, &["status", "--deny", "warnings"]).exits(0);
    run(at, &["render", "--deny", "warnings"]).exits(0);
    run(at, &["render", "--check", "--deny", "warnings"]).exits(0);
    let unused = allowed.replace("subset: {version: v9}", "subset: {version: v1}");
    let dir = fleet(&unused);
    run(dir.path(), &["check", "--deny", "warnings"]).exits(1).says("error[MT0904]");
    run(dir.path(), &["render"]).exits(0).says("warning[MT0904]");
}

#[test]
fn quiet_does_not_hide_what_opens_a_service() {
    let policy = "\
apiVersion: networking.smh.solo.io/v1alpha2
kind: AccessPolicy
metadata: {name: open, namespace: default}
spec:
  sourceSelector:
  - kubeServiceAccountRefs: {serviceAccounts: [{name: web, clusterName: kind2}]}
";
    let dir = fleet(policy);
    for arguments in [&["check", "--quiet"][..], &["render", "--quiet"], &["diff", "--quiet"]] {
        let found = run(dir.path(), arguments).says("warning[MT0610]");
        assert!(!found.stderr.contains("MT0402") && !found.stderr.contains("MT0601"), "{found:?}");
    }
    let allowed = format!("# meshtree: allow MT0610 on purpose\n{policy}");
    let dir = fleet(&allowed);
    run(dir.path(), &["check"]).exits(0).says("warning[MT0610]").says("warning[MT0905]");
}

/// A finding names the other places that it is about, which `--format short` leaves out.
#[test]
fn findings_name_the_other_places() {
    for (name, code, file, line, message) in [
        ("routes/conflict", "MT0502", "policies.yaml", 9, "TrafficPolicy zoo/a is defined here"),
        ("virtual-mesh/claims", "MT0502", "policies.yaml", 32, "VirtualMesh zoo/a is defined here"),
        ("discovery/why-outside", "MT0401", "clusters/east/all.yaml", 23, "the service is defined here"),
        (
            "discovery/nearly-a-gateway",
            "MT0310",
            "clusters/east/all.yaml",
            15,
            "nearly a gateway: Service edge/istio-ingress has no port 15443 and none named tls",
        ),
        (
            "ca/second-source",
            "MT0726",
            "policies.yaml",
            4,
            "VirtualMesh service-mesh-hub/all, for which the other object is rendered, is here",
        ),
        ("routes/unmatched", "MT0640", "policies.yaml", 16, "TrafficPolicy shop/b is defined here"),
    ] {
        let dir = support::fleet(&case(name).inputs());
        let json = run(dir.path(), &["check", "--format", "json"]).stdout;
        let checked: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let found = checked["diagnostics"]["diagnostics"].as_array().expect("a list");
        let related = found.iter().find_map(|diag| diag["related"].get(0).filter(|_| diag["code"] == code));
        let related = related.unwrap_or_else(|| panic!("{name}: {code} has no other place"));
        assert_eq!((&related["file"], &related["line"]), (&file.into(), &line.into()), "{name}");
        assert_eq!(related["message"], message, "{name}");
        run(dir.path(), &["check"]).says(&format!("--> {file}:{line}:")).says(message);
    }
}
