//! The CRL of an intermediate whose key never leaves its cluster: a Job that signs it there and prints it.

use super::super::custodian::{Custodian, Stop};
use super::super::error::CaError;
use super::super::stored::{Cacerts, Root};
use super::super::{paths, pem, refusals, store};
use super::{Access, CA_CERT, CA_KEY, CACERTS, check_key, get_key, job, manifests};
use crate::diag::{Code, Diag, Place, Report};
use crate::ids::ObjectRef;
use crate::plan::MeshCa;

/// What openssl signs a list by that revokes nothing: no intermediate revokes the certificates of its workloads.
const CONFIG: &str = "[ca]\ndefault_ca = list\n[list]\ndatabase = index.txt\ncrlnumber = number\ndefault_md = sha256\n\
                      crl_extensions = extensions\n[extensions]\nauthorityKeyIdentifier = keyid\n";

impl Custodian {
    /// The manifests of a Job that signs the CRL of the mesh in a cluster there, for so many days, and prints it.
    ///
    /// # Errors
    /// Manifests that cannot be written. What is refused is in the report.
    pub fn list_in_cluster(
        &self,
        virtual_mesh: &ObjectRef,
        (cluster, image): (&str, &str),
        days: u32,
        report: &mut Report,
    ) -> Result<Option<String>, CaError> {
        Self::stopped(self.listed_in_cluster(virtual_mesh, (cluster, image), days), report)
    }

    fn listed_in_cluster(
        &self,
        virtual_mesh: &ObjectRef,
        (cluster, image): (&str, &str),
        days: u32,
    ) -> Result<String, Stop> {
        let (asked, directory) = self.authority(Some(&virtual_mesh.to_string()))?;
        let root = self.existing_root(asked, &directory)?;
        let [mesh] = self.meshes(asked, &[cluster.to_owned()])?[..] else {
            let what = format!("cluster {cluster} has several meshes; keys are made in clusters with one");
            return Err(Diag::new(Code::Usage, Place::Nowhere, what).into());
        };
        let file = paths::mesh_file(&directory, &mesh.mesh);
        let Some(cacerts) = store::read_mesh(&self.options.store, &file, mesh, &root)? else {
            let what = format!("mesh {} in cluster {cluster} has no intermediate", mesh.mesh);
            let hint = "make one with `meshtree ca csr --in-cluster`";
            return Err(Diag::new(Code::CrlsRefused, refusals::place(&file), what).hint(hint).into());
        };
        if !cacerts.is_key_in_cluster() {
            let what = format!("the private key of mesh {} in cluster {cluster} is in the CA store", mesh.mesh);
            let hint = "run the command without --in-cluster, which signs its CRL with those of all others";
            return Err(Diag::new(Code::CrlsRefused, refusals::place(&file), what).hint(hint).into());
        }
        self.may_list(mesh, (&cacerts, &root))?;
        let certificate = pem::encode(pem::CERTIFICATE, &cacerts.certificate.der);
        let script = format!(
            "set -eu\numask 077\ncd /work\ncat > {CA_CERT} <<'END'\n{}END\ncat > list.cnf <<'END'\n{CONFIG}END\n\
             {}key {CACERTS}\n{}: > index.txt\nprintf '%08x\\n' \"$(date +%s)\" > number\n\
             openssl ca -gencrl -config list.cnf -keyfile {CA_KEY} -cert {CA_CERT} -crldays {days} -out list.pem 2>said || {{ cat said >&2; exit 1; }}\n\
             cat list.pem\n",
            *certificate,
            get_key(),
            check_key(),
        );
        Ok(manifests(mesh, Access::Read, &job("meshtree-ca-crl", mesh, image, &script))?)
    }

    /// Makes sure that an intermediate may sign lists.
    fn may_list(&self, mesh: &MeshCa, (cacerts, root): (&Cacerts, &Root)) -> Result<(), Box<Diag>> {
        if cacerts.certificate.signs_revocations && root.certificate.signs_revocations {
            return Ok(());
        }
        let what = format!("the intermediate of mesh {} or its root may not sign CRLs (MT0713)", mesh.mesh);
        let hint = "make a new key in the cluster, `meshtree ca csr --in-cluster`, and have it signed with the key usage cRLSign";
        Err(Diag::new(Code::CrlsRefused, Place::Nowhere, what).hint(hint).into())
    }
}
