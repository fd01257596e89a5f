//! How the control plane of a mesh is configured, as far as the cluster's files show it.

use std::collections::BTreeSet;

use serde_yaml::Value;

use crate::diag::Place;
use crate::discover::{deployment_of, revision_of};
use crate::ids::ObjectRef;
use crate::model::Snapshot;
use crate::model::kubernetes::{ConfigMap, Container, Controller, Kubernetes, Raw};
use crate::plan::{MeshId, Plan};

/// What files show of a control plane. Nothing is known from a compact inventory, or from Service Mesh Hub's objects.
#[derive(Default)]
pub(super) struct Istiod<'s> {
    /// The mesh configuration.
    pub(super) config: Option<Config<'s>>,
    /// The Deployment.
    pub(super) deployment: Option<&'s Raw<Controller>>,
}

/// A mesh configuration.
pub(super) struct Config<'s> {
    pub(super) place: &'s Place,
    value: Value,
}

impl<'s> Istiod<'s> {
    /// The control plane of a mesh.
    pub(super) fn of(snapshot: &'s Snapshot, plan: &Plan<'_>, mesh: MeshId) -> Self {
        let bound = &plan[mesh];
        let name = plan[bound.cluster].name;
        let Some(objects) = snapshot.kubernetes.get(name) else { return Self::default() };
        let Kubernetes { config_maps, deployments, .. } = objects;
        let in_namespace = |name: String| ObjectRef::new(bound.namespace.clone(), name);
        let config = revision_of(bound.key, bound.namespace, name).and_then(|revision| {
            let dash = if revision.is_empty() { "" } else { "-" };
            Config::of(config_maps.get(&in_namespace(format!("istio{dash}{revision}")))?)
        });
        let deployment = deployment_of(bound.key, bound.namespace, name);
        let deployment = deployment.and_then(|deployment| deployments.get(&in_namespace(deployment.to_string())));
        Self { config, deployment }
    }

    /// Whether it checks no trust domain; none if no file has its Deployment.
    pub(super) fn skips_trust_domains(&self) -> Option<bool> {
        let is_true = |value: &str| matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True");
        Some(flag(self.deployment?, "PILOT_SKIP_VALIDATE_TRUST_DOMAIN").is_some_and(is_true))
    }
}

/// The value of a flag in the environment of what a Deployment makes.
pub(super) fn flag<'s>(raw: &'s Raw<Controller>, name: &str) -> Option<&'s str> {
    let of = |container: &'s Container| container.env.iter().find(|variable| &*variable.name == name);
    raw.object.spec.template.spec.containers.iter().find_map(of).map(|variable| &*variable.value)
}

impl<'s> Config<'s> {
    fn of(raw: &'s Raw<ConfigMap>) -> Option<Self> {
        // One that is not valid is reported by discovery.
        let value = serde_yaml::from_str(raw.object.data.mesh.as_deref()?).ok()?;
        Some(Self { place: &raw.place, value })
    }

    /// The trust domains that are the same as its own.
    pub(super) fn aliases(&self) -> BTreeSet<&str> {
        texts(&self.value["trustDomainAliases"]).collect()
    }

    /// Whether it lists certificate authorities.
    pub(super) fn has_authorities(&self) -> bool {
        self.value["caCertificates"].as_sequence().is_some_and(|list| !list.is_empty())
    }

    /// The trust domains whose certificates are accepted beside its own.
    pub(super) fn listed(&self) -> BTreeSet<&str> {
        let certificates = self.value["caCertificates"].as_sequence().into_iter().flatten();
        certificates.flat_map(|certificate| texts(&certificate["trustDomains"])).collect()
    }

    /// The namespaces to which services are visible that say nothing else; none for all.
    pub(super) fn service_visibility(&self) -> Option<Vec<&str>> {
        let value = &self.value["defaultServiceExportTo"];
        value.as_sequence().map(|_| texts(value).collect())
    }

    /// Whether sidecars resolve the hosts of ServiceEntries.
    pub(super) fn captures_dns(&self) -> bool {
        let value = &self.value["defaultConfig"]["proxyMetadata"]["ISTIO_META_DNS_CAPTURE"];
        value.as_bool().unwrap_or_else(|| value.as_str() == Some("true"))
    }
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_sequence().into_iter().flatten().filter_map(Value::as_str)
}
