//! `meshtree ca issue` and `meshtree ca renew`

use std::collections::BTreeSet;

use serde::Serialize;

use super::certificates::time;
use super::crls::CrlReport;
use super::table::plural;
use crate::ca::{Certificate, Kept};
use crate::diag::listing::clusters;
use crate::ids::ObjectRef;
use crate::plan::{MeshCa, Plan, Restarted, Restarts};
use crate::version::IstioVersion;
use crate::version::table::RELOADS;

/// What was issued.
#[derive(Debug, Serialize)]
pub struct IssuedReport {
    pub issued: Vec<IssuedView>,
    /// The meshes whose `cacerts` was sealed again, though nothing was issued for them.
    pub sealed: Vec<String>,
    /// The CRLs that were signed again, since an intermediate had none.
    pub crls: Option<CrlReport>,
    /// How it came into the store.
    #[serde(skip)]
    pub by: By,
    /// What has to be done before anything can be rendered, in order.
    #[serde(skip)]
    pub first: Vec<String>,
}

/// How certificates come into the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// They are issued here.
    #[default]
    Issuing,
    /// Something else issued them.
    Adoption,
    /// They were signed elsewhere, for a request.
    Acceptance,
}

/// A certificate that was issued.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IssuedView {
    pub virtual_mesh: String,
    /// None of a root.
    pub mesh: Option<String>,
    /// None of a root.
    pub cluster: Option<String>,
    pub not_after: String,
    /// When the certificate before it ends, if there was one.
    pub former_not_after: Option<String>,
    /// What makes its istiod read it, unless it does so by itself.
    pub restart: Option<String>,
    /// What gives its workloads certificates under another root, in order; nothing if the root stays.
    pub then: Vec<String>,
    /// Whether a Job in the tree restarts all that.
    pub by_job: bool,
    pub file: String,
}

impl IssuedReport {
    /// The kind of its document.
    pub const KIND: &'static str = "CaIssueReport";

    /// A line for each certificate, and what is to be done then.
    pub fn text(&self) -> String {
        if self.issued.is_empty() && self.sealed.is_empty() && self.crls.is_none() {
            return match self.by {
                By::Issuing => "nothing was issued: the CA store has everything\n".to_owned(),
                By::Adoption => "nothing was adopted: the CA store has it already\n".to_owned(),
                By::Acceptance => "nothing was accepted: the CA store has the certificates already\n".to_owned(),
            };
        }
        let mut out: String = self.issued.iter().map(|issued| issued.text(self.by)).collect();
        for mesh in &self.sealed {
            out.push_str(&format!("made the sealed copy of cacerts of mesh {mesh}\n"));
        }
        if let Some(CrlReport { virtual_mesh, next_update: Some(until), files, .. }) = &self.crls {
            let meshes = plural(files.len(), "mesh", "meshes");
            out.push_str(&format!("signed the CRLs of VirtualMesh {virtual_mesh} again, in {meshes}, until {until}\n"));
        }
        let first: String = self.first.iter().map(|first| format!("{first}; then ")).collect();
        out.push_str(&format!("next: {first}run meshtree render, commit, and apply\n"));
        out.push_str(&self.restarts());
        out
    }

    /// What is to be restarted, in order.
    fn restarts(&self) -> String {
        let of = |issued: &IssuedView, command: &str| {
            format!("  {}: {command}\n", issued.cluster.as_deref().unwrap_or_default())
        };
        let istiods: String =
            self.issued.iter().filter_map(|issued| Some(of(issued, issued.restart.as_ref()?))).collect();
        let others: String =
            self.issued.iter().flat_map(|issued| issued.then.iter().map(move |command| of(issued, command))).collect();
        let mut out = String::new();
        for (what, commands) in [
            ("then restart each istiod that does not read new files by itself:\n", istiods),
            ("then, once it is ready, the gateways and the workloads, in this order:\n", others),
        ] {
            if !commands.is_empty() {
                out.push_str(what);
                out.push_str(&commands);
            }
        }
        let jobs: Vec<_> =
            self.issued.iter().filter(|issued| issued.by_job).filter_map(|of| of.cluster.as_deref()).collect();
        if !jobs.is_empty() {
            out.push_str(&format!(
                "then a Job restarts istiod, the gateways and the workloads of {}\n",
                clusters(&jobs)
            ));
        }
        out
    }
}

