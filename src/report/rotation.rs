//! `meshtree ca rotate`: how far a rotation is, and what is to be done in the clusters.

use serde::Serialize;
use time::Duration;

use super::certificates::time;
use super::issued::restart;
use crate::ca::{AuthorityFacts, Phase};
use crate::model::settings::{Delivery, Settings};
use crate::plan::{Mesh, MeshCa, Plan};
use crate::version::IstioVersion;
use crate::version::table::{RELOADS, ROOTS, Roots};

/// How far rotations are.
#[derive(Debug, Serialize)]
pub struct RotationReport {
    pub rotations: Vec<RotationView>,
}

/// How far the rotation of one root is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RotationView {
    pub virtual_mesh: String,
    /// None if there was no rotation.
    pub phase: Option<&'static str>,
    /// When the phase was begun.
    pub since: Option<String>,
    /// The pin of the root that goes.
    pub from: Option<String>,
    /// The pin of the root that comes.
    pub to: Option<String>,
    /// What is not in the phase yet, since a run was interrupted.
    pub left: Vec<String>,
    /// What the phase takes in each cluster once it is applied.
    pub clusters: Vec<ClusterStep>,
    /// How many hours workloads keep their certificates.
    pub wait_hours: i64,
    /// The phase that comes next; none after the last.
    pub next: Option<&'static str>,
    /// The command that begins it, or finishes the phase that was interrupted.
    pub command: Option<String>,
}

/// What a phase takes in a cluster.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterStep {
    pub cluster: String,
    pub mesh: String,
    pub istio: String,
    pub step: String,
    /// What is to be done before the commit is applied, if anything is.
    pub before: Option<String>,
    /// Whether the cluster has workloads in ambient mode.
    pub ambient: bool,
}

impl RotationReport {
    /// The kind of its document.
    pub const KIND: &'static str = "CaRotationReport";

    /// A paragraph for each VirtualMesh.
    pub fn text(&self) -> String {
        let all: Vec<_> = self.rotations.iter().map(RotationView::text).collect();
        if all.is_empty() { "the CA store has no root\n".to_owned() } else { all.join("\n") }
    }
}

impl RotationView {
    /// What the store has of a VirtualMesh, in a fleet that is named so on the command line.
    pub fn of(facts: &AuthorityFacts, plan: &Plan<'_>, (fleet, wait, settings): (&str, Duration, &Settings)) -> Self {
        let AuthorityFacts { virtual_mesh, root: _, meshes, rotation, crls: _, lacks_crls: _ } = facts;
        let facts = rotation.as_ref();
        let phase = facts.map(|facts| facts.phase);
        let left = facts.map(|facts| facts.left.clone()).unwrap_or_default();
        let next = phase.map_or(Some(Phase::Trust), Phase::next);
        let run = if left.is_empty() { next } else { phase };
        let fleet = if fleet == "." { String::new() } else { format!(" {fleet}") };
        let steps = |phase: Phase| meshes.iter().map(move |(mesh, _)| ClusterStep::of(phase, mesh, plan, settings));
        Self {
            virtual_mesh: virtual_mesh.to_string(),
            phase: phase.map(Phase::as_str),
            since: facts.map(|facts| time(facts.since)),
            from: facts.map(|facts| facts.from.clone()),
            to: facts.map(|facts| facts.to.clone()),
            left,
            clusters: phase.into_iter().flat_map(steps).collect(),
            wait_hours: wait.whole_hours(),
            next: next.map(Phase::as_str),
            command: run.map(|phase| format!("meshtree ca rotate {phase}{fleet} --virtual-mesh {virtual_mesh}")),
        }
    }

