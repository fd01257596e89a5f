//! Writes an inventory as compact documents, from which the same inventory can be read.

use super::form::{
    Document, GatewayOut, IstioOut, Metadata, Namespace, OtherGatewayOut, PortOut, PortRefOut, ServiceOut, Spec,
    WorkloadOut,
};
use crate::diag::{Code, Diag, Place, Report, Severity};
use crate::discover::defaults::TLS_PORT;
use crate::discover::{
    Cluster, DataPlane, DataPlaneMode, Gateway, GatewayPods, GatewayRole, Inventory, Istio, LabelIndex, Mesh, MeshKind,
    Port, Target, TargetPort, Workload, deployment_of, revision_of,
};
use crate::ids::{ClusterName, ClusterObjectRef, ObjectRef};
use crate::model::compact::ControllerKind;
use crate::version::{FailoverForm, IstioVersion, Style};
use crate::yaml_writer;

/// The compact documents of all clusters, or of one; none for an unknown cluster. Anything that the compact form cannot express
/// is reported.
pub fn compact(inventory: &Inventory, only: Option<&ClusterName>, report: &mut Report) -> Option<String> {
    if only.is_some_and(|name| !inventory.clusters.contains_key(name)) {
        return None;
    }
    let mut out = String::new();
    for (name, cluster) in inventory.clusters.iter().filter(|(name, _)| only.is_none_or(|only| only == *name)) {
        if !out.is_empty() {
            out.push_str("---\n");
        }
        let document = InventoryCluster { inventory, name }.document(cluster, report);
        let written = yaml_writer::write(&document, &mut out);
        debug_assert!(written.is_ok(), "the compact form is made of what YAML can hold: {written:?}");
    }
    Some(out)
}

/// One cluster of an inventory.
struct InventoryCluster<'a> {
    inventory: &'a Inventory,
    name: &'a ClusterName,
}

