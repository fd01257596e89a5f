//! The classes of exit codes that errors ask for.

/// The class of exit code an error asks for, in the order of precedence when several apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// A usage or settings error: exit 2.
    Usage,
    /// Unreadable or undecodable input: exit 3.
    Input,
    /// A policy that is INVALID: exit 3, or left out with `--allow-invalid`.
    Invalid,
    /// Refused for safety: exit 4.
    Refused,
    /// An I/O or git error: exit 5.
    Io,
    /// A warning or note that the user raised to an error: exit 1.
    Finding,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::Input | Self::Invalid => 3,
            Self::Refused => 4,
            Self::Io => 5,
            Self::Finding => 1,
        }
    }
}
