//! Keys that never leave their cluster: manifests of Jobs that make a key and its request there, and that put the certificate
//! beside the key.
//!
//! Until its certificate is there, the key is in a Secret of its own: istiod does not start with a `cacerts` that has a part of the
//! entries. The second Job writes all of them at once, from the same texts as the file of the store, so that whoever applies the tree
//! afterwards changes nothing.

mod list;

use rcgen::SubjectPublicKeyInfo;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::custodian::{Custodian, Stop};
use super::decide::Signer;
use super::error::CaError;
use super::manifest::Manifest;
use super::secret::{CA_CERT, CA_KEY, REQUEST};
use super::stored::Cacerts;
use super::{certificate, secret, sops, x509};
use crate::diag::{Code, Diag, Place, Report};
use crate::ids::ObjectRef;
use crate::objects::names::CACERTS;
use crate::plan::MeshCa;
use crate::yaml_writer;

/// The Secret that has the key until the certificate is there.
const NEXT: &str = "cacerts-next";
/// The objects that run the Jobs.
const ACCOUNT: &str = "meshtree-ca";
/// How long the log of a Job can be read.
const KEPT_SECONDS: u32 = 24 * 60 * 60;

impl Custodian {
    /// The manifests of a Job that makes the key of the mesh in a cluster there, and prints the request.
    ///
    /// # Errors
    /// Manifests that cannot be written. What is refused is in the report.
    pub fn request_in_cluster(
        &self,
        virtual_mesh: Option<&str>,
        cluster: &str,
        image: &str,
        report: &mut Report,
    ) -> Result<Option<String>, CaError> {
        Self::stopped(self.requested_in_cluster(virtual_mesh, cluster, image), report)
    }

    fn requested_in_cluster(&self, virtual_mesh: Option<&str>, cluster: &str, image: &str) -> Result<String, Stop> {
        let (asked, directory) = self.authority(virtual_mesh)?;
        let root = self.existing_root(asked, &directory)?;
        self.signs(&root)?;
        let [mesh] = self.meshes(asked, &[cluster.to_owned()])?[..] else {
            let what = format!("cluster {cluster} has several meshes; keys are made in clusters with one");
            return Err(Diag::new(Code::Usage, Place::Nowhere, what).into());
        };
        let config = config(&root.certificate.organization, &certificate::common_name(&mesh.mesh.name), &mesh.spiffe);
        let script = format!(
            "set -eu\numask 077\ncd /work\ncat > request.cnf <<'END'\n{config}END\n\
             if test -z \"$(kubectl get secret {NEXT} --ignore-not-found -o name)\"; then\n  \
               openssl genrsa -out {CA_KEY} 4096 2>/dev/null\n  \
               openssl req -new -sha256 -utf8 -config request.cnf -key {CA_KEY} -out {REQUEST}\n  \
               kubectl create secret generic {NEXT} --from-file={CA_KEY} --from-file={REQUEST} >/dev/null\n\
             fi\n\
             kubectl get secret {NEXT} -o 'jsonpath={{.data.{}}}' | base64 -d\n",
            escaped(REQUEST)
        );
        Ok(manifests(mesh, Access::Request, &job("meshtree-ca-request", mesh, image, &script))?)
    }
}

/// The manifests of a Job that puts the certificate of a mesh beside the key in its cluster: `secret` is the file of the store.
///
/// # Errors
/// Manifests that cannot be written.
pub fn installation(mesh: &MeshCa, secret: &str, image: &str) -> Result<String, CaError> {
    let failed = || CaError::Crypto("read the Secret that was written");
    let manifest = Manifest::read(secret).map_err(|_| failed())?;
    let certificate = manifest.entry(CA_CERT).map_err(|_| failed())?;
    let script = format!(
        "set -eu\numask 077\ncd /work\ncat > {CA_CERT} <<'END'\n{certificate}END\ncat > cacerts.yaml <<'END'\n{secret}END\n\
         {}key {NEXT}\ntest -s {CA_KEY} || key {CACERTS}\n{}\
         printf 'data:\\n  {CA_KEY}: %s\\n' \"$(base64 < {CA_KEY} | tr -d '\\n')\" >> cacerts.yaml\n\
         kubectl apply --server-side --force-conflicts --field-manager={ACCOUNT} -f cacerts.yaml\n\
         kubectl delete secret {NEXT} --ignore-not-found\n",
        get_key(),
        check_key()
    );
    manifests(mesh, Access::Install, &job("meshtree-ca-install", mesh, image, &script))
}

