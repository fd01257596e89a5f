//! What is known of the clusters, for people: as tables, and as the compact inventory that says the same.

mod compact;
mod form;
mod import;
mod table;

pub use compact::compact;
pub use import::{dump, import, is_inventory_of};
pub use table::tables;
