//! Hashes of passwords in the form `apr1`, which Apache's `htpasswd` and Gloo's AuthConfigs have.

use md5::{Digest, Md5};

use super::error::CaError;
use super::random;

const MAGIC: &[u8] = b"$apr1$";

/// The digits of salts and hashes.
const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The bytes of a hash in the order in which they are written, three to four digits.
const ORDER: [[usize; 3]; 5] = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]];

/// Hashes a password with a salt of its own: `$apr1$SALT$HASH`.
pub fn hashed_password(password: &[u8]) -> Result<String, CaError> {
    let mut drawn = [0; 8];
    random::fill(&mut drawn)?;
    Ok(apr1(password, &drawn.map(|byte| digit(u32::from(byte)))))
}

fn apr1(password: &[u8], salt: &[u8; 8]) -> String {
    let mut hash = first(password, salt);
    for round in 0..1000 {
        let mut next = Md5::new();
        let (before, after) = if round % 2 == 1 { (password, &hash[..]) } else { (&hash[..], password) };
        next.update(before);
        if round % 3 != 0 {
            next.update(salt);
        }
        if round % 7 != 0 {
            next.update(password);
        }
        next.update(after);
        hash = next.finalize().into();
    }
    let text = [MAGIC, salt, b"$", &digits(&hash)].concat();
    String::from_utf8_lossy(&text).into_owned()
}

/// The hash before the first round.
fn first(password: &[u8], salt: &[u8; 8]) -> [u8; 16] {
    let inner: [u8; 16] = Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize().into();
    let mut out = Md5::new().chain_update(password).chain_update(MAGIC).chain_update(salt);
    for part in password.chunks(inner.len()) {
        out.update(&inner[..part.len()]);
    }
    let mut left = password.len();
    while left > 0 {
        out.update(if left % 2 == 1 { &[0][..] } else { &password[..1] });
        left /= 2;
    }
    out.finalize().into()
}

fn digits(hash: &[u8; 16]) -> Vec<u8> {
    let of = |value: u32, count: u32| (0..count).map(move |i| digit(value >> (6 * i)));
    let group = |[a, b, c]: [usize; 3]| u32::from(hash[a]) << 16 | u32::from(hash[b]) << 8 | u32::from(hash[c]);
    ORDER.into_iter().flat_map(|order| of(group(order), 4)).chain(of(u32::from(hash[11]), 2)).collect()
}

/// The digit of the lowest six bits.
fn digit(value: u32) -> u8 {
    DIGITS[(value & 63) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `openssl passwd -apr1 -salt SALT PASSWORD` prints.
    const BY_OPENSSL: [(&str, &str, &str); 6] = [
        ("password", "TYiryv0/", "$apr1$TYiryv0/$8BvzLUO9IfGPGGsPnAgSu1"),
        ("a", "01234567", "$apr1$01234567$g8MDXtsijtq.bdIMGYMnV1"),
        ("0123456789abcdef", "./zZaA09", "$apr1$./zZaA09$Xk8t1Cs0orJEcbgCh8SPF0"),
        ("correct horse battery staple", "saltsalt", "$apr1$saltsalt$PU9q8.HoFJEM7m9NSIooE1"),
        ("pässwörd, with more than sixteen bytes", "Xx......", "$apr1$Xx......$W8UL48lJ8T06Qh.XPkFVf."),
        (
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "abcdefgh",
            "$apr1$abcdefgh$9/cwT0JwksL/fA2yBHBE6/",
        ),
    ];

    #[test]
    fn hashes_are_those_of_openssl() {
        for (password, salt, wanted) in BY_OPENSSL {
            assert_eq!(apr1(password.as_bytes(), salt.as_bytes().try_into().expect("8 bytes")), wanted, "{password}");
        }
    }

    #[test]
    fn each_hash_has_a_salt_of_its_own() {
        let (one, other) = (hashed_password(b"x").expect("random"), hashed_password(b"x").expect("random"));
        assert_ne!(one, other);
        let salt = one.split('$').nth(2).expect("a salt");
        assert_eq!(apr1(b"x", salt.as_bytes().try_into().expect("8 bytes")), one);
    }
}