impl IssuedView {
    /// A certificate of the store in the place of another one, or of none.
    pub fn of(
        virtual_mesh: &ObjectRef,
        (mesh, plan): (Option<&MeshCa>, &Plan<'_>),
        kept: &Kept,
        former: Option<&Certificate>,
    ) -> Self {
        let id = mesh.and_then(|mesh| plan.mesh(&mesh.mesh));
        // With a first `cacerts`, istiod takes another root, and it does that when it starts.
        let reads_it = || {
            let version = id.and_then(|id| IstioVersion::parse(&plan[id].istio.version));
            former.is_some() && version.and_then(|version| RELOADS.at(&version)) == Some(true)
        };
        let by_job = id.and_then(|id| plan[id].virtual_mesh).is_some_and(|parent| plan[parent].restarts);
        Self {
            virtual_mesh: virtual_mesh.to_string(),
            mesh: mesh.map(|mesh| mesh.mesh.to_string()),
            cluster: mesh.map(|mesh| mesh.cluster.to_string()),
            not_after: time(kept.certificate.not_after),
            former_not_after: former.map(|former| time(former.not_after)),
            restart: mesh.filter(|_| !by_job && !reads_it()).map(restart),
            then: id.filter(|_| !by_job && former.is_none()).map(|id| then(&plan.restarts(id))).unwrap_or_default(),
            by_job,
            file: kept.file.display().to_string(),
        }
    }

    fn text(&self, by: By) -> String {
        let Self { virtual_mesh, mesh, cluster, not_after, former_not_after, file, .. } = self;
        let (verb, instead) = match (former_not_after, by) {
            (Some(former), _) if former == not_after => ("renewed", " as before".to_owned()),
            (Some(former), _) => ("renewed", format!(" instead of {former}")),
            (None, By::Issuing) => ("issued", String::new()),
            (None, By::Adoption) => ("adopted", String::new()),
            (None, By::Acceptance) => ("accepted", String::new()),
        };
        let what = match (mesh, cluster) {
            (Some(mesh), Some(cluster)) => format!("the intermediate of mesh {mesh} in cluster {cluster}"),
            _ => format!("the root of VirtualMesh {virtual_mesh}"),
        };
        format!("{verb} {what}, which ends at {not_after}{instead}: {file}\n")
    }
}

/// How the control plane of a mesh is restarted. The mesh is named by its Deployment, its namespace and its cluster.
pub(super) fn restart(mesh: &MeshCa) -> String {
    let MeshCa { mesh, cluster, namespace, .. } = mesh;
    let deployment = mesh.name.strip_suffix(&format!("-{namespace}-{cluster}")).unwrap_or("istiod");
    format!("kubectl -n {namespace} rollout restart deployment {deployment}")
}

/// How what has certificates from a control plane is restarted: the gateways first, then the other workloads, a command for each namespace.
fn then(restarts: &Restarts) -> Vec<String> {
    let commands = |all: &[Restarted]| {
        let namespaces: BTreeSet<_> = all.iter().map(|of| of.namespace.clone()).collect();
        let command = |namespace: &crate::ids::Text| {
            let of = all.iter().filter(|of| of.namespace == *namespace);
            let names: Vec<_> = of.map(|of| format!("{}/{}", of.kind.suffix(), of.name)).collect();
            format!("kubectl -n {namespace} rollout restart {}", names.join(" "))
        };
        namespaces.iter().map(command).collect::<Vec<_>>()
    };
    [commands(&restarts.gateways), commands(&restarts.workloads)].concat()
}
