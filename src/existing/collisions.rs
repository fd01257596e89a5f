//! Objects of the same kind, namespace and name: what is rendered would overwrite them.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::built::Built;
use crate::diag::{Code, Diag, Place};
use crate::ids::{ClusterName, Text};
use crate::path;
use crate::plan::{ClusterId, Plan, Policy};

/// Where the policies and services are that objects come from, by the names that output has for them.
pub(super) struct Origins<'p, 'a> {
    plan: &'p Plan<'a>,
    pub(super) cluster: ClusterId,
    pub(super) built: &'p [Built],
    places: OnceCell<BTreeMap<Text, Place>>,
}

impl<'p, 'a> Origins<'p, 'a> {
    pub(super) fn new(plan: &'p Plan<'a>, cluster: ClusterId, built: &'p [Built]) -> Self {
        Self { plan, cluster, built, places: OnceCell::new() }
    }

    /// The labels of what is rendered.
    pub(super) fn labels(&self) -> Vec<(String, String)> {
        self.plan.labels_of(self.cluster)
    }

    fn get(&self, source: &Text) -> Option<&Place> {
        self.places.get_or_init(|| self.all()).get(source)
    }

    fn all(&self) -> BTreeMap<Text, Place> {
        let plan = self.plan;
        let of = |policy: &Policy<'_>| (policy.named.clone(), policy.place(path!["metadata", "name"]));
        let services = plan[self.cluster].targets.iter().map(|target| {
            let known = plan[*target].known;
            (format!("Service {}/{}", known.service.namespace, known.service.name).into(), known.place.clone())
        });
        let traffic = plan.traffic.iter().map(|traffic| of(&traffic.policy));
        let access = plan.access.iter().map(|access| of(&access.policy));
        let failovers = plan.failovers.iter().map(|failover| of(&failover.policy));
        let meshes = plan.virtual_meshes.iter().map(|mesh| of(&mesh.policy));
        services.chain(traffic).chain(access).chain(failovers).chain(meshes).collect()
    }
}

/// The finding for an object that would be overwritten by one that comes from these sources.
pub(super) fn finding(
    (named, place): (&str, &Place),
    cluster: &ClusterName,
    sources: &[Text],
    origins: &Origins<'_, '_>,
) -> Diag {
    let message = format!(
        "{named} of cluster {cluster} would be overwritten: an object with the same name is rendered from {}",
        super::listed(sources.iter().map(ToString::to_string).collect())
    );
    let hint = format!(
        "rename or remove it; if the rendered object is to replace it, set this in meshtree.yaml: \
         spec: {{clusters: {{{cluster}: {{replaces: [{named}]}}}}}}"
    );
    let mut diag = Diag::new(Code::WouldOverwrite, place.clone(), message).hint(hint);
    if let Some(object) = origins.built.iter().find(|object| object.id() == named) {
        return diag.related(object.place.clone(), "the other object is rendered from here");
    }
    if let Some((source, place)) = sources.iter().find_map(|source| Some((source, origins.get(source)?))) {
        diag = diag.related(place.clone(), format!("{source}, for which the other object is rendered, is here"));
    }
    diag
}
