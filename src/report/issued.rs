//! `meshtree ca issue` and `meshtree ca renew`

use serde::Serialize;

use super::certificates::time;
use crate::ca::{Certificate, Kept};
use crate::ids::ObjectRef;
use crate::plan::{Mesh, MeshCa};
use crate::version::IstioVersion;
use crate::version::table::RELOADS;

/// What was issued.
#[derive(Debug, Serialize)]
pub struct IssuedReport {
    pub issued: Vec<IssuedView>,
    /// The meshes whose `cacerts` was sealed again, though nothing was issued for them.
    pub sealed: Vec<String>,
    /// How it came into the store.
    #[serde(skip)]
    pub by: By,
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
    pub file: String,
}

impl IssuedReport {
    /// The kind of its document.
    pub const KIND: &'static str = "CaIssueReport";

    /// A line for each certificate, and what is to be done then.
    pub fn text(&self) -> String {
        if self.issued.is_empty() && self.sealed.is_empty() {
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
        out.push_str("next: run meshtree render, commit, and apply\n");
        let restarts: Vec<_> =
            self.issued.iter().filter_map(|issued| Some((issued, issued.restart.as_ref()?))).collect();
        if !restarts.is_empty() {
            out.push_str("then restart each istiod that does not read new files by itself:\n");
        }
        for (issued, restart) in restarts {
            out.push_str(&format!("  {}: {restart}\n", issued.cluster.as_deref().unwrap_or_default()));
        }
        out
    }
}

impl IssuedView {
    /// A certificate of the store in the place of another one, or of none.
    pub fn of(
        virtual_mesh: &ObjectRef,
        (mesh, plan): (Option<&MeshCa>, Option<&Mesh<'_>>),
        kept: &Kept,
        former: Option<&Certificate>,
    ) -> Self {
        // With a first `cacerts`, istiod takes another root, and it does that when it starts.
        let reads_it = || {
            let version = plan.and_then(|mesh| IstioVersion::parse(&mesh.istio.version));
            former.is_some() && version.and_then(|version| RELOADS.at(&version)) == Some(true)
        };
        Self {
            virtual_mesh: virtual_mesh.to_string(),
            mesh: mesh.map(|mesh| mesh.mesh.to_string()),
            cluster: mesh.map(|mesh| mesh.cluster.to_string()),
            not_after: time(kept.certificate.not_after),
            former_not_after: former.map(|former| time(former.not_after)),
            restart: mesh.filter(|_| !reads_it()).map(restart),
            file: kept.file.display().to_string(),
        }
    }

    fn text(&self, by: By) -> String {
        let Self { virtual_mesh, mesh, cluster, not_after, former_not_after, restart: _, file } = self;
        let (verb, instead) = match (former_not_after, by) {
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
