//! The reports of `meshtree diff`: the text that prints equal hunks once, JSON and its schema, and pages of Markdown.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::json_schema::Schema;
use support::{example, fleet, meshtree, run, texts};

/// A fleet of two meshes; the gateway of `west` has this address, and it has so many services.
fn two_meshes(gateway: &str, services: usize) -> tempfile::TempDir {
    let cluster = |name: &str, address: &str, services: usize| {
        let list: String = (0..services)
            .map(|n| format!("        s{n}: {{ports: [{{name: http, port: 80}}], selector: {{app: s{n}}}}}\n"))
            .collect();
        let workloads: String =
            (0..services).map(|n| format!("        s{n}-v1: {{labels: {{app: s{n}}}, serviceAccount: s}}\n")).collect();
        format!(
            "apiVersion: meshtree.io/v1alpha1\nkind: Cluster\nmetadata: {{name: {name}}}\nspec:\n  istio:\n    version: 1.31.0\n    \
             namespace: istio-system\n    gateways: [{{address: {address}}}]\n  namespaces:\n    shop:\n      services:\n{list}      \
             workloads:\n{workloads}"
        )
    };
    let mesh = "apiVersion: networking.smh.solo.io/v1alpha2\nkind: VirtualMesh\nmetadata: {name: vm, namespace: service-mesh-hub}\nspec:\n  \
                meshes:\n  - {name: istiod-istio-system-east, namespace: service-mesh-hub}\n  \
                - {name: istiod-istio-system-west, namespace: service-mesh-hub}\n  federation: {}\n";
    fleet(&texts(&[
        ("clusters/east.yaml", &cluster("east", "10.0.0.1", 1)),
        ("clusters/west.yaml", &cluster("west", gateway, services)),
        ("policies/mesh.yaml", mesh),
    ]))
}

fn git(at: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    let status = Command::new("git").arg("-C").arg(at).args(identity).args(arguments).output().expect("git runs");
    assert!(status.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&status.stderr));
}

fn commit(at: &Path) {
    git(at, &["init", "-q"]);
    git(at, &["add", "-A"]);
    git(at, &["commit", "-qm", "before"]);
}

fn replace(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).expect("text");
    assert!(text.contains(from), "{from:?} is not in {text}");
    fs::write(file, text.replace(from, to)).expect("written");
}

/// A new address of a gateway changes the ServiceEntry of every service behind it in the same way.
#[test]
fn equal_hunks_are_printed_once() {
    let dir = two_meshes("10.0.0.2", 30);
    let at = dir.path();
    commit(at);
    replace(&at.join("clusters/west.yaml"), "10.0.0.2", "10.0.0.99");
    let diff =
        |more: &[&str]| run(at, &[&["diff", "--git", "HEAD", "--quiet", "--text"], more].concat()).exits(1).stdout;
    let text = diff(&[]);
    assert_eq!(text.matches("\n+  - address: 10.0.0.99\n").count(), 1, "{text}");
    let heading = "ServiceEntry istio-system/s0.shop.svc.west.global in east (mesh service-mesh-hub/istiod-istio-system-west gateways changed): changed\n";
    assert!(text.starts_with(heading), "{text}");
    assert!(
        text.contains(
            "\nsame change in 29 more files:\n  east/istio-system/serviceentry-s1.shop.svc.west.global.yaml\n"
        ),
        "{text}"
    );
    assert!(text.ends_with("\n  and 9 more: use --all-files to list them\n"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("  east/")).count(), 20);
    let all = diff(&["--all-files"]);
    assert_eq!(all.lines().filter(|line| line.starts_with("  east/")).count(), 29);
    assert!(!all.contains("more: use"), "{all}");
    let stat = diff(&["--stat"]);
    assert!(stat.starts_with(heading.trim_end()) && stat.lines().count() == 31, "{stat}");
    // The patch has every file, and turns the old tree into the new one.
    let patch = diff(&["--patch"]);
    assert_eq!(patch.matches("\n+  - address: 10.0.0.99\n").count(), 30);
    git(at, &["stash", "-q"]);
    run(at, &["render"]).exits(0);
    fs::write(at.join("x.patch"), patch).expect("written");
    git(at, &["apply", "--directory", "rendered", "x.patch"]);
    git(at, &["stash", "pop", "-q"]);
    run(at, &["diff", "--quiet"]).exits(0);
}

