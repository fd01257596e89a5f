//! Takes into the store what something else issued: a root, or the `cacerts` of a mesh. All rules are applied before anything is
//! written, and the Secret that is written is a new one: nothing of the one that was brought comes along but what is asked for.

use std::path::Path;

use super::brought::{Brought, Pair};
use super::custodian::{Custodian, Stop};
use super::document::{Map, Node};
use super::error::CaError;
use super::private_key::PrivateKey;
use super::stored::{Broken, Certificate, Closed, Root};
use super::{facts, paths, pem, refusals, secret, sops, store, x509};
use crate::diag::{Diag, Report};
use crate::ids::ObjectRef;
use crate::plan::{Authority, MeshCa};

/// How the root of a store is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootKey {
    /// Encrypted, beside its certificate.
    Sealed,
    /// Elsewhere: the store has the certificate alone.
    Elsewhere,
}

impl Custodian {
    /// Adopts a root for a VirtualMesh, which need not be named if there is only one. Whether it was adopted, or there already.
    ///
    /// # Errors
    /// A store that cannot be written. What is refused is in the report.
    pub fn adopt_root(
        &self,
        virtual_mesh: Option<&str>,
        brought: &Brought,
        key: RootKey,
        report: &mut Report,
    ) -> Result<(), CaError> {
        Self::stopped(self.root_adopted(virtual_mesh, brought, key, report), report).map(Option::unwrap_or_default)
    }

    /// Adopts the `cacerts` of the mesh in a cluster, whose root the store must have.
    ///
    /// # Errors
    /// As [`Custodian::adopt_root`].
    pub fn adopt_mesh(
        &self,
        virtual_mesh: Option<&str>,
        cluster: &str,
        brought: &Brought,
        report: &mut Report,
    ) -> Result<(), CaError> {
        Self::stopped(self.mesh_adopted(virtual_mesh, cluster, brought, report), report).map(Option::unwrap_or_default)
    }

    fn root_adopted(
        &self,
        virtual_mesh: Option<&str>,
        brought: &Brought,
        keep: RootKey,
        report: &mut Report,
    ) -> Result<(), Stop> {
        let (asked, directory) = self.authority(virtual_mesh)?;
        let pair = brought.root(keep == RootKey::Sealed)?;
        let certificate = x509::root(&pair.certificate)
            .map_err(|what| brought.wrong(format!("{} {what}", pair.certificate_name)).hint(refused_root(&what)))?;
        self.valid_now(&certificate, &pair.certificate_name, brought)?;
        if keep == RootKey::Sealed {
            fits(&pair, &certificate, brought)?;
        }
        let former = match self.root(&directory) {
            Ok(Some(root)) => match replaced(asked, root, &certificate, keep)? {
                Some(former) => Some(former),
                None => return Ok(()),
            },
            Ok(None) => None,
            // Other files may be there, if only the root was lost: each mesh must fit this one.
            Err(broken) if paths::root_file(&directory).exists() => return Err(broken.into()),
            Err(_) => None,
        };
        if former.is_none() {
            let root = unwritten(&directory, self.root_secret(asked), &pair.certificate, &certificate);
            for mesh in &asked.meshes {
                let file = paths::mesh_file(&directory, &mesh.mesh);
                store::read_mesh(&self.options.store, &file, mesh, &root)?;
            }
        }
        self.trusted(asked, &certificate)?;
        let text = match pair.key {
            Some(key) if keep == RootKey::Sealed => {
                let recipients = self.recipients(asked, &paths::root_file(&directory), report)?;
                let document = secret::root(&self.root_secret(asked), &pair.certificate, Node::Text(key));
                self.sealed(asked, document, &recipients)?
            }
            _ => sops::plain(
                &secret::root_alone(&self.root_secret(asked), &pair.certificate),
                &secret::header(&asked.virtual_mesh),
            )?,
        };
        self.write(&directory, paths::root_file(Path::new("")), text, former.as_deref())?;
        Ok(())
    }

    fn mesh_adopted(
        &self,
        virtual_mesh: Option<&str>,
        cluster: &str,
        brought: &Brought,
        report: &mut Report,
    ) -> Result<(), Stop> {
        let (asked, directory) = self.authority(virtual_mesh)?;
        let mesh = self.mesh_of(asked, cluster, brought)?;
        let root = self.existing_root(asked, &directory)?;
        let pair = brought.intermediate()?;
        let certificate = x509::intermediate(&pair.certificate, &root.certificate)
            .map_err(|what| brought.wrong(format!("{} {what}", pair.certificate_name)).hint(UNDER_ROOT))?;
        self.valid_now(&certificate, &pair.certificate_name, brought)?;
        fits(&pair, &certificate, brought)?;
        let trusted = root.bundle();
        let bundle = brought.bundle().unwrap_or(&trusted);
        if pem::certificates(bundle) != pem::certificates(&trusted) {
            let what = format!("the mesh trusts other roots than that of VirtualMesh {}, or more", asked.virtual_mesh);
            return Err(brought.wrong(what).hint(BUNDLE).into());
        }
        let file = paths::mesh_file(&directory, &mesh.mesh);
        if let Some(found) = store::read_mesh(&self.options.store, &file, mesh, &root)? {
            if found.certificate.der == certificate.der {
                return Ok(());
            }
            let what = format!("mesh {} has another intermediate in the CA store already", mesh.mesh);
            let hint = format!("delete {} first, if the one of the cluster is to stay", file.display());
            return Err(brought.wrong(what).hint(hint).into());
        }
        let recipients = self.recipients(asked, &file, report)?;
        // The type of a Secret that is there cannot be changed, and a root whose text changes is another one to older istiods.
        let secret_type = brought.secret_type.as_deref().unwrap_or(&self.options.secret_type);
        let above = secret::Above { signer: &root.pem, bundle, crls: None };
        let key = pair.key.map_or_else(|| Node::text(""), Node::Text);
        let document = secret::cacerts(mesh, secret_type, &pair.certificate, key, &above);
        let text = self.sealed(asked, document, &recipients)?;
        self.write(&directory, paths::mesh_file(Path::new(""), &mesh.mesh), text, None)?;
        Ok(())
    }

