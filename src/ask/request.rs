//! A request of HTTP, and the conditions that it meets.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Truth;
use super::patterns::Patterns;
use crate::ids::Text;
use crate::plan::{RequestConditions, TextMatch, ValueMatch};

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    pub method: String,
    /// Without the query.
    pub path: String,
    /// The parameters of the query, in order.
    pub query: Vec<(String, String)>,
    /// By names in lower case.
    pub headers: BTreeMap<String, String>,
}

impl HttpRequest {
    /// A request for a path that may have a query: `/items?id=7`. No path is `/`.
    pub fn new(method: &str, target: &str, headers: impl IntoIterator<Item = (String, String)>) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let parameter = |text: &str| {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            (name.to_owned(), value.to_owned())
        };
        Self {
            method: method.to_owned(),
            path: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
            query: query.split('&').filter(|text| !text.is_empty()).map(parameter).collect(),
            headers: headers.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect(),
        }
    }

    /// The value of a header, those by which Envoy names parts of the request included.
    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        match name {
            ":method" => Some(Cow::Borrowed(&self.method)),
            ":path" => Some(Cow::Owned(self.target())),
            _ => self.headers.get(&name.to_lowercase()).map(|value| Cow::Borrowed(value.as_str())),
        }
    }

    /// Path and query as they are sent.
    pub fn target(&self) -> String {
        let parameters: Vec<String> = self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        match parameters.as_slice() {
            [] => self.path.clone(),
            _ => format!("{}?{}", self.path, parameters.join("&")),
        }
    }

    /// Whether it meets conditions.
    pub fn meets(&self, conditions: &RequestConditions<'_>, patterns: &Patterns<'_>) -> Truth {
        let RequestConditions { path, method, headers, query_parameters } = conditions;
        let path = path.map_or(Truth::Yes, |path| text(path, &self.path, patterns));
        let method = Truth::from(method.is_none_or(|method| method.as_str() == self.method));
        let headers = headers.iter().map(|((inverted, name), value)| {
            let is_so = self.header(name).map_or(Truth::No, |found| header(*value, &found, patterns));
            if *inverted { !is_so } else { is_so }
        });
        let parameters = query_parameters.iter().map(|(name, value)| self.parameter(name, *value, patterns));
        headers.chain(parameters).fold(path.and(method), Truth::and)
    }

    /// Whether the first parameter of a name has a value.
    fn parameter(&self, name: &Text, wanted: ValueMatch<'_>, patterns: &Patterns<'_>) -> Truth {
        let found = self.query.iter().find(|(known, _)| **name == **known);
        found.map_or(Truth::No, |(_, found)| value(wanted, found, patterns))
    }
}

/// Whether a text meets a condition.
fn text(wanted: TextMatch<'_>, found: &str, patterns: &Patterns<'_>) -> Truth {
    match wanted {
        TextMatch::Prefix(prefix) => found.starts_with(&**prefix).into(),
        TextMatch::Exact(exact) => (found == &**exact).into(),
        TextMatch::Regex(regex) => patterns.matches(regex, found),
    }
}

/// Whether the value of a header meets a condition: an empty one asks for the header alone.
fn header(wanted: ValueMatch<'_>, found: &str, patterns: &Patterns<'_>) -> Truth {
    match wanted {
        ValueMatch { regex: false, value } if value.is_empty() => Truth::Yes,
        wanted => value(wanted, found, patterns),
    }
}

fn value(wanted: ValueMatch<'_>, found: &str, patterns: &Patterns<'_>) -> Truth {
    match wanted {
        ValueMatch { regex: true, value } => patterns.matches(value, found),
        ValueMatch { regex: false, value } => (found == &**value).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_a_query() {
        let request = HttpRequest::new("GET", "/items?id=7&x", [("X-User".to_owned(), "anna".to_owned())]);
        assert_eq!((request.path.as_str(), request.target().as_str()), ("/items", "/items?id=7&x="));
        assert_eq!(request.header("x-user").as_deref(), Some("anna"));
        assert_eq!(request.header(":path").as_deref(), Some("/items?id=7&x="));
        assert_eq!(HttpRequest::new("GET", "", []).path, "/");
    }
}
