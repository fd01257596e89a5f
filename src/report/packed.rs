//! `meshtree package`

use serde::Serialize;

/// An archive of one cluster's manifests.
#[derive(Debug, Serialize)]
pub struct Packed {
    pub cluster: String,
    /// The file that was written.
    pub file: String,
    pub objects: usize,
    pub bytes: usize,
    /// The digest by which a registry knows the layer.
    pub digest: String,
}

impl Packed {
    /// The kind of its document.
    pub const KIND: &'static str = "PackageReport";

    /// One line.
    pub fn text(&self) -> String {
        let Self { cluster, file, objects, bytes, digest } = self;
        format!("{cluster}: {objects} objects, {bytes} bytes in {file}, {digest}\n")
    }
}