/// Files of many services are new in the same way, but for the names.
#[test]
fn equal_files_are_printed_once() {
    let dir = two_meshes("10.0.0.2", 3);
    let text = run(dir.path(), &["diff", "--quiet", "--cluster", "east"]).exits(1).stdout;
    let wanted = "added with the same content except for names: 2 more files:\n  \
                  east/istio-system/destinationrule-s1.shop.svc.west.global.yaml\n  \
                  east/istio-system/destinationrule-s2.shop.svc.west.global.yaml\n";
    assert!(text.contains(wanted), "{text}");
    assert!(
        text.contains("\n+  name: s0.shop.svc.west.global\n")
            && !text.contains("\n+kind: DestinationRule\n+metadata:\n+  name: s1"),
        "{text}"
    );
    // Addresses are not names.
    assert!(text.contains("ServiceEntry istio-system/s1.shop.svc.west.global in east"), "{text}");
}

/// What is around a change may have other values, such as names, but not other keys; and the cause must be the same.
#[test]
fn hunks_differ_by_what_is_around_them() {
    let dir = two_meshes("10.0.0.2", 3);
    let at = dir.path();
    let policy = |service: &str, feature: &str| {
        let spec = format!(
            "{{destinationSelector: [{{kubeServiceRefs: {{services: [{{name: {service}, namespace: shop, clusterName: west}}]}}}}], {feature}}}"
        );
        let text = format!(
            "apiVersion: networking.smh.solo.io/v1alpha2\nkind: TrafficPolicy\nmetadata: {{name: {service}, namespace: shop}}\nspec: {spec}\n"
        );
        fs::write(at.join(format!("policies/{service}.yaml")), text).expect("written");
    };
    ["s0", "s1", "s2"].iter().for_each(|service| policy(service, "requestTimeout: 3s"));
    commit(at);
    ["s0", "s1", "s2"].iter().for_each(|service| policy(service, "requestTimeout: 4s"));
    let text = run(at, &["diff", "--git", "HEAD", "--quiet", "--cluster", "west"]).exits(1).stdout;
    // Three policies are three causes.
    assert_eq!(text.matches("+    timeout: 4s").count(), 3, "{text}");
    assert!(text.contains("VirtualService shop/s1 in west (TrafficPolicy shop/s1 changed): changed\n"), "{text}");
    assert!(!text.contains("same change"), "{text}");
}

/// Inventory and settings are named if no policy is written differently.
#[test]
fn inventory_and_settings_are_causes() {
    let dir = two_meshes("10.0.0.2", 3);
    let at = dir.path();
    commit(at);
    let diff =
        |more: &[&str]| run(at, &[&["diff", "--git", "HEAD", "--quiet", "--stat"], more].concat()).exits(1).stdout;
    let west = at.join("clusters/west.yaml");
    replace(&west, "s1: {ports: [{name: http, port: 80}]", "s1: {ports: [{name: http, port: 81}]");
    replace(
        &west,
        "s2-v1: {labels: {app: s2}, serviceAccount: s}",
        "s2-v1: {labels: {app: s2, version: v1}, serviceAccount: s}",
    );
    let stat = diff(&[]);
    let wanted =
        "ServiceEntry istio-system/s1.shop.svc.west.global in east (service west/shop/s1 ports changed): changed";
    assert!(stat.contains(wanted), "{stat}");
    assert!(!stat.contains("s0.shop") && !stat.contains("s2-v1"), "{stat}");
    // A service that is gone, and what was rendered for it.
    git(at, &["checkout", "-q", "--", "."]);
    replace(&west, "        s1: {ports: [{name: http, port: 80}], selector: {app: s1}}\n", "");
    let stat = diff(&[]);
    let wanted = "ServiceEntry istio-system/s1.shop.svc.west.global in east (service west/shop/s1 removed): removed";
    assert!(stat.contains(wanted), "{stat}");
    git(at, &["checkout", "-q", "--", "."]);
    let settings = "apiVersion: meshtree.io/v1alpha1\nkind: Settings\nspec: {output: {labels: {team: mesh}}}\n";
    fs::write(at.join("meshtree.yaml"), settings).expect("written");
    let stat = diff(&[]);
    let wanted = "(settings spec.output.labels changed): changed";
    assert!(stat.lines().filter(|line| line.contains(wanted)).count() > 4, "{stat}");
    // As JSON.
    let json = run(at, &["diff", "--git", "HEAD", "--format", "json"]).exits(1).stdout;
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let cause = serde_json::json!([{"change": "changed", "source": "settings spec.output.labels"}]);
    assert_eq!(json["clusters"][0]["objects"][0]["causes"], cause);
}

