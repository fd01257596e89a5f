//! The rendered Istio and SMI objects with the fields that are written, their names, and what each version of Istio accepts.
//! It depends on no other module: no policies, no logic.

pub mod istio;
pub mod names;
pub mod smi;
pub mod version;

mod kinds;

pub use kinds::{Content, Object, ObjectKind, Spec};
