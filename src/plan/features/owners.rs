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
    /// The features of routes.
    pub const ROUTE: Self = Self::of(Feature::ROUTE);

    /// The features of whole services.
    pub const SERVICE: Self = Self::of(Feature::SERVICE);

    const fn of(features: &[Feature]) -> Self {
        let (mut bits, mut i) = (0, 0);
        while i < features.len() {
            bits |= 1 << features[i] as u16;
            i += 1;
        }
        Self(bits)
    }

    /// Adds a feature.
    pub fn insert(&mut self, feature: Feature) {
        self.0 |= 1 << feature as u16;
    }

    /// Whether a feature is among them.
    pub fn has(self, feature: Feature) -> bool {
        self.0 & (1 << feature as u16) != 0
    }

    /// Those that are in another set too.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, in order.
    pub fn iter(self) -> impl Iterator<Item = Feature> {
        Feature::ALL.iter().copied().filter(move |feature| self.has(*feature))
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
