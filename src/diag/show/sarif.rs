//! Findings as SARIF 2.1.0 (OASIS), which code scanning of GitHub and others take.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::annotation::{Annotation, Rule, fingerprints};
use super::point::Point;
use crate::diag::Severity;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The name of the fingerprint, which has a version of its own.
const FINGERPRINT: &str = "meshtree/v1";

/// A log with one run that ends in a newline. What has no file is said about `elsewhere`: code scanning refuses results without
/// a location.
pub fn sarif(annotations: &[Annotation], elsewhere: &str) -> String {
    let mut rules: BTreeMap<&Rule, usize> = annotations.iter().map(|annotation| (&annotation.rule, 0)).collect();
    rules.values_mut().enumerate().for_each(|(i, index)| *index = i);
    let results: Vec<Value> = annotations
        .iter()
        .zip(fingerprints(annotations))
        .map(|(annotation, fingerprint)| result(annotation, rules[&annotation.rule], &fingerprint, elsewhere))
        .collect();
    let driver = json!({
        "name": "meshtree",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "informationUri": env!("CARGO_PKG_REPOSITORY"),
        "rules": rules.keys().map(|rule| described(rule)).collect::<Vec<_>>(),
    });
    let run = json!({ "tool": { "driver": driver }, "columnKind": "unicodeCodePoints", "results": results });
    let log = json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] });
    serde_json::to_string_pretty(&log).unwrap_or_default() + "\n"
}

fn described(Rule { id, summary, text }: &Rule) -> Value {
    json!({
        "id": id,
        "shortDescription": { "text": summary },
        "fullDescription": { "text": text },
        "help": { "text": text, "markdown": text },
    })
}

fn result(annotation: &Annotation, rule: usize, fingerprint: &str, elsewhere: &str) -> Value {
    let level = match annotation.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let mut result = json!({
        "ruleId": annotation.rule.id,
        "ruleIndex": rule,
        "level": level,
        "message": { "text": annotation.sentence() },
        "locations": [location(&annotation.place, annotation.end_column, elsewhere)],
        "partialFingerprints": { FINGERPRINT: fingerprint },
    });
    let related: Vec<Value> = annotation
        .related
        .iter()
        .map(|(point, why)| {
            let mut location = location(point, None, elsewhere);
            location["message"] = json!({ "text": why });
            location
        })
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    let Annotation { object, policy, cluster, .. } = annotation;
    let mut properties = Map::new();
    let object = object.as_ref().map(super::Object::text);
    for (name, value) in [("object", &object), ("policy", policy), ("cluster", cluster)] {
        properties.extend(value.as_ref().map(|value| (name.to_owned(), Value::from(&**value))));
    }
    if !properties.is_empty() {
        result["properties"] = properties.into();
    }
    result
}

fn location(Point { file, line, column }: &Point, end: Option<usize>, elsewhere: &str) -> Value {
    let mut region = json!({ "startLine": line.unwrap_or(1) });
    if let Some(column) = column {
        region["startColumn"] = (*column).into();
    }
    if let Some(end) = end {
        region["endColumn"] = end.into();
    }
    let uri = uri(file.as_deref().unwrap_or(elsewhere));
    json!({ "physicalLocation": { "artifactLocation": { "uri": uri }, "region": region } })
}

/// A path as a reference of a URI (RFC 3986).
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut out = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.trim_start_matches("./").bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            // Writing to a String does not fail.
            byte => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}
