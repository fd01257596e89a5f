//! Conditions on requests: which are INVALID or have no effect, when two are equal, and whose path is more specific.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::patterns;
use crate::diag::{Code, Diag, Report};
use crate::ids::Text;
use crate::model::selector::WorkloadSelector;
use crate::model::traffic_policy::{
    HeaderMatcher, HttpMatcher, MethodMatcher, PathMatch, QueryParameterMatcher, TrafficPolicy,
};
use crate::model::{Object, Objects};
use crate::path;
use crate::plan::{NO_PATH, Part, Problem, Request, RequestConditions, RequestId, Requests, TextMatch, ValueMatch};

/// Binds the conditions of all policies: those of each in the order of the policies, and all of them, each once.
pub(in crate::resolve) fn bind<'a>(objects: &'a Objects<TrafficPolicy>) -> (Vec<Requests>, Vec<Request<'a>>) {
    let mut ids: BTreeMap<RequestConditions<'a>, RequestId> = BTreeMap::new();
    let mut sets: BTreeMap<Vec<RequestId>, u32> = BTreeMap::new();
    let mut policies: Vec<usize> = Vec::new();
    let mut of = |matchers: &'a [HttpMatcher]| {
        let mut id = |matcher| {
            let next = RequestId::at(ids.len());
            *ids.entry(conditions(matcher)).or_insert(next)
        };
        let list: Box<[RequestId]> = matchers.iter().map(&mut id).collect();
        let mut set = list.to_vec();
        set.sort_unstable();
        set.dedup();
        policies.resize(ids.len(), 0);
        set.iter().for_each(|request| policies[request.index()] += 1);
        let next = u32::try_from(sets.len()).unwrap_or(u32::MAX);
        Requests::OneOf { list, set: *sets.entry(set).or_insert(next) }
    };
    let of_policy = |object: &'a Object<TrafficPolicy>| match object.spec.http_request_matchers.as_deref() {
        None => Requests::Any,
        Some([]) => Requests::Dropped,
        Some(matchers) => of(matchers),
    };
    let lists = objects.values().map(of_policy).collect();
    let mut requests = ranked(ids);
    requests.iter_mut().zip(policies).for_each(|(request, policies)| request.is_shared = policies > 1);
    (lists, requests)
}

/// The conditions in the order of their handles, each with the rank of its path among all.
fn ranked<'a>(ids: BTreeMap<RequestConditions<'a>, RequestId>) -> Vec<Request<'a>> {
    let mut paths: Vec<_> = ids.keys().filter_map(specificity).collect();
    paths.sort_unstable();
    paths.dedup();
    let rank = |conditions: &RequestConditions<'a>| {
        let place = specificity(conditions).and_then(|path| paths.binary_search(&path).ok());
        place.and_then(|place| u32::try_from(place).ok()).unwrap_or(NO_PATH)
    };
    let ranks: Vec<u32> = ids.keys().map(rank).collect();
    let mut out: Vec<(RequestId, Request<'a>)> = ids
        .into_iter()
        .zip(ranks)
        .map(|((conditions, id), path_rank)| {
            let headers = conditions.header_counts();
            (id, Request { id, conditions, path_rank, headers, is_shared: false })
        })
        .collect();
    out.sort_unstable_by_key(|(id, _)| *id);
    out.into_iter().map(|(_, request)| request).collect()
}

/// Exact paths come first, then regular expressions, then prefixes; of each the longer first, then by their texts. An empty
/// path counts as none.
fn specificity<'a>(conditions: &RequestConditions<'a>) -> Option<(u8, Reverse<usize>, &'a str)> {
    let (kind, text) = match conditions.path? {
        TextMatch::Exact(text) => (0, text),
        TextMatch::Regex(text) => (1, text),
        TextMatch::Prefix(text) => (2, text),
    };
    (!text.is_empty()).then_some((kind, Reverse(text.len()), text))
}

/// The conditions of a matcher. Of two on one name the last one is used.
fn conditions(matcher: &HttpMatcher) -> RequestConditions<'_> {
    let HttpMatcher { headers, query_parameters, method, path } = matcher;
    RequestConditions {
        path: path.as_ref().map(|path| match path {
            PathMatch::Prefix(text) => TextMatch::Prefix(text),
            PathMatch::Exact(text) => TextMatch::Exact(text),
            PathMatch::Regex(text) => TextMatch::Regex(text),
        }),
        method: method.as_ref().map(|MethodMatcher { method }| *method),
        headers: headers
            .iter()
            .map(|HeaderMatcher { name, value, regex, invert_match }| {
                ((*invert_match, name), ValueMatch { regex: *regex, value })
            })
            .collect(),
        query_parameters: query_parameters
            .iter()
            .map(|QueryParameterMatcher { name, value, regex }| (name, ValueMatch { regex: *regex, value }))
            .collect(),
    }
}

