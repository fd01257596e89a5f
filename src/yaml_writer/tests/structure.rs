//! The form of collections and of Rust's types, to the byte.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::{Error, WRITTEN, item, write};
use super::written;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata,
    spec: Spec,
}

#[derive(Serialize)]
struct Metadata {
    name: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<&'static str, &'static str>,
}

#[derive(Serialize, Default)]
struct Spec {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hosts: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    http: Vec<Route>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nested: Option<Box<Spec>>,
}

#[derive(Serialize, Default)]
struct Route {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    route: Vec<Destination>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<&'static str>,
}

#[derive(Serialize)]
struct Destination {
    destination: Host,
    weight: u32,
}

#[derive(Serialize)]
struct Host {
    host: &'static str,
    port: Port,
}

#[derive(Serialize)]
struct Port {
    number: u16,
}

fn object(spec: Spec) -> Object {
    Object {
        api_version: "networking.istio.io/v1alpha3",
        kind: "VirtualService",
        metadata: Metadata { name: "reviews", labels: BTreeMap::from([("cluster.multicluster.solo.io", "")]) },
        spec,
    }
}

#[test]
fn an_object() {
    let destination = |host, weight| Destination { destination: Host { host, port: Port { number: 9080 } }, weight };
    let routes = vec![
        Route {
            route: vec![destination("reviews.default.svc.cluster.local", 75), destination("*.global", 25)],
            timeout: None,
        },
        Route { route: Vec::new(), timeout: Some("0.100s") },
        Route::default(),
    ];
    let spec = Spec { hosts: vec!["reviews", "yes"], http: routes, nested: Some(Box::default()) };
    let expected = "\
apiVersion: networking.istio.io/v1alpha3
kind: VirtualService
metadata:
  name: reviews
  labels:
    cluster.multicluster.solo.io: ''
spec:
  hosts:
  - reviews
  - 'yes'
  http:
  - route:
    - destination:
        host: reviews.default.svc.cluster.local
        port:
          number: 9080
      weight: 75
    - destination:
        host: '*.global'
        port:
          number: 9080
      weight: 25
  - timeout: 0.100s
  - {}
  nested: {}
";
    assert_eq!(written(&object(spec)), expected);
}

#[test]
fn an_object_whose_fields_are_all_skipped_is_empty() {
    assert!(written(&object(Spec::default())).ends_with("\nspec: {}\n"));
    assert_eq!(written(&Spec::default()), "{}\n");
}

#[test]
fn lists_in_lists() {
    assert_eq!(written(&vec![vec![1, 2], vec![], vec![3]]), "- - 1\n  - 2\n- []\n- - 3\n");
    assert_eq!(written(&[[["a"]]]), "- - - a\n");
    let maps = [[BTreeMap::from([("a", 1), ("b", 2)]), BTreeMap::new()]];
    assert_eq!(written(&maps), "- - a: 1\n    b: 2\n  - {}\n");
    let map = BTreeMap::from([("k", [["a\nb\n"], ["c"]])]);
    assert_eq!(written(&map), "k:\n- - |\n    a\n    b\n- - c\n");
}

#[test]
fn empty_collections() {
    assert_eq!(written::<[u8]>(&[]), "[]\n");
    assert_eq!(written(&BTreeMap::<&str, u8>::new()), "{}\n");
    assert_eq!(written(&BTreeMap::from([("a", Vec::<u8>::new())])), "a: []\n");
    assert_eq!(written(&()), "null\n");
}

#[derive(Serialize)]
struct Unit;

#[derive(Serialize)]
struct Newtype(Option<u8>);

