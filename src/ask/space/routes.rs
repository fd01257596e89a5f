//! Conditions of routes as predicates of variables, each of which has finitely many values.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::{self, Pattern};
use super::table::{Line, Table};
use crate::plan::{RequestConditions, SourceMatch, TextMatch, ValueMatch, When};

/// Something about a request that conditions ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variable<'p> {
    SourceNamespace,
    SourceLabel(&'p str),
    Path,
    Method,
    Header(&'p str),
    Parameter(&'p str),
    /// Whether a regular expression matches another variable's value where that is not known in full. What two expressions have in
    /// common is not known, so each is a variable of its own.
    Matches(&'p str, Matched<'p>),
}

/// Which text a regular expression is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matched<'p> {
    Path,
    Header(&'p str),
    Parameter(&'p str),
}

/// A value of a variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    Absent,
    Text(String),
    /// One that no condition mentions.
    Other,
    Is(bool),
}

/// What a condition asks of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted<'p> {
    Exact(&'p str),
    Prefix(&'p str),
    Regex(&'p str, Matched<'p>),
    Present,
}

/// A predicate: a variable has a value, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Literal<'p> {
    pub variable: Variable<'p>,
    pub wanted: Wanted<'p>,
    pub inverted: bool,
}

impl Variable<'_> {
    /// Whether it is about who calls.
    pub fn is_source(&self) -> bool {
        matches!(self, Self::SourceNamespace | Self::SourceLabel(_))
    }
}

/// The predicates of a route's conditions.
pub fn literals<'p>(when: &When<'p>) -> Vec<Literal<'p>> {
    let mut out = Vec::new();
    let mut add = |variable, wanted, inverted| out.push(Literal { variable, wanted, inverted });
    if let Some(SourceMatch { namespace, labels }) = when.source {
        namespace.iter().for_each(|name| add(Variable::SourceNamespace, Wanted::Exact(name), false));
        labels.iter().for_each(|(key, value)| add(Variable::SourceLabel(key), Wanted::Exact(value), false));
    }
    let Some(request) = when.request else { return out };
    let RequestConditions { path, method, headers, query_parameters } = &request.conditions;
    if let Some(path) = path {
        let wanted = match path {
            TextMatch::Exact(text) => Wanted::Exact(text),
            TextMatch::Prefix(text) => Wanted::Prefix(text),
            TextMatch::Regex(text) => Wanted::Regex(text, Matched::Path),
        };
        add(Variable::Path, wanted, false);
    }
    method.iter().for_each(|method| add(Variable::Method, Wanted::Exact(method.as_str()), false));
    for ((inverted, name), value) in headers {
        let wanted = match value {
            ValueMatch { regex: true, value } => Wanted::Regex(value, Matched::Header(name)),
            ValueMatch { regex: false, value } if value.is_empty() => Wanted::Present,
            ValueMatch { regex: false, value } => Wanted::Exact(value),
        };
        add(Variable::Header(name), wanted, *inverted);
    }
    for (name, value) in query_parameters {
        let wanted = match value {
            ValueMatch { regex: true, value } => Wanted::Regex(value, Matched::Parameter(name)),
            ValueMatch { regex: false, value } => Wanted::Exact(value),
        };
        add(Variable::Parameter(name), wanted, false);
    }
    out
}

/// The values of each variable that tables ask for.
#[derive(Debug, Default)]
pub struct Values<'p>(BTreeMap<Variable<'p>, Vec<Value>>);

impl<'p> Values<'p> {
    /// The values that matter to some tables.
    pub fn of(tables: [&Table<'p>; 2]) -> Self {
        let mut texts: BTreeMap<Variable<'p>, BTreeSet<&'p str>> = BTreeMap::new();
        let mut patterns: BTreeSet<Pattern<'p>> = BTreeSet::new();
        let lines = tables.into_iter().flat_map(|Table(lines)| lines);
        for Literal { variable, wanted, inverted: _ } in lines.flat_map(|Line { when, .. }| literals(when)) {
            let known = texts.entry(variable).or_default();
            match (variable, wanted) {
                (Variable::Path, Wanted::Exact(text)) => {
                    patterns.insert(Pattern::Exact(text));
                }
                (Variable::Path, Wanted::Prefix(text)) => {
                    patterns.insert(Pattern::Prefix(text));
                }
                (_, Wanted::Exact(text)) => {
                    known.insert(text);
                }
                (_, Wanted::Prefix(_) | Wanted::Regex(..) | Wanted::Present) => {}
            }
        }
        let values = |(variable, texts): (Variable<'p>, BTreeSet<&'p str>)| {
            let texts = texts.into_iter().map(|text| Value::Text(text.to_owned()));
            // What needs no assumptions about regular expressions comes first.
            let out: Vec<Value> = match variable {
                Variable::Path => {
                    paths::representatives(patterns.iter().copied()).into_iter().map(Value::Text).collect()
                }
                Variable::Method | Variable::SourceNamespace => [Value::Other].into_iter().chain(texts).collect(),
                Variable::SourceLabel(_) | Variable::Header(_) | Variable::Parameter(_) => {
                    [Value::Absent, Value::Other].into_iter().chain(texts).collect()
                }
                Variable::Matches(..) => Vec::new(),
            };
            (variable, out)
        };
        Self(texts.into_iter().map(values).collect())
    }

    /// The values of a variable.
    pub fn values(&self, variable: Variable<'p>) -> &[Value] {
        const EITHER: &[Value] = &[Value::Is(false), Value::Is(true)];
        match variable {
            Variable::Matches(..) => EITHER,
            _ => self.0.get(&variable).map_or(&[], Vec::as_slice),
        }
    }
}
