//! Conditions on requests and callers that current versions of Istio refuse.

use super::{Refusal, Versions, headers, too_long};
use crate::diag::FieldPath;
use crate::ids::Text;
use crate::ids::dns::is_label_of_any_case;
use crate::model::selector::WorkloadSelector;
use crate::model::traffic_policy::{HeaderMatcher, HttpMatcher, PathMatch, QueryParameterMatcher};
use crate::path;

/// What is refused of the conditions on requests.
pub(super) fn of_matchers(matchers: &[HttpMatcher]) -> Vec<Refusal> {
    let mut out = Vec::new();
    for (i, HttpMatcher { headers: conditions, query_parameters, method: _, path }) in matchers.iter().enumerate() {
        let at = path!["spec", "httpRequestMatchers", i];
        if let Some(PathMatch::Regex(text)) = path {
            out.extend(of_regex(text, &format!("httpRequestMatchers[{i}].regex"), at.with("regex")));
        }
        for (j, HeaderMatcher { name, value, regex, invert_match: _ }) in conditions.iter().enumerate() {
            let (at, named) = (at.with("headers").with(j), format!("headers[{j}] of httpRequestMatchers[{i}]"));
            if !name.is_empty() && !headers::is_matched_name(name) {
                out.push(Refusal {
                    at: at.with("name"),
                    what: format!("the name {name:?} of {named} is not a valid header name"),
                    hint: "set the name of the header".into(),
                    by: Versions::Current,
                });
            }
            if *regex {
                out.extend(of_regex(value, &format!("the value of {named}"), at.with("value")));
            }
        }
        let parameters = query_parameters.iter().enumerate().filter(|(_, parameter)| parameter.regex);
        for (j, QueryParameterMatcher { name: _, value, regex: _ }) in parameters {
            let what = format!("the value of queryParameters[{j}] of httpRequestMatchers[{i}]");
            out.extend(of_regex(value, &what, at.with("queryParameters").with(j).with("value")));
        }
    }
    out
}

/// A regular expression that is empty or too long.
fn of_regex(text: &Text, what: &str, at: FieldPath) -> Option<Refusal> {
    if !text.is_empty() {
        return too_long(text, what, "matchers", at);
    }
    let what = format!("{what} is an empty regular expression");
    Some(Refusal { at, what, hint: "use .* for any text".into(), by: Versions::Current })
}

/// What is refused of the conditions on callers.
pub(super) fn of_sources(selectors: &[WorkloadSelector]) -> Vec<Refusal> {
    let mut out = Vec::new();
    for (i, WorkloadSelector { labels: _, namespaces, clusters: _ }) in selectors.iter().enumerate() {
        let wrong = |name: &Text| !name.is_empty() && !is_label_of_any_case(name);
        for (j, name) in namespaces.iter().enumerate().filter(|(_, name)| wrong(name)) {
            out.push(Refusal {
                at: path!["spec", "sourceSelector", i, "namespaces", j],
                what: format!("namespace {name:?} of sourceSelector[{i}] is not a valid namespace name"),
                hint: "name one namespace: patterns are not supported".into(),
                by: Versions::Current,
            });
        }
    }
    out
}
