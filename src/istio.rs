//! Istio's objects, as far as they are written, and the versions of Istio. A leaf: no policies, no logic.

pub mod version;

mod kinds;
mod spec;

pub use kinds::{Content, Kind, Object, Spec};
pub use spec::*;
