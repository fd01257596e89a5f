//! The compact inventory that people write.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use super::data_plane::waypoint;
use super::defaults::{ISTIO_NAMESPACE, TLS_PORT, TRUST_DOMAIN, gateway_labels, service_account as usual_account};
use super::difference::labels_text;
use super::domain::domain;
use super::names::{discovered_name, usual_deployment};
use super::passed_over::nearest_of;
use super::same_name::{has_valid_name, same_name};
use super::{
    Cluster, DataPlane, Gateway, GatewayPods, GatewayRole, Inventory, Istio, LabelIndex, Mesh, MeshKind, NoTarget,
    PassedOver, Port, ServiceAddress, Target, TargetPort, Workload, place,
};
use crate::diag::{Code, Diag, FieldPath, Ground, Place, Report};
use crate::ids::{ClusterName, ClusterObjectRef, ObjectRef, Text};
use crate::model::compact::DataplaneMode;
use crate::model::{Object, Snapshot, compact, hub_namespace};
use crate::path;

/// Takes over the compact inventories of clusters that are not described in another form; they may be registered.
pub(super) fn take_over(
    snapshot: &Snapshot,
    discovered: &BTreeSet<ClusterName>,
    out: &mut Inventory,
    report: &mut Report,
) {
    let hub = hub_namespace(&snapshot.settings);
    let mut found = Contents::default();
    // Next to another form, a compact inventory only adds to it.
    let is_alone = |name: &ClusterName| !snapshot.kubernetes.contains_key(name) && !discovered.contains(name);
    for (name, object) in snapshot.compact.iter().filter(|(name, _)| is_alone(name)) {
        let domain = domain(name, snapshot, None, report);
        let settings = snapshot.settings.clusters.get(&name.0);
        let configured = settings.and_then(|settings| settings.istio_version.as_ref());
        CompactCluster { name, object, hub: &hub, domain, configured }.take_over(out, &mut found, report);
    }
    found.sort();
    found.report_same_names(snapshot, report);
    let Contents { workloads, targets, passed_over } = found;
    out.workloads.append(&mut workloads.into_iter().collect());
    out.targets.append(&mut targets.into_iter().collect());
    out.passed_over.append(&mut passed_over.into_iter().collect());
}

/// The contents of the clusters. Namespaces come in order, so sorting once at the end is cheaper than inserting each in its
/// place.
#[derive(Default)]
struct Contents {
    workloads: Vec<(ObjectRef, Workload)>,
    targets: Vec<(ObjectRef, Target)>,
    passed_over: Vec<(ClusterObjectRef, PassedOver)>,
}

impl Contents {
    /// Puts what goes into maps in their order, which takes them hardly any time then. They are large, so each is moved once.
    fn sort(&mut self) {
        self.targets.sort_by_cached_key(|(key, _)| key.clone());
        self.workloads.sort_by_cached_key(|(key, _)| key.clone());
    }

    /// Reports services and workloads of which one would take the place of another; they are sorted.
    fn report_same_names(&self, snapshot: &Snapshot, report: &mut Report) {
        for pair in self.targets.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let [(_, first), (key, second)] = [&pair[0], &pair[1]];
            if !has_valid_name(&first.service) || !has_valid_name(&second.service) {
                continue;
            }
            let places = (Some(&first.place), &second.place);
            same_name(("services", key), (&first.service, &second.service), places, report);
        }
        for pair in self.workloads.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let [(_, first), (key, second)] = [&pair[0], &pair[1]];
            if !has_valid_name(&first.controller) || !has_valid_name(&second.controller) {
                continue;
            }
            let ClusterObjectRef { cluster, namespace, name } = &second.controller;
            let object = snapshot.compact.get(&ClusterName(cluster.clone()));
            let at = path!["spec", "namespaces", &**namespace, "workloads", &**name];
            let place = object.map_or(Place::Nowhere, |object| object.place(at));
            same_name(("workloads", key), (&first.controller, &second.controller), (None, &place), report);
        }
    }
}

/// One cluster's inventory.
struct CompactCluster<'a> {
    name: &'a ClusterName,
    object: &'a Object<compact::Cluster>,
    hub: &'a Text,
    domain: Text,
    /// The version of its Istio that the settings state.
    configured: Option<&'a Text>,
}