    fn sealed(&self, asked: &Authority, document: Map, to: &[age::x25519::Recipient]) -> Result<String, CaError> {
        sops::seal(document, to, self.now)?.text(&secret::header(&asked.virtual_mesh))
    }

    /// The mesh in a cluster: of several, the one in the namespace of the Secret.
    fn mesh_of<'a>(&self, asked: &'a Authority, cluster: &str, brought: &Brought) -> Result<&'a MeshCa, Box<Diag>> {
        let meshes = self.meshes(asked, &[cluster.to_owned()])?;
        let namespace = brought.secret.as_ref().map(|secret| &*secret.namespace);
        match (&meshes[..], namespace) {
            ([mesh], None) => Ok(mesh),
            (_, Some(namespace)) => meshes.iter().find(|mesh| mesh.namespace == namespace).copied().ok_or_else(|| {
                let expected: Vec<_> = meshes.iter().map(|mesh| mesh.namespace.as_str()).collect();
                brought
                    .wrong(format!(
                        "the Secret is of namespace {namespace}, and the control plane of cluster {cluster} is in {}",
                        expected.join(" and ")
                    ))
                    .into()
            }),
            _ => Err(brought
                .wrong(format!("cluster {cluster} has several meshes"))
                .hint("adopt a Secret with a namespace")
                .into()),
        }
    }

    pub(super) fn valid_now(&self, certificate: &Certificate, name: &str, brought: &Brought) -> Result<(), Box<Diag>> {
        let Certificate { not_before, not_after, .. } = certificate;
        if *not_after <= self.now {
            return Err(brought.wrong(format!("{name} ended at {}", facts::time(*not_after))).into());
        }
        if self.now < *not_before {
            return Err(brought.wrong(format!("{name} is not valid before {}", facts::time(*not_before))).into());
        }
        Ok(())
    }

    /// Makes sure that no cluster shows that its workloads trust another root.
    fn trusted(&self, asked: &Authority, root: &Certificate) -> Result<(), Box<Diag>> {
        let others: Vec<_> = asked.meshes.iter().filter_map(|mesh| self.options.other_root(mesh, Some(root))).collect();
        if others.is_empty() || self.options.accept_new_root {
            return Ok(());
        }
        let place = self.options.places.get(&asked.virtual_mesh).cloned();
        Err(refusals::other_root(asked, &others, place.unwrap_or(crate::diag::Place::Nowhere)).into())
    }
}

const UNDER_ROOT: &str = "only what the root of the CA store signed can be adopted; to give the mesh an intermediate under it, run `meshtree ca issue`";
const BUNDLE: &str = "adopt `cacerts` once its root-cert.pem has the root of the CA store alone";

/// What to do about a root that is refused.
fn refused_root(what: &str) -> &'static str {
    if what.contains("another CA signed it") {
        "adopt the root that signed it; `cacerts` of a mesh is adopted with --cluster NAME"
    } else {
        "docs/ca.md lists what a root of your own must be"
    }
}

/// A root that is not in the store yet.
fn unwritten(directory: &Path, secret: ObjectRef, pem: &str, certificate: &Certificate) -> Root {
    Root {
        file: paths::root_file(directory),
        secret,
        certificate: certificate.clone(),
        pem: pem.to_owned(),
        sealed_to: Vec::new(),
        key: Err(Closed::Unneeded),
        text: String::new(),
        rotation: None,
    }
}

/// The text of the file that a root takes the place of; nothing if it is there already.
fn replaced(asked: &Authority, root: Root, certificate: &Certificate, keep: RootKey) -> Result<Option<String>, Stop> {
    let Root { file, certificate: has, key, text, .. } = root;
    let is_offline = matches!(key, Err(Closed::Offline));
    let broken = |what: String, hint: &'static str| Stop::from(Broken { hint, ..Broken::new(&file, what) });
    if has.der != certificate.der {
        let what = format!("has another root for VirtualMesh {} already", asked.virtual_mesh);
        return Err(broken(
            what,
            "meshes under different roots do not trust each other: `meshtree ca rotate` replaces a root step by step",
        ));
    }
    match (is_offline, keep) {
        (true, RootKey::Sealed) => Ok(Some(text)),
        (false, RootKey::Elsewhere) => Err(broken(
            "has the key of this root".to_owned(),
            "a key that was committed is in the history of the repository: it does not become an offline key by being deleted",
        )),
        _ => Ok(None),
    }
}

/// Makes sure that a key is one that can sign, and that of the certificate.
pub(super) fn fits(pair: &Pair, certificate: &Certificate, brought: &Brought) -> Result<(), Box<Diag>> {
    let Pair { certificate: _, key, certificate_name: _, key_name } = pair;
    let text = key.as_ref().map_or("", |key| key.as_str());
    let key = PrivateKey::from_pem(text).map_err(|what| brought.wrong(format!("{key_name} {what}")))?;
    if key.public() == certificate.public_key {
        Ok(())
    } else {
        Err(brought.wrong(format!("{key_name} is not the key of the certificate")).into())
    }
}