#[derive(Serialize)]
struct Pair(u8, bool);

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
enum Variants {
    AllUnits,
    On,
    Exact(&'static str),
    Inner(Box<Variants>),
    Both(u8, u8),
    Range { start: u8, end: u8 },
    Nothing {},
}

#[test]
fn types_of_rust() {
    assert_eq!(written(&(Unit, Newtype(None), Newtype(Some(1)))), "- null\n- null\n- 1\n");
    assert_eq!(written(&Pair(1, true)), "- 1\n- true\n");
    assert_eq!(written(&('x', ':', '\n', false)), "- x\n- ':'\n- \"\\n\"\n- false\n");
    assert_eq!(
        written(&(i8::MIN, u64::MAX, i128::MIN, u128::MAX)),
        "- -128\n- 18446744073709551615\n- -170141183460469231731687303715884105728\n\
         - 340282366920938463463374607431768211455\n"
    );
}

#[test]
fn variants() {
    use Variants::{AllUnits, Both, Exact, Inner, Nothing, On, Range};
    assert_eq!(written(&[AllUnits, On]), "- allUnits\n- 'on'\n");
    let list = [Exact("/api"), Inner(Box::new(Inner(Box::new(Both(1, 2))))), Range { start: 1, end: 2 }, Nothing {}];
    let expected = "\
- exact: /api
- inner:
    inner:
      both:
      - 1
      - 2
- range:
    start: 1
    end: 2
- nothing: {}
";
    assert_eq!(written(&list), expected);
    let map = BTreeMap::from([("uri", Exact("a\nb\n")), ("x", Inner(Box::new(AllUnits)))]);
    assert_eq!(written(&map), "uri:\n  exact: |\n    a\n    b\nx:\n  inner: allUnits\n");
    assert_eq!(written(&Range { start: 1, end: 2 }), "range:\n  start: 1\n  end: 2\n");
}

#[test]
fn floats_are_as_go_writes_them() {
    for (value, text) in [
        (0.0, "0"),
        (-0.0, "-0"),
        (50.0, "50"),
        (33.3, "33.3"),
        (0.1 + 0.2, "0.30000000000000004"),
        (-1.5, "-1.5"),
        (1e-6, "0.000001"),
        (9.9e-7, "9.9e-7"),
        (1e-7, "1e-7"),
        (-1e-7, "-1e-7"),
        (1.5e-10, "1.5e-10"),
        (5e-324, "5e-324"),
        (123_456_789_012_345_680.0, "123456789012345680"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (-2.5e21, "-2.5e+21"),
        (f64::MAX, "1.7976931348623157e+308"),
    ] {
        assert_eq!(written(&value), format!("{text}\n"));
    }
    assert_eq!(written(&[33.3f32, 0.1, 1e-7, 1e21]), "- 33.3\n- 0.1\n- 1e-7\n- 1e+21\n");
}

#[test]
fn keys_are_text() {
    assert_eq!(written(&BTreeMap::from([(8080, "a"), (-1, "b")])), "'-1': b\n'8080': a\n");
    assert_eq!(written(&BTreeMap::from([(true, 1)])), "'true': 1\n");
    assert_eq!(written(&BTreeMap::from([('x', 1), ('y', 2)])), "x: 1\n'y': 2\n");
    assert_eq!(written(&BTreeMap::from([(Variants::AllUnits, 1)])), "allUnits: 1\n");
    assert_eq!(written(&BTreeMap::from([(Some("a"), 1)])), "a: 1\n");
    assert_eq!(written(&BTreeMap::from([("a\nb", 1), ("@type", 2)])), "'@type': 2\n\"a\\nb\": 1\n");
}

#[test]
fn keys_too_long_for_one_line_are_marked() {
    let (fits, long) = ("k".repeat(1024), "k".repeat(1025));
    assert_eq!(written(&BTreeMap::from([(&fits, 1)])), format!("{fits}: 1\n"));
    let map = BTreeMap::from([(&long, vec![1])]);
    assert_eq!(written(&[&map]), format!("- ? {long}\n  :\n  - 1\n"));
}

struct Bytes;

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(b"raw")
    }
}

struct Failing;

impl Serialize for Failing {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no such day"))
    }
}

#[test]
fn what_cannot_be_written_leaves_no_trace() {
    fn error<T: Serialize>(value: T) -> String {
        let mut out = String::from("before\n");
        let error: Error = write(&("x", value), &mut out).expect_err("not writable");
        assert_eq!(out, "before\n");
        error.to_string()
    }
    assert_eq!(error(f64::INFINITY), "inf is not a valid JSON number");
    assert_eq!(error(f32::NAN), "NaN is not a valid JSON number");
    assert_eq!(error(Bytes), "bytes cannot be written as YAML");
    assert_eq!(error(Failing), "no such day");
    assert_eq!(error(BTreeMap::from([(None::<&str>, 1)])), "null cannot be the key of a mapping");
    assert_eq!(error(BTreeMap::from([([1], 1)])), "a list cannot be the key of a mapping");
    assert_eq!(error(BTreeMap::from([(Variants::Exact("a"), 1)])), "a mapping cannot be the key of a mapping");
}

#[test]
fn documents_are_appended() {
    let mut out = String::from("# comment\n");
    write(&["a"], &mut out).expect("writable");
    out.push_str("---\n");
    write(&"b", &mut out).expect("writable");
    assert_eq!(out, "# comment\n- a\n---\nb\n");
}

#[test]
fn depth_has_no_limit_of_columns() {
    let mut value = serde_json::json!("end");
    for _ in 0..100 {
        value = serde_json::json!({ "k": value });
    }
    let text = written(&value);
    assert_eq!(text.lines().count(), 100);
    assert_eq!(text.lines().last(), Some(format!("{}k: end", " ".repeat(198)).as_str()));
}

#[test]
fn what_was_written_is_taken_as_it_is() {
    struct Lines(String);

    impl Serialize for Lines {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_newtype_struct(WRITTEN, &self.0)
        }
    }

    let routes = [BTreeMap::from([("a", vec![1, 2]), ("b", Vec::new())]), BTreeMap::from([("c", vec![3])])];
    let mut lines = String::new();
    routes.iter().for_each(|route| item(route, 2, &mut lines).expect("writable"));
    let (before, now) = (BTreeMap::from([("http", Lines(lines))]), BTreeMap::from([("http", routes)]));
    assert_eq!(written(&BTreeMap::from([("spec", before)])), written(&BTreeMap::from([("spec", now)])));
}
