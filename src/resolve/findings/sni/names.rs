//! Reminds of what the names of services in other clusters need: without it, only routes of policies lead there.

use std::collections::BTreeMap;

use super::istiod::Istiod;
use super::{is_current, version};
use crate::diag::listing::clusters;
use crate::diag::{Code, Diag, Ground, Report};
use crate::model::Snapshot;
use crate::path;
use crate::plan::{MeshId, Plan, VirtualMeshId};
use crate::version::table::{NAMES, Names};

/// Notes the clients of a virtual mesh for which no file shows a resolver.
pub(super) fn report(snapshot: &Snapshot, plan: &Plan<'_>, parent: VirtualMeshId, report: &mut Report) {
    let meshes = &plan[parent].meshes;
    let servers: Vec<MeshId> = meshes.iter().copied().filter(|server| plan.is_server(*server)).collect();
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for client in meshes.iter().copied().filter(|client| is_current(plan, plan[*client].cluster)) {
        let calls = |server: &MeshId| *server != client && plan.reaching(*server, client).next().is_some();
        let is_told = || {
            let istiod = Istiod::of(snapshot, plan, client);
            istiod.is_rendered || istiod.config.is_some_and(|config| config.captures_dns())
        };
        if servers.iter().any(calls) && !is_told() {
            found.entry(needed(plan, client)).or_default().push(plan[plan[client].cluster].name.as_str());
        }
    }
    if found.is_empty() {
        return;
    }
    let policy = &plan[parent].policy;
    let names: Vec<&str> = found.values().flatten().copied().collect();
    let message = format!(
        "names of services in other clusters, which end with .global, need a resolver, and no ConfigMap of istiod shows one \
         for {}",
        clusters(&names)
    );
    let each: Vec<String> = match found.len() {
        1 => found.keys().map(|needed| (*needed).to_owned()).collect(),
        _ => found.iter().map(|(needed, names)| format!("for {}, {needed}", clusters(names))).collect(),
    };
    let hint = format!("{}; routes of TrafficPolicies lead to other clusters without these names", each.join("; "));
    report.push(
        Diag::new(Code::NamesUnresolved, policy.place(path!["spec", "meshes"]), message)
            .hint(hint)
            .on(Ground::Inventory),
    );
}

/// What makes the names resolve.
fn needed(plan: &Plan<'_>, client: MeshId) -> &'static str {
    match version(plan, client).and_then(|version| NAMES.at(&version)) {
        Some(Names::CoreDns) => "install istiocoredns, and forward the domain global to it from the DNS of the cluster",
        // Every ServiceEntry that is rendered has an address, so nothing has to be allocated.
        Some(Names::Capture | Names::Allocated) | None => {
            "set meshConfig: {defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: \"true\"}}}"
        }
    }
}
