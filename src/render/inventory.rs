//! Writes an inventory in its compact form.

mod compact;
mod form;

pub use compact::compact;
