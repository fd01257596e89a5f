//! Conditions on requests: what of them Istio refuses, what has no effect, when two are equal, and whose path is more specific.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::verdict::{Part, Problem};
use crate::diag::{Code, Diag, Report};
use crate::ids::Text;
use crate::model::Object;
use crate::model::traffic_policy::{
    HeaderMatcher, HttpMatcher, HttpMethod, MethodMatcher, PathMatch, QueryParameterMatcher, TrafficPolicy,
};
use crate::path;
use crate::plan::NO_PATH;

/// What a request has to be like, in a form in which equal conditions are equal, whatever the order of their lists. Of two
/// conditions on one name the last holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Canonical<'a> {
    path: Option<(u8, &'a Text)>,
    method: Option<HttpMethod>,
    headers: BTreeMap<(bool, &'a Text), (bool, &'a Text)>,
    query_parameters: BTreeMap<&'a Text, (bool, &'a Text)>,
}

impl Canonical<'_> {
    /// Whether every request fulfils it.
    pub(super) fn is_empty(&self) -> bool {
        let Self { path, method, headers, query_parameters } = self;
        path.is_none() && method.is_none() && headers.is_empty() && query_parameters.is_empty()
    }
}

/// The canonical form of a matcher.
pub(super) fn canonical(matcher: &HttpMatcher) -> Canonical<'_> {
    let HttpMatcher { headers, query_parameters, method, path } = matcher;
    let path = path.as_ref().map(|path| match path {
        PathMatch::Prefix(text) => (0, text),
        PathMatch::Exact(text) => (1, text),
        PathMatch::Regex(text) => (2, text),
    });
    Canonical {
        path,
        method: method.as_ref().map(|MethodMatcher { method }| *method),
        headers: headers
            .iter()
            .map(|HeaderMatcher { name, value, regex, invert_match }| ((*invert_match, name), (*regex, value)))
            .collect(),
        query_parameters: query_parameters
            .iter()
            .map(|QueryParameterMatcher { name, value, regex }| (name, (*regex, value)))
            .collect(),
    }
}

/// Checks the matchers of a policy. What Istio refuses is a problem; what has no effect is a warning.
pub(super) fn check(object: &Object<TrafficPolicy>, matchers: &[HttpMatcher], report: &mut Report) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut seen: BTreeMap<Canonical<'_>, usize> = BTreeMap::new();
    for (i, matcher) in matchers.iter().enumerate() {
        let HttpMatcher { headers, query_parameters, method: _, path: _ } = matcher;
        check_names(object, i, "headers", headers.iter().map(|h| (&h.name, h.invert_match)), &mut problems, report);
        let parameters = query_parameters.iter().map(|parameter| (&parameter.name, false));
        check_names(object, i, "queryParameters", parameters, &mut problems, report);
        if let Some(first) = seen.get(&canonical(matcher)) {
            let message = format!("httpRequestMatchers[{i}] is the same as httpRequestMatchers[{first}]");
            let at = object.place(path!["spec", "httpRequestMatchers", i]);
            report.push(Diag::new(Code::NoEffect, at, message).hint("remove one"));
        } else {
            seen.insert(canonical(matcher), i);
        }
    }
    problems
}

/// Checks the names in a list of a matcher: each has to be there, and only the last condition on a name holds.
fn check_names<'a>(
    object: &Object<TrafficPolicy>,
    matcher: usize,
    list: &'static str,
    names: impl DoubleEndedIterator<Item = (&'a Text, bool)> + ExactSizeIterator,
    problems: &mut Vec<Problem>,
    report: &mut Report,
) {
    let mut later: BTreeSet<(&Text, bool)> = BTreeSet::new();
    let mut nameless = Vec::new();
    for (j, name) in names.enumerate().rev() {
        let at = path!["spec", "httpRequestMatchers", matcher, list, j, "name"];
        if name.0.is_empty() {
            nameless.push(Problem::new(Part::Match, at, format!("{list}[{j}] of matcher {matcher} has no name")));
        } else if !later.insert(name) {
            let message = format!("a later condition on {:?} in the same matcher replaces this one", &**name.0);
            let diag = Diag::new(Code::NoEffect, object.place(at), message);
            report
                .push(diag.hint("to ask for both, write one regular expression; to allow either, write two matchers"));
        }
    }
    problems.extend(nameless.into_iter().rev());
}

/// Exact paths come first, then regular expressions, then prefixes; of each the longer first, then by their texts. An empty text
/// is as good as none.
fn specificity(request: &HttpMatcher) -> Option<(u8, Reverse<usize>, &str)> {
    let (kind, text) = match request.path.as_ref()? {
        PathMatch::Exact(text) => (0, text),
        PathMatch::Regex(text) => (1, text),
        PathMatch::Prefix(text) => (2, text),
    };
    (!text.is_empty()).then_some((kind, Reverse(text.len()), text))
}

/// The place of every condition on paths among all that policies have, so that no texts are compared for each service.
pub(super) fn path_places(policies: &[&[HttpMatcher]]) -> Vec<Vec<u32>> {
    let mut paths: Vec<_> = policies.iter().copied().flatten().filter_map(specificity).collect();
    paths.sort_unstable();
    paths.dedup();
    let place = |request: &HttpMatcher| {
        let place = specificity(request).and_then(|path| paths.binary_search(&path).ok());
        place.and_then(|place| u32::try_from(place).ok()).unwrap_or(NO_PATH)
    };
    policies.iter().map(|requests| requests.iter().map(place).collect()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request() -> impl Strategy<Value = HttpMatcher> {
        let path = (0..3, "[ab]{0,2}").prop_map(|(kind, text)| match kind {
            0 => PathMatch::Exact(text.into()),
            1 => PathMatch::Regex(text.into()),
            _ => PathMatch::Prefix(text.into()),
        });
        prop::option::of(path).prop_map(|path| HttpMatcher { path, ..HttpMatcher::default() })
    }

    proptest! {
        /// Places are in the order of the paths themselves, whichever policy has them.
        #[test]
        fn places_are_in_the_order_of_paths(lists in prop::collection::vec(prop::collection::vec(request(), 0..4), 0..4)) {
            let policies: Vec<&[HttpMatcher]> = lists.iter().map(Vec::as_slice).collect();
            let found = path_places(&policies);
            prop_assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), lists.iter().map(Vec::len).collect::<Vec<_>>());
            let places: Vec<(&HttpMatcher, u32)> = lists.iter().flatten().zip(found.into_iter().flatten()).collect();
            for (one, other) in places.iter().flat_map(|one| places.iter().map(move |other| (one, other))) {
                let key = |request| specificity(request).map_or((true, None), |path| (false, Some(path)));
                prop_assert_eq!(one.1.cmp(&other.1), key(one.0).cmp(&key(other.0)));
            }
        }
    }
}
