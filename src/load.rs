//! Files of a fleet as documents: the only reader of inputs, which knows no kinds.

pub mod json;
pub mod yaml;
