//! The rendered Istio and SMI objects with the fields that are written, and their names.
//! It depends on no other module but the facts of versions: no policies, no logic.

pub mod istio;
pub mod names;
pub mod scope;
pub mod smi;

mod kinds;

pub use kinds::{Content, Object, ObjectKind, Spec};
