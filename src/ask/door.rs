//! Pods of gateways, which a mesh that refuses by default lets requests in to.

use std::collections::BTreeMap;

use crate::ids::Text;
use crate::plan::{DefaultAccess, MeshId, Plan, WorkloadId};

impl Plan<'_> {
    /// Whether a workload's pods are those of a gateway of a mesh that refuses by default.
    pub fn is_opened_as_gateway(&self, mesh: MeshId, workload: WorkloadId) -> bool {
        let DefaultAccess::Deny { by: _, gateways, others } = self.default_access(mesh) else { return false };
        let known = self[workload].known;
        let has =
            |labels: &BTreeMap<Text, Text>| labels.iter().all(|(key, value)| known.labels.get(key) == Some(value));
        // A policy in the control plane's namespace is for pods in every one.
        gateways.iter().any(|gateway| has(&gateway.labels))
            || others.iter().any(|other| other.namespace == known.controller.namespace && has(&other.labels))
    }
}
