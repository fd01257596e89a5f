//! The name sanitiser that Service Mesh Hub uses for the names it makes.

use md5::{Digest, Md5};

/// The longest name, in bytes.
const MAX: usize = 63;
/// How many bytes of a name that is too long are kept before its hash.
const KEPT: usize = 31;

/// Makes a name of a text: some characters become `-`, some vanish, and what is longer than 63 bytes keeps its first 31 and
/// gets its MD5. An underscore is left alone.
pub fn sanitize(text: &str) -> String {
    let replaced: String = text
        .chars()
        .filter(|c| !matches!(c, '[' | ']' | '\n' | '"' | '\''))
        .map(|c| if matches!(c, '*' | '/' | '.' | ':' | ' ') { '-' } else { c })
        .collect();
    if replaced.len() <= MAX {
        return replaced.to_lowercase();
    }
    let mut kept = KEPT;
    while !replaced.is_char_boundary(kept) {
        kept -= 1;
    }
    let mut name = format!("{}-", &replaced[..kept]);
    for byte in Md5::digest(replaced.as_bytes()) {
        name.push_str(&format!("{byte:02x}"));
    }
    name.truncate(MAX);
    name.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_and_length() {
        assert_eq!(sanitize("172.18.0.220"), "172-18-0-220");
        assert_eq!(sanitize("a*b/c:d e[f]\"g'h_i"), "a-b-c-d-efgh_i");
        assert_eq!(sanitize(&"a".repeat(300)), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-4e5475d125a33c6190718e75adc1b70");
        assert_eq!(sanitize(&"A".repeat(63)), "a".repeat(63));
    }
}
