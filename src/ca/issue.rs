//! Makes what is pending: draws the keys, signs, seals, and only then writes.

use std::path::PathBuf;

use age::x25519::Recipient;
use rayon::prelude::*;
use time::OffsetDateTime;

use super::certificate::{self, INTERMEDIATE_BITS};
use super::document::{self, Node};
use super::error::CaError;
use super::keys::RsaKey;
use super::pending::{Job, Join, Pending, material};
use super::plan::{CaMaterial, MeshMaterial};
use super::write::{NewFile, Writer};
use super::{secret, sops, store, x509};
use crate::ids::ObjectRef;
use crate::plan::{Authority, GeneratedRoot, MeshCa};

/// What a job gives: files for a directory of the store, and the meshes' material.
struct Made {
    directory: PathBuf,
    /// Whether the directory is new.
    whole: bool,
    files: Vec<NewFile>,
    meshes: Vec<MeshMaterial>,
}

/// What an intermediate is signed with.
struct Signer<'a> {
    virtual_mesh: &'a ObjectRef,
    root: &'a x509::RootCert,
    root_pem: &'a str,
    root_key: &'a RsaKey,
    root_file: PathBuf,
}

impl Pending {
    /// Issues what is missing, writes it to the store and gives the material of every mesh. Without anything to issue, no
    /// randomness is drawn and no file is touched.
    pub fn issue(mut self) -> Result<CaMaterial, CaError> {
        if self.refused {
            return Err(CaError::Refused);
        }
        let jobs = std::mem::take(&mut self.jobs);
        let mut meshes = std::mem::take(&mut self.ready);
        if !jobs.is_empty() {
            let made: Vec<Made> = jobs.par_iter().map(|job| self.make(job)).collect::<Result<_, _>>()?;
            let writer = Writer::open(&self.store)?;
            for Made { directory, whole, files, meshes: issued } in made {
                if whole {
                    writer.authority(&directory, &files)?;
                } else {
                    files.iter().try_for_each(|file| writer.joined(&directory, file))?;
                }
                meshes.extend(issued);
            }
        }
        meshes.sort_by(|a, b| (&a.virtual_mesh, &a.mesh).cmp(&(&b.virtual_mesh, &b.mesh)));
        Ok(CaMaterial { meshes })
    }

    fn make(&self, job: &Job) -> Result<Made, CaError> {
        match job {
            Job::Authority { authority, root, directory, root_recipients, mesh_recipients } => {
                self.authority(authority, root, directory.clone(), root_recipients, mesh_recipients)
            }
            Job::Join(join) => self.join(join),
        }
    }

    fn authority(
        &self,
        authority: &Authority,
        GeneratedRoot { ttl_days, key_bits, organization }: &GeneratedRoot,
        directory: PathBuf,
        root_recipients: &[Recipient],
        mesh_recipients: &[Vec<Recipient>],
    ) -> Result<Made, CaError> {
        // Primes are found by luck; drawing all keys at once makes the longest search hide the others.
        let (root_key, mesh_keys) = rayon::join(
            || RsaKey::generate(*key_bits),
            || authority.meshes.par_iter().map(|_| RsaKey::generate(INTERMEDIATE_BITS)).collect::<Result<Vec<_>, _>>(),
        );
        let (root_key, mesh_keys) = (root_key?, mesh_keys?);
        let pem = certificate::root(&root_key, organization, *ttl_days, self.now)?;
        let root = x509::root(&pem).map_err(|_| CaError::Crypto("make a root certificate"))?;
        let key = Node::Text(root_key.to_pem()?);
        let document = secret::root(authority, &self.hub_namespace, &pem, key);
        let sealed = seal(&authority.virtual_mesh, document, root_recipients, self.now)?;
        let signer = Signer {
            virtual_mesh: &authority.virtual_mesh,
            root: &root,
            root_pem: &pem,
            root_key: &root_key,
            root_file: store::root_file(&directory),
        };
        let mut files = vec![(store::root_file("".as_ref()), sealed)];
        let mut meshes = Vec::new();
        for ((mesh, key), recipients) in authority.meshes.iter().zip(&mesh_keys).zip(mesh_recipients) {
            let manifest = self.cacerts(&signer, mesh, key, recipients)?;
            files.push((store::mesh_file("".as_ref(), &mesh.mesh), manifest.clone()));
            meshes.push(material(&authority.virtual_mesh, mesh, manifest, true));
        }
        Ok(Made { directory, whole: true, files, meshes })
    }

    fn join(&self, join: &Join) -> Result<Made, CaError> {
        let signer = Signer {
            virtual_mesh: &join.virtual_mesh,
            root: &join.root,
            root_pem: &join.root_pem,
            root_key: &join.root_key,
            root_file: join.root_file.clone(),
        };
        let key = RsaKey::generate(INTERMEDIATE_BITS)?;
        let manifest = self.cacerts(&signer, &join.mesh, &key, &join.recipients)?;
        Ok(Made {
            directory: join.directory.clone(),
            whole: false,
            files: vec![(store::mesh_file("".as_ref(), &join.mesh.mesh), manifest.clone())],
            meshes: vec![material(&join.virtual_mesh, &join.mesh, manifest, true)],
        })
    }

    /// A mesh's `cacerts`, sealed.
    fn cacerts(
        &self,
        signer: &Signer<'_>,
        mesh: &MeshCa,
        key: &RsaKey,
        recipients: &[Recipient],
    ) -> Result<String, CaError> {
        let Signer { virtual_mesh, root, root_pem, root_key, root_file } = signer;
        let pem = certificate::intermediate(key, &mesh.spiffe, (&root.der, root_key), root.not_after, self.now)?;
        // A root that other tools made may have a name that is not written back the same; such a chain would not verify.
        x509::intermediate(&pem, root)
            .map_err(|_| CaError::Chain { mesh: mesh.mesh.to_string(), root: root_file.clone() })?;
        let key = Node::Text(key.to_pem()?);
        let document = secret::cacerts(mesh, &self.secret_type, &pem, key, root_pem);
        seal(virtual_mesh, document, recipients, self.now)
    }
}

fn seal(
    virtual_mesh: &ObjectRef,
    document: Vec<(String, Node)>,
    recipients: &[Recipient],
    now: OffsetDateTime,
) -> Result<String, CaError> {
    let sealed = sops::seal(document, recipients, now)?;
    Ok(document::write(&secret::header(virtual_mesh), &sealed))
}
