//! `meshtree diff` names the policies that caused a difference, those that were removed included.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::{example, run};

fn git(at: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"];
    let status = Command::new("git").arg("-C").arg(at).args(identity).args(arguments).output().expect("git runs");
    assert!(status.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&status.stderr));
}

const RETRIES: &str = "\
apiVersion: networking.smh.solo.io/v1alpha2
kind: TrafficPolicy
metadata: {name: retries, namespace: default}
spec:
  destinationSelector:
  - kubeServiceRefs: {services: [{name: reviews, namespace: default, clusterName: kind2}]}
  retries: {attempts: 3}
";

const TIMEOUT: &str = "\
apiVersion: networking.smh.solo.io/v1alpha2
kind: TrafficPolicy
metadata: {name: timeout, namespace: default}
spec:
  destinationSelector:
  - kubeServiceRefs: {services: [{name: ratings, namespace: default, clusterName: kind2}]}
  requestTimeout: 3s
";

#[test]
fn removed_changed_and_new_policies_are_named() {
    let dir = example("bookinfo", true);
    let at = dir.path();
    let file = |name: &str| at.join(format!("policies/{name}.yaml"));
    fs::write(file("retries"), RETRIES).expect("written");
    fs::write(file("timeout"), TIMEOUT).expect("written");
    run(at, &["render"]).exits(0);
    git(at, &["init", "-q"]);
    git(at, &["add", "-A"]);
    git(at, &["commit", "-qm", "before"]);

    fs::remove_file(file("retries")).expect("removed");
    fs::write(file("timeout"), TIMEOUT.replace("3s", "4s")).expect("written");
    let details = TIMEOUT.replace("name: ratings", "name: details").replace("name: timeout", "name: details");
    fs::write(file("details"), details).expect("written");

    // A tree does not show whether a policy differs, but which policies are gone.
    let stat = run(at, &["diff", "--quiet", "--stat"]).exits(1).stdout;
    assert_eq!(
        stat,
        "\
VirtualService default/details in kind2 (TrafficPolicy default/details): added, +17 -0
VirtualService default/ratings in kind2 (TrafficPolicy default/timeout): changed, +1 -1
VirtualService default/reviews in kind2 (TrafficPolicy default/retries removed): changed, +2 -4
1 added, 2 changed, 0 removed, 62 unchanged
"
    );
    let stat = run(at, &["diff", "--quiet", "--stat", "--text", "--git", "HEAD"]).exits(1).stdout;
    assert_eq!(
        stat,
        "\
VirtualService default/details in kind2 (TrafficPolicy default/details added): added, +17 -0
VirtualService default/ratings in kind2 (TrafficPolicy default/timeout changed): changed, +1 -1
VirtualService default/reviews in kind2 (TrafficPolicy default/retries removed): changed, +2 -4
1 added, 2 changed, 0 removed, 62 unchanged
"
    );
    let text = run(at, &["diff", "--quiet"]).exits(1).stdout;
    let heading = "VirtualService default/reviews in kind2 (TrafficPolicy default/retries removed): changed\n";
    assert!(text.contains(heading), "{text}");
    let json = run(at, &["diff", "--format", "json"]).exits(1).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let causes = &json["clusters"][0]["objects"][2]["causes"];
    assert_eq!(causes, &serde_json::json!([{"change": "removed", "source": "TrafficPolicy default/retries"}]));
}

/// An object that is gone names the policy that is gone.
#[test]
fn removed_objects_name_the_removed_policy() {
    let dir = example("bookinfo", true);
    let at = dir.path();
    fs::remove_file(at.join("policies/access-reviews.yaml")).expect("removed");
    let stat = run(at, &["diff", "--quiet", "--stat", "--cluster", "kind2"]).exits(1).stdout;
    let wanted =
        "AuthorizationPolicy default/ratings in kind2 (AccessPolicy service-mesh-hub/reviews removed): removed, +0 -";
    assert!(stat.contains(wanted), "{stat}");
}

#[test]
fn colours_are_for_terminals() {
    let dir = example("bookinfo", true);
    let at = dir.path();
    fs::write(at.join("policies/timeout.yaml"), TIMEOUT).expect("written");
    assert!(!run(at, &["diff", "--quiet"]).exits(1).stdout.contains('\u{1b}'));
    let colored = run(at, &["diff", "--quiet", "--color", "always"]).exits(1).stdout;
    let heading = "\u{1b}[1mVirtualService default/ratings in kind2 (TrafficPolicy default/timeout): added\u{1b}[0m\n";
    assert!(colored.starts_with(heading), "{colored}");
    assert!(colored.contains("\n\u{1b}[32m+kind: VirtualService\u{1b}[0m\n"), "{colored}");
    let mut plain = colored;
    for code in ["[0m", "[1m", "[31m", "[32m", "[36m"] {
        plain = plain.replace(&format!("\u{1b}{code}"), "");
    }
    assert_eq!(plain, run(at, &["diff", "--quiet"]).stdout);
}