impl CompactCluster<'_> {
    fn take_over(&self, out: &mut Inventory, found: &mut Contents, report: &mut Report) {
        let compact::Cluster { cluster_domain: _, istio, namespaces } = &self.object.spec;
        let mut known: BTreeSet<Text> = namespaces.keys().cloned().collect();
        let mesh = istio.as_ref().map(|istio| {
            self.check_gateways(istio, report);
            let (key, mesh) = self.mesh(istio);
            known.insert(mesh.namespace.clone());
            known.extend(istio.other_gateways.iter().filter_map(|gateway| gateway.namespace.clone()));
            let place = mesh.place.clone();
            if let Some(there) = out.meshes.insert(key.clone(), mesh) {
                let names: (&dyn Display, &dyn Display) = (&there.cluster, self.name);
                same_name(("the meshes of clusters", &key), names, (Some(&there.place), &place), report);
            }
            key
        });
        out.clusters.insert(
            self.name.clone(),
            Cluster {
                domain: self.domain.clone(),
                registered: true,
                namespaces: known,
                place: self.object.place(path!["metadata", "name"]),
            },
        );
        if mesh.is_none() && namespaces.values().any(|content| !content.services.is_empty()) {
            let message = format!("cluster {} has no Istio, so none of its services is in a mesh", self.name);
            let hint = "if it has one, add it: spec: {istio: {version: …}}";
            let at = self.object.place(path!["spec", "namespaces"]);
            report.push(Diag::new(Code::NoControlPlane, at, message).hint(hint).on(Ground::Inventory));
        }
        for (namespace, content) in namespaces {
            self.namespace(namespace, content, mesh.as_ref(), found, report);
        }
    }

    /// The name that discovery gives to what belongs to an object of the cluster.
    fn discovered(&self, name: &str, namespace: &str) -> String {
        discovered_name(name, namespace, self.name)
    }

    /// Reports gateways that cannot be reached: without raw objects nothing else has their addresses.
    fn check_gateways(&self, istio: &compact::Istio, report: &mut Report) {
        let unreachable = |i: &usize| istio.gateways[*i].address.is_empty();
        for i in (0..istio.gateways.len()).filter(unreachable) {
            self.missing(&path!["spec", "istio", "gateways", i], "the gateway has no address", report);
        }
    }

    fn missing(&self, at: &FieldPath, message: &str, report: &mut Report) {
        // A value that was refused when it was decoded is not missing.
        if self.object.faults.is_empty() {
            report.push(Diag::new(Code::MissingField, self.object.place(at.clone()), message));
        }
    }

    fn mesh(&self, istio: &compact::Istio) -> (ObjectRef, Mesh) {
        let compact::Istio {
            version,
            namespace,
            revision,
            deployment,
            trust_domain,
            service_account,
            gateways,
            other_gateways,
        } = istio;
        let namespace = namespace.clone().unwrap_or_else(|| ISTIO_NAMESPACE.into());
        let deployment = deployment.clone().unwrap_or_else(|| usual_deployment(revision));
        let account = || {
            let version = self.configured.or(version.as_ref());
            usual_account(version.map_or("", |version| &**version), revision)
        };
        let kind = MeshKind::Istio(Istio {
            version: version.clone().unwrap_or_default(),
            trust_domain: trust_domain.clone().filter(|t| !t.is_empty()).unwrap_or_else(|| TRUST_DOMAIN.into()),
            service_account: service_account.clone().unwrap_or_else(account),
            gateways: gateways.iter().map(gateway).collect(),
            other_gateways: other_gateways.iter().map(|stated| other_gateway(stated, &namespace)).collect(),
            nearly_gateways: Vec::new(),
        });
        let key = ObjectRef::new(self.hub.clone(), self.discovered(&deployment, &namespace));
        let at = place(&self.object.origin, path!["spec", "istio", "version"]);
        (key, Mesh { place: at, cluster: self.name.clone(), namespace, kind })
    }

    fn namespace(
        &self,
        namespace: &Text,
        content: &compact::Namespace,
        mesh: Option<&ObjectRef>,
        found: &mut Contents,
        report: &mut Report,
    ) {
        let compact::Namespace { dataplane_mode, services, workloads } = content;
        let mut by_label = LabelIndex::default();
        let is_inside =
            |workload: &compact::Workload| workload.dataplane_mode.or(*dataplane_mode) != Some(DataplaneMode::None);
        let inside = || workloads.iter().filter(|(_, workload)| is_inside(workload));
        inside().for_each(|(_, workload)| by_label.add((), &workload.labels, ()));
        let mut outside = LabelIndex::default();
        for (name, workload) in workloads.iter().filter(|(_, workload)| !is_inside(workload)) {
            outside.add((), &workload.labels, name);
        }
        if let Some(mesh) = mesh {
            found.workloads.extend(
                inside().map(|(name, workload)| self.workload(namespace, name, workload, (mesh, *dataplane_mode))),
            );
        }
        for (name, service) in services {
            let at = path!["spec", "namespaces", &**namespace, "services", &**name];
            match (no_target(service, (&by_label, &outside), workloads), mesh) {
                (None, Some(mesh)) => found.targets.push(self.target(namespace, name, service, mesh, &at, report)),
                (why, _) => {
                    let place = self.object.place(at);
                    let why = mesh.and(why).unwrap_or(NoTarget::NoMesh);
                    report_no_target(namespace, name, &why, &place, report);
                    found.passed_over.push((
                        self.reference(namespace, name),
                        PassedOver { place, labels: service.labels.clone(), why },
                    ));
                }
            }
        }
    }

    /// An object of the cluster.
    fn reference(&self, namespace: &Text, name: &Text) -> ClusterObjectRef {
        ClusterObjectRef::new(self.name.0.clone(), namespace.clone(), name.clone())
    }

    fn workload(
        &self,
        namespace: &Text,
        name: &Text,
        workload: &compact::Workload,
        (mesh, mode): (&ObjectRef, Option<DataplaneMode>),
    ) -> (ObjectRef, Workload) {
        let compact::Workload { kind, labels, service_account, gateway, dataplane_mode } = workload;
        let key = format!("{}-{}", self.discovered(name, namespace), kind.suffix());
        let workload = Workload {
            controller: self.reference(namespace, name),
            labels: labels.clone(),
            service_account: service_account.clone(),
            mesh: mesh.clone(),
            gateway: match gateway {
                Some(true) => Some(GatewayRole::of_gateway(labels)),
                Some(false) => None,
                None => GatewayRole::of_labels(labels),
            },
            data_plane: match (dataplane_mode, mode) {
                (Some(DataplaneMode::Ambient), _) => DataPlane::ambient_pods(),
                (None, Some(DataplaneMode::Ambient)) => DataPlane::ambient_namespace(),
                _ => DataPlane::sidecar(),
            },
        };
        (ObjectRef::new(self.hub.clone(), key), workload)
    }

    fn target(
        &self,
        namespace: &Text,
        name: &Text,
        service: &compact::Service,
        mesh: &ObjectRef,
        at: &FieldPath,
        report: &mut Report,
    ) -> (ObjectRef, Target) {
        let compact::Service { ports, labels, selector, cluster_ip, mesh: _, external, waypoint: stated } = service;
        let of_labels = || waypoint(labels, None, namespace);
        let stated = stated.as_ref().map(|stated| match stated.split_once('/') {
            Some((namespace, name)) => ObjectRef::new(namespace, name),
            None => ObjectRef::new(namespace.clone(), stated.clone()),
        });
        for i in (0..ports.len()).filter(|&i| ports[i].port.is_none()) {
            self.missing(&at.with("ports").with(i), "the port has no number: `port` is missing", report);
        }
        let target = Target {
            place: self.object.place(at.clone()),
            service: self.reference(namespace, name),
            selector: selector.clone(),
            labels: labels.clone(),
            ports: ports.iter().map(port).collect(),
            address: ServiceAddress::of(cluster_ip),
            mesh: mesh.clone(),
            external: *external,
            waypoint: stated.or_else(of_labels),
        };
        (ObjectRef::new(self.hub.clone(), self.discovered(name, namespace)), target)
    }
}

