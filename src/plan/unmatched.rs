//! Requests that no route of a service takes.

use std::collections::BTreeMap;

use super::{
    ClusterId, Owners, Plan, Request, RequestConditions, Requests, SourceMatch, TargetId, TextMatch, TrafficId,
};
use crate::ids::Text;

/// A label, by key and value.
type Label<'p> = (&'p Text, &'p Text);

/// Some labels of callers.
type Labels<'p> = &'p BTreeMap<Text, Text>;

/// The sources all of whose requests some route takes: by namespace, if they are of one, and by the first of their labels.
#[derive(Default)]
struct Served<'p>(BTreeMap<(Option<&'p Text>, Option<Label<'p>>), Vec<Labels<'p>>>);

impl<'p> Served<'p> {
    fn add(&mut self, source: SourceMatch<'p>) {
        let SourceMatch { namespace, labels } = source;
        self.0.entry((namespace, labels.iter().next())).or_default().push(labels);
    }

    /// Whether every caller that fulfils a condition is among them.
    fn includes(&self, source: SourceMatch<'p>) -> bool {
        let SourceMatch { namespace, labels } = source;
        let first = || [None].into_iter().chain(labels.iter().map(Some));
        let within = |part: Labels<'_>| part.iter().all(|(key, value)| labels.get(key) == Some(value));
        let mut namespaces = [None, namespace].into_iter();
        namespaces.any(|n| first().any(|l| self.0.get(&(n, l)).is_some_and(|list| list.iter().any(|p| within(p)))))
    }
}

impl<'a> Plan<'a> {
    /// The policies whose routes for a service leave some requests of the same callers to no route, in order: Istio answers
    /// these with 404. Callers that no route is for are not among those, since their proxies have no VirtualService.
    pub fn unmatched(&self, service: TargetId) -> Vec<TrafficId> {
        let mut out = self.unmatched_of(&self[service].routes, self[service].cluster);
        for (client, routes) in &self[service].routes_elsewhere {
            let found = self.unmatched_of(routes, *client);
            out.extend(found.into_iter().filter(|policy| !out.contains(policy)).collect::<Vec<_>>());
        }
        out
    }

    /// The same for routes that callers in a cluster have.
    pub fn unmatched_of(&self, routes: &[Owners], client: ClusterId) -> Vec<TrafficId> {
        let (mut served, mut conditional) = (Served::default(), Vec::new());
        for owners in routes {
            match self.takes_every_request(owners) {
                true => match self.sources(owners, client) {
                    sources if sources.is_empty() => return Vec::new(),
                    sources => sources.into_iter().for_each(|source| served.add(source)),
                },
                false => conditional.push(owners),
            }
        }
        let is_left = |owners: &&Owners| {
            served.0.is_empty() || {
                let sources = self.sources(owners, client);
                sources.is_empty() || sources.into_iter().any(|source| !served.includes(source))
            }
        };
        conditional.into_iter().filter(is_left).filter_map(|owners| owners.policies().next()).collect()
    }

    /// The conditions of a route on callers; none for every caller.
    fn sources(&self, owners: &Owners, client: ClusterId) -> Vec<SourceMatch<'_>> {
        let Some(policy) = owners.policies().next().map(|policy| &self[policy]) else { return Vec::new() };
        let sources = policy.sources_in(client).unwrap_or_default();
        let drops = matches!(policy.requests, Requests::Dropped) || sources.iter().any(SourceMatch::is_everyone);
        if drops { Vec::new() } else { sources }
    }

    /// Whether a route takes every request of the callers that it is for.
    fn takes_every_request(&self, owners: &Owners) -> bool {
        match owners.policies().next().map(|policy| &self[policy].requests) {
            None | Some(Requests::Any | Requests::Dropped) => true,
            Some(Requests::OneOf { list, set: _ }) => list.iter().any(|request| self[*request].takes_every_request()),
        }
    }
}

impl Request<'_> {
    /// Whether every request of HTTP matches it: a path always begins with a slash.
    fn takes_every_request(&self) -> bool {
        let RequestConditions { path, method, headers, query_parameters } = &self.conditions;
        let is_any_path = path.is_none_or(|path| match path {
            TextMatch::Prefix(text) => matches!(&**text, "" | "/"),
            TextMatch::Regex(text) => matches!(&**text, ".*" | "/.*"),
            TextMatch::Exact(_) => false,
        });
        is_any_path && method.is_none() && headers.is_empty() && query_parameters.is_empty()
    }
}
