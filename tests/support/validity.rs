//! Whether a document is valid by the part of JSON Schema that the schemas of documents use.

use std::collections::BTreeMap;
use std::sync::Mutex;

use regex_lite::Regex;
use serde_json::Value;

/// What a reference in the schema leads to.
pub(crate) fn resolved<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    match schema["$ref"].as_str() {
        Some(to) => root.pointer(to.trim_start_matches('#')).expect("references lead somewhere"),
        None => schema,
    }
}

/// Whether a value is valid. A keyword that is not known is a panic.
pub(crate) fn is_valid(root: &Value, schema: &Value, value: &Value) -> bool {
    let rules = schema.as_object().expect("a schema is a map");
    rules.iter().all(|(keyword, rule)| follows(root, schema, (keyword, rule), value))
}

fn follows(root: &Value, schema: &Value, (keyword, rule): (&str, &Value), value: &Value) -> bool {
    let valid = |rule: &Value| is_valid(root, rule, value);
    let count = || rule.as_array().expect("a list").iter().filter(|schema| valid(schema)).count();
    match keyword {
        "$schema" | "title" | "description" | "$defs" | "then" | "else" => true,
        "$ref" => valid(resolved(root, schema)),
        "const" => rule == value,
        "enum" => rule.as_array().expect("a list").contains(value),
        "type" => match rule {
            Value::Array(types) => types.iter().any(|one| has_type(one, value)),
            one => has_type(one, value),
        },
        "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().expect("a number")),
        "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().expect("a number")),
        "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().expect("a number")),
        "minLength" => value.as_str().is_none_or(|text| text.len() as u64 >= rule.as_u64().expect("a number")),
        "pattern" => value.as_str().is_none_or(|text| matches(rule.as_str().expect("text"), text)),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| is_valid(root, rule, item))),
        "required" => value.as_object().is_none_or(|map| {
            let names = rule.as_array().expect("a list");
            names.iter().all(|name| map.contains_key(name.as_str().expect("text")))
        }),
        "properties" | "patternProperties" | "additionalProperties" => fields(root, schema, value),
        "allOf" => count() == rule.as_array().expect("a list").len(),
        "anyOf" => count() > 0,
        "oneOf" => count() == 1,
        "not" => !valid(rule),
        "if" => schema.get(if valid(rule) { "then" } else { "else" }).is_none_or(valid),
        other => panic!("the keyword {other} is not known"),
    }
}

/// Whether every field of a mapping is valid.
fn fields(root: &Value, schema: &Value, value: &Value) -> bool {
    value.as_object().is_none_or(|map| map.iter().all(|(name, value)| field(root, schema, name, value)))
}

fn field(root: &Value, schema: &Value, name: &str, value: &Value) -> bool {
    let own = schema["properties"].get(name).into_iter();
    let patterns = schema["patternProperties"].as_object().into_iter().flatten();
    let by_pattern = patterns.filter(|(pattern, _)| matches(pattern, name)).map(|(_, schema)| schema);
    let known: Vec<&Value> = own.chain(by_pattern).collect();
    match (&known[..], &schema["additionalProperties"]) {
        ([], Value::Bool(accepted)) => *accepted,
        ([], Value::Null) => true,
        ([], rest) => is_valid(root, rest, value),
        (known, _) => known.iter().all(|schema| is_valid(root, schema, value)),
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    // Compiling one takes much longer than using it.
    static COMPILED: Mutex<BTreeMap<String, Regex>> = Mutex::new(BTreeMap::new());
    let mut compiled = COMPILED.lock().expect("no test panics with it");
    let compile = || Regex::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    compiled.entry(pattern.to_owned()).or_insert_with(compile).is_match(text)
}

fn has_type(wanted: &Value, value: &Value) -> bool {
    match wanted.as_str().expect("the name of a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("no type {other}"),
    }
}
