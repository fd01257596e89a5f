//! What is known of the clusters as the compact inventory that says the same.

mod compact;
mod form;

pub use compact::compact;
