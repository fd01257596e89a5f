//! What the JSON Schema of a PolicyTest says beyond types: the rules by which `meshtree test` refuses an expectation.

use serde_json::{Value as Json, json};

use super::PolicyTest;
use crate::model::decode::Decode as _;
use crate::model::decode::schema::Defs;

/// The schema of the specification.
pub(in crate::model) fn schema(defs: &mut Defs) -> Json {
    let spec = PolicyTest::schema(defs);
    for (message, rules) in rules() {
        let (Some(Json::Object(schema)), Json::Object(rules)) = (defs.get_mut(message), rules) else { continue };
        schema.extend(rules);
        // Exactly one of the fields is more than not two of them.
        schema.retain(|_, rule| !rule.is_null());
    }
    if let Some(tests) = defs.get_mut("PolicyTest") {
        tests["properties"]["tests"]["minItems"] = 1.into();
    }
    if let Some(rendered) = defs.get_mut("RenderedTest") {
        rendered["properties"]["object"]["pattern"] = "^[A-Za-z]+ [^ /]+/[^ /]+$".into();
        rendered["properties"]["absent"] =
            json!({"description": rendered["properties"]["absent"]["description"], "const": true});
    }
    spec
}

/// The keywords that a message's schema gets besides its fields.
fn rules() -> [(&'static str, Json); 6] {
    let one_of = |fields: &[&str]| fields.iter().map(|field| json!({"required": [field]})).collect::<Vec<_>>();
    let exactly_one = |fields: &[&str]| json!({"oneOf": one_of(fields)});
    let kinds = ["allow", "deny", "mixed", "route", "failover", "rendered"];
    [
        ("PolicyTest", json!({"required": ["tests"]})),
        ("Expectation", json!({"oneOf": one_of(&kinds), "allOf": null})),
        ("AccessTest", json!({"allOf": [exactly_one(&["from", "identity"]), exactly_one(&["to", "at"])]})),
        ("RouteTest", json!({"required": ["from", "to", "expect"]})),
        ("FailoverTest", json!({"required": ["from", "to", "arrives"]})),
        ("RenderedTest", json!({"required": ["cluster", "object"], "oneOf": one_of(&["value", "absent"])})),
    ]
}