/// A policy that is written differently is the cause, not what the inventory has changed beside it.
#[test]
fn policies_come_before_inventory() {
    let dir = example("bookinfo", true);
    let at = dir.path();
    commit(at);
    replace(&at.join("policies/traffic-simple.yaml"), "weight: 75", "weight: 70");
    replace(&at.join("policies/traffic-simple.yaml"), "weight: 15", "weight: 20");
    replace(&at.join("clusters/kind3.yaml"), "172.18.0.230", "172.18.0.231");
    let stat = run(at, &["diff", "--git", "HEAD", "--quiet", "--stat"]).exits(1).stdout;
    assert!(
        stat.contains(
            "VirtualService default/reviews in kind2 (TrafficPolicy service-mesh-hub/simple changed): changed"
        ),
        "{stat}"
    );
    assert!(stat.contains("(mesh service-mesh-hub/istiod-istio-system-kind3 gateways changed): changed"), "{stat}");
}

/// What the program prints is what the schema says.
#[test]
fn json_follows_its_schema() {
    let schema = Schema::read("diff.json");
    let dir = two_meshes("10.0.0.2", 2);
    let at = dir.path();
    commit(at);
    replace(&at.join("clusters/west.yaml"), "10.0.0.2", "10.0.0.99");
    let other = example("bookinfo", true);
    let check = |at: &Path, code: i32, more: &[&str]| {
        let json = run(at, &[&["diff", "--format", "json"], more].concat()).exits(code).stdout;
        let json: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(schema.faults(&json), Vec::<String>::new(), "{json}");
        json
    };
    // Hunks with facts of the inventory; added objects; Secrets; nothing; errors with places.
    let found = check(at, 1, &["--git", "HEAD"]);
    assert_eq!(found["clusters"][0]["objects"][0]["causes"][0]["facts"], serde_json::json!(["gateways"]));
    assert!(check(at, 1, &[])["summary"]["added"].as_u64() > Some(4));
    check(other.path(), 0, &[]);
    let failover = example("bookinfo-failover", true);
    let against = failover.path().join("rendered");
    let found = check(other.path(), 1, &["--against", against.to_str().expect("UTF-8")]);
    let objects = found["clusters"][0]["objects"].as_array().expect("a list");
    assert!(objects.iter().any(|object| object["detail"]["secret"]["facts"][0]["old"].is_string()));
    replace(&at.join("policies/mesh.yaml"), "istiod-istio-system-west", "istiod-istio-system-wets");
    assert_eq!(check(at, 3, &["--git", "HEAD"])["kind"], "Diagnostics");
    // The schema is not one that everything follows.
    let mut wrong = found;
    wrong["clusters"][0]["objects"][0]["change"] = "gone".into();
    wrong["more"] = 1.into();
    assert_eq!(schema.faults(&wrong).len(), 2, "{:?}", schema.faults(&wrong));
}

