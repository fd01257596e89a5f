//! What validation asks of several fields together, and of objects of one cluster.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

fn list<'v>(value: Option<&'v Value>) -> impl Iterator<Item = &'v Value> + use<'v> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn twice<'v>(values: impl Iterator<Item = &'v Value>) -> Option<&'v Value> {
    let mut seen = BTreeSet::new();
    values.into_iter().find(|value| !seen.insert(value.to_string()))
}

/// What is wrong with the fields of one message together.
pub(crate) fn of_message(name: &str, map: &Map<String, Value>) -> Vec<String> {
    let has = |field: &str| map.contains_key(field);
    let mut wrong = Vec::new();
    let mut rule = |holds: bool, text: &str| {
        if !holds {
            wrong.push(text.to_owned());
        }
    };
    match name {
        "HTTPRoute" => {
            let weights: Vec<u64> =
                list(map.get("route")).map(|to| to["weight"].as_u64().unwrap_or_default()).collect();
            let sum: u64 = weights.iter().sum();
            rule(sum == 100 || weights.len() == 1 && sum == 0, "weights do not sum to 100");
            rule(has("mirror") || !has("mirrorPercentage"), "a percentage of no mirror");
            rule(list(map.get("match")).count() <= 1, "several matches in one route are several routes here");
        }
        "HTTPRetry" => rule(has("attempts") || !has("perTryTimeout"), "a time for each try without tries"),
        "HTTPFaultInjection" => rule(has("delay") || has("abort"), "a fault that is none"),
        "DestinationRule" => {
            rule(twice(list(map.get("subsets")).map(|subset| &subset["name"])).is_none(), "two subsets of one name");
        }
        "ServiceEntry" => {
            let names = || list(map.get("ports")).map(|port| &port["name"]);
            rule(twice(names()).is_none(), "two ports of one name");
            rule(twice(list(map.get("ports")).map(|port| &port["number"])).is_none(), "two ports of one number");
            let known: BTreeSet<&str> = names().filter_map(Value::as_str).collect();
            let endpoints = list(map.get("endpoints")).filter_map(|endpoint| endpoint["ports"].as_object());
            rule(
                endpoints.flat_map(Map::keys).all(|name| known.contains(&**name)),
                "an endpoint's port that the host has not",
            );
        }
        "Rule" | "AuthorizationPolicy" | "HeaderOperations" => {}
        "Operation" | "Source" => {
            rule(!map.is_empty(), "nothing is said");
            rule(map.values().flat_map(|texts| list(Some(texts))).all(|text| text != ""), "an empty text");
            let rest = |path: &Value| path.as_str().unwrap_or_default().replace("{**}", "").replace("{*}", "");
            rule(list(map.get("paths")).all(|path| !rest(path).contains(['{', '}'])), "braces of no path template");
        }
        "Patch" => {
            rule(has("value") != (map["operation"] == "REMOVE"), "REMOVE has no value, and everything else has one")
        }
        "EnvoyConfigObjectPatch" => {
            let of_cluster = map["match"].get("cluster").is_some();
            rule(of_cluster == (map["applyTo"] == "CLUSTER"), "a patch of something else than it matches");
        }
        "TrafficSplit" => {
            let weights = list(map.get("backends")).filter_map(|backend| backend["weight"].as_u64());
            rule(weights.sum::<u64>() == 100, "weights do not sum to 100");
            rule(twice(list(map.get("backends")).map(|b| &b["service"])).is_none(), "two backends of one name");
        }
        "HTTPRouteGroup" => {
            rule(twice(list(map.get("matches")).map(|request| &request["name"])).is_none(), "two matches of one name");
        }
        _ => {}
    }
    wrong
}

/// The objects of a cluster by kind.
fn of_kind<'v>(objects: &'v [Value], kind: &'static str) -> impl Iterator<Item = &'v Value> + use<'v> {
    objects.iter().filter(move |object| object["kind"] == kind)
}

/// What is wrong with the objects of one cluster together: names that lead nowhere.
pub(crate) fn of_cluster(objects: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut subsets: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for rule in of_kind(objects, "DestinationRule") {
        let names = list(rule["spec"].get("subsets")).filter_map(|subset| subset["name"].as_str());
        if subsets.insert(rule["spec"]["host"].as_str().unwrap_or_default(), names.collect()).is_some() {
            wrong.push(format!("two DestinationRules of {}", rule["spec"]["host"]));
        }
    }
    for service in of_kind(objects, "VirtualService") {
        for to in list(service["spec"].get("http")).flat_map(|route| list(route.get("route"))) {
            let (host, subset) = (to["destination"]["host"].as_str(), to["destination"]["subset"].as_str());
            let known = host.and_then(|host| subsets.get(host));
            if let (Some(known), Some(subset)) = (known, subset)
                && !known.contains(subset)
            {
                wrong.push(format!(
                    "{} has a route to subset {subset} of {host:?}, which has none",
                    service["metadata"]
                ));
            }
        }
    }
    let groups: BTreeMap<String, BTreeSet<String>> = of_kind(objects, "HTTPRouteGroup")
        .map(|group| {
            let names = list(group["spec"].get("matches")).map(|request| request["name"].to_string());
            (key(&group["metadata"]["namespace"], &group["metadata"]["name"]), names.collect())
        })
        .collect();
    for target in of_kind(objects, "TrafficTarget") {
        for rule in list(target["spec"].get("rules")) {
            let group = groups.get(&key(&target["metadata"]["namespace"], &rule["name"]));
            let known = |name: &Value| group.is_some_and(|group| group.contains(&name.to_string()));
            if !list(rule.get("matches")).all(known) {
                wrong.push(format!("{} names requests that no group has", target["metadata"]));
            }
        }
    }
    wrong
}

fn key(namespace: &Value, name: &Value) -> String {
    format!("{namespace}/{name}")
}
