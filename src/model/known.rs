//! What an object is by its API version and kind: one that is read, one of somebody else's, or a mistake.

use std::collections::BTreeSet;

use crate::diag::nearest;

use super::kind::{Kind, LATER};
use super::policy_test;

/// What to write instead of the kind that took the place of the FailoverService.
const FOR_VIRTUAL_DESTINATION: &str = "use a FailoverService of networking.smh.solo.io/v1alpha2 instead";

/// Objects of these groups that Service Mesh Hub itself writes and that mean nothing as inputs.
const OUTPUTS: [(&str, &str); 2] =
    [("certificates.smh.solo.io", "IssuedCertificate"), ("certificates.smh.solo.io", "CertificateRequest")];

/// How an object is treated by its API version and kind.
pub(super) enum Known {
    Kind(Kind, &'static str),
    /// Expectations, which only `test` reads.
    Test,
    /// The settings of a hub.
    HubSettings,
    /// Of somebody else's group, or of no use as input.
    Other,
    /// An unknown kind of a group that is read, with a hint.
    No(String),
}

/// Classifies an object by its API version, the group of that, and its kind.
pub(super) fn known(api_version: &str, group: &str, name: &str) -> Known {
    if let Some((kind, version)) = Kind::VERSIONS.iter().find(|(kind, v)| *v == api_version && kind.as_str() == name) {
        return Known::Kind(*kind, version);
    }
    if (api_version, name) == (policy_test::API_VERSION, policy_test::KIND) {
        return Known::Test;
    }
    if name == "Settings" && (group.ends_with(".smh.solo.io") || group.ends_with(".mesh.gloo.solo.io")) {
        return Known::HubSettings;
    }
    let ours = Kind::VERSIONS.iter().any(|(_, v)| v.starts_with(group) && v[group.len()..].starts_with('/'));
    if group.ends_with(".mesh.gloo.solo.io") && name == "VirtualDestination" {
        return Known::No(FOR_VIRTUAL_DESTINATION.into());
    }
    if group == "discovery.mesh.gloo.solo.io" {
        return Known::No(
            "describe the cluster with raw objects or a compact inventory: Gloo Mesh's discovery objects are not read"
                .into(),
        );
    }
    if group.is_empty() || !ours && !group.ends_with(".smh.solo.io") || OUTPUTS.contains(&(group, name)) {
        return Known::Other;
    }
    if (api_version, name) == ("meshtree.io/v1alpha1", "Settings") {
        return Known::No("move the settings to meshtree.yaml in the fleet's directory".into());
    }
    if (group, name) == ("meshtree.io", policy_test::KIND) {
        return Known::No(format!("use {name} of {}", policy_test::API_VERSION));
    }
    if api_version == LATER && name == "FailoverService" {
        return Known::No(FOR_VIRTUAL_DESTINATION.into());
    }
    if let Some(versions) = versions_of(group, name) {
        return Known::No(format!("use {name} of {versions}"));
    }
    // Those of the group; all if the group is not known either.
    let of_group = || Kind::VERSIONS.iter().filter(|(_, version)| !ours || version.split('/').next() == Some(group));
    let tests = (!ours || group == "meshtree.io").then_some(policy_test::KIND);
    let names = || of_group().map(|(kind, _)| kind.as_str()).chain(tests).collect::<BTreeSet<_>>().into_iter();
    match nearest(name, names()) {
        Some(near) => Known::No(format!("did you mean {near}?")),
        None => Known::No(format!("known kinds: {}", names().collect::<Vec<_>>().join(", "))),
    }
}

/// The API versions of a kind in its group, the latest first; its own if the group has none.
fn versions_of(group: &str, name: &str) -> Option<String> {
    let all = || Kind::VERSIONS.iter().filter(|(kind, _)| kind.as_str() == name).map(|(_, version)| *version);
    let of_group: Vec<&str> = all().filter(|version| version.split('/').next() == Some(group)).rev().collect();
    if of_group.is_empty() { all().next().map(str::to_owned) } else { Some(of_group.join(" or ")) }
}
