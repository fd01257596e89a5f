//! What has to be restarted for workloads to have certificates from another `cacerts`, in order.

use std::collections::BTreeMap;

use super::{Mesh, MeshId, Plan, Workload};
use crate::discover::{DataPlaneMode, controller_of, deployment_of};
use crate::ids::Text;
use crate::ids::dns::is_subdomain;
use crate::model::compact::ControllerKind;

/// What is restarted for a mesh, and what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restarts {
    /// The Deployment of its control plane, in the namespace of that.
    pub control_plane: Text,
    /// Before the other workloads, since they are where calls from elsewhere come in.
    pub gateways: Vec<Restarted>,
    pub workloads: Vec<Restarted>,
    /// Workloads in ambient mode: ztunnel has their certificates.
    pub ambient: Vec<Text>,
    /// Pods that nothing would create again.
    pub bare: Vec<Text>,
    /// Gateways that are known by the labels of their pods alone.
    pub without_workload: Vec<Text>,
}

/// Something whose pods are replaced.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Restarted {
    pub namespace: Text,
    pub name: Text,
    pub kind: ControllerKind,
}

impl Plan<'_> {
    /// What is restarted for a mesh.
    pub fn restarts(&self, id: MeshId) -> Restarts {
        let mesh = &self[id];
        let cluster = self[mesh.cluster].name;
        let control_plane = deployment_of(mesh.key, mesh.namespace, cluster).filter(|name| is_subdomain(name));
        let mut found =
            Restarts { control_plane: control_plane.unwrap_or_else(|| "istiod".into()), ..Restarts::default() };
        let workloads = || self.workloads.iter().filter(|workload| workload.mesh == Some(id));
        workloads().for_each(|workload| found.add(workload));
        let has = |namespace: &Text, labels: &BTreeMap<Text, Text>| {
            workloads().any(|workload| {
                let of = &workload.known.labels;
                workload.known.controller.namespace == *namespace
                    && labels.iter().all(|(key, value)| of.get(key) == Some(value))
            })
        };
        found.without_workload =
            gateways(mesh).filter(|(_, of, labels)| !has(of, labels)).map(|(name, ..)| name).collect();
        for list in [&mut found.gateways, &mut found.workloads] {
            list.sort();
            list.dedup();
        }
        found
    }
}

/// The gateways of a mesh: what they are known by, with the namespace and the labels of their pods.
fn gateways<'m>(mesh: &'m Mesh<'_>) -> impl Iterator<Item = (Text, &'m Text, &'m BTreeMap<Text, Text>)> {
    let federated = mesh.istio.gateways.iter().map(|gateway| {
        let namespace = gateway.namespace.as_ref().unwrap_or(mesh.namespace);
        (gateway.address.clone(), namespace, &gateway.labels)
    });
    let others = mesh.istio.other_gateways.iter();
    federated.chain(others.map(|pods| (pods.name.clone(), &pods.namespace, &*pods.labels)))
}

impl Restarts {
    fn add(&mut self, workload: &Workload<'_>) {
        let known = workload.known;
        let (namespace, name) = (known.controller.namespace.clone(), known.controller.name.clone());
        let shown = || Text::from(format!("{namespace}/{name}"));
        match (known.data_plane.mode, controller_of(workload.key)) {
            (DataPlaneMode::None, _) => {}
            (DataPlaneMode::Ambient, _) => self.ambient.push(shown()),
            (DataPlaneMode::Sidecar | DataPlaneMode::Unknown, ControllerKind::Pod) => self.bare.push(shown()),
            // Of a name that no API server accepts, there is nothing to restart.
            _ if !is_subdomain(&name) || !is_subdomain(&namespace) => {}
            (DataPlaneMode::Sidecar | DataPlaneMode::Unknown, kind) => {
                let list = if known.gateway.is_some() { &mut self.gateways } else { &mut self.workloads };
                list.push(Restarted { namespace, name, kind });
            }
        }
    }
}