/// A comment for a pull request is found by its first line and stays below the limit, whatever is compared.
#[test]
fn comments_are_found_and_short_enough() {
    let dir = two_meshes("10.0.0.2", 400);
    let at = dir.path();
    commit(at);
    let page = |format: &str, code: i32, more: &[&str]| {
        run(at, &[&["diff", ".", "--quiet", "--format", format], more].concat()).exits(code).stdout
    };
    let none = page("markdown", 0, &["--git", "HEAD"]);
    assert_eq!(
        none,
        "<!-- meshtree diff . -->\n## Rendered manifests of <code>.</code>\n\nNo difference, compared with <code>HEAD</code>.\n"
    );
    // Against no tree: hundreds of new files.
    let long = page("markdown", 1, &[]);
    assert!(long.len() <= 65_000 && long.len() > 50_000, "{}", long.len());
    assert!(long.starts_with("<!-- meshtree diff . -->\n"));
    let last = long.lines().last().expect("a line");
    assert!(
        last.starts_with("**Not shown, since the page would be too long:** ") && last.contains(" in “Changes”"),
        "{last}"
    );
    assert_eq!(long.matches("```diff\n").count() * 2, long.matches("```").count(), "every fence ends");
    let summary = page("markdown-summary", 1, &[]);
    assert!(summary.starts_with("## Rendered manifests") && !summary.contains("```"));
    let rows = summary.lines().filter(|line| line.contains("| added | +")).count();
    assert!(rows > 1000 && !summary.contains("Not shown"), "{rows}");
    // Errors take the place of the differences.
    replace(&at.join("policies/mesh.yaml"), "istiod-istio-system-west", "istiod-istio-system-wets");
    let stopped = page("markdown", 3, &[]);
    assert!(
        stopped.starts_with("<!-- meshtree diff . -->\n") && stopped.contains("Errors prevent the comparison"),
        "{stopped}"
    );
    assert!(stopped.contains("### Findings\n\n- policies/mesh.yaml"), "{stopped}");
}

/// A finding is told where the differences are: what the comparison is with.
#[test]
fn pages_have_the_findings_and_the_causes() {
    let dir = example("bookinfo", true);
    let at = dir.path();
    commit(at);
    replace(&at.join("policies/traffic-simple.yaml"), "weight: 75", "weight: 70");
    replace(&at.join("policies/traffic-simple.yaml"), "weight: 15", "weight: 20");
    let mut command = meshtree(at);
    let page = command.args(["diff", "--git", "HEAD", "--format", "markdown"]).output().expect("runs");
    let page = String::from_utf8(page.stdout).expect("text");
    let wanted = "\
<!-- meshtree diff . -->
## Rendered manifests of <code>.</code>

**0 added, 1 changed, 0 removed**, 62 unchanged, compared with <code>HEAD</code>.

### Consequences: Access

- no change

### Consequences: Traffic

- **medium** default/reviews &#40;kind2&#41;&#58; requests go to 20 &#37; pods with version&#61;v1 &#43; 10 &#37; pods with version&#61;v2 &#43; 70 &#37; default/reviews &#40;kind3&#41; with version&#61;v3 instead of 15 &#37; pods with version&#61;v1 &#43; 10 &#37; pods with version&#61;v2 &#43; 75 &#37; default/reviews &#40;kind3&#41; with version&#61;v3
  *Cause:* TrafficPolicy service-mesh-hub/simple, policies/traffic-simple.yaml&#58;2 &#40;changed&#41;

### Consequences: Federation and CA

- no change

### Consequences: Rollout

- any order

### Blast radius

1 policy → 1 cluster, 1 service, 2 workloads&#59; risk&#58; medium

### Clusters

| Cluster | Added | Changed | Removed | Unchanged |
| --- | --- | --- | --- | --- |
| <code>kind2</code> | 0 | 1 | 0 | 31 |

### Causes

| Cause | Objects that differ |
| --- | --- |
| <code>TrafficPolicy service-mesh-hub/simple</code> changed | 1 |

### Findings

- policies/virtual-mesh.yaml&#58;9&#58;5&#58; note&#91;MT0601&#93;&#58; autoRestartPods&#58; a Job restarts istiod, the gateways and the workloads of clusters kind2 and kind3 once for each new cacerts &#40;it runs when the tree is applied, and waits for each before the next. Without autoRestartPods, you restart them, in this order&#41;

### Changes

#### <code>VirtualService default/reviews</code> in <code>kind2</code>: changed

<code>TrafficPolicy service-mesh-hub/simple</code> changed

```diff
--- a/kind2/default/virtualservice-reviews.yaml
+++ b/kind2/default/virtualservice-reviews.yaml
@@ -15,11 +15,11 @@
     - destination:
         host: reviews.default.svc.kind3.global
         subset: version-v3
-      weight: 75
+      weight: 70
     - destination:
         host: reviews.default.svc.cluster.local
         subset: version-v1
-      weight: 15
+      weight: 20
     - destination:
         host: reviews.default.svc.cluster.local
         subset: version-v2
```

";
    assert_eq!(page, wanted);
}

