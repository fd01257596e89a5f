//! The program that signs with a root's key, as the command line names it.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;

use crate::ca::Program;

/// What signs instead of the root's key.
#[derive(Clone, Debug, Args)]
pub(super) struct Signer {
    /// A program with its arguments that signs with the root's key, such as one for PKCS#11, a key service or a vault; must be last
    #[arg(long, value_names = ["PROGRAM", "ARGS"], num_args = 1.., allow_hyphen_values = true)]
    signer: Vec<OsString>,
    /// How many seconds the program has for one signature
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    signer_timeout: u64,
}

impl Signer {
    /// The program, if one is named.
    pub(super) fn program(&self) -> Option<Program> {
        Program::new(self.signer.clone(), Duration::from_secs(self.signer_timeout))
    }
}
