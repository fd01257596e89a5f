//! What signs in the name of a root.

use super::algorithm::Algorithm;
use super::error::CaError;
use super::private_key::PrivateKey;
use super::program::Program;

/// The key of a root, or the program that has it.
pub(super) enum SigningKey {
    Own(PrivateKey),
    Program(Program),
}

impl From<PrivateKey> for SigningKey {
    fn from(key: PrivateKey) -> Self {
        Self::Own(key)
    }
}

impl SigningKey {
    /// The signature of a message, which verifies with the public key of the root.
    pub(super) fn sign(&self, algorithm: Algorithm, public: &[u8], message: &[u8]) -> Result<Vec<u8>, CaError> {
        match self {
            Self::Program(program) => program.sign(algorithm, public, message),
            Self::Own(key) => {
                let signature = key.sign(message)?;
                let verifies = algorithm.verify(public, message, &signature);
                if verifies { Ok(signature) } else { Err(CaError::Crypto("sign: the key is not that of the root")) }
            }
        }
    }
}