/// What the inputs have is text, and nothing else, on a page that others read.
#[test]
fn nothing_of_the_inputs_is_markdown() {
    let at = tempfile::tempdir().expect("a directory");
    let fleet = "a|b` --> <b>@team";
    support::write_tree(&at.path().join(fleet), &support::tree(two_meshes("10.0.0.2", 1).path()));
    let spec = "{destinationSelector: [{kubeServiceRefs: {services: [{name: s0, namespace: shop, clusterName: east}]}}], \
                headerManipulation: {appendRequestHeaders: {x-evil: \"</details><img>@team|````\"}}}";
    let policy = format!(
        "apiVersion: networking.smh.solo.io/v1alpha2\nkind: TrafficPolicy\nmetadata: {{name: p, namespace: shop}}\nspec: {spec}\n"
    );
    fs::write(at.path().join(fleet).join("policies/p.yaml"), policy).expect("written");
    let page = |format: &str| run(at.path(), &["diff", fleet, "--quiet", "--format", format]).exits(1).stdout;
    let comment = page("markdown");
    let (marker, comment) = comment.split_once('\n').expect("lines");
    assert_eq!(marker, "<!-- meshtree diff a|b` -- b@team -->");
    assert!(comment.contains("\n`````diff\n") && comment.contains("@team|````"), "{comment}");
    // What is in no fence.
    let mut open = None;
    let mut outside = page("markdown-summary");
    for line in comment.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match open {
            Some(fence) if line.len() == ticks && ticks >= fence => open = None,
            None if ticks >= 3 => open = Some(ticks),
            None => outside.push_str(line),
            Some(_) => {}
        }
    }
    assert_eq!(open, None, "{comment}");
    for syntax in ["<b>", "<img", "</details><img", "@team", "a|b", "b`"] {
        assert!(!outside.contains(syntax), "{syntax} in {outside}");
    }
    assert!(outside.contains("<code>a&#124;b&#96; --&#62; &#60;b&#62;&#64;team</code>"), "{outside}");
}

/// A file of the tree may have been written by anybody: what it has for a terminal to obey is shown, not sent. A patch has its bytes.
#[test]
fn a_file_cannot_tell_the_terminal_what_to_do() {
    let dir = example("bookinfo", true);
    let file = dir.path().join("rendered/kind2/default/virtualservice-reviews.yaml");
    let text = fs::read_to_string(&file).expect("text");
    fs::write(&file, text.replace("hosts:", "hosts: # \u{1b}]0;x\u{7}")).expect("written");
    for layout in
        [&["diff"][..], &["diff", "--all-files"], &["diff", "--color", "always"], &["diff", "--format", "markdown"]]
    {
        let found = run(dir.path(), layout).exits(1).stdout;
        assert!(found.contains("hosts: # \\u{1b}]0;x\\u{7}") && !found.contains("\u{1b}]"), "{layout:?}: {found}");
    }
    assert!(run(dir.path(), &["diff", "--patch"]).exits(1).stdout.contains("hosts: # \u{1b}]0;x\u{7}\n"));
}
