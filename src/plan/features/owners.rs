//! Which policy each feature of a route or of a service is from.

use super::{Feature, TrafficId};

/// A value with the policy that it is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed<T> {
    pub value: T,
    pub by: TrafficId,
}

/// Some features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeatureSet(u16);

impl FeatureSet {
    /// Adds a feature.
    pub fn insert(&mut self, feature: Feature) {
        self.0 |= 1 << feature as u16;
    }

    /// Whether a feature is among them.
    pub fn has(self, feature: Feature) -> bool {
        self.0 & (1 << feature as u16) != 0
    }

    /// Whether any of these is among them.
    pub fn has_any(self, features: &[Feature]) -> bool {
        features.iter().any(|feature| self.has(*feature))
    }
}

/// A policy with the features that it owns: those that it asks for and no policy before it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    pub policy: TrafficId,
    pub owns: FeatureSet,
}

/// The policies that make one route, since their conditions are equal, or that say something of one service. In order; each
/// feature is from the first of them that asks for it, and all others that ask for it agree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedRoute(pub Box<[Owner]>);

impl SharedRoute {
    /// The policies, in order.
    pub fn policies(&self) -> impl Iterator<Item = TrafficId> {
        self.0.iter().map(|owner| owner.policy)
    }

    /// The policy that a feature is from.
    pub fn owner(&self, feature: Feature) -> Option<TrafficId> {
        self.0.iter().find(|owner| owner.owns.has(feature)).map(|owner| owner.policy)
    }
}
