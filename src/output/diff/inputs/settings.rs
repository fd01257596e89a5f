//! The settings that differ.

use std::collections::BTreeSet;

use crate::model::settings::{Output, Settings};

/// What a setting can concern.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Everywhere,
    /// Only objects with key material.
    Secrets,
    /// Only objects of the fleet's own templates.
    Templates,
    /// What is about this cluster.
    Cluster(String),
}

/// The paths of the settings that differ, with what they can concern.
pub(super) fn changed(old: &Settings, new: &Settings) -> Vec<(String, Scope)> {
    // The version of the program, the directory and the severities change nothing in an object.
    let Settings {
        required_version: _,
        hub_namespace,
        output,
        ca,
        routes,
        templates,
        objects,
        clusters,
        diagnostics: _,
    } = old;
    let labels = |output: &Option<Output>| output.as_ref().and_then(|output| output.labels.clone());
    let mut changed = Vec::new();
    let mut add = |differs: bool, path: &str, scope| {
        if differs {
            changed.push((path.to_owned(), scope));
        }
    };
    add(*hub_namespace != new.hub_namespace, "spec.hubNamespace", Scope::Everywhere);
    add(labels(output) != labels(&new.output), "spec.output.labels", Scope::Everywhere);
    add(*ca != new.ca, "spec.ca", Scope::Secrets);
    add(*routes != new.routes, "spec.routes", Scope::Everywhere);
    add(*templates != new.templates, "spec.templates", Scope::Templates);
    add(*objects != new.objects, "spec.objects", Scope::Everywhere);
    let names: BTreeSet<_> = clusters.keys().chain(new.clusters.keys()).collect();
    for name in names {
        let differs = clusters.get(name) != new.clusters.get(name);
        add(differs, &format!("spec.clusters.{name}"), Scope::Cluster(name.to_string()));
    }
    changed
}