/// Checks the matchers of a policy. A condition that Istio refuses is a problem; one without effect is a warning.
pub(super) fn check(object: &Object<TrafficPolicy>, matchers: &[HttpMatcher], report: &mut Report) -> Vec<Problem> {
    let mut problems = Vec::new();
    warn_of_dropped_sources(object, matchers, report);
    let mut seen: BTreeMap<RequestConditions<'_>, usize> = BTreeMap::new();
    for (i, matcher) in matchers.iter().enumerate() {
        let HttpMatcher { headers, query_parameters, method: _, path: _ } = matcher;
        check_names(object, i, "headers", headers.iter().map(|h| (&h.name, h.invert_match)), &mut problems, report);
        let parameters = query_parameters.iter().map(|parameter| (&parameter.name, false));
        check_names(object, i, "queryParameters", parameters, &mut problems, report);
        problems.extend(patterns::of_matcher(i, matcher));
        if let Some(first) = seen.get(&conditions(matcher)) {
            let message = format!("httpRequestMatchers[{i}] is a duplicate of httpRequestMatchers[{first}]");
            let at = object.place(path!["spec", "httpRequestMatchers", i]);
            report.push(Diag::new(Code::MatcherTwice, at, message).hint("remove the duplicate"));
        } else {
            seen.insert(conditions(matcher), i);
        }
    }
    problems
}

/// Checks the names in a list of a matcher: each is required, and only the last condition on a name is used.
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
            let text = format!("{list}[{j}] of matcher {matcher} has no name");
            let plain = format!("{list}[{j}] of httpRequestMatchers[{matcher}] has no name");
            nameless.push(Problem::new(Part::Match, at, text).plain(plain));
        } else if !later.insert(name) {
            let message = format!("the condition on {:?} is replaced by a later one in the same matcher", &**name.0);
            let diag = Diag::new(Code::ConditionReplaced, object.place(at), message);
            report
                .push(diag.hint("to require both, write one regular expression; to allow either, write two matchers"));
        }
    }
    problems.extend(nameless.into_iter().rev());
}

/// Warns of an empty list of matchers, which drops conditions on sources. Clusters are not a condition of a route, so they stay.
fn warn_of_dropped_sources(object: &Object<TrafficPolicy>, matchers: &[HttpMatcher], report: &mut Report) {
    let restricts = |s: &WorkloadSelector| !s.labels.is_empty() || !s.namespaces.is_empty();
    if matchers.is_empty() && object.spec.source_selector.iter().any(restricts) {
        let message = "httpRequestMatchers is empty, which also drops the labels and namespaces of sourceSelector: the policy applies to every caller";
        let at = object.place(path!["spec", "httpRequestMatchers"]);
        report.push(
            Diag::new(Code::SourcesDropped, at, message).hint("remove httpRequestMatchers to keep sourceSelector"),
        );
    }
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
        /// Ranks are in the order of the paths themselves.
        #[test]
        fn ranks_are_in_the_order_of_paths(matchers in prop::collection::vec(request(), 0..12)) {
            let ids: BTreeMap<RequestConditions<'_>, RequestId> =
                matchers.iter().rev().enumerate().map(|(i, matcher)| (conditions(matcher), RequestId::at(i))).collect();
            let wanted: Vec<RequestConditions<'_>> = {
                let mut by_id: Vec<_> = ids.iter().map(|(conditions, id)| (*id, conditions.clone())).collect();
                by_id.sort_by_key(|(id, _)| *id);
                by_id.into_iter().map(|(_, conditions)| conditions).collect()
            };
            let found = ranked(ids);
            prop_assert_eq!(found.iter().map(|request| request.conditions.clone()).collect::<Vec<_>>(), wanted);
            for (one, other) in found.iter().flat_map(|one| found.iter().map(move |other| (one, other))) {
                let key = |request: &Request<'_>| {
                    specificity(&request.conditions).map_or((true, None), |(kind, length, text)| (false, Some((kind, length, text.to_owned()))))
                };
                prop_assert_eq!(one.path_rank.cmp(&other.path_rank), key(one).cmp(&key(other)));
            }
        }
    }
}
