//! Traffic policies as bound.

use super::{
    ClusterId, Destination, FeatureSet, Features, Policy, Requests, SourceMatch, SourceSelector, Verdict, sources_in,
};

/// A traffic policy. Its verdict decides whether it is applied to a service that it selects.
#[derive(Debug)]
pub struct TrafficPolicy<'a> {
    pub policy: Policy<'a>,
    /// What it selects, and what is wrong with it.
    pub verdict: Verdict,
    /// Conditions on the sources of requests; none means every source.
    pub sources: Box<[SourceSelector<'a>]>,
    /// Conditions on requests.
    pub requests: Requests,
    /// The features that are written, valid or not.
    pub written: FeatureSet,
    pub features: Features<'a>,
    /// The destinations of a traffic shift whose weights are not valid. They are checked like others, and never rendered.
    pub refused_shift: Box<[Destination<'a>]>,
}

impl<'a> TrafficPolicy<'a> {
    /// Whether it sets a feature of routes.
    pub fn makes_route(&self) -> bool {
        !self.features.given().and(FeatureSet::ROUTE).is_empty()
    }

    /// The destinations of its traffic shift, those of a refused one included.
    pub fn destinations(&self) -> &[Destination<'a>] {
        self.features.shift.as_ref().unwrap_or(&self.refused_shift)
    }

    /// Its conditions on callers in one cluster: see [`sources_in`].
    pub fn sources_in(&self, cluster: ClusterId) -> Option<Vec<SourceMatch<'a>>> {
        sources_in(&self.sources, cluster)
    }
}
