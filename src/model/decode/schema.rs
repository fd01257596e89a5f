//! The JSON Schema of what is decoded: each type gives its own, so that what an editor accepts is what is read.
//!
//! Null means absent nearly everywhere, so every schema accepts it; [`present`] takes it away where something has to be.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::words::snake_case;

/// The schemas of messages, by their names in `$defs`.
#[derive(Debug, Default)]
pub struct Defs {
    /// Which type has a name: two modules can each have a type of the same name.
    names: BTreeMap<&'static str, String>,
    schemas: BTreeMap<String, Json>,
}

impl Defs {
    /// A reference to the schema of a message, which `build` fills when it is first asked for. `identity` names its module and
    /// itself, `docs` are its attributes.
    pub fn message(
        &mut self,
        identity: &'static str,
        docs: &[&str],
        build: impl FnOnce(&mut Self, &mut Message),
    ) -> Json {
        if let Some(name) = self.names.get(identity) {
            return reference(name);
        }
        let name = self.free_name(identity.rsplit("::").next().unwrap_or(identity));
        self.names.insert(identity, name.clone());
        self.schemas.insert(name.clone(), Json::Null);
        let mut message = Message { at: Some(format!("#/$defs/{name}/properties")), ..Message::default() };
        build(self, &mut message);
        self.schemas.insert(name.clone(), message.schema(docs));
        reference(&name)
    }

    /// A name that no other type has.
    fn free_name(&self, wanted: &str) -> String {
        let numbered = |n: usize| if n == 1 { wanted.to_owned() } else { format!("{wanted}{n}") };
        (1..).map(numbered).find(|name| !self.schemas.contains_key(name)).unwrap_or_default()
    }

    /// The schema of a message of this name, to add to it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Json> {
        self.schemas.get_mut(name)
    }

    /// Everything that references lead to.
    pub fn into_json(self) -> Json {
        self.schemas.into_iter().collect::<Map<String, Json>>().into()
    }
}

/// The schema of a message while its fields are added.
#[derive(Debug, Default)]
pub struct Message {
    /// Where its fields are in the document, if it has a name.
    at: Option<String>,
    properties: Map<String, Json>,
    /// Fields that are accepted and that no editor should propose: other spellings, and what is read only to be refused.
    patterns: Map<String, Json>,
    exclusive: Vec<Json>,
}

impl Message {
    /// Adds a field; `docs` are its attributes.
    pub fn field(&mut self, name: &str, docs: &[&str], schema: Json) {
        let schema = described(schema, docs);
        let snake = snake_case(name);
        if is_refused(&schema) {
            self.patterns.insert(format!("^({name}|{snake})$"), schema);
            return;
        }
        if snake != name {
            let same = self.at.as_ref().map(|at| json!({"$ref": format!("{at}/{name}")}));
            self.patterns.insert(format!("^{snake}$"), same.unwrap_or_else(|| schema.clone()));
        }
        self.properties.insert(name.to_owned(), schema);
    }

    /// Adds a variant of a oneof. Null is the default of a scalar, but of a message only where `accepts_null` says so.
    pub fn variant(&mut self, name: &str, docs: &[&str], schema: Json, accepts_null: bool) {
        let is_scalar = schema.get("$ref").is_none() && schema.get("additionalProperties").is_none();
        self.field(name, docs, if accepts_null || is_scalar { schema } else { present(schema) });
    }

    /// Adds the rule that at most one of some fields is set.
    pub fn one_of(&mut self, members: &[&str]) {
        for (i, first) in members.iter().enumerate() {
            for second in &members[i + 1..] {
                self.exclusive.push(json!({"not": {"required": [first, second]}}));
            }
        }
    }

    fn schema(self, docs: &[&str]) -> Json {
        let mut schema = json!({"type": ["object", "null"], "additionalProperties": false});
        if !self.properties.is_empty() {
            schema["properties"] = self.properties.into();
        }
        if !self.patterns.is_empty() {
            schema["patternProperties"] = self.patterns.into();
        }
        if !self.exclusive.is_empty() {
            schema["allOf"] = self.exclusive.into();
        }
        described(schema, docs)
    }
}

/// The schema of a field whose values are refused but for those that mean absent.
pub(in crate::model) fn refused() -> Json {
    json!({"enum": [null, false, 0, "", []]})
}

fn is_refused(schema: &Json) -> bool {
    schema["enum"] == refused()["enum"]
}

