//! The inventory that policies need: the clusters, services and accounts that they name.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::{Value, context};

use super::NEWEST_ISTIO;
use crate::ids::{ClusterName, ClusterObjectRef, ObjectRef, Text};
use crate::model::Snapshot;
use crate::model::failover_service::BackingServiceType;
use crate::model::selector::ServiceSelector;
use crate::model::traffic_policy::{KubeDestination, MirrorDestination, ShiftTarget};
use crate::scaffold::{fill, flow, yaml};

/// Labels of pods.
type Labels = BTreeMap<Text, Text>;

/// What policies name in one namespace.
#[derive(Debug, Default)]
struct Named {
    services: BTreeMap<Text, Service>,
    accounts: BTreeSet<Text>,
}

/// What policies say of a service.
#[derive(Debug, Default)]
struct Service {
    ports: BTreeSet<u32>,
    subsets: BTreeSet<Labels>,
}

/// What policies name, by cluster and namespace.
#[derive(Debug, Default)]
struct References(BTreeMap<ClusterName, BTreeMap<Text, Named>>);

/// The inventory of each cluster that policies name, as far as they name anything in it.
pub(super) fn inventories(snapshot: &Snapshot) -> Vec<(ClusterName, String)> {
    let mut found = References::default();
    found.take(snapshot);
    found.0.retain(|name, _| name.is_valid());
    found.0.iter().map(|(name, namespaces)| (name.clone(), inventory(name, namespaces))).collect()
}

impl References {
    fn take(&mut self, snapshot: &Snapshot) {
        for policy in snapshot.virtual_meshes.values() {
            policy.spec.meshes.iter().for_each(|mesh| self.mesh(mesh));
        }
        for policy in snapshot.traffic_policies.values() {
            self.selected(&policy.spec.destination_selector);
            for destination in policy.spec.traffic_shift.iter().flat_map(|shift| &shift.destinations) {
                if let Some(ShiftTarget::KubeService(service)) = &destination.destination {
                    self.destination(service);
                }
            }
            if let Some(mirror) = &policy.spec.mirror
                && let Some(MirrorDestination::KubeService(service)) = &mirror.destination
            {
                self.service(service, Some(mirror.port).filter(|port| *port > 0), None);
            }
        }
        for policy in snapshot.access_policies.values() {
            self.selected(&policy.spec.destination_selector);
            let sources = policy.spec.source_selector.iter().filter_map(|from| from.kube_service_account_refs.as_ref());
            sources.flat_map(|refs| &refs.service_accounts).for_each(|account| self.account(account));
        }
        for policy in snapshot.failover_services.values() {
            policy.spec.meshes.iter().for_each(|mesh| self.mesh(mesh));
            let port = policy.spec.port.as_ref().map(|port| port.number);
            for backing in &policy.spec.backing_services {
                if let Some(BackingServiceType::KubeService(service)) = &backing.service {
                    self.service(service, port, None);
                }
            }
        }
    }

    fn selected(&mut self, selectors: &[ServiceSelector]) {
        let refs = selectors.iter().filter_map(|selector| selector.kube_service_refs.as_ref());
        refs.flat_map(|refs| &refs.services).for_each(|service| self.service(service, None, None));
    }

    fn destination(&mut self, destination: &KubeDestination) {
        let KubeDestination { name, namespace, cluster_name, subset, port } = destination;
        let service = ClusterObjectRef::new(cluster_name.clone(), namespace.clone(), name.clone());
        self.service(&service, Some(*port).filter(|port| *port > 0), Some(subset).filter(|subset| !subset.is_empty()));
    }

    fn service(&mut self, service: &ClusterObjectRef, port: Option<u32>, subset: Option<&Labels>) {
        if let Some(named) = self.namespace(service) {
            let found = named.services.entry(service.name.clone()).or_default();
            found.ports.extend(port);
            found.subsets.extend(subset.cloned());
        }
    }

    fn account(&mut self, account: &ClusterObjectRef) {
        if let Some(named) = self.namespace(account) {
            named.accounts.insert(account.name.clone());
        }
    }

    /// What is named in the namespace of a complete reference.
    fn namespace(&mut self, ClusterObjectRef { cluster, namespace, name }: &ClusterObjectRef) -> Option<&mut Named> {
        let is_complete = [cluster, namespace, name].iter().all(|part| !part.is_empty());
        let namespaces = is_complete.then(|| self.0.entry(ClusterName(cluster.clone())).or_default());
        namespaces.map(|namespaces| namespaces.entry(namespace.clone()).or_default())
    }

    /// The cluster of a mesh, by the name that discovery gives to an Istio that is installed as usual.
    fn mesh(&mut self, mesh: &ObjectRef) {
        if let Some(cluster) = mesh.name.strip_prefix("istiod-istio-system-") {
            self.0.entry(ClusterName::from(cluster)).or_default();
        }
    }
}

fn inventory(name: &ClusterName, namespaces: &BTreeMap<Text, Named>) -> String {
    let shown = |(namespace, named): (&Text, &Named)| {
        let services: Vec<_> = named.services.iter().map(|(name, service)| service.shown(name)).collect();
        context! { name => yaml(namespace), services, workloads => named.workloads() }
    };
    let namespaces: Vec<_> = namespaces.iter().map(shown).collect();
    let context = context! { cluster => yaml(name.as_str()), version => NEWEST_ISTIO, namespaces };
    fill(include_str!("../../../templates/fleet/references.yaml.j2"), &context)
}

/// The port of a service that no policy names.
const USUAL_PORT: u32 = 80;

impl Service {
    fn shown(&self, name: &Text) -> Value {
        let named = self.ports.iter().copied();
        let ports: Vec<u32> = if self.ports.is_empty() { vec![USUAL_PORT] } else { named.collect() };
        context! { name => yaml(name), selector => labels(&app(name)), ports }
    }

    /// The workloads behind it: one for each subset.
    fn workloads(&self, name: &Text) -> Vec<(String, String)> {
        let of_subset = |subset: &Labels| {
            let values: Vec<String> = subset.values().map(|value| value.to_lowercase()).collect();
            let all = app(name).into_iter().chain(subset.clone()).collect();
            (format!("{name}-{}", values.join("-")), labels(&all))
        };
        match self.subsets.is_empty() {
            true => vec![(name.to_string(), labels(&app(name)))],
            false => self.subsets.iter().map(of_subset).collect(),
        }
    }
}

impl Named {
    /// The workloads of the services, and one for each account that none of them is named after.
    fn workloads(&self) -> Vec<Value> {
        let behind = self.services.iter().flat_map(|(name, service)| service.workloads(name));
        let mut all: BTreeMap<String, (String, Option<String>)> =
            behind.map(|(name, labels)| (name, (labels, None))).collect();
        for account in &self.accounts {
            let workload = all.entry(account.to_string()).or_insert_with(|| (labels(&app(account)), None));
            workload.1 = Some(yaml(account));
        }
        all.into_iter().map(|(name, (labels, account))| context! { name => yaml(&name), labels, account }).collect()
    }
}

/// The label by which the pods of a service are known.
fn app(name: &Text) -> Labels {
    BTreeMap::from([(Text::from("app"), name.clone())])
}

fn labels(labels: &Labels) -> String {
    flow(labels.iter().map(|(key, value)| (&**key, &**value)))
}
