//! `meshtree coverage`: what policies leave out.

mod text;

use serde::Serialize;

use super::places::{Places, PolicyView};
use crate::ask::coverage::{Idle, IdlePolicy, Uncalled};
use crate::ask::{Coverage, Decision, Reason, told};
use crate::plan::{AccessId, Plan, TargetId, TrafficId, WorkloadId};

/// What policies leave out.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CoverageReport {
    pub services: ServiceCounts,
    pub workloads: WorkloadCounts,
    /// The workloads at whose pods no AccessPolicy is in force.
    pub without_access_policy: Vec<UnguardedView>,
    /// The AccessPolicies and TrafficPolicies that do nothing.
    pub without_effect: Vec<IdleView>,
    /// The services that nobody may call.
    pub uncalled: Vec<UncalledView>,
    /// The services that answer some requests with 404.
    pub unmatched: Vec<UnmatchedView>,
    /// The services that are called without TLS.
    pub plaintext: Vec<PlaintextView>,
}

/// How many services there are.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceCounts {
    /// The services of Istio meshes.
    pub total: usize,
    pub with_access_policy: usize,
    pub with_traffic_policy: usize,
    /// The services of other meshes, which are not part of anything else here.
    pub not_istio: usize,
}

/// How many workloads there are.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadCounts {
    /// The workloads of Istio meshes.
    pub total: usize,
    /// Those at whose pods an AccessPolicy is in force.
    pub with_access_policy: usize,
}

/// A workload at whose pods no AccessPolicy is in force.
#[derive(Debug, Default, Serialize)]
pub struct UnguardedView {
    pub workload: String,
    /// `open`, `shut`, or `gateway`, which is open too.
    pub access: &'static str,
    /// The VirtualMesh that decides so.
    pub by: Option<PolicyView>,
}

/// A policy that does nothing.
#[derive(Debug, Default, Serialize)]
pub struct IdleView {
    #[serde(flatten)]
    pub policy: PolicyView,
    pub reason: &'static str,
    /// The policies because of which it does nothing.
    pub because: Vec<PolicyView>,
}

/// A service that nobody may call.
#[derive(Debug, Default, Serialize)]
pub struct UncalledView {
    pub service: String,
    /// `nobody`, or `unknown` callers only.
    pub callers: &'static str,
}

/// A service that answers some requests with 404.
#[derive(Debug, Default, Serialize)]
pub struct UnmatchedView {
    pub service: String,
    pub policies: Vec<PolicyView>,
}

/// A service that is called without TLS.
#[derive(Debug, Default, Serialize)]
pub struct PlaintextView {
    pub service: String,
    pub by: PolicyView,
}

impl CoverageReport {
    /// The kind of its document.
    pub const KIND: &'static str = "Coverage";

    /// The report of a coverage.
    pub fn of(plan: &Plan<'_>, coverage: &Coverage, places: &Places<'_>) -> Self {
        let Coverage {
            services,
            with_access,
            with_traffic,
            not_istio,
            workloads,
            unguarded,
            idle,
            uncalled,
            unmatched,
            plaintext,
        } = coverage;
        let views = Views { plan, places };
        Self {
            services: ServiceCounts {
                total: *services,
                with_access_policy: *with_access,
                with_traffic_policy: *with_traffic,
                not_istio: *not_istio,
            },
            workloads: WorkloadCounts { total: *workloads, with_access_policy: workloads - unguarded.len() },
            without_access_policy: unguarded.iter().map(|one| views.unguarded(one)).collect(),
            without_effect: idle.iter().map(|one| views.idle(one)).collect(),
            uncalled: uncalled.iter().map(|one| views.uncalled(*one)).collect(),
            unmatched: unmatched.iter().map(|one| views.unmatched(one)).collect(),
            plaintext: plaintext.iter().map(|one| views.plaintext(*one)).collect(),
        }
    }
}

struct Views<'v> {
    plan: &'v Plan<'v>,
    places: &'v Places<'v>,
}

impl Views<'_> {
    fn access(&self, id: AccessId) -> PolicyView {
        self.places.policy(&self.plan.by_access(id))
    }

    fn traffic(&self, id: TrafficId) -> PolicyView {
        self.places.policy(&self.plan.by_traffic(id, None))
    }

    fn unguarded(&self, (workload, decision): &(WorkloadId, Decision)) -> UnguardedView {
        let (_, by) = told::why(self.plan, decision);
        let access = match decision.why {
            Reason::Gateway(_) => "gateway",
            Reason::ShutBy(_) => "shut",
            Reason::Open | Reason::NotIstio | Reason::Policies(_) => "open",
        };
        let by = by.first().map(|by| self.places.policy(by));
        UnguardedView { workload: self.plan.workload_name(*workload), access, by }
    }

    fn idle(&self, policy: &IdlePolicy) -> IdleView {
        let (policy, idle) = match policy {
            IdlePolicy::Access(id, idle) => (self.access(*id), idle),
            IdlePolicy::Traffic(id, idle) => (self.traffic(*id), idle),
        };
        let because = match idle {
            Idle::Shadowed(by) => by.iter().map(|id| self.traffic(*id)).collect(),
            _ => Vec::new(),
        };
        IdleView { policy, reason: reason(idle), because }
    }

    fn uncalled(&self, (target, why): (TargetId, Uncalled)) -> UncalledView {
        let callers = match why {
            Uncalled::ByNobody => "nobody",
            Uncalled::ByNobodyKnown => "unknown",
        };
        UncalledView { service: self.plan.service_name(target), callers }
    }

    fn unmatched(&self, (target, policies): &(TargetId, Vec<TrafficId>)) -> UnmatchedView {
        let policies = policies.iter().map(|id| self.traffic(*id)).collect();
        UnmatchedView { service: self.plan.service_name(*target), policies }
    }

    fn plaintext(&self, (target, by): (TargetId, TrafficId)) -> PlaintextView {
        let by = self.plan.by_traffic(by, Some(crate::plan::Feature::Mtls));
        PlaintextView { service: self.plan.service_name(target), by: self.places.policy(&by) }
    }
}

/// One word for why a policy does nothing.
fn reason(idle: &Idle) -> &'static str {
    match idle {
        Idle::SelectsNothing => "selects-nothing",
        Idle::Invalid => "invalid",
        Idle::NotRendered => "not-rendered",
        Idle::Gateways => "gateways",
        Idle::SetsNothing => "sets-nothing",
        Idle::NoPorts => "no-ports",
        Idle::Shadowed(_) => "shadowed",
        Idle::Repeated => "repeated",
    }
}
