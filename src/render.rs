//! From the plan to bytes: one cluster's objects as files with paths and headers, and clusters as compact inventory. `tree`,
//! `layout`, `header` and `yaml` do not depend on policies; `cluster` gets the objects from `translate`.

pub mod cluster;
mod header;
pub mod inventory;
pub mod layout;
pub mod tree;
pub mod yaml;
