//! Conditions of routes in words.

use std::collections::BTreeMap;

use crate::ids::Text;
use crate::plan::{RequestConditions, SourceMatch, TextMatch, ValueMatch, When};

/// What requests meet the conditions of a route: what follows `requests`, and nothing if all do.
pub(crate) fn words(when: &When<'_>) -> String {
    let mut out = String::new();
    if let Some(SourceMatch { namespace, labels }) = when.source {
        if let Some(namespace) = namespace {
            out += &format!(" from namespace {namespace}");
        }
        if !labels.is_empty() {
            out += &format!(" from pods with {}", self::labels(labels));
        }
    }
    let Some(request) = when.request else { return out };
    let RequestConditions { path, method, headers, query_parameters } = &request.conditions;
    if let Some(method) = method {
        out += &format!(" with {}", method.as_str());
    }
    match path {
        None => {}
        Some(TextMatch::Exact(text)) => out += &format!(" for {text}"),
        Some(TextMatch::Prefix(text)) => out += &format!(" for {text}*"),
        Some(TextMatch::Regex(text)) => out += &format!(" for paths that match {text}"),
    }
    for ((inverted, name), value) in headers {
        let with = if *inverted { "without" } else { "with" };
        out += &format!(" {with} header {name}{}", compared(*value));
    }
    for (name, value) in query_parameters {
        out += &format!(" with parameter {name}{}", compared(*value));
    }
    out
}

fn compared(ValueMatch { regex, value }: ValueMatch<'_>) -> String {
    match (regex, value.is_empty()) {
        (false, true) => String::new(),
        (false, false) => format!("={value}"),
        (true, _) => format!(" that matches {value}"),
    }
}

/// Labels as people write them: `app=web,version=v1`.
pub(crate) fn labels(labels: &BTreeMap<Text, Text>) -> String {
    labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}
