//! How templates are rendered: strictly, with a bound, and by nothing but what they are given.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use serde_json::Value as Json;

use crate::yaml_writer;

/// How many steps one rendering may take: some hundred for each service of the largest cluster.
pub(super) const FUEL: u64 = 10_000_000;

/// An environment without templates.
pub(super) fn environment<'s>() -> Environment<'s> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    // Only with it errors name what is undefined.
    environment.set_debug(true);
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    if let Ok(syntax) = syntax.build() {
        environment.set_syntax(syntax);
    }
    environment.remove_global("debug");
    environment.add_filter("tojson", to_json);
    environment.add_filter("toyaml", to_yaml);
    environment
}

/// A value as JSON on one line, which YAML reads as well.
fn to_json(value: Value) -> Result<String, Error> {
    serde_json::to_string(&json(&value)?).map_err(|error| failed(&error.to_string()))
}

/// A value as YAML, without a line break at the end.
fn to_yaml(value: Value) -> Result<String, Error> {
    let mut out = String::new();
    yaml_writer::write(&json(&value)?, &mut out).map_err(|error| failed(&error.to_string()))?;
    out.truncate(out.trim_end_matches('\n').len());
    Ok(out)
}

/// A value as JSON; there is none of something undefined.
fn json(value: &Value) -> Result<Json, Error> {
    if value.is_undefined() {
        // The error of a field of it names what is undefined.
        value.get_attr("")?;
    }
    serde_json::to_value(value).map_err(|error| failed(&error.to_string()))
}

fn failed(why: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, why.to_owned())
}

/// A view as templates see it.
pub(super) fn value<T: serde::Serialize>(view: &T) -> Value {
    Value::from(Serde(view))
}
