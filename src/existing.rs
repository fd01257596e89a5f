//! Compares what is rendered with the objects of the same kinds in the clusters' own files: one of the same name would be overwritten,
//! and one for the same host, pods or port changes what the rendered object does, or is changed by it.
//!
//! Objects with the labels of a rendered tree are such a tree in a dump, and no others.

mod access;
mod cacerts;
mod collisions;
mod elsewhere;
mod gateways;
mod hosts;
mod patches;
mod rendered;
mod routes;
mod sidecars;

use std::collections::BTreeSet;

use crate::built::{Built, BuiltObjects};
use crate::ca;
use crate::diag::{Code, Diag, Report};
use crate::ids::{ClusterName, Text};
use crate::load::SourceFile;
use crate::model::Snapshot;
use crate::model::existing::{Content, Existing};
use crate::path;
use crate::plan::{ClusterId, Plan};
use crate::version::{IstioVersion, Steps};

use access::Access;
use collisions::Origins;
use rendered::Rendered;
use sidecars::Children;

/// How many objects a message names.
const NAMED: usize = 3;

/// Compares the objects of every cluster.
pub fn check(
    snapshot: &Snapshot,
    plan: &Plan<'_>,
    (built, files): (&BuiltObjects, &[SourceFile]),
    report: &mut Report,
) {
    let promised = ca::promised(plan, &snapshot.settings);
    for id in plan.cluster_ids() {
        let name = plan[id].name;
        let mut allowed = Allowed::new(snapshot, name);
        let all = snapshot.existing.get(name).map_or(&[][..], Vec::as_slice);
        let labels = plan.labels_of(id);
        let foreign: Vec<&Existing> = all.iter().filter(|object| object.is_foreign(&labels)).collect();
        if plan.is_rendered(id) && !foreign.is_empty() {
            let rendered = Rendered::new(plan, id, built.of(name), &promised);
            cacerts::check(plan, &foreign, (name, &promised), report);
            let origins = Origins::new(plan, id, built.of(name));
            check_cluster(plan, &origins, &rendered, (&foreign, &mut allowed), report);
        }
        check_built(&Origins::new(plan, id, built.of(name)), (&foreign, files), &mut allowed, report);
        allowed.report_unused(snapshot, report);
    }
}

/// Compares the objects of templates and settings with objects of kinds that are not compared otherwise.
fn check_built(
    origins: &Origins<'_, '_>,
    (foreign, files): (&[&Existing], &[SourceFile]),
    allowed: &mut Allowed<'_>,
    report: &mut Report,
) {
    let is_compared = |id: &str| foreign.iter().any(|object| named(object) == id);
    // A namespace that is there already takes the labels of the rendered one.
    let of_its_own = origins.built.iter().filter(|object| &*object.kind != "Namespace");
    let built: Vec<&Built> = of_its_own.filter(|object| !is_compared(&object.id())).collect();
    let cluster = allowed.cluster;
    for (id, place) in elsewhere::find(files, cluster, &built, &origins.labels()) {
        let sources = built.iter().find(|object| object.id() == id).map(|object| &object.sources);
        if let Some(sources) = sources.filter(|_| !allowed.takes(&id)) {
            report.push(collisions::finding((&id, &place), cluster, sources, origins));
        }
    }
}

