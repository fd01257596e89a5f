//! Objects as files: their paths, their bytes, and the tree of one cluster.

pub mod tree;
