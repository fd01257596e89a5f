//! Certificate authorities: sealed when issued, copied when rendered.
//!
//! Every VirtualMesh with shared trust has a directory in the store: the Secret of its root, and for every mesh the Secret
//! `cacerts` with an intermediate under that root. Certificates are readable in them; private keys are encrypted with SOPS to
//! age recipients. What is in the store is delivered byte for byte: that needs no key and no randomness, and is the same at
//! any time. Only what the store lacks is issued.
//!
//! Asked, decide, issue, deliver: the plan asks (`plan::authority`); `store` reads what there is; `decide` gives the steps, and
//! `issue` does them; `delivery` says which objects a cluster gets of what is kept. [`authorities`] is that for a fleet up to
//! the steps, and [`Pending::issue`] the rest. This module alone draws randomness.

mod accept;
mod adopt;
mod algorithm;
mod amend;
mod authorities;
mod brought;
mod certificate;
mod changes;
mod crl;
mod csr;
mod custodian;
mod decide;
mod delivery;
mod der;
mod document;
mod error;
mod export;
mod facts;
mod go_regexp;
mod identities;
mod in_clear;
mod in_cluster;
mod issue;
mod jump;
mod key_kind;
mod keys;
mod manifest;
mod material;
mod next_root;
mod options;
mod overview;
mod password;
mod paths;
mod pem;
mod pending;
mod private_key;
mod program;
mod proof;
mod random;
mod recipient;
mod recipients;
mod refusals;
mod request;
mod reseal;
mod restart;
mod revoke;
mod rotate;
mod rotating;
mod rotation;
mod rules;
mod sealed_file;
mod sealer;
mod sealing;
mod secret;
mod sign;
mod signer;
mod signing_key;
mod sops;
mod store;
mod stored;
mod tree_object;
mod unfinished;
mod unseal;
mod validity;
mod verify;
mod write;
mod x509;

pub use adopt::RootKey;
pub use authorities::{Asked, Asking, Means, Revoking, authorities, custodian, lists, recipients, turn, workload_ttl};
pub use brought::{Brought, near_repository};
pub use crl::cover::CrlFacts;
pub use csr::requests_in;
pub use custodian::Custodian;
pub use delivery::{Delivered, ObjectName, Promised, deliver, kept, promised, secret_objects};
pub use error::CaError;
pub use export::{Exported, export};
pub use facts::{CertFacts, certificate_in, describe_secret};
pub use identities::Identities;
pub use in_clear::in_clear;
pub use in_cluster::installation;
pub use issue::Progress;
pub use key_kind::KeyKind;
pub use material::{CaMaterial, MeshMaterial};
pub use options::{Options, TreeRoots, Trusted};
pub use overview::{AuthorityFacts, Kept, OtherRoot, RotationFacts};
pub use password::hashed_password;
pub use paths::directory;
pub use pending::{Pending, plan_material};
pub use program::Program;
pub use proof::prove;
pub use random::{drawing, draws_randomness};
pub use recipient::RecipientsError;
pub use recipients::Recipients;
pub use request::Request;
pub use reseal::{Recipiency, Resealed, say_roots};
pub use restart::{RestartObject, restarts};
pub use revoke::{CrlOrder, Lists, revocation};
pub use rotate::{Committed, Order, Turn, rotation};
pub use rotation::Phase;
pub use sealer::{Sealer, Sealing};
pub use signer::{BadRoot, RootSigner, Signed, Unsigned};
pub use stored::{AltName, Certificate};
pub use tree_object::TreeBundle;
pub use validity::Soon;
