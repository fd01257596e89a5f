//! The one source of randomness.

use super::error::CaError;

/// Fills a buffer with random bytes.
pub(super) fn fill(buffer: &mut [u8]) -> Result<(), CaError> {
    aws_lc_rs::rand::fill(buffer).map_err(|_| CaError::Crypto("draw random numbers"))
}
