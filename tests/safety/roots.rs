//! Roots that nothing replaces unasked, and ends that are reported in time.

use std::fs;

use crate::support::{example, run, texts, write_tree};
use crate::{EXAMPLE, refused};

/// A root that workloads trust already, by what a dump has of it: nothing takes its place unasked.
#[test]
fn a_root_that_workloads_trust_is_not_replaced_unasked() {
    let dir = example(EXAMPLE, false);
    let own = fs::read_to_string(dir.path().join("ca/service-mesh-hub.virtual-mesh/root.yaml")).expect("text");
    let (_, pem) = own.split_once("root-cert.pem: |\n").expect("a certificate");
    let pem: String =
        pem.lines().take_while(|line| line.starts_with("    ")).map(|line| format!("  {line}\n")).collect();
    let dump = format!(
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {{name: istio-ca-root-cert, namespace: shop, uid: x}}\n  data:\n    root-cert.pem: |\n{pem}"
    );
    write_tree(dir.path(), &texts(&[("clusters/kind3/dump.yaml", &dump)]));
    // The root of the store is the one that they trust.
    run(dir.path(), &["render"]).exits(0);
    for directory in ["ca", "rendered"] {
        fs::remove_dir_all(dir.path().join(directory)).expect("removed");
    }
    for arguments in [&["render"][..], &["ca", "issue"], &["check"]] {
        refused(dir.path(), arguments, "MT0711", "kind3 (ConfigMap shop/istio-ca-root-cert)");
    }
    assert!(run(dir.path(), &["ca", "issue"]).stderr.contains("--accept-new-root"));
    let said = run(dir.path(), &["ca", "issue", "--accept-new-root", "--quiet"]).exits(0).stderr;
    assert!(said.contains("[MT0709]") && said.contains("have another root: kind3"), "{said}");
    assert!(!dir.path().join("rendered").exists(), "nothing is rendered");
    run(dir.path(), &["render", "--locked"]).exits(0);
    run(dir.path(), &["ca", "issue"]).exits(0).says("nothing was issued");
}

/// The settings say how long before its end a certificate is a warning.
#[test]
fn ends_are_reported_as_early_as_the_settings_say() {
    let dir = example(EXAMPLE, true);
    let settings = dir.path().join("meshtree.yaml");
    let text = fs::read_to_string(&settings).expect("text");
    let check = |days: &str| {
        let (head, tail) = text.split_once("  ca:\n").expect("settings of certificates");
        fs::write(&settings, format!("{head}  ca:\n    warnBeforeExpiry: {days}\n{tail}")).expect("written");
        // All certificates of the example end on 2027-11-23.
        let arguments = ["ca", "check", "--now", "2027-10-15", "--format", "short", "--deny", "warnings"];
        let found = run(dir.path(), &arguments);
        (
            found.code,
            found.stderr.matches("[MT0706]: the root").count(),
            found.stderr.matches("[MT0706]: the inter").count(),
        )
    };
    assert_eq!(check("{}"), (1, 1, 0), "39 days before");
    assert_eq!(check("{intermediateDays: 40}"), (1, 1, 2));
    assert_eq!(check("{rootDays: 39}"), (0, 0, 0));
    assert_eq!(check("{rootDays: 0, intermediateDays: 90}"), (1, 0, 2));
    assert_eq!(check("{rootDays: -1}").0, 2);
    // Every warning about certificates counts, and none about anything else.
    let policy = dir.path().join("policies/unused.yaml");
    fs::write(&policy, "# meshtree: allow MT0601 nothing here\napiVersion: networking.smh.solo.io/v1alpha2\nkind: TrafficPolicy\nmetadata: {name: a, namespace: b}\nspec: {}\n").expect("written");
    assert_eq!(check("{rootDays: 39}"), (0, 0, 0));
}
