//! The gateways through which a mesh is reached: services that select gateways' pods and have a TLS port.

use std::collections::BTreeMap;

use super::RawCluster;
use super::control_plane::ControlPlane;
use super::gateway::{GatewayDraft, Source, Stated, add};
use crate::diag::{Code, Diag, Report};
use crate::discover::defaults::TLS_PORT;
use crate::discover::{Gateway, compact as compact_form, smh};
use crate::ids::Text;
use crate::model::inventory::MeshType;
use crate::model::kubernetes::{Labels, PortRef, Raw, Service, ServicePort};
use crate::path;

impl RawCluster<'_> {
    /// The gateways of the `index`th of the meshes, whose control planes are in these namespaces.
    pub(super) fn gateways(
        &self,
        plane: &ControlPlane,
        namespaces: &[Text],
        index: usize,
        report: &mut Report,
    ) -> Vec<Gateway> {
        let of_mesh = |service: &Raw<Service>| {
            namespaces.iter().position(|namespace| *namespace == service.key.namespace).unwrap_or(0) == index
        };
        let services = self.objects.services.values().filter(|service| of_mesh(service));
        let mut found: Vec<GatewayDraft> = services.filter_map(|service| self.gateway(service)).collect();
        for stated in self.stated(plane) {
            add(&mut found, stated, report);
        }
        // If the settings name the gateways, what is missing is reported there.
        let is_asked = self.settings.is_none_or(|settings| settings.gateways.is_none());
        let mut gateways = Vec::new();
        for gateway in &found {
            match gateway.complete() {
                Ok(mut gateway) => {
                    // What goes without saying is left out, so that all forms of inventory are equal.
                    gateway.namespace.take_if(|own| Some(&*own) == namespaces.get(index));
                    gateways.push(gateway);
                }
                Err(why) if is_asked => self.ask(gateway, why, &found, report),
                Err(_) => {}
            }
        }
        gateways
    }

    /// The gateway that a service is, if it is one.
    fn gateway(&self, raw: &Raw<Service>) -> Option<GatewayDraft> {
        let spec = &raw.object.spec;
        let selects = |labels: &Labels| labels.iter().all(|(key, value)| spec.selector.get(key) == Some(value));
        let labels = self.labels().into_iter().find(|labels| !labels.is_empty() && selects(labels))?;
        let named = spec.ports.iter().find(|port| &*port.name == "tls");
        let port = named.or_else(|| spec.ports.iter().find(|port| port.port == TLS_PORT))?;
        Some(GatewayDraft {
            reached: self.reached(raw, port, &labels),
            container_port: self.container_port(raw, port),
            labels,
            namespace: Some(raw.key.namespace.clone()),
            name: raw.key.to_string(),
            places: Source::Service.places(&raw.place),
            place: raw.place.clone(),
            sources: vec![Source::Service],
        })
    }

    /// The labels of gateways' pods: those that settings and compact inventory name, and those of Istio's own.
    fn labels(&self) -> Vec<Labels> {
        let settings = self.settings.and_then(|settings| settings.gateways.as_ref());
        let istio = self.compact.and_then(|compact| compact.spec.istio.as_ref());
        let stated = settings.into_iter().flatten().chain(istio.into_iter().flat_map(|istio| &istio.gateways));
        let stated = stated.filter_map(|gateway| gateway.labels.as_ref()).map(|labels| labels.0.clone());
        let own = ["ingressgateway", "eastwestgateway"].map(|name| BTreeMap::from([("istio".into(), name.into())]));
        stated.chain(own).collect()
    }

    /// Gateways that the Mesh that Service Mesh Hub discovered and the compact inventory state.
    fn stated(&self, plane: &ControlPlane) -> Vec<Stated> {
        let mut stated = Vec::new();
        let given = |text: &Text| Some(text.clone()).filter(|text| !text.is_empty());
        if let Some(object) = plane.mesh.as_ref().and_then(|mesh| self.snapshot.meshes.get(mesh))
            && let Some(MeshType::Istio(istio)) = &object.spec.mesh_type
        {
            let some = |number: u32| (number != 0).then_some(number);
            stated.extend(istio.ingress_gateways.iter().enumerate().map(|(i, gateway)| Stated {
                labels: smh::pod_labels(&gateway.workload_labels),
                namespace: None,
                address: given(&gateway.external_address),
                port: some(gateway.external_tls_port),
                container_port: some(gateway.tls_container_port),
                name: format!("{} of Mesh {}", i + 1, object.key),
                place: object.place(path!["spec", "istio", "ingressGateways", i]),
                source: Source::Mesh,
            }));
        }
        if let Some((object, istio)) = self.compact.and_then(|object| Some((object, object.spec.istio.as_ref()?)))
            && plane.is_meant
        {
            stated.extend(istio.gateways.iter().enumerate().map(|(i, gateway)| Stated {
                labels: compact_form::gateway(gateway).labels,
                namespace: gateway.namespace.clone(),
                address: given(&gateway.address),
                port: gateway.port.map(|port| port.0),
                container_port: gateway.container_port.map(|port| port.0),
                name: format!("{} of the compact inventory", i + 1),
                place: object.place(path!["spec", "istio", "gateways", i]),
                source: Source::Compact,
            }));
        }
        stated
    }

    /// The port of the gateway's container.
    fn container_port(&self, raw: &Raw<Service>, port: &ServicePort) -> Result<u32, String> {
        let name = match &port.target_port {
            None | Some(PortRef::Number(0)) => return Ok(port.port),
            Some(PortRef::Number(number)) => return Ok(*number),
            Some(PortRef::Name(name)) => name,
        };
        let selects =
            |labels: &Labels| raw.object.spec.selector.iter().all(|(key, value)| labels.get(key) == Some(value));
        let pods = self.objects.pods.values().map(|pod| (&pod.key, &pod.object));
        let controllers = self.controllers().map(|(raw, _)| (&raw.key, &raw.object.spec.template));
        let behind = pods
            .chain(controllers)
            .filter(|(key, pod)| key.namespace == raw.key.namespace && selects(&pod.metadata.labels));
        let mut ports = behind.flat_map(|(_, pod)| &pod.spec.containers).flat_map(|container| &container.ports);
        let port = ports.find(|port| port.name == *name).map(|port| port.container_port);
        port.ok_or_else(|| format!("its TLS port targets a port named {name}, which none of its pods has"))
    }

    /// Reports a gateway that cannot be reached. The hint is an entry of the settings that completes it and keeps the others.
    fn ask(&self, gateway: &GatewayDraft, why: &str, all: &[GatewayDraft], report: &mut Report) {
        let unique = |one: &GatewayDraft| all.iter().filter(|other| other.labels == one.labels).count() == 1;
        let entries: Vec<_> = all.iter().map(|gateway| gateway.settings_entry(unique(gateway))).collect();
        let message = format!("gateway {} of cluster {} cannot be reached: {why}", gateway.name, self.name);
        let hint = format!(
            "describe it in meshtree.yaml: spec: {{clusters: {{{}: {{gateways: [{}]}}}}}}",
            self.name,
            entries.join(", ")
        );
        report.push(Diag::new(Code::NoAddress, gateway.place.clone(), message).hint(hint));
    }
}
