//! What the store holds, as typed facts: read by `store`, judged by `decide`, shown by `facts`. Nothing here reads a file.

use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::key_kind::KeyKind;
use super::recipient::{RecipientsError, Resolved};
use super::rotation::{Record, Stage};
use super::secret::{IN_CLUSTER, KEY_IS};
use super::signing_key::SigningKey;
use crate::diag::Pos;
use crate::ids::ObjectRef;
use crate::plan::MeshCa;

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its name; empty if it has none.
    pub subject: String,
    /// The name of what signed it.
    pub issuer: String,
    /// The first organization that its name has; empty if it has none.
    pub organization: String,
    /// As it is encoded: a first bit that is set makes it negative.
    pub serial: Vec<u8>,
    pub not_before: OffsetDateTime,
    pub not_after: OffsetDateTime,
    pub key: KeyKind,
    /// Its public key, as the certificate embeds it.
    pub public_key: Vec<u8>,
    /// The same with its algorithm: what pins are made of.
    pub public_key_info: Vec<u8>,
    /// Whether it may sign lists of what is revoked.
    pub signs_revocations: bool,
    /// What it was issued for, in its order; nothing for a root.
    pub alt_names: Vec<AltName>,
    /// All of it.
    pub der: Vec<u8>,
}

/// One of the names a certificate was issued for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AltName {
    /// Such as a SPIFFE identity.
    Uri(String),
    /// Of another kind, as it is shown.
    Other(String),
}

impl Certificate {
    /// The URIs it was issued for.
    pub fn uris(&self) -> impl Iterator<Item = &str> {
        self.alt_names.iter().filter_map(|name| if let AltName::Uri(uri) = name { Some(uri.as_str()) } else { None })
    }
}

/// What the store has for one authority.
pub(super) enum Stored {
    /// Nothing at all. Whom each of the missing files would be encrypted to is known.
    Nothing { root: SealedTo, meshes: Vec<(MeshCa, SealedTo)> },
    /// A root, and for each mesh that is asked for what there is of it.
    Root(Box<Root>, Vec<(MeshCa, MeshFile)>),
    /// A root that cannot be used.
    Broken(Broken),
}

/// What the store has for one mesh.
pub(super) enum MeshFile {
    Present(Box<Cacerts>),
    /// What is there and is to be made anew, and whom the new file would be encrypted to.
    Renewed(Box<Cacerts>, SealedTo),
    /// Nothing, and whom the missing file would be encrypted to.
    Missing(SealedTo),
    Broken(Broken),
}

impl MeshFile {
    /// What the store has, if that can be used.
    pub(super) fn cacerts(&self) -> Option<&Cacerts> {
        match self {
            Self::Present(cacerts) | Self::Renewed(cacerts, _) => Some(cacerts),
            Self::Missing(_) | Self::Broken(_) => None,
        }
    }
}

/// Whom a file that is missing would be encrypted to.
pub(super) type SealedTo = Result<Resolved, RecipientsError>;

/// The root of an authority.
pub(super) struct Root {
    pub(super) file: PathBuf,
    /// The Secret it is in.
    pub(super) secret: ObjectRef,
    pub(super) certificate: Certificate,
    /// The certificate as its file has it: intermediates are delivered with the same text.
    pub(super) pem: String,
    /// Whom its private key is encrypted to.
    pub(super) sealed_to: Vec<String>,
    /// What signs under it.
    pub(super) key: Result<SigningKey, Closed>,
    /// Its file, whole.
    pub(super) text: String,
    /// The way from or to another root, if there is or was one.
    pub(super) rotation: Option<Box<Rotating>>,
}

/// A root's certificate in the store.
#[derive(Clone, Debug)]
pub(super) struct Anchor {
    pub(super) file: PathBuf,
    pub(super) certificate: Certificate,
    /// The certificate as its file has it, which bundles repeat byte for byte.
    pub(super) pem: String,
    pub(super) sealed_to: Vec<String>,
    /// Its file, whole.
    pub(super) text: String,
}

/// A rotation, with the roots that it is about.
pub(super) struct Rotating {
    pub(super) record: Record,
    /// The root that goes; none once it is gone.
    pub(super) old: Option<Anchor>,
    /// The root that comes.
    pub(super) new: Anchor,
    /// Whether the files of the roots are where the phase has them.
    pub(super) is_in_place: bool,
}

/// Why the private key of a root cannot be used.
pub(super) enum Closed {
    /// Nothing is to be signed, so nobody tried.
    Unneeded,
    /// The store has the certificate alone: its key is kept elsewhere.
    Offline,
    /// It is not for this run; another run, elsewhere, can.
    Because(String),
    /// Its certificate is not valid at this time.
    NotNow(String),
    /// It cannot be used by anybody: what is wrong with its file.
    Broken(String),
}

impl Closed {
    /// Why, in words.
    pub(super) fn what(self) -> String {
        match self {
            Self::Because(what) | Self::NotNow(what) | Self::Broken(what) => what,
            Self::Offline => "its key is kept elsewhere".to_owned(),
            Self::Unneeded => "nobody tried to open it".to_owned(),
        }
    }
}

/// One mesh's `cacerts`.
#[derive(Clone)]
pub(super) struct Cacerts {
    /// Its file, whole.
    pub(super) text: String,
    pub(super) certificate: Certificate,
    /// How far a rotation is in it.
    pub(super) stage: Stage,
    /// All roots that workloads trust, as it has them.
    pub(super) bundle: String,
    /// Its CRLs, if it has any.
    pub(super) crls: Option<String>,
    /// Whom its private key is encrypted to.
    pub(super) sealed_to: Vec<String>,
    /// The Secret's `type`.
    pub(super) secret_type: String,
    /// The Secret's labels, sorted.
    pub(super) labels: Vec<(String, String)>,
    /// The Secret's annotations.
    pub(super) annotations: Vec<(String, String)>,
}

impl Cacerts {
    /// Whether its private key is in the cluster alone.
    pub(super) fn is_key_in_cluster(&self) -> bool {
        self.annotations.iter().any(|(key, value)| key == KEY_IS && value == IN_CLUSTER)
    }
}

/// What is wrong in a file of the store, and where.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) pos: Option<Pos>,
    pub(super) what: String,
}

/// A file of the store that cannot be used.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) file: PathBuf,
    /// Where in it.
    pub(super) pos: Option<Pos>,
    pub(super) what: String,
    pub(super) hint: &'static str,
}

impl Broken {
    /// A file that must come back as it was.
    pub(super) fn new(file: &Path, what: impl Into<String>) -> Self {
        let hint = "restore the file from Git; nothing is issued in its stead";
        Self { file: file.to_path_buf(), pos: None, what: what.into(), hint }
    }

    /// A fault of what a file holds.
    pub(super) fn of(file: &Path, fault: Fault) -> Self {
        let Fault { pos, what } = fault;
        Self { pos, ..Self::new(file, what) }
    }
}
