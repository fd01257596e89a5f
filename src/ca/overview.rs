//! What the store has, as public facts for who looks after it: no key is opened, and no clock is read.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::crl::cover::{Cover, CrlFacts, cover};
use super::rotation::Phase;
use super::stored::{Anchor, Cacerts, Certificate, MeshFile, Root, Rotating, Stored};
use super::validity::Soon;
use super::{facts, paths, refusals, unfinished};
use crate::diag::{Code, Diag};
use crate::ids::ObjectRef;
use crate::plan::{Authority, MeshCa};

/// What the store has of one VirtualMesh: its root, and an intermediate of each mesh that has one.
#[derive(Clone, Debug)]
pub struct AuthorityFacts {
    pub virtual_mesh: ObjectRef,
    pub root: Kept,
    pub meshes: Vec<(MeshCa, Kept)>,
    /// The way from or to another root, if there is or was one.
    pub rotation: Option<RotationFacts>,
    /// Its CRLs, if it has them.
    pub crls: Option<CrlFacts>,
    /// Whether it has CRLs, and not of all CAs: nothing is rendered then.
    pub lacks_crls: bool,
}

/// How far a rotation is.
#[derive(Clone, Debug)]
pub struct RotationFacts {
    pub phase: Phase,
    /// When it was begun.
    pub since: OffsetDateTime,
    /// The pin of the root that goes.
    pub from: String,
    /// The pin of the root that comes.
    pub to: String,
    /// What is not in the phase yet.
    pub left: Vec<String>,
    /// The root beside the one that signs.
    pub other: Option<(OtherRoot, Kept)>,
}

/// What a root is that does not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherRoot {
    /// It is to sign in the next phase.
    Next,
    /// It signed before.
    Former,
}

/// A certificate of the store.
#[derive(Clone, Debug)]
pub struct Kept {
    pub file: PathBuf,
    pub certificate: Certificate,
    /// The age recipients that its private key is encrypted to.
    pub sealed_to: Vec<String>,
}

impl Certificate {
    /// The pin of its public key: SHA-256 in Base64, as HTTP and Envoy (`verify_certificate_spki`) write it.
    pub fn pin(&self) -> String {
        STANDARD.encode(Sha256::digest(&self.public_key_info))
    }

    /// Its serial number in hexadecimal digits, a colon between the bytes.
    pub fn serial_number(&self) -> String {
        super::facts::hex(&self.serial)
    }
}

impl AuthorityFacts {
    /// What to report of certificates that lack what those issued now have.
    pub(super) fn form(&self) -> Vec<Diag> {
        let Self { virtual_mesh, root, meshes, rotation: _, crls: _, lacks_crls: _ } = self;
        let root = (format!("the root certificate of VirtualMesh {virtual_mesh}"), root, false);
        let meshes = meshes.iter().map(|(MeshCa { mesh, .. }, kept)| {
            (format!("the intermediate certificate of mesh {mesh}"), kept, kept.certificate.subject.is_empty())
        });
        [root]
            .into_iter()
            .chain(meshes)
            .filter_map(|(whose, kept, is_nameless)| kept.form(&whose, is_nameless))
            .collect()
    }
}

impl AuthorityFacts {
    /// What to report of its CRLs at a time.
    pub(super) fn crls_end(&self, now: OffsetDateTime, soon: Soon) -> Option<Diag> {
        let ends = self.crls.as_ref().map(|crls| crls.ends).filter(|ends| soon.is_near(now, *ends))?;
        let (at, end) = (facts::time(ends), if ends < now { "ended" } else { "end" });
        let place = refusals::place(self.root.file.parent().unwrap_or(&self.root.file));
        let message =
            format!("the CRLs of VirtualMesh {} {end} at {at}, and calls fail from then on", self.virtual_mesh);
        let hint = "run `meshtree ca crl` with an age identity available, which signs them again, then render, commit and apply";
        Some(Diag::new(Code::CrlsEnd, place, message).hint(hint))
    }
}

impl Kept {
    fn form(&self, whose: &str, is_nameless: bool) -> Option<Diag> {
        let what = match (is_nameless, self.certificate.signs_revocations) {
            (false, true) => return None,
            (true, true) => "has no subject",
            (false, false) => "may not sign CRLs",
            (true, false) => "has no subject and may not sign CRLs",
        };
        Some(Diag::new(Code::EarlierForm, refusals::place(&self.file), format!("{whose} {what}")))
    }
}

/// What the store has of an authority, if it has a root that can be used.
pub(super) fn overview(asked: &Authority, stored: &Stored, directory: &Path) -> Option<AuthorityFacts> {
    let Stored::Root(root, meshes) = stored else { return None };
    let kept = |file: PathBuf, certificate: &Certificate, sealed_to: &[String]| Kept {
        file,
        certificate: certificate.clone(),
        sealed_to: sealed_to.to_vec(),
    };
    let of_mesh = |(mesh, found): &(MeshCa, MeshFile)| {
        let Cacerts { certificate, sealed_to, .. } = found.cacerts()?;
        let file = paths::mesh_file(directory, &mesh.mesh);
        Some((mesh.clone(), kept(file, certificate, sealed_to)))
    };
    let cover = cover(&root.certificate, meshes);
    Some(AuthorityFacts {
        lacks_crls: matches!(cover, Cover::Partly(_)),
        virtual_mesh: asked.virtual_mesh.clone(),
        root: kept(root.file.clone(), &root.certificate, &root.sealed_to),
        meshes: meshes.iter().filter_map(of_mesh).collect(),
        crls: match cover {
            Cover::Whole(crls) => Some(crls),
            Cover::Nothing | Cover::Partly(_) => None,
        },
        rotation: root.rotation.as_deref().map(|rotating| rotation(root, rotating, meshes)),
    })
}

fn rotation(root: &Root, rotating: &Rotating, meshes: &[(MeshCa, MeshFile)]) -> RotationFacts {
    let Rotating { record, old, new, is_in_place: _ } = rotating;
    let is_new = root.certificate.der == new.certificate.der;
    let other = if is_new { old.as_ref().map(|old| (OtherRoot::Former, old)) } else { Some((OtherRoot::Next, new)) };
    let kept = |Anchor { file, certificate, sealed_to, .. }: &Anchor| Kept {
        file: file.clone(),
        certificate: certificate.clone(),
        sealed_to: sealed_to.clone(),
    };
    RotationFacts {
        phase: record.phase,
        since: record.since(),
        from: record.from.pin.clone(),
        to: record.to.pin.clone(),
        left: unfinished::left(rotating, meshes),
        other: other.map(|(which, anchor)| (which, kept(anchor))),
    }
}
