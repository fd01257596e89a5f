//! What is rendered: the objects of Istio and of SMI as far as they are written, their names, and what each version of Istio
//! can read. A leaf: no policies, no logic.

pub mod istio;
pub mod names;
pub mod smi;
pub mod version;

mod kinds;

pub use kinds::{Content, Object, ObjectKind, Spec};
