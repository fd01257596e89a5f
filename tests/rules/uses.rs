//! Whether an object really uses a field that a case says it covers.

use serde_json::{Map, Value};

const V1: &str = "networking.mesh.gloo.solo.io/v1";

const LATER: &str = "The later API";

/// The kinds whose fields are listed below a heading of a page, each with the path at which the fields start.
fn subjects(page: &str, heading: &str) -> &'static [(&'static str, &'static str)] {
    match (page, heading) {
        ("docs/policies/traffic-policy.md", "Fields") => &[("TrafficPolicy", "")],
        ("docs/policies/traffic-policy.md", "Source selectors") => &[("TrafficPolicy", "sourceSelector[]")],
        ("docs/policies/access-policy.md", "Fields") => &[("AccessPolicy", "")],
        ("docs/policies/access-policy.md", "Source selectors") => &[("AccessPolicy", "sourceSelector[]")],
        ("docs/policies/virtual-mesh.md", "Fields") => &[("VirtualMesh", "")],
        ("docs/policies/failover-service.md", "Fields") => &[("FailoverService", "")],
        ("docs/policies.md", "Destination selectors") => &[
            ("TrafficPolicy", "destinationSelector[]"),
            ("AccessPolicy", "destinationSelector[]"),
            ("VirtualMesh", "federation.selectors[].destinationSelectors[]"),
        ],
        ("docs/policies.md", LATER) => &[("TrafficPolicy", ""), ("AccessPolicy", ""), ("VirtualMesh", "")],
        _ => &[],
    }
}

/// Whether an object uses a field that a page lists below a heading.
pub(crate) fn uses(object: &Value, (page, heading): (&str, &str), field: &str) -> bool {
    let is_v1 = object["apiVersion"] == V1;
    let later = heading == LATER;
    if later && !is_v1 {
        return false;
    }
    let spec = if is_v1 && !later { modelled(&object["spec"]) } else { object["spec"].clone() };
    subjects(page, heading).iter().filter(|(kind, _)| object["kind"] == *kind).any(|(_, from)| {
        let path = if from.is_empty() { field.to_owned() } else { format!("{from}.{field}") };
        has(&spec, &path.split('.').collect::<Vec<_>>())
    })
}

/// Whether a value has something at a path: `name[]` is each element of a list, `*` each value of a map.
fn has(value: &Value, path: &[&str]) -> bool {
    let [step, rest @ ..] = path else { return true };
    if *step == "*" {
        return value.as_object().is_some_and(|map| map.values().any(|value| has(value, rest)));
    }
    let name = step.trim_end_matches("[]");
    let Some(found) = value.get(name).or_else(|| value.get(snake_case(name))) else { return false };
    match step.ends_with("[]") {
        true => found.as_array().is_some_and(|list| rest.is_empty() || list.iter().any(|value| has(value, rest))),
        false => has(found, rest),
    }
}

fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// A specification of version `v1` in the form of the others, as far as the fields' places differ.
fn modelled(spec: &Value) -> Value {
    let mut out = spec.as_object().cloned().unwrap_or_default();
    if let Some(Value::Object(policy)) = out.remove("policy") {
        out.extend(policy);
    }
    for selector in list(&mut out, "sourceSelector") {
        if let Some(inner) = selector.get("kubeWorkloadMatcher") {
            *selector = inner.clone();
        }
    }
    for matcher in list(&mut out, "httpRequestMatchers") {
        let Some(matcher) = matcher.as_object_mut() else { continue };
        if let Some(Value::Object(uri)) = matcher.remove("uri") {
            matcher.extend(uri);
        }
        if let Some(method @ Value::String(_)) = matcher.remove("method") {
            matcher.insert("method".to_owned(), serde_json::json!({"method": method}));
        }
    }
    Value::Object(out)
}

fn list<'v>(map: &'v mut Map<String, Value>, name: &str) -> impl Iterator<Item = &'v mut Value> {
    map.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten()
}

#[test]
fn used_fields_are_found() {
    let read = |text: &str| serde_yaml::from_str::<Value>(text).expect("YAML");
    let routes = ("docs/policies/traffic-policy.md", "Fields");
    let old = read("{apiVersion: a, kind: TrafficPolicy, spec: {http_request_matchers: [{}, {exact: /a}]}}");
    assert!(uses(&old, routes, "httpRequestMatchers[].exact"));
    assert!(!uses(&old, routes, "httpRequestMatchers[].prefix"));
    assert!(!uses(&old, ("docs/policies/access-policy.md", "Fields"), "httpRequestMatchers[].exact"));
    let v1 = "{kubeWorkloadMatcher: {labels: {a: b}}}], policy: {retries: {attempts: 1}}";
    let v1 = read(&format!("{{apiVersion: {V1}, kind: TrafficPolicy, spec: {{sourceSelector: [{v1}}}}}"));
    assert!(uses(&v1, ("docs/policies/traffic-policy.md", "Source selectors"), "labels.*"));
    assert!(uses(&v1, routes, "retries.attempts") && !uses(&v1, routes, "retries.perTryTimeout"));
    let later = ("docs/policies.md", LATER);
    assert!(uses(&v1, later, "sourceSelector[].kubeWorkloadMatcher"));
    assert!(!uses(&old, later, "httpRequestMatchers[].exact"));
}
