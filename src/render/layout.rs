//! The path of an object's file in its cluster's directory.

use std::borrow::Cow;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::model::settings::OutputLayout;
use crate::objects::names::CACERTS;

/// The directory of objects without a namespace.
const CLUSTER_SCOPED: &str = "_cluster";

/// The file of all objects of a namespace or of a cluster.
const TOGETHER: &str = "objects.yaml";

/// The kind of objects that never share a file.
const SECRET: &str = "Secret";

/// The directory of files that are not applied. No namespace begins like this.
const FILES: &str = "_files";

/// The maximum length of a path component, in bytes. File systems accept 255; the rest is for temporary names.
const MAX_PART: usize = 200;

/// The path of an object's file: `<namespace>/<kind>-<name>.yaml`.
///
/// A name that is too long, or that not every file system accepts, is changed and gets a short hash of itself, so that no two
/// names have the same path.
pub fn path(kind: &str, namespace: &str, name: &str) -> String {
    // With room for the separators and the suffix, so that the text never grows.
    let mut path = String::with_capacity(namespace.len().max(CLUSTER_SCOPED.len()) + kind.len() + name.len() + 32);
    push(kind, namespace, name, &mut path);
    path
}

/// The same by a kind's qualified name, such as `Secret`.
pub fn path_of(kind: &str, namespace: &str, name: &str) -> String {
    path(&kind.to_ascii_lowercase(), namespace, name)
}

/// The path of the file that has an object with others, by the path that it would have alone.
///
/// What may be encrypted as a whole has a file of its own in every layout, at the path where the CA stage looks for it.
pub fn file_of<'p>(layout: OutputLayout, path: &'p str, object: &str) -> Cow<'p, str> {
    let (kind, key) = object.split_once(' ').unwrap_or((object, ""));
    let directory = path.split_once('/').map_or("", |(directory, _)| directory);
    let is_alone = !is_object(path) || kind == SECRET || key.rsplit('/').next() == Some(CACERTS);
    match layout {
        _ if is_alone => Cow::Borrowed(path),
        OutputLayout::Object => Cow::Borrowed(path),
        OutputLayout::Kind => Cow::Owned(format!("{directory}/{}.yaml", kind.to_ascii_lowercase())),
        OutputLayout::Namespace => Cow::Owned(format!("{directory}/{TOGETHER}")),
        OutputLayout::Cluster => Cow::Borrowed(TOGETHER),
    }
}

/// The path of a file that is not applied.
pub fn file(name: &str) -> String {
    let mut path = format!("{FILES}/");
    push_portable(name, &mut path);
    path
}

/// Whether what is at a path is an object: only these have an ending by which others take them for manifests.
pub fn is_object(path: &str) -> bool {
    path.ends_with(".yaml")
}

/// The characters of names that every file system accepts. There are as many to be looked at as in all paths.
const PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let plain = b"abcdefghijklmnopqrstuvwxyz0123456789-._";
    let mut i = 0;
    while i < plain.len() {
        table[plain[i] as usize] = true;
        i += 1;
    }
    table
};

/// Appends the path of an object's file. Whether its names are unchanged in it, since every file system accepts them.
pub(super) fn push(kind: &str, namespace: &str, name: &str, path: &mut String) -> bool {
    let has_namespace = if namespace.is_empty() {
        path.push_str(CLUSTER_SCOPED);
        true
    } else {
        push_portable(namespace, path)
    };
    path.push('/');
    path.push_str(kind);
    path.push('-');
    let has_name = push_portable(name, path);
    path.push_str(".yaml");
    has_namespace && has_name
}

/// Appends the name if every file system accepts it, otherwise a changed name with a hash. Whether it is unchanged.
fn push_portable(name: &str, out: &mut String) -> bool {
    let plain = |b: u8| PLAIN[usize::from(b)];
    let fits = name.len() <= MAX_PART
        && name.bytes().all(plain)
        && !name.starts_with(['.', '_'])
        && !name.ends_with('.')
        && !name.is_empty();
    if fits {
        out.push_str(name);
        return true;
    }
    let readable: String = name
        .bytes()
        .take(MAX_PART)
        .map(|b| if plain(b.to_ascii_lowercase()) { char::from(b.to_ascii_lowercase()) } else { '-' })
        .collect();
    let readable = readable.trim_matches(['.', '_', '-']);
    out.push_str(readable);
    if !readable.is_empty() {
        out.push('-');
    }
    for byte in &Sha256::digest(name.as_bytes())[..4] {
        let _ = write!(out, "{byte:02x}");
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_portable_and_distinct() {
        assert_eq!(path("virtualservice", "default", "reviews"), "default/virtualservice-reviews.yaml");
        assert_eq!(
            path("serviceentry", "istio-system", "reviews.default.svc.kind3.global"),
            "istio-system/serviceentry-reviews.default.svc.kind3.global.yaml"
        );
        assert_eq!(path("namespace", "", "shop"), "_cluster/namespace-shop.yaml");
        let (upper, lower) = (path("gateway", "default", "Web"), path("gateway", "default", "web"));
        assert_ne!(upper.to_lowercase(), lower);
        let long = path("gateway", "default", &"a".repeat(300));
        assert!(long.len() < 255 && long != path("gateway", "default", &"a".repeat(301)));
        assert!(!path("gateway", "..", "../../x").contains(".."));
    }
}
