//! Text of the output: objects and values as the bytes of files.

pub mod yaml;
pub mod layout;
mod header;
