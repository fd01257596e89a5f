//! Dumps of single documents that were cut off: noticed where their text tells, and nothing said of manifests that only look so.

use crate::fleet::{GIT, read};

/// A Namespace and a Deployment as a cluster has stored them, the latter without what is behind its metadata.
const STORED: &str = "\
apiVersion: v1
kind: Namespace
metadata:
  creationTimestamp: \"2020-09-01T10:00:00Z\"
  labels:
    istio-injection: enabled
  name: shop
  uid: 5b0c1d3e-0001
---
apiVersion: apps/v1
kind: Deployment
metadata:
  creationTimestamp: \"2020-09-01T10:00:00Z\"
  name: web
  namespace: shop
  uid: 5b0c1d3e-0002
";

const SPEC: &str = "spec:
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - image: shop/web
";

const SERVICE: &str = "---
apiVersion: v1
kind: Service
metadata:
  creationTimestamp: \"2020-09-01T10:00:00Z\"
  name: web
  namespace: shop
";

/// The errors of a cluster's file, without what there is to say of a cluster in which no Istio is, and without the note that
/// nothing is said of it.
fn errors(text: &str) -> Vec<String> {
    let found = read(&[("clusters/east/dump.yaml", text)]);
    found.codes().into_iter().filter(|code| !code.starts_with("MT03") && code != "MT0401 Nowhere").collect()
}

#[test]
fn a_line_that_does_not_end_is_a_mistake() {
    let whole = format!("{STORED}{SPEC}");
    // An image, a kind and a List's kind of fewer letters are as good as any.
    let kind = format!("{whole}---\napiVersion: apps/v1\nkind: Deplo");
    let list = "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Namespace\n  metadata:\n    creationTimestamp: \
                \"2020-09-01T10:00:00Z\"\n    name: shop\nkind: Li";
    for (text, line) in [(&whole[..whole.len() - 2], 24), (&*kind, 27), (list, 8)] {
        assert_eq!(errors(text), [format!("MT0104 clusters/east/dump.yaml:{line}")], "{text}");
        assert_eq!(errors(&format!("{text}\n")), [""; 0], "{text}");
    }
}

#[test]
fn an_object_of_a_cluster_without_its_end_is_a_mistake() {
    assert_eq!(errors(STORED), ["MT0104 clusters/east/dump.yaml:10"]);
    assert_eq!(errors(&format!("{STORED}spec:\n  template:\n")), ["MT0104 clusters/east/dump.yaml:10"]);
    assert_eq!(errors(&format!("{STORED}{SPEC}{SERVICE}")), ["MT0104 clusters/east/dump.yaml:26"]);
    assert_eq!(errors(&format!("{STORED}{SPEC}{SERVICE}spec:\n  clusterIP: None\n  type: ClusterIP\n")), [""; 0]);
}

#[test]
fn what_people_write_ends_as_they_like() {
    for text in [
        GIT.trim_end(),
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: patch, creationTimestamp: null}\nspec: {replicas: 2}",
        "apiVersion: v1\nkind: Service\nmetadata: {name: patch}\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: short, uid: 1}\n",
    ] {
        assert_eq!(errors(text), [""; 0], "{text}");
    }
}

/// What stands outside of `clusters/` is no dump.
#[test]
fn elsewhere_nothing_is_said() {
    let found = read(&[("apps/web.yaml", STORED.trim_end())]);
    assert_eq!(found.codes(), [""; 0]);
}
