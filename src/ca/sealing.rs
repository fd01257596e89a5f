//! Decides about the sealed copies of `cacerts`, for clusters with a Sealed Secrets controller.
//!
//! A copy is made when its private key is there: when it is issued, or where an age identity opens the store. From then on it is
//! copied like everything else, until what it was made of is something else.

use std::path::{Path, PathBuf};

use age::x25519::Identity;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::decide::{NewIntermediate, NewRoot, Step};
use super::manifest::values;
use super::material::MeshMaterial;
use super::options::Options;
use super::sealer::{Content, NewCopy, Sealing};
use super::secret::{CA_KEY, IN_CLUSTER, KEY_IS};
use super::stored::{Broken, Fault};
use super::tree_object::says_roots;
use super::unseal::{UnsealError, unseal};
use super::{paths, refusals, store};
use crate::diag::{Code, Diag};
use crate::ids::{ClusterName, ObjectRef};

/// What is to be done with the steps for clusters that get sealed copies: what is kept gets the copy that there is, or one is made;
/// nothing is issued that could not be sealed.
pub(super) fn decide(steps: Vec<Step>, options: &Options, now: OffsetDateTime) -> Vec<Step> {
    if options.sealing.is_empty() {
        return steps;
    }
    steps.into_iter().flat_map(|step| one(step, options, now)).collect()
}

fn one(step: Step, options: &Options, now: OffsetDateTime) -> Vec<Step> {
    let refusals: Vec<Step> = {
        let issued: Vec<&ClusterName> = match &step {
            Step::IssueRoot(NewRoot { meshes, .. }) => meshes.iter().map(|new| &new.mesh.cluster).collect(),
            Step::IssueIntermediate(NewIntermediate { mesh, .. }) => vec![&mesh.mesh.cluster],
            _ => Vec::new(),
        };
        issued
            .into_iter()
            .filter_map(|cluster| unusable(options.sealing.get(cluster)?, now))
            .map(Step::Refuse)
            .collect()
    };
    match step {
        Step::Keep(material) => match options.sealing.get(&material.cluster) {
            Some(sealing) => {
                let step = kept(material, sealing, options, now);
                unsaid(&step, options).into_iter().chain([step]).collect()
            }
            None => vec![Step::Keep(material)],
        },
        step if refusals.is_empty() => vec![step],
        _ => refusals,
    }
}

/// What becomes of material that is kept.
fn kept(mut material: MeshMaterial, sealing: &Sealing, options: &Options, now: OffsetDateTime) -> Step {
    let sealer = match sealing {
        Ok(sealer) => sealer,
        Err(unusable) => return Step::Refuse(refused(unusable)),
    };
    let directory = paths::directory(&options.store, &material.virtual_mesh);
    let mesh_file = paths::mesh_file(&directory, &material.mesh);
    let file = paths::sealed_file(&directory, &material.mesh);
    let broken = |Fault { pos, what }| Step::Refuse(refusals::broken(&Broken::of(&mesh_file, Fault { pos, what })));
    let content = match Content::of(&material.manifest) {
        Ok(content) => content,
        Err(fault) => return broken(fault),
    };
    let copy = match store::read_file(&options.store, &file) {
        Ok(copy) => copy,
        Err(fault) => return Step::Refuse(refusals::broken(&fault)),
    };
    let is_there = copy.is_some();
    if let Some(copy) = copy.filter(|copy| content.is_in(copy, sealer)) {
        material.sealed = Some(copy);
        return Step::Keep(material);
    }
    let outdated = |why: &str| Step::Refuse(outdated(&material.mesh, is_there, (&file, &mesh_file), why));
    if options.locked {
        return outdated(&format!("nothing is sealed in this run (`{}`)", options.lock));
    }
    if let Some(diag) = unusable(sealing, now) {
        return Step::Refuse(diag);
    }
    match opened(&material.manifest, options) {
        Ok(key) => Step::Seal(Box::new(NewCopy { sealer: sealer.clone(), key, material })),
        Err(Closed::Because(why)) => outdated(&why),
        Err(Closed::Broken(what)) => broken(Fault { pos: None, what }),
    }
}

/// The warning of a copy that does not say which roots it is for.
fn unsaid(step: &Step, options: &Options) -> Option<Step> {
    let Step::Keep(MeshMaterial { virtual_mesh, mesh, sealed: Some(copy), .. }) = step else { return None };
    if says_roots(copy) {
        return None;
    }
    let message = format!(
        "the sealed copy of cacerts of mesh {mesh} does not say which roots it is for: whether its istiod would change to others cannot be checked"
    );
    let file = paths::sealed_file(&paths::directory(&options.store, virtual_mesh), mesh);
    let hint = "run `meshtree ca reseal`, which writes it into the copy and needs no key for that; then render and commit, before the root is changed";
    Some(Step::Note(Diag::new(Code::RootsUnsaid, refusals::place(&file), message).hint(hint)))
}

/// Why a private key stays closed.
enum Closed {
    Because(String),
    Broken(String),
}

/// The private key of a mesh's Secret.
fn opened(manifest: &str, options: &Options) -> Result<Zeroizing<String>, Closed> {
    let is_elsewhere = values(manifest).is_some_and(|file| file["metadata"]["annotations"][KEY_IS] == IN_CLUSTER);
    if is_elsewhere {
        let why = "its private key is in its cluster alone; set `spec.clusters.*.ca.delivery: sops` for the cluster, whose tree then has the certificates without a key";
        return Err(Closed::Because(why.to_owned()));
    }
    let identities = options.identities.load().map_err(|error| Closed::Because(error.to_string()))?;
    if identities.is_empty() {
        return Err(Closed::Because("no age identity is available".to_owned()));
    }
    private_key(manifest, &identities).map_err(|error| match error {
        UnsealError::NotAge | UnsealError::NoIdentity(_) => Closed::Because(format!("its file {error}")),
        UnsealError::Value(_) | UnsealError::Mac => Closed::Broken(error.to_string()),
    })
}

/// The private key in a mesh's file.
pub(super) fn private_key(manifest: &str, identities: &[Identity]) -> Result<Zeroizing<String>, UnsealError> {
    let document = values(manifest).ok_or(UnsealError::NotAge)?;
    unseal(&document, identities, CA_KEY)
}

/// Why nothing can be sealed to a certificate now.
fn unusable(sealing: &Sealing, now: OffsetDateTime) -> Option<Diag> {
    match sealing {
        Ok(sealer) => {
            let what = sealer.refusal(now)?;
            Some(refused(&what))
        }
        Err(unusable) => Some(refused(unusable)),
    }
}

fn refused((file, what): &(PathBuf, String)) -> Diag {
    let message = format!("the sealing certificate {} {what}", file.display());
    let hint = "run `kubeseal --fetch-cert` for the cluster and put its output there, or name another file in `spec.clusters.*.ca.sealingCertificate`";
    Diag::new(Code::BadSealingCertificate, refusals::place(file), message).hint(hint)
}

fn outdated(mesh: &ObjectRef, is_there: bool, (file, mesh_file): (&Path, &Path), why: &str) -> Diag {
    let state = if is_there {
        "is out of date: the Secret, the scope or the sealing certificate has changed"
    } else {
        "is missing"
    };
    let message = format!("the sealed copy of cacerts of mesh {mesh} {state}, and none is made: {why}");
    let hint = refusals::with_identity("meshtree ca issue", "", mesh_file, "writes");
    Diag::new(Code::SealedOutdated, refusals::place(file), message).hint(hint)
}
