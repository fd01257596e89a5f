//! The policies of a fleet by name, to compare them with those of an earlier one.

use std::collections::BTreeSet;

use super::Fleet;
use crate::model::{Objects, Snapshot};

impl Fleet {
    /// The names of all policies, as rendered objects name their sources: `TrafficPolicy shop/web`.
    pub fn policy_names(&self) -> BTreeSet<String> {
        self.changed_policies(None)
    }

    /// The names of the policies that another fleet has too, with another content; those of all policies without one.
    pub fn changed_policies(&self, other: Option<&Self>) -> BTreeSet<String> {
        let Snapshot { virtual_meshes, traffic_policies, access_policies, failover_services, .. } = &self.snapshot;
        let other = other.map(|other| &other.snapshot);
        let mut names = BTreeSet::new();
        add("VirtualMesh", virtual_meshes, other.map(|other| &other.virtual_meshes), &mut names);
        add("TrafficPolicy", traffic_policies, other.map(|other| &other.traffic_policies), &mut names);
        add("AccessPolicy", access_policies, other.map(|other| &other.access_policies), &mut names);
        add("FailoverService", failover_services, other.map(|other| &other.failover_services), &mut names);
        names
    }
}

/// Adds the names of the policies of a kind that `other` has with another content; all if there is no other.
fn add<T: PartialEq>(kind: &str, policies: &Objects<T>, other: Option<&Objects<T>>, names: &mut BTreeSet<String>) {
    let differs = |key, spec: &T| match other {
        Some(other) => other.get(key).is_some_and(|other| other.spec != *spec),
        None => true,
    };
    let named = policies.iter().filter(|(key, object)| differs(key, &object.spec));
    names.extend(named.map(|(key, _)| format!("{kind} {key}")));
}