    fn text(&self) -> String {
        let Self { virtual_mesh, phase, since, from, to, left, clusters, wait_hours, next: _, command } = self;
        let (Some(phase), Some(since)) = (phase, since) else {
            let command = command.as_deref().unwrap_or_default();
            return format!(
                "VirtualMesh {virtual_mesh}: no rotation of its root is under way\nto begin one: {command}\n"
            );
        };
        let mut out = format!("VirtualMesh {virtual_mesh}: phase {phase} of the rotation of its root, since {since}\n");
        for (name, root) in [("from", from), ("to", to)] {
            out.push_str(&format!("  {name:<6}{}\n", root.as_deref().unwrap_or_default()));
        }
        if let (false, Some(command)) = (left.is_empty(), command) {
            out.push_str(&format!("not in it yet: {}\nfinish it: {command}\n", left.join(", ")));
            return out;
        }
        out.push_str("next: run meshtree render, commit everything at once, and apply it to all clusters; then\n");
        for ClusterStep { cluster, mesh: _, istio, step, before, ambient } in clusters {
            if let Some(before) = before {
                out.push_str(&format!("  {cluster}: {before}\n"));
            }
            out.push_str(&format!("  {cluster} (Istio {istio}): {step}\n"));
            if *ambient {
                out.push_str(&format!("  {cluster}: ztunnel is not known to follow several roots: try this phase in a test cluster first\n"));
            }
        }
        match command {
            Some(command) => out.push_str(&format!(
                "wait {wait_hours} hours, until all workloads have new certificates, or restart all gateways and workloads; then\n  {command}\n"
            )),
            None => out.push_str("after that, the rotation is complete\n"),
        }
        out
    }
}

impl ClusterStep {
    fn of(phase: Phase, mesh: &MeshCa, plan: &Plan<'_>, settings: &Settings) -> Self {
        let known = plan.meshes.iter().find(|known| *known.key == mesh.mesh);
        let version = known.map(|mesh| mesh.istio.version.to_string()).unwrap_or_default();
        let by_job = known.and_then(|mesh| mesh.virtual_mesh).is_some_and(|parent| plan[parent].restarts);
        let is_ambient = |mesh: &&Mesh<'_>| mesh.targets.iter().any(|target| plan.has_ambient_pods(*target));
        Self {
            cluster: mesh.cluster.to_string(),
            mesh: mesh.mesh.to_string(),
            step: if by_job {
                "a Job restarts istiod, the gateways and the workloads".to_owned()
            } else {
                step(phase, IstioVersion::parse(&version).as_ref(), &restart(mesh))
            },
            before: (settings.delivery(&mesh.cluster) == Delivery::ExternalSecret).then(|| {
                format!("before it is applied, put the output of `meshtree ca export --cluster {}` into the store of secrets", mesh.cluster)
            }),
            istio: if version.is_empty() { "of an unknown version".to_owned() } else { version },
            ambient: known.as_ref().is_some_and(is_ambient),
        }
    }
}

/// What makes an istiod of a version follow a phase.
fn step(phase: Phase, version: Option<&IstioVersion>, restart: &str) -> String {
    let reads_roots = version.and_then(|version| ROOTS.at(version)).is_some_and(|roots| roots != Roots::AtStart);
    let reloads = version.and_then(|version| RELOADS.at(version)) == Some(true);
    match phase {
        Phase::Trust | Phase::Untrust if reads_roots => {
            format!("restart istiod, unless it runs with ISTIO_MULTIROOT_MESH=true: {restart}")
        }
        Phase::Sign if reloads => "istiod reads the new intermediate while it runs".to_owned(),
        Phase::Trust | Phase::Sign | Phase::Untrust => format!("restart istiod: {restart}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_each_istiod_needs() {
        let said = |phase, version| step(phase, IstioVersion::parse(version).as_ref(), "kubectl");
        for version in ["1.7.0", "1.19.4", "?"] {
            assert_eq!(said(Phase::Trust, version), "restart istiod: kubectl");
        }
        for version in ["1.20.0", "1.31.0"] {
            assert!(said(Phase::Trust, version).contains("unless it runs with ISTIO_MULTIROOT_MESH=true"));
            assert_eq!(said(Phase::Untrust, version), said(Phase::Trust, version));
        }
        assert_eq!(said(Phase::Sign, "1.17.0"), "restart istiod: kubectl");
        assert_eq!(said(Phase::Sign, "1.18.0"), "istiod reads the new intermediate while it runs");
    }
}
