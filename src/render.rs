//! From the plan to bytes: one cluster's objects as files with paths and headers, and what is known of clusters as compact
//! inventory. `tree`, `layout` and `header` know no policy; `cluster` asks `translate` for what there is,
//! and `paths` checks that each object has a path of its own.

pub mod cluster;
pub mod grouped;
pub mod header;
pub mod inventory;
pub mod layout;
pub mod paths;
pub mod tree;
