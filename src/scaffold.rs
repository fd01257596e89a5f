//! Files for people to begin with: policies, and the fleet that `init` writes. Everything in them is a text in `templates/`.

pub mod fleet;
pub mod policy;

use minijinja::{Environment, UndefinedBehavior, Value};

use crate::ids::{ClusterObjectRef, ObjectRef};
use crate::yaml_writer::scalar;

/// Why something cannot be written: a message and a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub message: String,
    pub hint: Option<String>,
}

impl Problem {
    fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: Some(hint.into()) }
    }
}

/// The text of a template of this program, which tests render; the message of a mistake in one would be a comment.
fn fill(template: &str, context: &Value) -> String {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    let text = templates.render_str(template, context).unwrap_or_else(|error| format!("# {error}\n"));
    format!("{}\n", text.trim())
}

/// A text as a YAML scalar.
fn yaml(text: &str) -> String {
    let mut out = String::new();
    scalar(text, &mut out);
    out
}

/// A mapping on one line.
fn flow<'t>(entries: impl IntoIterator<Item = (&'t str, &'t str)>) -> String {
    let entries: Vec<String> =
        entries.into_iter().map(|(key, value)| format!("{}: {}", yaml(key), yaml(value))).collect();
    format!("{{{}}}", entries.join(", "))
}

/// A list on one line.
fn flow_list<'t>(items: impl IntoIterator<Item = &'t str>) -> String {
    format!("[{}]", items.into_iter().map(yaml).collect::<Vec<_>>().join(", "))
}

/// A reference to a service or account.
fn reference(ClusterObjectRef { cluster, namespace, name }: &ClusterObjectRef) -> String {
    flow([("name", &**name), ("namespace", &**namespace), ("clusterName", &**cluster)])
}

/// A reference to a mesh.
fn key(ObjectRef { namespace, name }: &ObjectRef) -> String {
    flow([("name", &**name), ("namespace", &**namespace)])
}
