//! Holds a value against the messages.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::rules;
use crate::scalars;
use crate::table::{APIS, Api, METADATA};

/// Lists that a policy gives as they are, empty ones too, which Istio takes as none.
const COPIED: [&str; 4] = ["allowHeaders", "allowMethods", "exposeHeaders", "remove"];

/// Kinds whose message is the object itself.
const WITHOUT_SPEC: [&str; 2] = ["Role", "RoleBinding"];

/// A field of a message.
#[derive(Clone, Debug)]
struct Field {
    name: &'static str,
    kind: &'static str,
    required: bool,
    /// The group of which one member may be there, by its number in the message, and whether one has to be.
    group: Option<(usize, bool)>,
}

/// The messages of one API version by name.
struct Messages(BTreeMap<&'static str, Vec<Field>>);

/// The messages of every API version.
pub(crate) struct Schema(BTreeMap<&'static str, Messages>);

impl Schema {
    pub(crate) fn new() -> Self {
        Self(APIS.iter().map(|api| (api.version, Messages::read(api))).collect())
    }

    /// What is wrong with an object.
    pub(crate) fn check(&self, object: &Value) -> Vec<String> {
        let text = |field: &str| object[field].as_str().unwrap_or_default();
        let (version, kind) = (text("apiVersion"), text("kind"));
        if !APIS.iter().any(|api| api.version == version && api.kinds.contains(&kind)) {
            return vec![format!("{kind:?} of {version:?} is none of the kinds that are written")];
        }
        self.0[version].check(kind, object)
    }
}

impl Messages {
    fn read(api: &Api) -> Self {
        let mut messages: BTreeMap<&str, Vec<Field>> = BTreeMap::new();
        let mut current = "";
        let lines = METADATA.lines().chain(api.messages.lines()).filter(|line| !line.is_empty());
        for (number, line) in lines.enumerate() {
            let Some(line) = line.strip_prefix("  ") else {
                assert!(messages.insert(line, Vec::new()).is_none(), "{line} is there twice");
                current = line;
                continue;
            };
            let (first, rest) = line.split_once(' ').expect("a name and a type");
            let group = first.starts_with("one").then_some((number, first.ends_with('!')));
            let members = if group.is_some() { rest.split(" / ").collect() } else { vec![line] };
            for member in members {
                let (name, kind) = member.split_once(' ').expect("a name and a type");
                let (name, required) = (name.trim_end_matches('!'), name.ends_with('!'));
                messages.get_mut(current).expect("a message").push(Field { name, kind, required, group });
            }
        }
        let all = Self(messages);
        for field in all.0.values().flatten() {
            let kind = field.kind.trim_matches(['[', ']', '{', '}']);
            let is_message =
                kind.starts_with(|c: char| c.is_ascii_uppercase()) && kind.chars().any(|c| c.is_lowercase());
            let is_message = is_message && !kind.contains('|');
            let is_constant = ["HTTPRouteGroup", "Service", "ServiceAccount"].contains(&kind);
            assert!(!is_message || is_constant || all.0.contains_key(kind), "{}: {kind} is no message", api.version);
        }
        all
    }

    fn check(&self, kind: &str, object: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        self.message("metadata", "Metadata", &object["metadata"], &mut wrong);
        if WITHOUT_SPEC.contains(&kind) {
            let fields = object.as_object().into_iter().flatten();
            let own = fields.filter(|(key, _)| !["apiVersion", "kind", "metadata"].contains(&key.as_str()));
            let own: Map<_, _> = own.map(|(key, value)| (key.clone(), value.clone())).collect();
            self.message("", kind, &own.into(), &mut wrong);
            return wrong;
        }
        for key in object.as_object().into_iter().flat_map(Map::keys) {
            if !["apiVersion", "kind", "metadata", "spec"].contains(&key.as_str()) {
                wrong.push(format!("{key}: no such field of an object"));
            }
        }
        self.message("spec", kind, &object["spec"], &mut wrong);
        wrong
    }

    fn message(&self, at: &str, name: &str, value: &Value, wrong: &mut Vec<String>) {
        let Some(map) = value.as_object() else {
            wrong.push(format!("{at}: {value} is no {name}"));
            return;
        };
        let fields = &self.0[name];
        for (key, value) in map {
            match fields.iter().find(|field| field.name == key) {
                Some(field) => self.value(&format!("{at}.{key}"), field.kind, value, wrong),
                None => wrong.push(format!("{at}: {name} has no field {key:?}")),
            }
        }
        for field in fields.iter().filter(|field| field.required && is_missing(&map.get(field.name))) {
            wrong.push(format!("{at}: {name} without {}", field.name));
        }
        let groups: BTreeMap<usize, bool> = fields.iter().filter_map(|field| field.group).collect();
        for (group, required) in groups {
            let members = fields.iter().filter(|field| field.group == Some((group, required)));
            let given = members.filter(|field| map.contains_key(field.name)).count();
            if given > 1 || required && given == 0 {
                wrong.push(format!("{at}: {name} with {given} of what excludes each other"));
            }
        }
        wrong.extend(rules::of_message(name, map).into_iter().map(|text| format!("{at}: {text}")));
    }

    fn value(&self, at: &str, kind: &'static str, value: &Value, wrong: &mut Vec<String>) {
        if let Some(kind) = kind.strip_prefix('[') {
            let Some(items) = value.as_array() else {
                wrong.push(format!("{at}: {value} is no list"));
                return;
            };
            if items.is_empty() && !COPIED.iter().any(|name| at.ends_with(&format!(".{name}"))) {
                wrong.push(format!("{at}: an empty list is as good as none"));
            }
            for (i, item) in items.iter().enumerate() {
                self.value(&format!("{at}[{i}]"), kind.trim_end_matches(']'), item, wrong);
            }
        } else if let Some(kind) = kind.strip_prefix('{') {
            let Some(map) = value.as_object() else {
                wrong.push(format!("{at}: {value} is no mapping"));
                return;
            };
            for (key, value) in map {
                if key.is_empty() {
                    wrong.push(format!("{at}: a key without a name"));
                }
                self.value(&format!("{at}.{key}"), kind.trim_end_matches('}'), value, wrong);
            }
        } else if self.0.contains_key(kind) && !value.is_string() {
            self.message(at, kind, value, wrong);
        } else {
            wrong.extend(scalars::wrong(kind, value).map(|text| format!("{at}: {text}")));
        }
    }
}

/// A field that has to be there is not if it is empty. A number is never empty, nor is a text that may be nothing.
fn is_missing(value: &Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(map)) => map.is_empty(),
        Some(_) => false,
    }
}
