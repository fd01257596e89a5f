//! What names lead to.

use std::collections::BTreeMap;

use crate::ids::{ClusterObjectRef, ObjectRef};
use crate::plan::{ClusterId, FailoverId, Index, Plan, TargetId, WorkloadId, hosts};

/// What a host name leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    Service(TargetId),
    Failover(FailoverId),
}

/// A name that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unnamed {
    #[error(
        "{0}: no workload of a mesh has this name; write CLUSTER/NAMESPACE/NAME of its Deployment, DaemonSet or StatefulSet"
    )]
    Workload(String),
    #[error("{0}: no service of a mesh has this name; write CLUSTER/NAMESPACE/NAME, or the host that callers use")]
    Service(String),
}

/// Workloads and failover services by the names that people use.
#[derive(Debug, Default)]
pub struct Names<'p> {
    /// By cluster, namespace and name of what controls the pods.
    workloads: BTreeMap<(&'p str, &'p str, &'p str), WorkloadId>,
    by_key: BTreeMap<&'p ObjectRef, WorkloadId>,
    failovers: BTreeMap<&'p str, FailoverId>,
}

impl<'p> Names<'p> {
    /// The names of a plan.
    pub fn of(plan: &'p Plan<'_>) -> Self {
        let mut out = Self::default();
        for (id, workload) in WorkloadId::all(plan.workloads.len()).zip(&plan.workloads) {
            let ClusterObjectRef { cluster, namespace, name } = &workload.known.controller;
            out.workloads.insert((cluster, namespace, name), id);
            out.by_key.insert(workload.key, id);
        }
        for (id, failover) in FailoverId::all(plan.failovers.len()).zip(&plan.failovers) {
            if failover.address.is_some() {
                out.failovers.insert(failover.host, id);
            }
        }
        out
    }

    /// The workload that is named as CLUSTER/NAMESPACE/NAME.
    pub fn workload(&self, text: &str) -> Result<WorkloadId, Unnamed> {
        let found = parts(text).and_then(|name| self.workloads.get(&name));
        found.copied().ok_or_else(|| Unnamed::Workload(text.to_owned()))
    }

    /// The names of all workloads, in order.
    pub fn workloads(&self) -> impl Iterator<Item = String> {
        self.workloads.keys().map(|(cluster, namespace, name)| format!("{cluster}/{namespace}/{name}"))
    }

    /// What a host leads to for callers in a namespace of a cluster: a service by its name in DNS, whole or shortened, a service
    /// of another cluster by its global name, or a failover service.
    pub fn host(
        &self,
        (plan, index): (&Plan<'_>, &Index<'_>),
        (client, namespace): (ClusterId, &str),
        host: &str,
    ) -> Option<Named> {
        if let Some(failover) = self.failovers.get(host) {
            return Some(Named::Failover(*failover));
        }
        let service = |service: ClusterObjectRef| index.service(&service).map(Named::Service);
        if let Some(global) = hosts::service_of(host) {
            return service(global);
        }
        let cluster = &plan[client];
        let mut parts = host.splitn(4, '.');
        let (name, own) = (parts.next()?, parts.next().unwrap_or(namespace));
        let is_service = parts.next().is_none_or(|word| word == "svc");
        let is_here = parts.next().is_none_or(|domain| **cluster.domain == *domain);
        let found = (is_service && is_here).then(|| ClusterObjectRef::new(cluster.name.as_str(), own, name));
        found.and_then(service)
    }

    /// A service that is named as CLUSTER/NAMESPACE/NAME.
    pub fn service(&self, index: &Index<'_>, text: &str) -> Result<TargetId, Unnamed> {
        let found = parts(text)
            .and_then(|(cluster, namespace, name)| index.service(&ClusterObjectRef::new(cluster, namespace, name)));
        found.ok_or_else(|| Unnamed::Service(text.to_owned()))
    }
}

/// Cluster, namespace and name.
fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let mut parts = text.split('/');
    let out = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some(out)
}
