//! What is written for a mesh: by the settings of its cluster, or by its version.

use crate::diag::{Code, Diag, Report};
use crate::discover;
use crate::model::Snapshot;
use crate::model::settings::ProfileName;
use crate::path;
use crate::version::table::{NEWEST, OLDEST};
use crate::version::{Entry, Facts, IstioVersion, Style};

/// How the gateway of a mesh lets requests in, and what its cluster reads. None if the version is not one, which is reported.
pub(super) fn profile(
    snapshot: &Snapshot,
    mesh: &discover::Mesh,
    istio: &discover::Istio,
    report: &mut Report,
) -> Option<(Entry, Facts)> {
    let Some(version) = IstioVersion::parse(&istio.version) else {
        report.push(no_version(mesh, istio));
        return None;
    };
    if version.is_unknown() {
        report.push(unknown(mesh, &version));
    }
    if version.is_too_old() {
        report.push(too_old(mesh, &version));
    }
    let settings = snapshot.settings.clusters.get(&mesh.cluster.0);
    let (entry, style) = match settings.and_then(|settings| settings.profile) {
        Some(ProfileName::Rewrite) => {
            if !version.can_rewrite() {
                report.push(cannot_rewrite(snapshot, mesh, &version));
            }
            (version.rewrite(), Style::Reference)
        }
        Some(ProfileName::Sni) => (version.sni(), Style::Current),
        None => match version.entry() {
            entry @ Entry::Rewrite { .. } => (entry, Style::Reference),
            entry @ Entry::Sni(_) => (entry, Style::Current),
        },
    };
    Some((entry, version.facts(style)))
}

fn no_version(mesh: &discover::Mesh, istio: &discover::Istio) -> Diag {
    let found = match &*istio.version {
        "" => "has no version in the inventory".to_owned(),
        version => format!("has version {version:?}, which is not a valid version"),
    };
    let message = format!("Istio of cluster {} {found}", mesh.cluster);
    let ([major, oldest], [_, newest]) = (OLDEST, NEWEST);
    let hint = format!(
        "set the installed version, {major}.{oldest} to {major}.{newest}, in meshtree.yaml: spec: {{clusters: {{{}: {{istioVersion: \
         {major}.{newest}.0}}}}}}",
        mesh.cluster
    );
    Diag::new(Code::Version, mesh.place.clone(), message).hint(hint)
}

fn too_old(mesh: &discover::Mesh, version: &IstioVersion) -> Diag {
    let [major, minor] = OLDEST;
    let message = format!(
        "Istio {version} of cluster {} is not supported: the oldest supported version is {major}.{minor}",
        mesh.cluster
    );
    Diag::new(Code::OlderVersion, mesh.place.clone(), message)
        .hint("upgrade Istio, or correct the version here if it is another one")
}

fn unknown(mesh: &discover::Mesh, version: &IstioVersion) -> Diag {
    let [major, minor] = NEWEST;
    let message = format!(
        "Istio {version} of cluster {} is newer than {major}.{minor}, the newest version that is known, and is treated as that",
        mesh.cluster
    );
    Diag::new(Code::NewerVersion, mesh.place.clone(), message)
}

fn cannot_rewrite(snapshot: &Snapshot, mesh: &discover::Mesh, version: &IstioVersion) -> Diag {
    let cluster = &mesh.cluster;
    let message = format!(
        "requests from other clusters fail in cluster {cluster}: the gateway of Istio {version} does not take the EnvoyFilter \
         of profile rewrite"
    );
    let place = snapshot.settings_place(path!["spec", "clusters", cluster.as_str(), "profile"]);
    Diag::new(Code::CannotRewrite, place, message).hint("remove the profile: the one that suits the version is used")
}
