//! The number of a port that people write.

/// The number of a port: from 1 to 65535 where people write it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PortNumber(pub u32);
