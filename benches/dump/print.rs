//! A cluster's objects as `kubectl get -A -o yaml` and `-o json` print them, and as documents of one file.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::Value;

use super::objects::{KINDS, control_plane, count, object};

/// How a dump is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// One `List` in YAML.
    List,
    /// A document for each object.
    Documents,
    /// One `List` in JSON.
    Json,
}

impl Form {
    pub(crate) const ALL: [Self; 3] = [Self::List, Self::Documents, Self::Json];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Documents => "documents",
            Self::Json => "json",
        }
    }

    /// The end of the name of such a file.
    pub(crate) fn suffix(self) -> &'static str {
        if self == Self::Json { "json" } else { "yaml" }
    }
}

/// How many services make a List in YAML of about so many bytes.
pub(crate) fn services(bytes: usize) -> usize {
    const SAMPLE: usize = 50;
    let mut sample = Vec::new();
    // Writing into memory does not fail.
    _ = write(&mut sample, Form::List, SAMPLE);
    (bytes / (sample.len() / SAMPLE)).max(1)
}

/// Writes the objects of a cluster with this many services, one after the other.
pub(crate) fn write(out: &mut dyn Write, form: Form, services: usize) -> io::Result<()> {
    let of_kind = |kind: &'static str| (0..count(kind, services)).map(move |number| object(kind, number));
    let all = control_plane().into_iter().chain(KINDS.into_iter().flat_map(of_kind));
    let head = match form {
        Form::List => "apiVersion: v1\nitems:\n",
        Form::Documents => "",
        Form::Json => "{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n",
    };
    out.write_all(head.as_bytes())?;
    let mut text = String::new();
    for (i, object) in all.enumerate() {
        text.clear();
        match form {
            Form::List => item(&object, 0, &mut text),
            Form::Documents => {
                text.push_str(if i > 0 { "---\n" } else { "" });
                block(&object, 0, &mut text);
            }
            Form::Json => {
                text.push_str(if i > 0 { ",\n        " } else { "        " });
                json(&object, 2, &mut text);
            }
        }
        out.write_all(text.as_bytes())?;
    }
    let tail = match form {
        Form::List => "kind: List\nmetadata:\n  resourceVersion: \"\"\n",
        Form::Documents => "",
        Form::Json => {
            "\n    ],\n    \"kind\": \"List\",\n    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}\n"
        }
    };
    out.write_all(tail.as_bytes())
}

/// The lines of a mapping or list at a column.
fn block(value: &Value, column: usize, out: &mut String) {
    match value {
        Value::Object(entries) => {
            for (i, (key, value)) in entries.iter().enumerate() {
                if i > 0 || out.is_empty() || out.ends_with('\n') {
                    indent(column, out);
                }
                _ = write!(out, "{key}:");
                inside(value, column, out);
            }
        }
        Value::Array(items) => items.iter().for_each(|value| item(value, column, out)),
        value => {
            scalar(value, column, out);
            out.push('\n');
        }
    }
}

/// What comes behind a key.
fn inside(value: &Value, column: usize, out: &mut String) {
    match value {
        Value::Object(entries) if entries.is_empty() => out.push_str(" {}\n"),
        Value::Array(items) if items.is_empty() => out.push_str(" []\n"),
        Value::Object(_) => {
            out.push('\n');
            block(value, column + 2, out);
        }
        Value::Array(_) => {
            out.push('\n');
            block(value, column, out);
        }
        value => {
            out.push(' ');
            scalar(value, column + 2, out);
            out.push('\n');
        }
    }
}

fn item(value: &Value, column: usize, out: &mut String) {
    indent(column, out);
    out.push_str("- ");
    block(value, column + 2, out);
}

fn indent(column: usize, out: &mut String) {
    (0..column).for_each(|_| out.push(' '));
}

/// A scalar; text of several lines stands at a column.
fn scalar(value: &Value, column: usize, out: &mut String) {
    let Value::String(text) = value else {
        _ = write!(out, "{value}");
        return;
    };
    if let Some((first, _)) = text.split_once('\n') {
        _ = write!(out, "{}", if text.ends_with('\n') { "|" } else { "|-" });
        debug_assert!(!first.starts_with(' '), "the first line tells the column");
        for line in text.lines() {
            out.push('\n');
            indent(column, out);
            out.push_str(line);
        }
        return;
    }
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || "/$".contains(c))
        && !["true", "false", "on", "off", "yes", "no", "null", "True"].contains(&&**text)
        && !text.contains(": ");
    let quoted = !plain || text.contains('#');
    _ = if quoted { write!(out, "{}", value) } else { write!(out, "{text}") };
}

/// JSON with four blanks for each level.
fn json(value: &Value, level: usize, out: &mut String) {
    let line = |level: usize, out: &mut String| {
        out.push('\n');
        indent(4 * level, out);
    };
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            out.push('{');
            for (i, (key, value)) in entries.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                line(level + 1, out);
                _ = write!(out, "{}: ", Value::String(key.clone()));
                json(value, level + 1, out);
            }
            line(level, out);
            out.push('}');
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('[');
            for (i, value) in items.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                line(level + 1, out);
                json(value, level + 1, out);
            }
            line(level, out);
            out.push(']');
        }
        value => _ = write!(out, "{value}"),
    }
}
