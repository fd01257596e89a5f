//! The one source of randomness.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use super::error::CaError;

/// Whether random numbers may be drawn by now.
static DRAWING: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// A flag that is set once random numbers may be drawn. A library of ciphers for which the system stops giving them ends the process
/// with SIGABRT, without a way to return an error.
pub fn drawing() -> Arc<AtomicBool> {
    Arc::clone(&DRAWING)
}

/// Checks that the system gives random bytes, before the library of ciphers asks for them: where a sandbox refuses the call, that
/// library ends the process, and nobody could say why.
pub(super) fn check() -> Result<(), CaError> {
    match asked() {
        Ok(()) => {
            DRAWING.store(true, Ordering::SeqCst);
            Ok(())
        }
        Err(_) => Err(CaError::Crypto("draw random numbers: the system refuses getrandom")),
    }
}

#[cfg(target_os = "linux")]
fn asked() -> rustix::io::Result<()> {
    use rustix::io::Errno;
    use rustix::rand::{GetRandomFlags, getrandom};

    match getrandom(&mut [0; 8][..], GetRandomFlags::NONBLOCK) {
        // The library knows another way on a kernel without the call, and waits where the pool is not filled yet.
        Ok(_) | Err(Errno::NOSYS | Errno::AGAIN) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(not(target_os = "linux"))]
fn asked() -> Result<(), CaError> {
    Ok(())
}

/// Fills a buffer with random bytes.
pub(super) fn fill(buffer: &mut [u8]) -> Result<(), CaError> {
    check()?;
    aws_lc_rs::rand::fill(buffer).map_err(|_| CaError::Crypto("draw random numbers"))
}

/// Whether a source file is of a library that draws random numbers by itself, as the encryption for recipients and the standard
/// library's hash maps do.
pub fn draws_randomness(file: &str) -> bool {
    let is_library =
        |part: &str| ["rand_core", "getrandom", "rand"].contains(&part.split("-0.").next().unwrap_or(part));
    file.split(['/', '\\']).any(is_library) || file.contains("std/src/sys/random/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_of_randomness() {
        assert!(draws_randomness("/home/ci/.cargo/registry/src/index.crates.io/rand_core-0.6.4/src/os.rs"));
        assert!(draws_randomness("/rustc/59807616/library/std/src/sys/random/linux.rs"));
        assert!(!draws_randomness("src/ca/random.rs") && !draws_randomness("/x/brand-0.1/src/lib.rs"));
    }
}
