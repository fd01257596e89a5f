//! The roots that a cluster's workloads trust: istiod writes them into a ConfigMap of every namespace.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Content, Existing};
use crate::diag::Place;
use crate::load::pieces::Below::{All, Fields};
use crate::load::pieces::{Kept, Piece, Syntax};
use crate::load::tree::Node;
use crate::model::kubernetes::{self, Metadata, Tree};

/// The ConfigMap, in every namespace.
const NAME: &str = "istio-ca-root-cert";

/// The fields that are read of it.
const KEPT: Kept = &[
    ("metadata", Fields(&[("name", All), ("namespace", All), ("uid", All), ("labels", All)])),
    ("data", Fields(&[("root-cert.pem", All)])),
];

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire {
    metadata: Metadata,
    data: Data,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Data {
    #[serde(rename = "root-cert.pem")]
    roots: Option<String>,
}

/// Whether the kind is the one.
pub(super) fn is_kind(api_version: &str, kind: &str) -> bool {
    (api_version, kind) == ("v1", "ConfigMap")
}

/// Reads a piece; none if it is another ConfigMap, which is seen without a parser, or cannot be understood.
pub(super) fn read(piece: &Piece<'_>, place: &Place) -> Option<Existing> {
    memchr::memmem::find(piece.text.as_bytes(), NAME.as_bytes())?;
    let text = || kubernetes::pruned(piece, KEPT);
    let wire: Wire = match piece.syntax {
        Syntax::Json => serde_json::from_str(piece.text).ok(),
        Syntax::Yaml => serde_yaml::from_str(&text()?).ok(),
        Syntax::YamlItem => serde_yaml::from_str(&text()?).ok().map(|(item,): (Wire,)| item),
    }?;
    existing(wire, place)
}

/// Reads a tree; none if it is another ConfigMap or cannot be understood.
pub(super) fn read_node(node: &Node, place: &Place) -> Option<Existing> {
    existing(Wire::deserialize(Tree(node)).ok()?, place)
}

fn existing(wire: Wire, place: &Place) -> Option<Existing> {
    let Wire { metadata, data: Data { roots } } = wire;
    if &*metadata.name != NAME {
        return None;
    }
    let roots = roots.as_deref().map(hashes).unwrap_or_default();
    Some(Existing::named(("", "ConfigMap"), metadata, Content::Roots(roots), place.clone()))
}

/// The SHA-256 of each certificate in a PEM text. No more is kept of it: a dump has the same text for every namespace.
fn hashes(pem: &str) -> Vec<[u8; 32]> {
    let blocks = pem.split("-----BEGIN CERTIFICATE-----").skip(1);
    let hash = |block: &str| {
        let (body, _) = block.split_once("-----END CERTIFICATE-----")?;
        let packed: String = body.split_ascii_whitespace().collect();
        STANDARD.decode(packed).ok().map(|der| Sha256::digest(der).into())
    };
    blocks.filter_map(hash).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_certificate_is_one_hash() {
        let block =
            |der: &[u8]| format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der));
        let both = format!("# a comment\n{}{}", block(b"one"), block(b"two").replace('\n', "\r\n"));
        assert_eq!(hashes(&both), [Sha256::digest(b"one"), Sha256::digest(b"two")].map(<[u8; 32]>::from));
        assert!(hashes("-----BEGIN CERTIFICATE-----\n%%\n-----END CERTIFICATE-----").is_empty());
        assert!(hashes("-----BEGIN CERTIFICATE-----\nb25l").is_empty() && hashes("").is_empty());
    }
}
