//! Warns of what has no effect for workloads in ambient mode.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::listing::shortened;
use crate::diag::{Code, Diag, Ground, Place, Report};
use crate::discover::DataPlaneMode;
use crate::path;
use crate::plan::{ClusterId, Plan, ServicePlane, TargetId, TrafficPolicy, VirtualMeshId};
use crate::resolve::meant::{Names, describe_services};
use crate::version::IstioVersion;
use crate::version::table::AMBIENT;

/// Warns about virtual meshes and traffic policies.
pub(super) fn report(plan: &Plan<'_>, names: &Names<'_, '_>, report: &mut Report) {
    let callers = callers(plan);
    if callers.is_empty() {
        return;
    }
    for (cluster, count) in &callers {
        warn_of_version(plan, names, (*cluster, *count), report);
    }
    for id in VirtualMeshId::all(plan.virtual_meshes.len()).filter(|id| plan[*id].federated) {
        warn_of_services(plan, id, report);
        warn_of_callers(plan, id, &callers, report);
    }
    for policy in &plan.traffic {
        warn_of_routes(plan, policy, &callers, report);
    }
}

/// The number of workloads in ambient mode, by cluster.
fn callers(plan: &Plan<'_>) -> BTreeMap<ClusterId, usize> {
    let mut out = BTreeMap::new();
    let is_ambient = |workload: &&crate::plan::Workload<'_>| workload.known.data_plane.mode == DataPlaneMode::Ambient;
    for workload in plan.workloads.iter().filter(is_ambient) {
        *out.entry(workload.cluster).or_default() += 1;
    }
    out
}

/// Warns of a cluster with workloads in ambient mode whose Istio ignores that.
fn warn_of_version(plan: &Plan<'_>, names: &Names<'_, '_>, (cluster, count): (ClusterId, usize), report: &mut Report) {
    let versions = plan[cluster].meshes.iter().map(|mesh| (*mesh, IstioVersion::parse(&plan[*mesh].istio.version)));
    let mut versions = versions.filter_map(|(mesh, version)| Some((mesh, version?))).peekable();
    let Some((mesh, version)) = versions.peek().cloned() else { return };
    if versions.any(|(_, version)| AMBIENT.at(&version) == Some(true)) {
        return;
    }
    let (workloads, verb) = if count == 1 { ("workload", "is") } else { ("workloads", "are") };
    let message = format!(
        "{count} {workloads} of cluster {} {verb} in ambient mode by labels, which Istio {version} ignores: without a sidecar, pods \
         are not in the mesh",
        plan[cluster].name
    );
    let place = names.inventory.meshes.get(plan[mesh].key).map_or(Place::Nowhere, |mesh| mesh.place.clone());
    let hint = "upgrade Istio to 1.24 or later, or have sidecars injected";
    report.push(Diag::new(Code::NoAmbientYet, place, message).hint(hint).on(Ground::Inventory));
}

/// Warns of services that are not federated because of their pods.
fn warn_of_services(plan: &Plan<'_>, id: VirtualMeshId, report: &mut Report) {
    let targets = plan[id].meshes.iter().flat_map(|mesh| &plan[*mesh].targets);
    let left_out: Vec<TargetId> = targets.copied().filter(|target| plan.has_ambient_pods(*target)).collect();
    if left_out.is_empty() {
        return;
    }
    let verb = if left_out.len() == 1 { "is" } else { "are" };
    let message = format!(
        "{} {verb} not known to other clusters: a gateway passes requests on to pods with sidecars only, and these are in ambient mode",
        describe_services(&left_out, plan)
    );
    let place = plan[id].policy.place(path!["spec", "meshes"]);
    report.push(Diag::new(Code::AmbientNotFederated, place, message).on(Ground::Inventory));
}

/// Warns of callers in ambient mode, which cannot call services of other clusters.
fn warn_of_callers(plan: &Plan<'_>, id: VirtualMeshId, callers: &BTreeMap<ClusterId, usize>, report: &mut Report) {
    let clusters: BTreeSet<ClusterId> = plan[id].meshes.iter().map(|mesh| plan[*mesh].cluster).collect();
    let found: Vec<String> = clusters
        .iter()
        .filter_map(|cluster| Some((plan[*cluster].name, callers.get(cluster)?)))
        .map(|(name, count)| format!("{name} ({count} {})", if *count == 1 { "workload" } else { "workloads" }))
        .collect();
    if found.is_empty() {
        return;
    }
    let message = format!(
        "workloads in ambient mode cannot call services of other clusters: those of cluster {}",
        shortened(&found)
    );
    let place = plan[id].policy.place(path!["spec", "meshes"]);
    report.push(Diag::new(Code::AmbientCallers, place, message).on(Ground::Inventory));
}

/// Warns of a policy whose routes or settings do not apply to callers in ambient mode: without a waypoint nothing reads them for these,
/// and a waypoint does not know from where a request comes.
fn warn_of_routes(
    plan: &Plan<'_>,
    policy: &TrafficPolicy<'_>,
    callers: &BTreeMap<ClusterId, usize>,
    report: &mut Report,
) {
    let has_callers = |target: &TargetId| callers.contains_key(&plan[*target].cluster);
    let (behind, without): (Vec<TargetId>, Vec<TargetId>) =
        plan.applied(&policy.verdict).filter(has_callers).partition(|target| plan.waypoint(*target).is_some());
    // A service with sidecars is called from ambient mode as well.
    let without: Vec<TargetId> = without.into_iter().filter(|target| plan[*target].mesh.is_some()).collect();
    if !without.is_empty() {
        let all_are_ambient = without.iter().all(|target| plan[*target].plane == ServicePlane::Ambient);
        let why = if all_are_ambient { "it has no waypoint" } else { "there is no waypoint before it" };
        let message = format!(
            "{} has no effect on requests to {} from workloads in ambient mode: {why}",
            policy.policy.named,
            describe_services(&without, plan)
        );
        let diag = Diag::new(Code::AmbientNoEffect, policy.policy.place(path!["spec"]), message);
        report.push(diag.on(Ground::Inventory));
    }
    if !behind.is_empty() && !policy.sources.is_empty() {
        let message = format!(
            "sourceSelector of {} has no effect at the waypoint of {}, which drops routes with a condition on the caller's labels \
             and compares namespaces with its own",
            policy.policy.named,
            describe_services(&behind, plan)
        );
        let place = policy.policy.place(path!["spec", "sourceSelector"]);
        report.push(Diag::new(Code::AmbientSources, place, message).on(Ground::Inventory));
    }
}
