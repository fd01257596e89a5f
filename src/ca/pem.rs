//! PEM blocks, in buffers that are wiped since they may hold private keys.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// The label of a certificate.
pub(super) const CERTIFICATE: &str = "CERTIFICATE";

const LINE: usize = 64;

/// The PEM block of `der`, with a final newline.
pub(super) fn encode(label: &str, der: &[u8]) -> Zeroizing<String> {
    // Reserved at once, since a buffer that grows leaves copies of its content behind.
    let mut body = Zeroizing::new(String::with_capacity(der.len() / 3 * 4 + 4));
    STANDARD.encode_string(der, &mut body);
    let mut pem = Zeroizing::new(String::with_capacity(body.len() + body.len() / LINE + 2 * label.len() + 40));
    pem.push_str(&format!("-----BEGIN {label}-----\n"));
    for start in (0..body.len()).step_by(LINE) {
        pem.push_str(&body[start..body.len().min(start + LINE)]);
        pem.push('\n');
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}

/// The content of the first block with this label.
pub(super) fn first(label: &str, text: &str) -> Option<Zeroizing<Vec<u8>>> {
    next(label, text).map(|(der, _)| der)
}

/// The certificates of a text, in order; nothing if there is none or one of them is not PEM.
pub(super) fn certificates(text: &str) -> Option<Vec<Vec<u8>>> {
    blocks(CERTIFICATE, text)
}

/// The blocks of a text that has no others, in order; nothing if there is none or one of them is not PEM.
pub(super) fn blocks(label: &str, text: &str) -> Option<Vec<Vec<u8>>> {
    let mut rest = text;
    let mut found = Vec::new();
    while rest.contains("-----BEGIN") {
        let (der, after) = next(label, rest)?;
        found.push(der.to_vec());
        rest = after;
    }
    (!found.is_empty()).then_some(found)
}

/// The content of the first block with this label, and the text after it.
fn next<'a>(label: &str, text: &'a str) -> Option<(Zeroizing<Vec<u8>>, &'a str)> {
    let (_, after) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, rest) = after.split_once(&format!("-----END {label}-----"))?;
    let mut packed = Zeroizing::new(String::with_capacity(body.len()));
    packed.extend(body.chars().filter(|c| !c.is_ascii_whitespace()));
    let mut der = Zeroizing::new(Vec::with_capacity(packed.len()));
    STANDARD.decode_vec(packed.as_bytes(), &mut der).ok()?;
    Some((der, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        for length in [0, 1, 47, 48, 49, 500] {
            let der: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            let pem = encode("THING", &der);
            assert!(pem.lines().all(|line| line.len() <= LINE));
            assert_eq!(first("THING", &pem).as_deref(), Some(&der));
        }
    }

    #[test]
    fn a_chain_is_all_or_nothing() {
        let chain = format!("{}{}", *encode(CERTIFICATE, b"one"), *encode(CERTIFICATE, b"two"));
        assert_eq!(certificates(&chain), Some(vec![b"one".to_vec(), b"two".to_vec()]));
        assert_eq!(certificates(&chain.replace("dHdv", "d!wv")), None);
        assert_eq!(certificates(&format!("{chain}{}", *encode("THING", b"three"))), None);
        assert_eq!(certificates(""), None);
    }
}
