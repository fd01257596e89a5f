//! The policies and templates of a fleet by name, to compare them with those of an earlier one.

use std::collections::BTreeSet;

use super::Fleet;
use crate::load::SourceFile;
use crate::model::{Objects, Snapshot};
use crate::templates::{closure, named};

impl Fleet {
    /// The names of all policies and templates, as rendered objects name their sources: `TrafficPolicy shop/web`.
    pub fn policy_names(&self) -> BTreeSet<String> {
        self.changed_policies(None)
    }

    /// The names of the policies that another fleet has too, with another content; those of all policies without one.
    pub fn changed_policies(&self, other: Option<&Self>) -> BTreeSet<String> {
        let Snapshot { virtual_meshes, traffic_policies, access_policies, failover_services, .. } = &self.snapshot;
        let templates = self.templates(other);
        let other = other.map(|other| &other.snapshot);
        let mut names = BTreeSet::new();
        add("VirtualMesh", virtual_meshes, other.map(|other| &other.virtual_meshes), &mut names);
        add("TrafficPolicy", traffic_policies, other.map(|other| &other.traffic_policies), &mut names);
        add("AccessPolicy", access_policies, other.map(|other| &other.access_policies), &mut names);
        add("FailoverService", failover_services, other.map(|other| &other.failover_services), &mut names);
        names.extend(templates);
        names
    }

    /// The templates that another fleet has too, with another text or with another text of what they include; all without one.
    fn templates(&self, other: Option<&Self>) -> Vec<String> {
        let differs = |file: &&SourceFile| {
            let Some(other) = other.map(|other| &other.sources.templates) else { return true };
            let same = other.iter().find(|known| known.relative == file.relative);
            same.is_some_and(|same| closure(other, same) != closure(&self.sources.templates, file))
        };
        self.sources.templates.iter().filter(differs).map(|file| named(&file.relative).to_string()).collect()
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
