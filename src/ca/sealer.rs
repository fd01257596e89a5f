//! Makes the sealed copy of a `cacerts`, which the Sealed Secrets controller of its cluster opens.

mod blob;
mod certificate;
mod copy;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use time::OffsetDateTime;
use zeroize::Zeroizing;

use self::certificate::SealingCertificate;
pub(super) use self::copy::Content;
use super::error::CaError;
use super::material::MeshMaterial;
use crate::model::settings::SealingScope;

/// What seals for one cluster.
#[derive(Clone, Debug)]
pub struct Sealer {
    certificate: SealingCertificate,
    scope: SealingScope,
}

/// A sealer, or the file of which none can be made and why.
pub type Sealing = Result<Arc<Sealer>, (PathBuf, String)>;

impl Sealer {
    /// A sealer to the certificate in a file.
    pub fn new(file: &Path, scope: SealingScope) -> Sealing {
        let certificate = SealingCertificate::read(file).map_err(|what| (file.to_path_buf(), what))?;
        Ok(Arc::new(Self { certificate, scope }))
    }

    /// Why nothing is sealed to its certificate at a time, with the file of that.
    pub(super) fn refusal(&self, now: OffsetDateTime) -> Option<(PathBuf, String)> {
        Some((self.certificate.file.clone(), self.certificate.refusal(now)?))
    }

    /// The sealed copy of a mesh's Secret, with its private key.
    pub(super) fn copy(&self, material: &MeshMaterial, key: &str) -> Result<String, CaError> {
        let content = Content::of(&material.manifest).map_err(|_| CaError::Crypto("read a Secret again"))?;
        content.sealed(self, &material.virtual_mesh, key)
    }
}

/// A copy to make of material that is kept.
pub(super) struct NewCopy {
    pub(super) material: MeshMaterial,
    pub(super) sealer: Arc<Sealer>,
    pub(super) key: Zeroizing<String>,
}
