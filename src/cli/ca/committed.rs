//! The Secrets that the clusters have, as far as Git knows: those of the tree that is committed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::ca::{Committed, ObjectName, secret_objects};
use crate::cli::git;
use crate::cli::session::Session;
use crate::fleet::Meaning;
use crate::ids::ClusterName;
use crate::render::layout;

/// The revision whose tree counts.
const HEAD: &str = "HEAD";

/// Reads the Secrets of every mesh from HEAD; from the tree on disk if the fleet is in no repository.
pub(super) fn read(session: &Session<'_>, meaning: &Meaning<'_>) -> anyhow::Result<Committed> {
    let files = files(meaning);
    let directory = &meaning.fleet().directory;
    if !git::is_repository(directory)? {
        let place = format!("{} (the fleet is not in a Git repository)", session.out.display());
        return Ok(Committed { place, secrets: secrets(&session.out, &files), since: None });
    }
    let place = HEAD.to_owned();
    if !git::has_commit(directory) {
        return Ok(Committed { place, ..Committed::default() });
    }
    let checkout = git::checkout(directory, HEAD)?;
    let out = session.out_in(&checkout.fleet());
    let Some(tree) = checkout.tree(&out)? else {
        let place = format!("{} (the output directory is outside of the Git repository)", session.out.display());
        return Ok(Committed { place, secrets: secrets(&session.out, &files), since: None });
    };
    let secrets = secrets(&tree, &files);
    let changed = checkout.last_change(&out, files.values().flatten())?;
    let since = OffsetDateTime::parse(changed.trim(), &Rfc3339).ok();
    Ok(Committed { place, secrets, since })
}

type Files = BTreeMap<(ClusterName, String), Vec<PathBuf>>;

/// Where a tree may have what is, or makes, the Secret of each mesh.
fn files(meaning: &Meaning<'_>) -> Files {
    let of_mesh = |cluster: &ClusterName, namespace: &str| {
        let path = |ObjectName { kind, namespace, name }: ObjectName<'_>| {
            Path::new(cluster.as_str()).join(layout::path_of(kind, namespace, name))
        };
        secret_objects(namespace).map(path).collect()
    };
    let meshes = meaning.plan.meshes.iter().map(|mesh| (meaning.plan[mesh.cluster].name, mesh.namespace.to_string()));
    meshes.map(|(cluster, namespace)| ((cluster.clone(), namespace.clone()), of_mesh(cluster, &namespace))).collect()
}

fn secrets(tree: &Path, files: &Files) -> BTreeMap<(ClusterName, String), String> {
    let read = |(key, files): (&(ClusterName, String), &Vec<PathBuf>)| {
        let text = files.iter().find_map(|file| fs::read_to_string(tree.join(file)).ok())?;
        Some((key.clone(), text.replace("\r\n", "\n")))
    };
    files.iter().filter_map(read).collect()
}
