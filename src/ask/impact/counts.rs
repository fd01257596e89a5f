//! How much a change touches.

use std::collections::BTreeSet;

use super::group::Finding;
use super::services::Paired;
use super::{Sides, Subject};
use crate::ids::ClusterObjectRef;
use crate::plan::{Plan, TargetId};

/// How much a change touches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Policies that are added, changed or removed.
    pub policies: usize,
    /// Clusters with services or meshes that consequences are for.
    pub clusters: usize,
    pub services: usize,
    /// Workloads behind these services.
    pub workloads: usize,
}

impl Counts {
    pub(super) fn of(sides: &Sides<'_, '_, '_, '_>, services: &Paired<'_>, found: &[Finding]) -> Self {
        let mut clusters: BTreeSet<&str> = BTreeSet::new();
        let mut touched: BTreeSet<&ClusterObjectRef> = BTreeSet::new();
        let mut workloads: BTreeSet<ClusterObjectRef> = BTreeSet::new();
        for finding in found {
            match &finding.subject {
                Subject::Service(service, _) => {
                    touched.insert(service);
                }
                Subject::Workload(name) => {
                    clusters.insert(&name.cluster);
                    workloads.insert(name.clone());
                }
                Subject::Cluster(name) => {
                    clusters.insert(name);
                }
                Subject::Policy(_) => {}
            }
        }
        let mut count = 0;
        for (service, (before, after)) in services.iter().filter(|(service, _)| touched.contains(**service)) {
            count += 1;
            clusters.insert(&service.cluster);
            let mut add = |evaluator: &crate::ask::Evaluator<'_, '_>, target: &Option<TargetId>| {
                let plan: &Plan<'_> = evaluator.plan;
                let behind = target.iter().flat_map(|target| evaluator.index.behind(plan, *target));
                workloads.extend(behind.map(|workload| plan[workload].known.controller.clone()));
            };
            add(sides.before, before);
            add(sides.after, after);
        }
        Self {
            policies: sides.causes.all().len(),
            clusters: clusters.len(),
            services: count,
            workloads: workloads.len(),
        }
    }
}
