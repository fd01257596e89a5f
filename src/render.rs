//! From objects to bytes: paths, headers, YAML. It knows no policy.

pub mod cluster;
mod header;
pub mod inventory;
pub mod layout;
pub mod tree;
pub mod yaml;
