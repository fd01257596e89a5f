//! Warns of gateways that do not let requests from other clusters in.

use std::collections::BTreeMap;

use super::istiod::{flag, is_rendered};
use super::version;
use crate::diag::listing::joined;
use crate::diag::{Code, Diag, Ground, Place, Report, Severity};
use crate::discover::{Gateway, GatewayRole, TargetPort};
use crate::ids::Text;
use crate::model::Snapshot;
use crate::model::kubernetes::{Controller, Kubernetes, PortRef, Raw, Service};
use crate::plan::{ClusterId, MeshId, Plan};
use crate::resolve::access::gateways::includes;
use crate::resolve::meant::Names;
use crate::version::Entry;
use crate::version::table::ROUTER_MODE;

type Labels = BTreeMap<Text, Text>;

const ROUTER_FLAG: &str = "ISTIO_META_ROUTER_MODE";

/// Warns about the gateways of every mesh that other clusters call.
pub(super) fn report(snapshot: &Snapshot, plan: &Plan<'_>, names: &Names<'_, '_>, report: &mut Report) {
    let pods = pods(plan);
    for mesh in MeshId::all(plan.meshes.len()) {
        if !matches!(plan[mesh].entry, Entry::Sni(_)) || !plan.is_server(mesh) {
            continue;
        }
        let objects = snapshot.kubernetes.get(plan[plan[mesh].cluster].name);
        let asks = version(plan, mesh).and_then(|version| ROUTER_MODE.at(&version)) == Some(true);
        if asks && !is_rendered(snapshot, plan, mesh) {
            warn_of_mode(plan, mesh, objects, names, report);
        }
        warn_of_addresses(plan, mesh, names, report);
        if is_rendered(snapshot, plan, mesh) {
            continue;
        }
        for gateway in &plan[mesh].istio.gateways {
            warn_of_port(plan, mesh, gateway, objects, report);
            warn_of_pods(plan, mesh, gateway, &pods, names, report);
        }
    }
}

/// The labels of the pods of ingress gateways, by cluster and namespace.
type Pods<'p> = BTreeMap<(ClusterId, &'p str), Vec<&'p Labels>>;

fn pods<'p>(plan: &'p Plan<'_>) -> Pods<'p> {
    let mut out = Pods::new();
    for workload in plan.workloads.iter().filter(|workload| workload.known.gateway == Some(GatewayRole::Ingress)) {
        let namespace: &str = &workload.known.controller.namespace;
        out.entry((workload.cluster, namespace)).or_default().push(&workload.known.labels);
    }
    out
}

/// Warns of a gateway whose labels no pods have, where those of other gateways are known.
fn warn_of_pods(
    plan: &Plan<'_>,
    mesh: MeshId,
    gateway: &Gateway,
    pods: &Pods<'_>,
    names: &Names<'_, '_>,
    report: &mut Report,
) {
    let bound = &plan[mesh];
    let namespace = gateway.namespace.as_ref().unwrap_or(bound.namespace);
    let Some(known) = pods.get(&(bound.cluster, namespace)) else { return };
    if known.iter().any(|labels| includes(labels, &gateway.labels)) {
        return;
    }
    let labels: Vec<String> = gateway.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let cluster = plan[bound.cluster].name;
    let message = format!(
        "gateway {} of cluster {cluster} is for pods with {}, and no gateway in namespace {namespace} has these labels",
        gateway.address,
        labels.join(",")
    );
    let hint = format!(
        "correct its labels or its namespace, such as in meshtree.yaml: spec: {{clusters: {{{cluster}: {{gateways: [{{address: {}, \
         labels: {{…}}, namespace: …}}]}}}}}}",
        gateway.address
    );
    let place = names.inventory.meshes.get(bound.key).map_or(Place::Nowhere, |mesh| mesh.place.clone());
    report.push(Diag::new(Code::GatewayWithoutPods, place, message).hint(hint).on(Ground::Inventory));
}

/// Warns of IPv6 addresses that are left out because of a name.
fn warn_of_addresses(plan: &Plan<'_>, mesh: MeshId, names: &Names<'_, '_>, report: &mut Report) {
    let bound = &plan[mesh];
    let left_out: Vec<&str> = bound.istio.unresolved_gateways().iter().map(|gateway| &*gateway.address).collect();
    let is_name = |gateway: &&Gateway| gateway.address.parse::<std::net::IpAddr>().is_err();
    let Some(name) = bound.istio.gateways.iter().find(is_name).filter(|_| !left_out.is_empty()) else { return };
    let verb = if left_out.len() == 1 { "is" } else { "are" };
    let message = format!(
        "gateway {} of cluster {} {verb} not called from other clusters: beside the name {}, addresses are resolved by DNS, and \
         most proxies ask for IPv4 alone",
        joined(&left_out),
        plan[bound.cluster].name,
        name.address
    );
    let place = names.inventory.meshes.get(bound.key).map_or(Place::Nowhere, |mesh| mesh.place.clone());
    let hint = "give all gateways names, or all of them IP addresses";
    report.push(Diag::new(Code::GatewayUnresolved, place, message).hint(hint).on(Ground::Inventory));
}