/// Why a service is not a traffic target; `None` if it is one.
fn no_target<'a>(
    service: &'a compact::Service,
    (workloads, outside): (&LabelIndex<'a, (), ()>, &LabelIndex<'a, (), &'a Text>),
    by_name: &BTreeMap<Text, compact::Workload>,
) -> Option<NoTarget> {
    if service.mesh {
        return None;
    }
    if service.selector.is_empty() {
        return Some(NoTarget::NoSelector);
    }
    if workloads.picked((), &service.selector).next().is_some() {
        return None;
    }
    if let Some(name) = outside.picked((), &service.selector).next() {
        return Some(NoTarget::Outside {
            workload: format!("workload {name}"),
            why: "its dataplaneMode is none".to_owned(),
        });
    }
    Some(NoTarget::NoPods {
        wanted: labels_text(&service.selector),
        near: nearest_of(
            &service.selector,
            by_name.iter().map(|(name, workload)| (&*workload.labels, || name.to_string())),
        ),
    })
}

/// Warns of a service that is not a target; a cluster without a mesh is reported once, elsewhere.
pub(super) fn report_no_target(namespace: &str, name: &str, why: &NoTarget, place: &Place, report: &mut Report) {
    if *why == NoTarget::NoMesh {
        return;
    }
    let message = format!("service {name} in namespace {namespace} is not a traffic target: {why}");
    report.push(Diag::new(Code::NoTarget, place.clone(), message).on(Ground::Inventory));
}

/// A gateway with its defaults.
pub(super) fn gateway(gateway: &compact::Gateway) -> Gateway {
    let compact::Gateway { address, port, container_port, labels, namespace } = gateway;
    let port = port.map_or(TLS_PORT, |port| port.0);
    let labels = labels.as_ref().map_or_else(gateway_labels, |labels| labels.0.clone());
    Gateway {
        address: address.clone(),
        port,
        container_port: container_port.map_or(port, |port| port.0),
        labels,
        namespace: namespace.clone(),
    }
}

/// The pods of a gateway that no other cluster uses.
pub(super) fn other_gateway(stated: &compact::OtherGateway, of_mesh: &Text) -> GatewayPods {
    let compact::OtherGateway { name, namespace, labels } = stated;
    let namespace = namespace.as_ref().unwrap_or(of_mesh).clone();
    GatewayPods { namespace, name: name.clone(), labels: labels.clone() }
}

fn port(port: &compact::Port) -> Port {
    let compact::Port { name, port, protocol, app_protocol, target_port } = port;
    let number = port.unwrap_or_default().0;
    Port {
        number,
        name: name.clone(),
        protocol: protocol.clone().unwrap_or_else(|| "TCP".into()),
        app_protocol: app_protocol.clone(),
        target: Some(target_port.clone().unwrap_or(TargetPort::Number(number))),
    }
}
