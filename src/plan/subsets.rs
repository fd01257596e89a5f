//! The subsets of endpoints that policies use.

use std::collections::{BTreeMap, BTreeSet};

use super::TrafficId;
use super::hosts;
use crate::ids::Text;

/// A named subset of a service's endpoints.
#[derive(Clone, Debug)]
pub struct Subset<'a> {
    /// Its name.
    pub name: String,
    /// The labels of its pods.
    pub labels: &'a BTreeMap<Text, Text>,
    /// The policies that request it.
    pub policies: Vec<TrafficId>,
}

/// The subsets of a service's endpoints, in the order in which they were requested.
#[derive(Clone, Debug, Default)]
pub struct Subsets<'a> {
    all: Vec<Subset<'a>>,
    by_labels: BTreeMap<&'a BTreeMap<Text, Text>, usize>,
    names: BTreeSet<String>,
}

impl<'a> Subsets<'a> {
    /// The subset with these labels, if any policy requests it.
    pub fn get(&self, labels: &BTreeMap<Text, Text>) -> Option<&Subset<'a>> {
        self.by_labels.get(labels).map(|index| &self.all[*index])
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Subset<'a>> {
        self.all.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The policies that request any, once for each subset that they request.
    pub fn policies(&self) -> impl Iterator<Item = &TrafficId> {
        self.all.iter().flat_map(|subset| &subset.policies)
    }

    /// Adds a subset unless it is there already, and the policy to those that request it. Each policy requests all its subsets
    /// before the next one does.
    pub fn request(&mut self, labels: &'a BTreeMap<Text, Text>, policy: TrafficId) {
        let Some(index) = self.by_labels.get(labels) else {
            self.by_labels.insert(labels, self.all.len());
            let name = self.name(labels);
            self.names.insert(name.clone());
            self.all.push(Subset { name, labels, policies: vec![policy] });
            return;
        };
        let policies = &mut self.all[*index].policies;
        if policies.last() != Some(&policy) {
            policies.push(policy);
        }
    }

    /// The name of a subset; a hash distinguishes two sets of labels that would have the same name.
    fn name(&self, labels: &BTreeMap<Text, Text>) -> String {
        let name = hosts::subset(labels);
        if self.names.contains(&name) { hosts::subset_with_hash(labels) } else { name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_there_once_with_all_who_ask() {
        let labels = |pairs: &[(&str, &str)]| -> BTreeMap<Text, Text> {
            pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
        };
        let (v1, v2, same_name) = (labels(&[("v", "1-a")]), labels(&[("v", "2")]), labels(&[("v-1", "a")]));
        let mut subsets = Subsets::default();
        for (labels, policy) in [(&v2, 0), (&v1, 1), (&v2, 1), (&v2, 1), (&same_name, 2)] {
            subsets.request(labels, TrafficId(policy));
        }
        let found: Vec<_> = subsets.iter().map(|s| (s.labels, s.policies.iter().map(|p| p.0).collect())).collect();
        let wanted: [(_, Vec<u32>); 3] = [(&v2, vec![0, 1]), (&v1, vec![1]), (&same_name, vec![2])];
        assert_eq!(found, wanted);
        let name = |labels| subsets.get(labels).map(|subset| subset.name.as_str());
        assert_eq!(name(&v1), Some("v-1-a"));
        assert!(name(&same_name).is_some_and(|name| name.starts_with("v-1-a-") && name.len() == 14));
        assert_eq!(name(&labels(&[])), None);
    }
}
