//! `meshtree access`: who may call what.

mod forms;

use std::collections::BTreeMap;

use serde::Serialize;

use super::places::Places;
use crate::ask::matrix::{Entry, What};
use crate::ask::{Evaluator, Principal, Truth, told};
use crate::plan::{Callers, Identity, Operation, Plan, TargetId, WorkloadId};

/// Who may call what.
#[derive(Debug, Default, Serialize)]
pub struct AccessMatrix {
    pub rows: Vec<AccessRow>,
}

/// Some callers of a service and what they may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessRow {
    pub service: String,
    /// The workloads behind it that this is about; empty if it is about all of them.
    pub workloads: Vec<String>,
    /// `allowed`, `denied` or `unknown`.
    pub access: &'static str,
    /// An identity as Istio writes it, or `anyone`, `anyone in namespace x`, `anyone of trust domain x`.
    pub caller: String,
    /// The workloads that have the identity, if it is that of one account.
    pub known: Option<Vec<String>>,
    /// Empty if every method is allowed.
    pub methods: Vec<String>,
    /// Empty if every path is allowed.
    pub paths: Vec<String>,
    /// The ports of the service; null if every port is allowed.
    pub ports: Option<Vec<u32>>,
    /// The ports of the pods to which these lead, where some are allowed.
    pub pod_ports: Vec<u32>,
    pub reason: String,
    pub policy: Option<String>,
    pub place: Option<String>,
}

/// The workloads of each identity.
type Known<'p> = BTreeMap<Principal<'p>, Vec<WorkloadId>>;

impl AccessMatrix {
    /// The kind of its document.
    pub const KIND: &'static str = "AccessMatrix";

    /// Who may call some services.
    pub fn of(evaluator: &Evaluator<'_, '_>, services: &[TargetId], places: &Places<'_>) -> Self {
        let plan = evaluator.plan;
        let mut known = Known::new();
        for workload in WorkloadId::all(plan.workloads.len()) {
            if let Some(principal) = plan.principal(workload) {
                known.entry(principal).or_default().push(workload);
            }
        }
        let mut rows: Vec<AccessRow> = Vec::new();
        for target in services {
            let entries = evaluator.entries(*target);
            let is_one = entries.iter().all(|entry| entry.workloads == entries[0].workloads);
            for entry in &entries {
                push_rows(plan, (entry, is_one), (&known, places), &mut rows);
            }
        }
        rows.sort();
        rows.dedup();
        Self { rows }
    }
}

/// Adds the rows of an entry, which may be the only kind of pods of its service.
fn push_rows(
    plan: &Plan<'_>,
    (entry, is_one): (&Entry<'_, '_>, bool),
    (known, places): (&Known<'_>, &Places<'_>),
    out: &mut Vec<AccessRow>,
) {
    let Entry { target, workloads, what } = entry;
    let workloads = if is_one { &[] } else { workloads.as_slice() };
    let base = AccessRow {
        service: plan.service_name(*target),
        workloads: workloads.iter().map(|workload| plan.workload_name(*workload)).collect(),
        access: "allowed",
        ..AccessRow::default()
    };
    match what {
        What::Everyone(decision) => {
            let (reason, by) = told::why(plan, decision);
            let by = by.first().map(|by| places.policy(by));
            let access = match decision.allowed {
                Truth::Yes => "allowed",
                Truth::No => "denied",
                Truth::Unknown => "unknown",
            };
            let (policy, place) = by.map_or((None, None), |by| (Some(by.policy), by.place));
            out.push(AccessRow { access, caller: ANYONE.to_owned(), reason, policy, place, ..base });
        }
        What::Rule { rule, ports, pod_ports } => {
            let by = places.policy(&plan.by_access(rule.by));
            let Operation { methods, paths, ports: _ } = rule.operation;
            let base = AccessRow {
                methods: methods.iter().map(|method| (*method).to_owned()).collect(),
                paths: paths.iter().map(ToString::to_string).collect(),
                ports: ports.clone(),
                pod_ports: pod_ports.clone(),
                reason: "an AccessPolicy allows it".to_owned(),
                policy: Some(by.policy),
                place: by.place,
                ..base
            };
            let row = |(caller, known)| AccessRow { caller, known, ..base.clone() };
            out.extend(callers(plan, rule.callers, known).into_iter().map(row));
        }
    }
}

/// What everyone is called, those without the mesh's certificates included.
const ANYONE: &str = "anyone";

/// Callers as people read them, each with the workloads that the inventory knows of an account.
fn callers(plan: &Plan<'_>, callers: &[Callers<'_>], known: &Known<'_>) -> Vec<(String, Option<Vec<String>>)> {
    if callers.is_empty() {
        return vec![(ANYONE.to_owned(), None)];
    }
    let mut out = Vec::new();
    for some in callers {
        match some {
            Callers::Namespaces(namespaces) => {
                out.extend(namespaces.iter().map(|namespace| (format!("anyone in namespace {namespace}"), None)));
            }
            Callers::Identities(identities) => {
                out.extend(identities.iter().map(|(identity, name)| caller(plan, identity, name, known)));
            }
        }
    }
    out
}

fn caller(plan: &Plan<'_>, identity: Identity<'_>, name: &str, known: &Known<'_>) -> (String, Option<Vec<String>>) {
    match identity {
        Identity::TrustDomain(domain) => (format!("anyone of trust domain {domain}"), None),
        Identity::Namespace { domain, namespace } => {
            (format!("anyone in namespace {namespace} of trust domain {domain}"), None)
        }
        Identity::Account { domain, namespace, account } => {
            let workloads = known.get(&Principal { domain, namespace, account });
            let workloads = workloads.into_iter().flatten().map(|workload| plan.workload_name(*workload));
            (name.to_owned(), Some(workloads.collect()))
        }
    }
}
