//! Certificate authorities: sealed when issued, copied when rendered.
//!
//! Every VirtualMesh with shared trust has a directory in the store: the Secret of its root, and for every mesh the Secret
//! `cacerts` with an intermediate under that root. Certificates are readable in them; private keys are encrypted with SOPS to
//! age recipients. What is in the store is delivered byte for byte: that needs no key and no randomness, and is the same at
//! any time. Only what the store lacks is issued.
//!
//! [`plan_material`] checks everything and writes nothing; [`Pending::issue`] then makes what is missing. This module alone
//! draws randomness.

mod certificate;
mod changes;
mod check;
mod document;
mod error;
mod facts;
mod identities;
mod issue;
mod keys;
mod pem;
mod pending;
mod plan;
mod recipients;
mod refusals;
mod rules;
mod secret;
mod sops;
mod store;
mod unseal;
mod write;
mod x509;

pub use check::plan_material;
pub use error::CaError;
pub use facts::{CertFacts, certificate_facts, describe_secret};
pub use identities::Identities;
pub use pending::Pending;
pub use plan::{CaMaterial, MeshMaterial, Options};
pub use recipients::{Recipients, RecipientsError, recipients_from_sops};

/// Fills a buffer with random bytes.
fn random(buffer: &mut [u8]) -> Result<(), CaError> {
    aws_lc_rs::rand::fill(buffer).map_err(|_| CaError::Crypto("draw random numbers"))
}
