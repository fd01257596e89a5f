//! Which policy each feature of a route or of a service is from.

use super::{Feature, TrafficId};

/// A value with the policy that it is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed<T> {
    pub value: T,
    pub by: TrafficId,
}

/// A set of features has a bit for each.
const _: () = assert!(Feature::ALL.len() <= u16::BITS as usize, "FeatureSet needs a wider number");

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

/// A policy with the features that it owns: those that it sets and no earlier policy sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    pub policy: TrafficId,
    pub owns: FeatureSet,
}

/// The policies that share one route because their conditions are equal, or that set features of one service, in order. Each
/// feature is from the first policy that sets it, and the others have the same value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners(pub Box<[Owner]>);

impl Owners {
    /// The policies, in order.
    pub fn policies(&self) -> impl Iterator<Item = TrafficId> {
        self.0.iter().map(|owner| owner.policy)
    }

    /// The policy that a feature is from.
    pub fn owner(&self, feature: Feature) -> Option<TrafficId> {
        self.0.iter().find(|owner| owner.owns.has(feature)).map(|owner| owner.policy)
    }
}
