//! From objects to bytes: paths, headers, YAML. It knows no policy.

mod header;
pub mod layout;
pub mod tree;
pub mod yaml;