/// The file of a mesh whose key stays in its cluster, with a certificate for the same key under another root.
pub(super) fn reissued(
    (virtual_mesh, mesh): (&ObjectRef, &MeshCa),
    cacerts: &Cacerts,
    signer: &Signer,
    now: OffsetDateTime,
) -> Result<String, CaError> {
    let unread = |_| CaError::Crypto("read the key of a mesh");
    let key = SubjectPublicKeyInfo::from_der(&cacerts.certificate.public_key_info).map_err(unread)?;
    let root = &signer.certificate;
    let wanted = certificate::Wanted {
        organization: &root.organization,
        common_name: &certificate::common_name(&mesh.mesh.name),
        spiffe: &mesh.spiffe,
        validity: (now, certificate::year_later(now).min(root.not_after)),
    };
    let pem = certificate::under(&key, &wanted, (root, &signer.key))?;
    // What is not read back as it is meant to be is never written.
    x509::intermediate(&pem, root)
        .map_err(|_| CaError::Chain { mesh: mesh.mesh.to_string(), root: signer.file.clone() })?;
    let above = secret::Above { signer: &signer.pem, bundle: &signer.bundle, crls: None };
    sops::plain(&secret::cacerts_alone(mesh, &cacerts.secret_type, &pem, &above), &secret::header(virtual_mesh))
}

/// A function of a script: reads the key in a Secret.
fn get_key() -> String {
    format!(
        "key() {{ kubectl get secret $1 --ignore-not-found -o 'jsonpath={{.data.{}}}' | base64 -d > {CA_KEY}; }}\n",
        escaped(CA_KEY)
    )
}

/// Lines of a script that stop it unless the key is that of the certificate.
fn check_key() -> String {
    format!(
        "if test \"$(openssl pkey -in {CA_KEY} -pubout)\" != \"$(openssl x509 -in {CA_CERT} -noout -pubkey)\"; then\n  \
           echo 'the key in the cluster is not that of the certificate' >&2\n  exit 1\n\
         fi\n"
    )
}

/// The key of an entry in a path of kubectl.
fn escaped(entry: &str) -> String {
    entry.replace('.', "\\.")
}

/// What openssl makes a request of.
fn config(organization: &str, common_name: &str, spiffe: &str) -> String {
    let plain = |text: &str| {
        let mut out = String::new();
        for c in text.chars().filter(|c| !c.is_control()) {
            if matches!(c, '\\' | '$' | '#' | '"' | '\'' | ';') {
                out.push('\\');
            }
            out.push(c);
        }
        out
    };
    let organization = plain(organization);
    let organization = if organization.is_empty() { String::new() } else { format!("O = {organization}\n") };
    format!(
        "[req]\nprompt = no\ndistinguished_name = name\nreq_extensions = extensions\n\
         [name]\n{organization}CN = {}\n\
         [extensions]\nbasicConstraints = critical,CA:TRUE,pathlen:0\nkeyUsage = critical,keyCertSign,cRLSign\n\
         subjectAltName = @names\n[names]\nURI = {}\n",
        plain(common_name),
        plain(spiffe)
    )
}

/// What a Job may do with Secrets.
#[derive(Clone, Copy)]
enum Access {
    /// Make the key and read it.
    Request,
    /// Move the key to where istiod reads it.
    Install,
    /// Read istiod's key.
    Read,
}

impl Access {
    fn rules(self) -> Value {
        let on = |names: &[&str], verbs: &[&str]| json!({"apiGroups": [""], "resources": ["secrets"], "resourceNames": names, "verbs": verbs});
        // What is created has no name that a rule could check.
        let create = json!({"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]});
        match self {
            Self::Request => json!([create, on(&[NEXT], &["get"])]),
            Self::Install => json!([create, on(&[CACERTS], &["get", "patch"]), on(&[NEXT], &["get", "delete"])]),
            Self::Read => json!([on(&[CACERTS], &["get"])]),
        }
    }
}

/// A Job with what it may do, as documents of one file.
fn manifests(mesh: &MeshCa, access: Access, job: &Value) -> Result<String, CaError> {
    let metadata = json!({"name": ACCOUNT, "namespace": mesh.namespace});
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": metadata,
        "rules": access.rules(),
    });
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": ACCOUNT},
        "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": mesh.namespace}],
    });
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata});
    let mut out = String::new();
    for document in [&account, &role, &binding, job] {
        out.push_str("---\n");
        yaml_writer::write(document, &mut out).map_err(|_| CaError::Crypto("write a manifest"))?;
    }
    Ok(out)
}

fn job(name: &str, mesh: &MeshCa, image: &str, script: &str) -> Value {
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": mesh.namespace},
        "spec": {
            "backoffLimit": 2,
            "ttlSecondsAfterFinished": KEPT_SECONDS,
            "template": {
                "metadata": {
                    "annotations": {"sidecar.istio.io/inject": "false"},
                    "labels": {"sidecar.istio.io/inject": "false"},
                },
                "spec": {
                    "restartPolicy": "Never",
                    "serviceAccountName": ACCOUNT,
                    "securityContext": {
                        "runAsNonRoot": true,
                        "runAsUser": 65532,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "containers": [{
                        "name": "ca",
                        "image": image,
                        "command": ["sh", "-c", script],
                        "env": [{"name": "HOME", "value": "/work"}],
                        "securityContext": {
                            "allowPrivilegeEscalation": false,
                            "capabilities": {"drop": ["ALL"]},
                            "readOnlyRootFilesystem": true,
                        },
                        "volumeMounts": [{"name": "work", "mountPath": "/work"}],
                    }],
                    // In memory: the key is never on a disk of the node.
                    "volumes": [{"name": "work", "emptyDir": {"medium": "Memory"}}],
                },
            },
        },
    })
}
