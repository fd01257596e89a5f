//! Renders Service Mesh Hub policies into one reviewable directory of Istio manifests per cluster.
//!
//! ```text
//! paths ─load→ Sources ─decode→ Snapshot ─resolve→ Plan ─translate→ Manifests ─render→ Tree ─output→ files | stdout | diff
//!                                                    └→ CaPlan ─ca→ CaMaterial ─────┘
//! ```
//! Every stage is a plain function from its input and a [`diag::Report`] to its output.

pub mod ca;
pub mod diag;
pub mod discover;
pub mod ids;
pub mod istio;
pub mod load;
pub mod model;
pub mod output;
pub mod render;
pub mod resolve;
pub mod translate;
