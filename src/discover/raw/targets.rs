//! Traffic targets: services that select workloads of a mesh.

use super::RawCluster;
use super::containers::Containers;
use super::without::Without;
use super::workloads::Outside;
use crate::diag::{Code, Diag, Report};
use crate::discover::compact::report_no_target;
use crate::discover::data_plane::waypoint;
use crate::discover::same_name::same_name;
use crate::discover::{
    GatewayRole, Inventory, LabelIndex, MeshKind, NoTarget, PassedOver, Port, ServiceAddress, Target, Workload,
};
use crate::ids::{ClusterObjectRef, ObjectRef};
use crate::model::kubernetes::{Raw, Service, ServicePort, ServiceSpec};
use std::fmt::Display;

impl RawCluster<'_> {
    /// Finds the targets.
    pub(super) fn targets(&self, outside: &[Outside<'_>], out: &mut Inventory, report: &mut Report) {
        let mut behind = LabelIndex::default();
        let inside = || out.workloads.values().filter(|workload| workload.controller.cluster == self.name.0);
        let without = Without::new(outside, inside());
        for workload in inside() {
            behind.add(&workload.controller.namespace, &workload.labels, workload);
        }
        let has_mesh = out.meshes.values().any(|mesh| mesh.cluster == *self.name);
        let containers = self.containers();
        let mut found: Vec<(ObjectRef, Target, bool)> = Vec::new();
        let mut passed_over: Vec<(ClusterObjectRef, PassedOver)> = Vec::new();
        for raw in self.objects.services.values() {
            let own = || behind.picked(&raw.key.namespace, &raw.object.spec.selector);
            let first = || own().next().map(|workload: &Workload| workload.mesh.clone());
            let mesh = self.mesh_by_annotation(raw, out).or_else(first);
            // Gateways let requests in whatever the type of their Service.
            let is_gateway = own().next().is_some() && own().all(|pods| pods.gateway == Some(GatewayRole::Ingress));
            let (key, in_mesh) = (self.discovered(&raw.key, ""), mesh.is_some());
            if in_mesh || out.targets.contains_key(&key) {
                self.check_ports(raw, report);
                let mut target = self.target(raw, mesh.unwrap_or_default(), &containers);
                target.external &= !is_gateway;
                found.push((key, target, in_mesh));
            } else {
                let why = if has_mesh { without.why(raw) } else { NoTarget::NoMesh };
                if let NoTarget::NoPods { near, .. } = &why {
                    self.name_unread_workload(raw, report);
                    if near.is_some() {
                        report_no_target(&raw.key.namespace, &raw.key.name, &why, &raw.place, report);
                    }
                }
                let labels = raw.object.metadata.labels.clone();
                passed_over.push((self.service(raw), PassedOver { place: raw.place.clone(), labels, why }));
            }
        }
        let services = found.iter().map(|(_, target, _)| target).chain(out.targets.values());
        let is_application =
            |target: &Target| target.service.cluster == self.name.0 && !self.is_of_mesh_itself(&target.service, out);
        if has_mesh && !services.into_iter().any(is_application) {
            self.warn_of_empty_mesh(&passed_over, &without, out, report);
        }
        out.passed_over.extend(passed_over);
        for (key, target, in_mesh) in found {
            let is_smh = self.snapshot.traffic_targets.contains_key(&key);
            match out.targets.get(&key) {
                Some(there) if there.service != target.service && !is_smh => {
                    let services: (&dyn Display, &dyn Display) = (&there.service, &target.service);
                    same_name(("services", &key), services, (Some(&there.place), &target.place), report);
                }
                Some(there) => {
                    self.agree_on_target(&key, there, (&target, in_mesh), report);
                    // Service Mesh Hub's objects do not have the type and the address of a service.
                    if let Some(there) = out.targets.get_mut(&key) {
                        there.external = target.external;
                        there.address = target.address;
                        there.waypoint = target.waypoint;
                        complete_ports(&mut there.ports, target.ports);
                    }
                }
                None => _ = out.targets.insert(key, target),
            }
        }
    }

    /// The mesh of a service that asks to be in one even without workloads behind it.
    fn mesh_by_annotation(&self, raw: &Raw<Service>, out: &Inventory) -> Option<ObjectRef> {
        if !raw.object.metadata.annotations.is_enabled() {
            return None;
        }
        let mut meshes = out.meshes.iter().rev();
        let mesh = meshes
            .find(|(_, mesh)| mesh.cluster == *self.name && matches!(mesh.kind, MeshKind::Istio(_) | MeshKind::Osm(_)));
        mesh.map(|(key, _)| key.clone())
    }

    /// Reports ports that no API server would accept.
    fn check_ports(&self, raw: &Raw<Service>, report: &mut Report) {
        for port in raw.object.spec.ports.iter().filter(|port| !(1..=65535).contains(&port.port)) {
            let message = match port.port {
                0 => format!("a port of Service {} has no number", raw.key),
                number => format!("port {number} of Service {} is out of range (1–65535)", raw.key),
            };
            report.push(Diag::new(Code::BadValue, raw.place.clone(), message));
        }
    }

    fn service(&self, raw: &Raw<Service>) -> ClusterObjectRef {
        let ObjectRef { namespace, name } = &raw.key;
        ClusterObjectRef::new(self.name.0.clone(), namespace.clone(), name.clone())
    }

    fn target(&self, raw: &Raw<Service>, mesh: ObjectRef, containers: &Containers<'_>) -> Target {
        let ports = raw.object.spec.ports.iter();
        let of_namespace = self.objects.namespace(&raw.key.namespace).map(|raw| &*raw.object.metadata.labels);
        let target = |port: &ServicePort| Some(containers.target(raw, port));
        Target {
            place: raw.place.clone(),
            service: self.service(raw),
            selector: raw.object.spec.selector.clone(),
            labels: raw.object.metadata.labels.clone(),
            ports: ports
                .map(|port| Port {
                    number: port.port,
                    name: port.name.clone(),
                    protocol: port.protocol(),
                    app_protocol: port.app_protocol.clone(),
                    target: target(port),
                })
                .collect(),
            address: ServiceAddress::of(&raw.object.spec.cluster_ip),
            mesh,
            external: is_external(&raw.object.spec),
            waypoint: waypoint(&raw.object.metadata.labels, of_namespace, &raw.key.namespace),
        }
    }
}

/// Adds to the ports that Service Mesh Hub discovered what its objects cannot express.
fn complete_ports(ports: &mut [Port], found: Vec<Port>) {
    for (port, Port { number, name: _, protocol, app_protocol, target }) in ports.iter_mut().zip(found) {
        if port.number == number && port.protocol == protocol {
            (port.app_protocol, port.target) = (app_protocol, target);
        }
    }
}

/// Whether a service takes requests from outside of its cluster.
fn is_external(spec: &ServiceSpec) -> bool {
    matches!(spec.kind(), "LoadBalancer" | "NodePort") || spec.external_ips.iter().any(|address| !address.is_empty())
}
