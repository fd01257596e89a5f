//! Ports of Service Mesh Hub's discovery objects that no service can have.

use crate::diag::{Code, Diag, FieldPath, Report};
use crate::model::inventory::{IngressGateway, IstioMesh, KubeService, Mesh, MeshType, TargetType, TrafficTarget};
use crate::model::{Object, Snapshot};
use crate::path;

/// The largest number of a port.
const LAST: u32 = 65535;

/// Reports them. A missing port of a gateway is reported elsewhere: another form of inventory may have it.
pub(super) fn check(snapshot: &Snapshot, report: &mut Report) {
    for object in snapshot.meshes.values() {
        if let Some(MeshType::Istio(istio)) = &object.spec.mesh_type {
            gateways(object, istio, report);
        }
    }
    for object in snapshot.traffic_targets.values() {
        if let Some(TargetType::KubeService(service)) = &object.spec.target_type {
            services(object, service, report);
        }
    }
}

fn gateways(object: &Object<Mesh>, istio: &IstioMesh, report: &mut Report) {
    for (i, gateway) in istio.ingress_gateways.iter().enumerate() {
        let IngressGateway { workload_labels: _, external_address: _, external_tls_port, tls_container_port } = gateway;
        let ports = [("externalTlsPort", *external_tls_port), ("tlsContainerPort", *tls_container_port)];
        for (field, port) in ports.into_iter().filter(|(_, port)| *port > LAST) {
            let owner = format!("gateway {} of Mesh {}", i + 1, object.key);
            wrong(object, path!["spec", "istio", "ingressGateways", i, field], &owner, port, report);
        }
    }
}

fn services(object: &Object<TrafficTarget>, service: &KubeService, report: &mut Report) {
    for (i, port) in service.ports.iter().enumerate().filter(|(_, port)| !(1..=LAST).contains(&port.port)) {
        let owner = format!("TrafficTarget {}", object.key);
        wrong(object, path!["spec", "kubeService", "ports", i, "port"], &owner, port.port, report);
    }
}

fn wrong<T>(object: &Object<T>, path: FieldPath, owner: &str, port: u32, report: &mut Report) {
    let message = match port {
        0 => format!("a port of {owner} has no number"),
        number => format!("port {number} of {owner} is out of range (1–{LAST})"),
    };
    report.push(Diag::new(Code::BadValue, object.place(path), message));
}