/// The schema of an enum: one of its names, or a number.
pub fn enumeration(names: &[&str]) -> Json {
    json!({"anyOf": [{"enum": names}, {"type": "integer", "minimum": 0, "maximum": names.len() - 1}, {"type": "null"}]})
}

/// The schema of a whole number, which may be quoted.
pub fn integer(min: i64, max: i64) -> Json {
    json!({"type": ["integer", "string", "null"], "minimum": min, "maximum": max, "pattern": "^[-+]?[0-9]+$"})
}

/// The schema of a number, which may be quoted.
pub fn number() -> Json {
    const NUMBER: &str = r"^([0-9]+\.?[0-9]*|[-+]([0-9]+\.?[0-9]*|\.[0-9]+))([eE][-+]?[0-9]+)?$|^(NaN|-?Infinity)$";
    json!({"type": ["number", "string", "null"], "pattern": NUMBER})
}

/// The schema of a list.
pub fn list(items: Json) -> Json {
    json!({"type": ["array", "null"], "items": present(items)})
}

/// The schema of a map with free keys.
pub fn map(values: Json) -> Json {
    json!({"type": ["object", "null"], "additionalProperties": present(values)})
}

/// The schema of a mapping of texts with fixed keys.
pub(in crate::model) fn texts(names: &[&str]) -> Json {
    let mut message = Message::default();
    names.iter().for_each(|name| message.field(name, &[], text()));
    message.schema(&[])
}

/// The schema of a text.
pub fn text() -> Json {
    json!({"type": ["string", "null"]})
}

/// A schema without null: of an element, of an entry, of a variant.
pub fn present(mut schema: Json) -> Json {
    if schema.get("$ref").is_some() {
        schema["type"] = "object".into();
        return schema;
    }
    if let Some(Json::Array(types)) = schema.get_mut("type") {
        types.retain(|one| one != "null");
        if let [one] = &types[..] {
            schema["type"] = one.clone();
        }
    }
    if let Some(Json::Array(variants)) = schema.get_mut("anyOf") {
        variants.retain(|variant| variant["type"] != "null");
    }
    schema
}

fn reference(name: &str) -> Json {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// A schema with the text of a doc comment.
fn described(mut schema: Json, docs: &[&str]) -> Json {
    let text = docs.iter().filter_map(|attribute| doc(attribute)).collect::<Vec<_>>().join(" ");
    if !text.is_empty() {
        schema["description"] = text.into();
    }
    schema
}

/// The text of a doc comment that the compiler has made an attribute of.
fn doc(attribute: &str) -> Option<String> {
    let rest = attribute.trim().strip_prefix("doc")?.trim_start().strip_prefix('=')?.trim_start();
    let is_raw = rest.starts_with('r');
    let text = rest.trim_start_matches('r').trim_matches('#');
    let text = text.strip_prefix('"')?.strip_suffix('"')?.trim();
    Some(if is_raw { text.to_owned() } else { text.replace("\\\"", "\"").replace("\\'", "'").replace("\\\\", "\\") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doc_comments_are_read_in_each_form_of_the_compiler() {
        assert_eq!(doc("doc = \" Its share.\"").as_deref(), Some("Its share."));
        assert_eq!(doc("doc = r\" Its `share`.\"").as_deref(), Some("Its `share`."));
        assert_eq!(doc("doc = r#\" Its \"share\".\"#").as_deref(), Some("Its \"share\"."));
        assert_eq!(doc("doc = \" It\\'s.\"").as_deref(), Some("It's."));
        assert_eq!(doc("serde(default)"), None);
    }

    #[test]
    fn types_of_one_name_in_two_modules_are_two() {
        let mut defs = Defs::default();
        let one = defs.message("a::Port", &[], |_, _| ());
        let other = defs.message("b::Port", &[], |_, _| ());
        assert_eq!((one["$ref"].as_str(), other["$ref"].as_str()), (Some("#/$defs/Port"), Some("#/$defs/Port2")));
        assert_eq!(defs.message("a::Port", &[], |_, _| unreachable!()), one);
    }

    #[test]
    fn null_goes_where_something_has_to_be() {
        assert_eq!(present(json!({"type": ["string", "null"]})), json!({"type": "string"}));
        assert_eq!(present(json!({"$ref": "#/$defs/x"}))["type"], "object");
        assert_eq!(present(json!({"anyOf": [{"enum": ["a"]}, {"type": "null"}]})), json!({"anyOf": [{"enum": ["a"]}]}));
    }
}