fn check_cluster(
    plan: &Plan<'_>,
    origins: &Origins<'_, '_>,
    rendered: &Rendered,
    (foreign, allowed): (&[&Existing], &mut Allowed<'_>),
    report: &mut Report,
) {
    let id = origins.cluster;
    let access = Access::new(plan, id);
    let (versions, children) = (Versions::new(plan, id), Children::new(plan, id));
    let is_filter = |object: &&&Existing| matches!(object.content, Content::EnvoyFilter { .. });
    let has_several_filters = foreign.iter().filter(is_filter).count() > 1;
    for object in foreign {
        let named = named(object);
        if let Some(sources) = rendered.sources(&named) {
            if !allowed.takes(&named) {
                report.push(collisions::finding((&named, &object.place), plan[id].name, sources, origins));
            }
            continue;
        }
        match &object.content {
            Content::Name | Content::KubernetesGateway { .. } | Content::RemoteSecret | Content::Roots(_) => {}
            Content::MakesCacerts => {}
            Content::AuthorizationPolicy { selector, action, has_rules, is_targeted } => {
                if *has_rules && !*is_targeted {
                    access.compare(object, selector, action, report);
                }
            }
            Content::DestinationRule { host, subsets, has_policy, can_panic } => {
                hosts::destination_rule(plan, id, rendered, (object, host, subsets, *has_policy), report);
                if *can_panic {
                    children.warn_of_panic(plan, &versions, (object, host), report);
                }
            }
            Content::EnvoyFilter { patches, has_priority } => {
                let is_ordered = *has_priority || !has_several_filters;
                patches::check(&versions, (object, patches, is_ordered), report);
            }
            Content::Gateway { selector, servers } => gateways::compare(rendered, (object, selector, servers), report),
            Content::Route { host } => routes::check(plan, id, (object, host), report),
            Content::ServiceEntry { hosts } => hosts::service_entry(rendered, (object, hosts), report),
            Content::Sidecar { hosts } => children.warn_of_hidden(plan, (object, hosts), report),
            Content::VirtualService { hosts, in_mesh } => {
                if *in_mesh {
                    hosts::virtual_service(plan, id, rendered, (object, hosts), report);
                }
            }
        }
    }
}

/// What an object is called: as in the lock, with the group behind the kind unless it is the core group or Istio's.
fn named(object: &Existing) -> String {
    let Existing { group, kind, key, place: _, labels: _, is_stored: _, content: _ } = object;
    let dot = if group.is_empty() || group.ends_with(".istio.io") { "" } else { "." };
    let group = if dot.is_empty() { "" } else { group };
    format!("{kind}{dot}{group} {key}")
}

/// Some names and how many more there are.
fn listed(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let text = names.join(", ");
    if more == 0 { text } else { format!("{text} and {more} more") }
}

/// The versions of a cluster's Istios.
struct Versions(Vec<IstioVersion>);

impl Versions {
    fn new(plan: &Plan<'_>, cluster: ClusterId) -> Self {
        let versions = plan[cluster].meshes.iter().map(|mesh| &plan[*mesh].istio.version);
        Self(versions.filter_map(|version| IstioVersion::parse(version)).collect())
    }

    /// The fact that is the same for all of them.
    fn fact<T: Copy + PartialEq>(&self, fact: &Steps<T>) -> Option<T> {
        let first = fact.at(self.0.first()?)?;
        self.0.iter().all(|version| fact.at(version) == Some(first)).then_some(first)
    }

    /// The first, for a message.
    fn shown(&self) -> String {
        self.0.first().map(ToString::to_string).unwrap_or_default()
    }
}

/// The objects of a cluster that the settings allow to be replaced.
struct Allowed<'s> {
    cluster: &'s ClusterName,
    names: &'s [Text],
    used: BTreeSet<&'s str>,
}

impl<'s> Allowed<'s> {
    fn new(snapshot: &'s Snapshot, cluster: &'s ClusterName) -> Self {
        let names = snapshot.settings.clusters.get(&cluster.0).map_or(&[][..], |settings| &settings.replaces);
        Self { cluster, names, used: BTreeSet::new() }
    }

    /// Whether an object is among them.
    fn takes(&mut self, named: &str) -> bool {
        let found = self.names.iter().find(|name| ***name == *named);
        found.is_some_and(|name| {
            self.used.insert(name);
            true
        })
    }

    /// Warns of names that allow nothing: the object is gone, or the name is mistyped.
    fn report_unused(&self, snapshot: &Snapshot, report: &mut Report) {
        for (i, name) in self.names.iter().enumerate().filter(|(_, name)| !self.used.contains(&***name)) {
            let place = snapshot.settings_place(path!["spec", "clusters", self.cluster.as_str(), "replaces", i]);
            let message = format!(
                "{name} is not both in the files of cluster {} and rendered, so nothing is replaced",
                self.cluster
            );
            report.push(Diag::new(Code::ReplacesNothing, place, message).hint("remove the entry, or correct the name"));
        }
    }
}
