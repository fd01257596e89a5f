//! The regular expressions of a plan's conditions, compiled once.

use std::collections::BTreeMap;

use regex_lite::Regex;

use super::Truth;
use crate::plan::{Plan, RequestConditions, TextMatch, ValueMatch};

/// Regular expressions by their texts.
#[derive(Debug, Default)]
pub struct Patterns<'p>(BTreeMap<&'p str, Option<Regex>>);

impl<'p> Patterns<'p> {
    /// Those of all conditions of a plan.
    pub fn of(plan: &'p Plan<'_>) -> Self {
        let mut out = BTreeMap::new();
        for request in &plan.requests {
            let RequestConditions { path, method: _, headers, query_parameters } = &request.conditions;
            let path = path.and_then(|path| match path {
                TextMatch::Regex(text) => Some(text),
                TextMatch::Prefix(_) | TextMatch::Exact(_) => None,
            });
            let values = headers.values().chain(query_parameters.values());
            let values = values.filter_map(|ValueMatch { regex, value }| regex.then_some(*value));
            for text in path.into_iter().chain(values) {
                let text: &str = text;
                // Envoy compares the whole text.
                out.entry(text).or_insert_with(|| Regex::new(&format!("^(?:{text})$")).ok());
            }
        }
        Self(out)
    }

    /// Whether a regular expression matches the whole of a text; unknown for one that only Envoy can read.
    pub fn matches(&self, pattern: &str, text: &str) -> Truth {
        match self.0.get(pattern) {
            Some(Some(regex)) => regex.is_match(text).into(),
            Some(None) | None => Truth::Unknown,
        }
    }
}
