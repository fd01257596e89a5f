//! YAML that other types than a [`Node`](super::tree::Node) are made of, within the limits that inputs have.
//!
//! The parser behind serde needs time that grows with the square of the depth, and follows aliases. What it gets has been read
//! once by the parser of inputs, which refuses such documents early.

use std::fmt;

use serde::de::DeserializeOwned;

use super::LARGEST_TREE;
use super::yaml::parse;
use crate::diag::Pos;

/// Why a document is not read. It does not repeat the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub pos: Option<Pos>,
    /// What is wrong, which may quote the document.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is not a YAML document")?;
        match self.pos {
            Some(Pos { line, column }) => write!(f, " (line {line}, column {column})"),
            None => Ok(()),
        }
    }
}

/// Reads the one document of a text.
///
/// # Errors
/// Syntax, depth, size, and what the type does not have.
pub fn yaml<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    if text.len() > LARGEST_TREE {
        let what = format!("has more than {LARGEST_TREE} bytes, which is the limit for a document");
        return Err(Fault { pos: None, what });
    }
    parse(text, 1).map_err(|errors| match errors.into_iter().next() {
        Some(error) => Fault { pos: Some(error.pos), what: error.message },
        None => Fault { pos: None, what: "cannot be read".to_owned() },
    })?;
    serde_yaml::from_str(text).map_err(|error| {
        let pos = error.location().map(|at| Pos { line: at.line(), column: at.column() });
        Fault { pos, what: error.to_string() }
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn limits_hold() {
        let value: serde_yaml::Value = yaml("a: {b: [1, x]}").expect("a document");
        assert_eq!(value["a"]["b"][1], "x");
        let start = Instant::now();
        for deep in ["[".repeat(100_000), format!("a: {}", "{b: ".repeat(100_000)), "- ".repeat(100_000)] {
            assert!(yaml::<serde_yaml::Value>(&deep).is_err());
        }
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        let fault = yaml::<serde_yaml::Value>("a: b\nc: hunter2: x\n").expect_err("two colons");
        assert!(fault.pos.is_some_and(|pos| pos.line == 2) && !fault.to_string().contains("hunter2"), "{fault}");
    }
}
