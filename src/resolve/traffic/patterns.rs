//! Regular expressions and labels that every version of Istio refuses.

use std::collections::BTreeMap;

use crate::diag::FieldPath;
use crate::ids::Text;
use crate::ids::dns::{is_label_key, is_label_value};
use crate::model::traffic_policy::{HeaderMatcher, HttpMatcher, PathMatch, QueryParameterMatcher};
use crate::path;
use crate::plan::{Part, Problem};
use crate::resolve::re2;

/// What is wrong with the regular expressions of a matcher.
pub(super) fn of_matcher(index: usize, matcher: &HttpMatcher) -> Vec<Problem> {
    let HttpMatcher { headers, query_parameters, method: _, path } = matcher;
    let at = path!["spec", "httpRequestMatchers", index];
    let mut out = Vec::new();
    let mut check = |text: &Text, what: String, at: FieldPath| out.extend(regex(text, &what, Part::Match, at));
    if let Some(PathMatch::Regex(text)) = path {
        check(text, format!("httpRequestMatchers[{index}].regex"), at.with("regex"));
    }
    for (j, HeaderMatcher { name: _, value, regex, invert_match }) in headers.iter().enumerate() {
        // Istio reads an excluded header with this value as one that must not be there at all.
        let is_presence = *invert_match && &**value == "*";
        if *regex && !is_presence {
            let what = format!("the value of headers[{j}] of httpRequestMatchers[{index}]");
            check(value, what, at.with("headers").with(j).with("value"));
        }
    }
    for (j, QueryParameterMatcher { name: _, value, regex }) in query_parameters.iter().enumerate() {
        if *regex {
            let what = format!("the value of queryParameters[{j}] of httpRequestMatchers[{index}]");
            check(value, what, at.with("queryParameters").with(j).with("value"));
        }
    }
    out
}

/// The problem of a regular expression that is not valid. `what` names its field.
pub(super) fn regex(text: &Text, what: &str, part: Part, at: FieldPath) -> Option<Problem> {
    let re2::Wrong { what: why, hint } = re2::check(text).err()?;
    let text = format!("{what} {text:?} is not a valid RE2 regular expression: {why}");
    Some(Problem::new(part, at, text).maybe_hint(hint.map(Into::into)))
}

/// The problems of labels that no pod can have. `what` names their field.
pub(super) fn labels(labels: &BTreeMap<Text, Text>, what: &str, part: Part, at: &FieldPath) -> Vec<Problem> {
    let mut out = Vec::new();
    let hint = "use letters and digits with `-`, `_` and `.` between them; a key can begin with a domain and `/`";
    for (key, value) in labels {
        let text = match (is_label_key(key), is_label_value(value)) {
            (false, _) => format!("{what} has {key:?}, which is not a valid label key"),
            (true, false) => format!("{what} has {value:?} for {key}, which is not a valid label value"),
            (true, true) => continue,
        };
        out.push(Problem::new(part, at.with(&**key), text).hint(hint));
    }
    out
}
