//! Checks values against the part of JSON Schema that the project's schemas use.

use std::fs;

use serde_json::Value;

/// A schema of the project.
pub(crate) struct Schema(Value);

impl Schema {
    pub(crate) fn read(name: &str) -> Self {
        let path = super::project().join("schemas").join(name);
        Self(serde_json::from_str(&fs::read_to_string(path).expect("the schema is there")).expect("JSON"))
    }

    /// What is wrong with a value. A field that the schema does not name is wrong, too: the program must not write any.
    pub(crate) fn faults(&self, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.check(&self.0, value, "$", &mut faults);
        faults
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let fields = schema.as_object().unwrap_or_else(|| panic!("{at}: not a schema"));
        for (keyword, wanted) in fields {
            let is_right = match keyword.as_str() {
                "$schema" | "$defs" | "title" | "description" => true,
                "$ref" => {
                    let path = wanted.as_str().expect("a reference").trim_start_matches('#');
                    let target = self.0.pointer(path).unwrap_or_else(|| panic!("{path} is not there"));
                    self.check(target, value, at, faults);
                    true
                }
                "oneOf" => self.one_of(wanted, value, at, faults),
                "const" => value == wanted,
                "enum" => wanted.as_array().expect("a list").contains(value),
                "minimum" => value.as_i64() >= wanted.as_i64(),
                "type" => match wanted.as_array() {
                    Some(types) => types.iter().any(|wanted| has_type(value, wanted)),
                    None => has_type(value, wanted),
                },
                "required" => {
                    let names = wanted.as_array().expect("a list").iter().filter_map(Value::as_str);
                    names.into_iter().all(|name| value.get(name).is_some())
                }
                "properties" => self.properties(wanted, value, at, faults),
                "items" => {
                    for (i, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(wanted, item, &format!("{at}[{i}]"), faults);
                    }
                    true
                }
                _ => panic!("{at}: the keyword {keyword:?} is not checked"),
            };
            if !is_right {
                faults.push(format!("{at}: {keyword}: {wanted}, and it is {value}"));
            }
        }
    }

    fn one_of(&self, schemas: &Value, value: &Value, at: &str, faults: &mut Vec<String>) -> bool {
        let mut found = Vec::new();
        for schema in schemas.as_array().expect("a list") {
            let mut wrong = Vec::new();
            self.check(schema, value, at, &mut wrong);
            found.push(wrong);
        }
        let count = found.iter().filter(|wrong| wrong.is_empty()).count();
        if count == 0 {
            faults.extend(found.into_iter().min_by_key(Vec::len).unwrap_or_default());
        }
        count <= 1
    }

    fn properties(&self, known: &Value, value: &Value, at: &str, faults: &mut Vec<String>) -> bool {
        for (name, value) in value.as_object().into_iter().flatten() {
            match known.get(name) {
                Some(schema) => self.check(schema, value, &format!("{at}.{name}"), faults),
                None => faults.push(format!("{at}.{name} is not in the schema")),
            }
        }
        true
    }
}

fn has_type(value: &Value, wanted: &Value) -> bool {
    match wanted.as_str().expect("a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("unknown type {other}"),
    }
}
