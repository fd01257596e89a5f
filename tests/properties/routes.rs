//! Routes stand in one order, whatever the order of the files: the more specific first, equals in the order of their policies.
//!
//! The order is held against the rules as they are told to users, route against route, and not against the program's own keys.

use std::cmp::Ordering;

use proptest::prelude::*;
use serde_yaml::Value;

use crate::{config, files, policy, rendered, services};

/// Few values for each part of a condition, so that many routes are equal in some of them.
fn condition() -> impl Strategy<Value = String> {
    let uri = prop_oneof![
        Just(String::new()),
        ("(exact|prefix|regex)", "/(a|b|aa|ab|bbb)").prop_map(|(kind, path)| format!("{kind}: {path}, ")),
    ];
    let names = || prop::sample::subsequence(vec!["x", "u", "v"], 0..3);
    let method = prop_oneof![Just(String::new()), (0..9_u32).prop_map(|m| format!("method: {{method: {m}}}, "))];
    let source = prop_oneof![
        Just(String::new()),
        (names(), prop::option::of("(n1|n2)")).prop_map(|(labels, namespace)| {
            let labels: Vec<String> = labels.iter().map(|name| format!("{name}: l")).collect();
            format!(
                "sourceSelector: [{{labels: {{{}}}, namespaces: [{}]}}], ",
                labels.join(", "),
                namespace.unwrap_or_default()
            )
        }),
    ];
    (uri, names(), names(), names(), method, source).prop_map(|(uri, headers, without, queries, method, source)| {
        let header = |name: &&str, inverted: bool| format!("{{name: {name}, value: h, invertMatch: {inverted}}}");
        let mut all: Vec<String> = headers.iter().map(|name| header(name, false)).collect();
        all.extend(without.iter().map(|name| header(name, true)));
        let queries: Vec<String> = queries.iter().map(|name| format!("{{name: {name}, value: q}}")).collect();
        let requests = format!("{uri}{method}headers: [{}], queryParameters: [{}]", all.join(", "), queries.join(", "));
        format!("{source}httpRequestMatchers: [{{{requests}}}], ")
    })
}

/// How two routes' conditions stand to each other, rule by rule.
fn compare(x: &Value, y: &Value) -> Ordering {
    let size = |route: &Value, field: &str| route[field].as_mapping().map_or(0, serde_yaml::Mapping::len);
    let text = |route: &Value, path: [&str; 2]| route[path[0]][path[1]].as_str().unwrap_or_default().to_owned();
    let more = |field: &str| size(y, field).cmp(&size(x, field));
    let uri = |kind: &str| {
        let (x, y) = (text(x, ["uri", kind]), text(y, ["uri", kind]));
        y.len().cmp(&x.len()).then(x.cmp(&y))
    };
    let namespace = |route: &Value| route["sourceNamespace"].as_str().unwrap_or_default().to_owned();
    const METHODS: [&str; 10] = ["", "GET", "POST", "PUT", "DELETE", "HEAD", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
    let method = |route: &Value| METHODS.iter().position(|known| *known == text(route, ["method", "exact"]));
    uri("exact")
        .then_with(|| uri("regex"))
        .then_with(|| uri("prefix"))
        .then_with(|| more("headers"))
        .then_with(|| more("queryParams"))
        .then_with(|| more("sourceLabels"))
        .then_with(|| namespace(y).cmp(&namespace(x)))
        .then_with(|| method(y).cmp(&method(x)))
        .then_with(|| more("withoutHeaders"))
        .then_with(|| x["port"].as_u64().cmp(&y["port"].as_u64()))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_order_of_routes_is_total(conditions in prop::collection::vec(condition(), 1..16), order in any::<u64>()) {
        let base = files(0, 1);
        let [name, namespace, cluster] = &services(&base)[0];
        let refs = format!("destinationSelector: [{{kubeServiceRefs: {{services: [{{name: {name}, namespace: {namespace}, clusterName: {cluster}}}]}}}}]");
        let documents: Vec<String> = conditions
            .iter()
            .chain([&String::new()])
            .enumerate()
            .map(|(i, condition)| policy("TrafficPolicy", &format!("p{i:03}"), &format!("{condition}{refs}, requestTimeout: {}s", i + 1)))
            .collect();
        let with = |place: &dyn Fn(usize) -> u64| {
            let mut files = base.clone();
            files.extend(documents.iter().enumerate().map(|(i, text)| (format!("{:020}.yaml", place(i)), text.clone().into_bytes())));
            rendered(&files)
        };
        let tree = with(&|i| u64::try_from(i).expect("small"));
        prop_assert!(tree == with(&|i| (order ^ u64::try_from(i).expect("small")).wrapping_mul(0x9e37_79b9_7f4a_7c15)));

        let text = std::str::from_utf8(&tree[&format!("{cluster}/{namespace}/virtualservice-{name}.yaml")]).expect("text");
        let object: Value = serde_yaml::from_str(text).expect("YAML");
        let routes = object["spec"]["http"].as_sequence().expect("routes");
        let policy = |route: &Value| -> u64 {
            route["timeout"].as_str().and_then(|text| text.strip_suffix('s')?.parse().ok()).expect("seconds")
        };
        for (i, x) in routes.iter().enumerate() {
            for y in &routes[i + 1..] {
                match (x["match"].as_sequence(), y["match"].as_sequence()) {
                    (None, Some(_)) => prop_assert!(false, "a route without conditions stands before one with: {text}"),
                    (Some(x_match), Some(y_match)) => {
                        let order = compare(&x_match[0], &y_match[0]).then(policy(x).cmp(&policy(y)));
                        prop_assert!(order == Ordering::Less, "{x_match:?} stands before {y_match:?}");
                    }
                    _ => {}
                }
            }
        }
        prop_assert!(!routes.is_empty());
    }
}
