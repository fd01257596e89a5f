//! Objects that no policy asked for, beside those of policies in the trees of clusters: what the fleet's own templates give, and what
//! an installation needs.
//!
//! Whoever builds one hands it over here, whole but for its first line. From then on it is treated as any other object: its path
//! and its name are compared with those of all others and with the clusters' own files, and it is sorted, written, hashed and
//! recorded in the lock.

use std::collections::BTreeMap;

use crate::diag::Place;
use crate::ids::{ClusterName, ObjectRef, Provenance, Text};

/// An object for a cluster's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// Its kind, with the group behind a dot when that is neither the core one nor Istio's: `Certificate.cert-manager.io`.
    pub kind: Text,
    /// Its namespace; empty for an object of the whole cluster.
    pub namespace: Text,
    pub name: Text,
    /// The manifest without the first line, which names the sources.
    pub text: String,
    /// What it comes from, each as the lock names it. Never empty.
    pub sources: Provenance,
    /// Where it is asked for.
    pub place: Place,
    /// The service for which it is rendered, if it is for one.
    pub service: Option<ObjectRef>,
}

impl Built {
    /// What the lock and diagnostics call it.
    pub fn id(&self) -> String {
        [&*self.kind, " ", &self.namespace, "/", &self.name].concat()
    }
}

/// A file for a cluster's tree that is not applied but passed to a program, such as the values of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltFile {
    /// Its name, without an ending by which Argo CD, Flux or `kubectl apply -R` would take it for a manifest.
    pub name: String,
    /// Its text without the first line.
    pub text: String,
    pub sources: Provenance,
}

impl BuiltFile {
    /// What the lock and diagnostics call it.
    pub fn id(&self) -> String {
        format!("file {}", self.name)
    }
}

/// The objects and files of all clusters, in the order in which they were built.
#[derive(Clone, Debug, Default)]
pub struct BuiltObjects {
    by_cluster: BTreeMap<ClusterName, Vec<Built>>,
    files: BTreeMap<ClusterName, Vec<BuiltFile>>,
}

impl BuiltObjects {
    /// Adds objects to the tree of a cluster.
    pub fn add(&mut self, cluster: &ClusterName, objects: impl IntoIterator<Item = Built>) {
        let mut objects = objects.into_iter().peekable();
        if objects.peek().is_some() {
            self.by_cluster.entry(cluster.clone()).or_default().extend(objects);
        }
    }

    /// Adds a file to the tree of a cluster. Nothing else makes files, so whoever adds two sees to it that their names differ.
    pub fn add_file(&mut self, cluster: &ClusterName, file: BuiltFile) {
        self.files.entry(cluster.clone()).or_default().push(file);
    }

    /// The files of a cluster.
    pub fn files_of(&self, cluster: &ClusterName) -> &[BuiltFile] {
        self.files.get(cluster).map_or(&[], Vec::as_slice)
    }

    /// The objects of a cluster.
    pub fn of(&self, cluster: &ClusterName) -> &[Built] {
        self.by_cluster.get(cluster).map_or(&[], Vec::as_slice)
    }

    /// Whether there is anything for a cluster.
    pub fn has(&self, cluster: &ClusterName) -> bool {
        self.by_cluster.contains_key(cluster) || self.files.contains_key(cluster)
    }

    /// Whether there are no objects at all.
    pub fn is_empty(&self) -> bool {
        self.by_cluster.is_empty()
    }
}