/// Warns of gateways' pods that have no clusters for what SNI asks for.
fn warn_of_mode(
    plan: &Plan<'_>,
    mesh: MeshId,
    objects: Option<&Kubernetes>,
    names: &Names<'_, '_>,
    report: &mut Report,
) {
    let bound = &plan[mesh];
    let makes = |raw: &&Raw<Controller>| {
        let labels = &raw.object.spec.template.metadata.labels;
        bound.istio.gateways.iter().any(|gateway| {
            let namespace = gateway.namespace.as_ref().unwrap_or(bound.namespace);
            raw.key.namespace == *namespace && !gateway.labels.is_empty() && includes(labels, &gateway.labels)
        })
    };
    let all = objects.into_iter().flat_map(|objects| objects.deployments.values().chain(objects.daemon_sets.values()));
    let found: Vec<_> = all.filter(makes).collect();
    let (cluster, istio) = (plan[bound.cluster].name, &bound.istio.version);
    let hint = "set ISTIO_META_ROUTER_MODE: sni-dnat in the environment of the gateway's container";
    for raw in &found {
        if flag(raw, ROUTER_FLAG) != Some("sni-dnat") {
            let message = format!(
                "gateway {} of cluster {cluster} refuses requests from other clusters: Istio {istio} has no clusters for \
                 them unless {ROUTER_FLAG} is sni-dnat",
                raw.key
            );
            report.push(Diag::new(Code::RouterMode, raw.place.clone(), message).hint(hint));
        }
    }
    if found.is_empty() {
        let message = format!(
            "the gateways of Istio {istio} in cluster {cluster} let requests from other clusters in only if {ROUTER_FLAG} is \
             sni-dnat, and no file shows their Deployment"
        );
        let place = names.inventory.meshes.get(bound.key).map_or(Place::Nowhere, |mesh| mesh.place.clone());
        let diag = Diag::new(Code::RouterMode, place, message).hint(hint).on(Ground::Inventory);
        report.push(Diag { severity: Severity::Note, ..diag });
    }
}

/// A Service of a gateway's pods: its name, its place, and the ports of the pods that it leads to, as far as these are numbers.
struct Front<'p> {
    name: String,
    place: &'p Place,
    ports: Vec<Option<u32>>,
}

/// Warns of a gateway's port at which no Service of its pods lets anything in.
fn warn_of_port(plan: &Plan<'_>, mesh: MeshId, gateway: &Gateway, objects: Option<&Kubernetes>, report: &mut Report) {
    let fronts = fronts(plan, mesh, gateway, objects);
    let may_lead = |port: &Option<u32>| port.is_none_or(|port| port == gateway.container_port);
    let Some(first) = fronts.first() else { return };
    if fronts.iter().any(|front| front.ports.iter().any(may_lead)) {
        return;
    }
    let message = format!(
        "no port of Service {} of cluster {} leads to port {} of the gateway's pods, at which requests from other clusters are \
         accepted",
        first.name, plan[plan[mesh].cluster].name, gateway.container_port
    );
    let hint = format!(
        "add a port to the Service, such as {{name: tls, port: 15443, targetPort: {0}}}, or correct containerPort of the gateway",
        gateway.container_port
    );
    report.push(Diag::new(Code::GatewayPort, first.place.clone(), message).hint(hint).on(Ground::Inventory));
}

/// The Services of a gateway's pods: the cluster's own objects, or the services of the mesh where there are none.
fn fronts<'p>(plan: &'p Plan<'_>, mesh: MeshId, gateway: &Gateway, objects: Option<&'p Kubernetes>) -> Vec<Front<'p>> {
    let bound = &plan[mesh];
    let namespace = gateway.namespace.as_ref().unwrap_or(bound.namespace);
    let is_front = |of: &Text, selector: &Labels| {
        of == namespace && !gateway.labels.is_empty() && includes(selector, &gateway.labels)
    };
    let raw = objects.into_iter().flat_map(|objects| objects.services.values());
    let raw: Vec<Front<'p>> = raw
        .filter(|raw| is_front(&raw.key.namespace, &raw.object.spec.selector))
        .map(|raw| Front { name: raw.key.to_string(), place: &raw.place, ports: ports(&raw.object) })
        .collect();
    if !raw.is_empty() {
        return raw;
    }
    let targets = bound.targets.iter().map(|target| plan[*target].known);
    let targets = targets.filter(|known| is_front(&known.service.namespace, &known.selector));
    let front = |known: &'p crate::discover::Target| Front {
        name: format!("{}/{}", known.service.namespace, known.service.name),
        place: &known.place,
        ports: known
            .ports
            .iter()
            .map(|port| match &port.target {
                Some(TargetPort::Number(number)) => Some(*number),
                Some(TargetPort::Name(_)) | None => None,
            })
            .collect(),
    };
    targets.map(front).collect()
}

/// The ports of the pods to which a Service leads.
fn ports(service: &Service) -> Vec<Option<u32>> {
    let number = |port: &crate::model::kubernetes::ServicePort| match &port.target_port {
        None | Some(PortRef::Number(0)) => Some(port.port),
        Some(PortRef::Number(number)) => Some(*number),
        Some(PortRef::Name(_)) => None,
    };
    service.spec.ports.iter().map(number).collect()
}
