//! How the control plane of a mesh is configured, as far as the cluster's files show it.

use std::collections::BTreeSet;

use serde_yaml::Value;

use crate::diag::Place;
use crate::discover::{Installed, deployment_of, installed, revision_of};
use crate::ids::{ObjectRef, Text};
use crate::model::Snapshot;
use crate::model::kubernetes::{ConfigMap, Container, Controller, Kubernetes, Raw, Values};
use crate::plan::{MeshId, Plan};

/// What files show of a control plane. Nothing is known from a compact inventory, or from Service Mesh Hub's objects.
#[derive(Default)]
pub(super) struct Istiod<'s> {
    /// The mesh configuration.
    pub(super) config: Option<Config>,
    /// The Deployment.
    pub(super) deployment: Option<&'s Raw<Controller>>,
    /// What installs it, where no file has what that makes.
    installed: Option<Installed>,
    /// Whether the settings render its installation, which has all that is rendered relies on.
    pub(super) is_rendered: bool,
}

/// A mesh configuration.
pub(super) struct Config {
    pub(super) place: Place,
    /// Whether it is all that the control plane reads.
    pub(super) is_whole: bool,
    /// Its parts, the strongest first.
    parts: Vec<Values>,
}

impl<'s> Istiod<'s> {
    /// The control plane of a mesh.
    pub(super) fn of(snapshot: &'s Snapshot, plan: &Plan<'_>, mesh: MeshId) -> Self {
        let bound = &plan[mesh];
        let name = plan[bound.cluster].name;
        let is_rendered = is_rendered(snapshot, plan, mesh);
        let Some(objects) = snapshot.kubernetes.get(name) else { return Self { is_rendered, ..Self::default() } };
        let Kubernetes { config_maps, deployments, .. } = objects;
        let in_namespace = |name: String| ObjectRef::new(bound.namespace.clone(), name);
        let revision = revision_of(bound.key, bound.namespace, name);
        let config = revision.as_ref().and_then(|revision| {
            let dash = if revision.is_empty() { "" } else { "-" };
            Config::of(config_maps.get(&in_namespace(format!("istio{dash}{revision}")))?)
        });
        let deployment = deployment_of(bound.key, bound.namespace, name);
        let deployment = deployment.and_then(|deployment| deployments.get(&in_namespace(deployment.to_string())));
        let stated = || installed(snapshot, name, (bound.namespace, revision.as_ref()?));
        let installed = if config.is_some() && deployment.is_some() { None } else { stated() };
        let config = config.or_else(|| installed.as_ref().map(Config::of_installed));
        Self { config, deployment, installed, is_rendered }
    }

    /// Whether it checks no trust domain; none if no file shows all of its environment.
    pub(super) fn skips_trust_domains(&self) -> Option<bool> {
        const SKIPS: &str = "PILOT_SKIP_VALIDATE_TRUST_DOMAIN";
        let is_true = |value: &str| matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True");
        if let Some(deployment) = self.deployment {
            return Some(flag(deployment, SKIPS).is_some_and(is_true));
        }
        let installed = self.installed.as_ref()?;
        match installed.variable(SKIPS) {
            Some(stated) => Some(is_true(&stated)),
            None => installed.is_whole.then_some(false),
        }
    }

    /// The network that its values give to the pods of the cluster.
    pub(super) fn network(&self) -> Option<Text> {
        self.installed.as_ref()?.values.text(&["global", "network"])
    }
}

/// Whether the settings render the installation of a mesh's Istio.
pub(super) fn is_rendered(snapshot: &Snapshot, plan: &Plan<'_>, mesh: MeshId) -> bool {
    snapshot.settings.objects_of(plan[plan[mesh].cluster].name).installation().is_some()
}

/// The value of a flag in the environment of what a Deployment makes.
pub(super) fn flag<'s>(raw: &'s Raw<Controller>, name: &str) -> Option<&'s str> {
    let of = |container: &'s Container| container.env.iter().find(|variable| &*variable.name == name);
    raw.object.spec.template.spec.containers.iter().find_map(of).map(|variable| &*variable.value)
}

impl Config {
    fn of(raw: &Raw<ConfigMap>) -> Option<Self> {
        // One that is not valid is reported by discovery.
        let value = Values::parse(raw.object.data.mesh.as_deref()?)?;
        Some(Self { place: raw.place.clone(), is_whole: true, parts: vec![value] })
    }

    fn of_installed(installed: &Installed) -> Self {
        let Installed { place, mesh_configs, values: _, environment: _, is_whole } = installed;
        Self { place: place.clone(), is_whole: *is_whole, parts: mesh_configs.clone() }
    }

    /// A value of the first part that has it.
    fn at(&self, path: &[&str]) -> &Value {
        let found = self.parts.iter().map(|part| part.value(path)).find(|value| !value.is_null());
        found.unwrap_or(&Value::Null)
    }

    /// The trust domains that are the same as its own.
    pub(super) fn aliases(&self) -> BTreeSet<&str> {
        texts(self.at(&["trustDomainAliases"])).collect()
    }

    /// Whether it lists certificate authorities.
    pub(super) fn has_authorities(&self) -> bool {
        self.at(&["caCertificates"]).as_sequence().is_some_and(|list| !list.is_empty())
    }

    /// The trust domains whose certificates are accepted beside its own.
    pub(super) fn listed(&self) -> BTreeSet<&str> {
        let certificates = self.at(&["caCertificates"]).as_sequence().into_iter().flatten();
        certificates.flat_map(|certificate| texts(&certificate["trustDomains"])).collect()
    }

    /// The namespaces to which services are visible that say nothing else; none for all.
    pub(super) fn service_visibility(&self) -> Option<Vec<&str>> {
        let value = self.at(&["defaultServiceExportTo"]);
        value.as_sequence().map(|_| texts(value).collect())
    }

    /// Whether sidecars resolve the hosts of ServiceEntries.
    pub(super) fn captures_dns(&self) -> bool {
        let value = self.at(&["defaultConfig", "proxyMetadata", "ISTIO_META_DNS_CAPTURE"]);
        value.as_bool().unwrap_or_else(|| value.as_str() == Some("true"))
    }
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_sequence().into_iter().flatten().filter_map(Value::as_str)
}
