//! SHA-256 as 64 lower-case hexadecimal digits.

use std::fmt;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::render::tree::ClusterTree;

/// The SHA-256 of a file's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The hash of a text in several pieces.
    fn of_pieces<'p>(pieces: impl Iterator<Item = &'p str>) -> Self {
        Self(pieces.fold(Sha256::new(), |hash, piece| hash.chain_update(piece)).finalize().into())
    }

    /// The hashes of a tree's files, in their order.
    pub(super) fn all(tree: &ClusterTree) -> Vec<Self> {
        tree.files().par_iter().with_min_len(64).map(|file| Self::of_pieces(tree.pieces(file))).collect()
    }

    /// Reads exactly what `Display` writes: upper case and other lengths are refused.
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |c: u8| match c {
            b'0'..=b'9' => Some(c - b'0'),
            b'a'..=b'f' => Some(c - b'a' + 10),
            _ => None,
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != 32 || !rest.is_empty() {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Some(Self(bytes))
    }

    /// Appends the digits.
    pub(super) fn append_to(&self, text: &mut String) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut digits = [0; 64];
        for (pair, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(self.0) {
            *pair = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
        }
        // Appending all digits at once is much faster.
        text.push_str(std::str::from_utf8(&digits).unwrap_or_default());
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(64);
        self.append_to(&mut text);
        f.write_str(&text)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_sha256sums_and_are_read_back() {
        let hash = Hash::of(b"abc");
        assert_eq!(hash.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(Hash::parse(&hash.to_string()), Some(hash));
        let upper = hash.to_string().to_uppercase();
        for bad in ["", "ba78", &upper, &format!("{hash}0"), &format!("{hash}00"), &"g".repeat(64)] {
            assert_eq!(Hash::parse(bad), None, "{bad}");
        }
    }
}
