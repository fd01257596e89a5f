//! Renders Service Mesh Hub policies into one reviewable directory of Istio manifests per cluster.
//!
//! ```text
//! paths ─load→ Files ─decode→ Snapshot ─discover→ Inventory
//!                                   └────────────────────┴─resolve→ Plan ─translate→ Manifests ─render→ Tree ─output→ files | stdout | diff
//!                                                                    └→ CaPlan ─ca→ Delivered ──────┘
//! ```
//! Every stage is a plain function from its input and a [`diag::Report`] to its output. [`fleet`] is all of them in a row: start
//! there.

pub mod ask;
pub mod built;
pub mod ca;
pub mod cli;
pub mod diag;
pub mod discover;
pub mod existing;
pub mod expect;
pub mod fleet;
pub mod gitops;
pub mod ids;
pub mod install;
pub mod load;
pub mod model;
pub mod objects;
pub mod output;
pub mod plan;
pub mod render;
pub mod report;
pub mod resolve;
pub mod scaffold;
pub mod templates;
pub mod translate;
pub mod version;
pub mod yaml_writer;
