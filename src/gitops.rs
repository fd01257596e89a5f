//! What delivers a tree: the contract of Argo CD's plugins, and the files that CI, Argo CD and Flux need to apply a fleet.
//!
//! Nothing here reads a fleet or the disk.

pub mod files;
pub mod plugin;