impl<'a> InventoryCluster<'a> {
    fn document(&self, cluster: &'a Cluster, report: &mut Report) -> Document<'a> {
        let Cluster { domain, registered, namespaces, place } = cluster;
        if !registered {
            let message = format!("cluster {} is not registered, which the compact form cannot express", self.name);
            let hint =
                "check this before you use the printed inventory: it federates the cluster's services to other meshes";
            let diag = Diag::new(Code::BadValue, place.clone(), message).hint(hint);
            report.push(Diag { severity: Severity::Warning, ..diag });
        }
        let namespaces = namespaces.iter().map(|name| (name, Namespace::default())).collect();
        let mut spec = Spec { cluster_domain: domain, istio: None, namespaces };
        for (key, mesh) in self.inventory.meshes.iter().filter(|(_, mesh)| mesh.cluster == *self.name) {
            if spec.istio.is_some() {
                let message =
                    format!("cluster {} has several meshes, and the compact form can express only one", self.name);
                let hint = format!("keep the dump instead if you need Mesh {key}, which is left out");
                report.push(Diag::new(Code::TwoControlPlanes, mesh.place.clone(), message).hint(hint));
            } else {
                spec.istio = self.istio(key, mesh, report);
            }
        }
        self.data_planes(&mut spec);
        self.workloads(&mut spec, report);
        self.services(&mut spec);
        let metadata = Metadata { name: &self.name.0 };
        Document { api_version: "meshtree.io/v1alpha1", kind: "Cluster", metadata, spec }
    }

    fn istio(&self, key: &ObjectRef, mesh: &'a Mesh, report: &mut Report) -> Option<IstioOut<'a>> {
        let unsayable = |what: &str| {
            let message = format!("the compact form cannot express Mesh {key}: {what}");
            Diag::new(Code::BadValue, mesh.place.clone(), message)
        };
        let Istio { version, trust_domain, service_account, gateways, other_gateways, nearly_gateways: _ } =
            match &mesh.kind {
                MeshKind::Istio(istio) => istio,
                kind @ (MeshKind::Osm(_) | MeshKind::Other(_)) => {
                    report.push(unsayable(&format!("it is {}, not Istio", kind.product())));
                    return None;
                }
            };
        let Some(deployment) = deployment_of(key, &mesh.namespace, self.name) else {
            report.push(unsayable("the control plane's Deployment cannot be derived from its name"));
            return None;
        };
        let revision = revision_of(key, &mesh.namespace, self.name);
        let deployment = revision.is_none().then_some(deployment);
        let (revision, namespace) = (revision.unwrap_or_default(), &mesh.namespace);
        let gateways = gateways.iter().map(gateway).collect();
        let other_gateways = self.without_pods(other_gateways);
        Some(IstioOut {
            version,
            namespace,
            revision,
            deployment,
            trust_domain,
            service_account,
            gateways,
            other_gateways,
        })
    }

    /// The gateways that are not known from their workloads: Istio or an operator makes these.
    fn without_pods(&self, gateways: &'a [GatewayPods]) -> Vec<OtherGatewayOut<'a>> {
        let is_of = |workload: &Workload, pods: &GatewayPods| {
            let ClusterObjectRef { cluster, namespace, name: _ } = &workload.controller;
            let has = |(key, value)| workload.labels.get(key) == Some(value);
            *cluster == self.name.0
                && *namespace == pods.namespace
                && workload.gateway == Some(GatewayRole::Ingress)
                && pods.labels.iter().all(has)
        };
        let is_known = |pods: &&GatewayPods| !self.inventory.workloads.values().any(|workload| is_of(workload, pods));
        let out =
            |GatewayPods { namespace, name, labels }: &'a GatewayPods| OtherGatewayOut { name, namespace, labels };
        gateways.iter().filter(is_known).map(out).collect()
    }

    /// Says of namespaces that they are in ambient mode.
    fn data_planes(&self, spec: &mut Spec<'a>) {
        let of_cluster =
            self.inventory.workloads.values().filter(|workload| workload.controller.cluster == self.name.0);
        for workload in of_cluster.filter(|workload| workload.data_plane == DataPlane::ambient_namespace()) {
            let content = spec.namespaces.entry(&workload.controller.namespace).or_default();
            content.dataplane_mode = Some(DataPlaneMode::Ambient.as_str());
        }
    }

    fn workloads(&self, spec: &mut Spec<'a>, report: &mut Report) {
        for (key, workload) in &self.inventory.workloads {
            let Workload { controller, labels, service_account, mesh: _, gateway, data_plane } = workload;
            if controller.cluster != self.name.0 {
                continue;
            }
            let kinds = [ControllerKind::DaemonSet, ControllerKind::StatefulSet, ControllerKind::Pod];
            let kind = kinds.into_iter().find(|kind| key.name.ends_with(&format!("-{}", kind.suffix())));
            let kind = kind.map(ControllerKind::as_str);
            let content = spec.namespaces.entry(&controller.namespace).or_default();
            // The labels show most gateways.
            let gateway = (*gateway != GatewayRole::of_labels(labels)).then_some(gateway.is_some());
            // So does the namespace, or sidecars go without saying.
            let is_usual = match content.dataplane_mode {
                Some(_) => *data_plane == DataPlane::ambient_namespace(),
                None => data_plane.mode == DataPlaneMode::Sidecar,
            };
            let dataplane_mode = (!is_usual).then(|| data_plane.mode.as_str());
            let workload = WorkloadOut { kind, labels, service_account, gateway, dataplane_mode };
            if content.workloads.insert(&controller.name, workload).is_some() {
                let message =
                    format!("two workloads are named {controller}, and the compact form can express only one");
                let place =
                    self.inventory.clusters.get(self.name).map_or(Place::Nowhere, |cluster| cluster.place.clone());
                report.push(Diag::new(Code::BadValue, place, message));
            }
        }
    }

    /// Whether what is rendered may depend on the addresses of services: in earlier versions of Istio nothing does.
    fn needs_addresses(&self) -> bool {
        let of_cluster = self.inventory.meshes.values().filter(|mesh| mesh.cluster == *self.name);
        let newest = of_cluster.filter_map(|mesh| IstioVersion::parse(mesh.kind.version()));
        newest.map(|version| version.facts(Style::Current).failover).max() == Some(FailoverForm::Endpoints)
    }

    fn services(&self, spec: &mut Spec<'a>) {
        let has_addresses = self.needs_addresses();
        let mut behind = LabelIndex::default();
        for (namespace, content) in &spec.namespaces {
            content.workloads.values().for_each(|workload| behind.add(*namespace, workload.labels, ()));
        }
        for target in self.inventory.targets.values().filter(|target| target.service.cluster == self.name.0) {
            let Target { place: _, service, selector, labels, ports, address, mesh: _, external, waypoint } = target;
            let content = spec.namespaces.entry(&service.namespace).or_default();
            // Without a workload behind it, it would otherwise not be read as a service of the mesh.
            let mesh = behind.picked(&service.namespace, selector).next().is_none();
            let ports = ports.iter().map(port).collect();
            let cluster_ip = address.cluster_ip().filter(|_| has_addresses);
            let waypoint = waypoint.as_ref().map(|waypoint| match waypoint.namespace == service.namespace {
                true => waypoint.name.to_string(),
                false => waypoint.to_string(),
            });
            let service_out = ServiceOut { ports, labels, selector, cluster_ip, mesh, external: *external, waypoint };
            content.services.insert(&service.name, service_out);
        }
    }
}

fn gateway(gateway: &Gateway) -> GatewayOut<'_> {
    let Gateway { address, port, container_port, labels, namespace } = gateway;
    let usual = labels.len() == 1 && labels.get("istio").is_some_and(|value| &**value == "ingressgateway");
    GatewayOut {
        address,
        port: Some(*port).filter(|port| *port != TLS_PORT),
        container_port: Some(*container_port).filter(|container_port| container_port != port),
        labels: (!usual).then_some(labels),
        namespace: namespace.as_ref(),
    }
}

fn port(port: &Port) -> PortOut<'_> {
    let Port { number, name, protocol, app_protocol, target } = port;
    let target_port = match target {
        None => None,
        Some(TargetPort::Number(target)) => {
            Some(target).filter(|target| *target != number).map(|n| PortRefOut::Number(*n))
        }
        Some(TargetPort::Name(name)) => Some(PortRefOut::Name(name)),
    };
    PortOut {
        name,
        port: *number,
        protocol: Some(protocol).filter(|protocol| &***protocol != "TCP"),
        app_protocol,
        target_port,
    }
}
