//! Certificate authorities: sealed when issued, copied when rendered.
//!
//! Every VirtualMesh with shared trust has a directory in the store: the Secret of its root, and for every mesh the Secret
//! `cacerts` with an intermediate under that root. Certificates are readable in them; private keys are encrypted with SOPS to
//! age recipients. What is in the store is delivered byte for byte: that needs no key and no randomness, and is the same at
//! any time. Only what the store lacks is issued.
//!
//! This module alone draws randomness.

mod certificate;
mod document;
mod error;
mod identities;
mod keys;
mod pem;
mod plan;
mod recipients;
mod rules;
mod secret;
mod sops;
mod unseal;
mod x509;

pub use error::CaError;
pub use identities::Identities;
pub use plan::{Authority, CaMaterial, CaPlan, MeshCa, MeshMaterial, Options};
pub use recipients::{Recipients, RecipientsError, recipients_from_sops};

/// Fills a buffer with random bytes.
fn random(buffer: &mut [u8]) -> Result<(), CaError> {
    aws_lc_rs::rand::fill(buffer).map_err(|_| CaError::Crypto("draw random numbers"))
}
