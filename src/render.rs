//! From the plan to bytes: one cluster's objects as files with paths and headers, and what is known of clusters as compact
//! inventory. `tree`, `layout` and `header` know no policy; `cluster` asks `translate` for what there is.

pub mod cluster;
pub mod header;
pub mod inventory;
pub mod layout;
pub mod tree;
