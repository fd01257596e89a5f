//! The gateways through which a mesh is reached: services that select gateways' pods and have a TLS port.

use super::RawCluster;
use super::control_plane::ControlPlane;
use super::fronts::{Front, NETWORK};
use super::gateway::{GatewayDraft, Rank, Source, Stated, add};
use super::gateway_role::role;
use super::tls_port::{is_between, is_of_api, named, tls_port};
use crate::diag::{Code, Diag, Report};
use crate::discover::{Gateway, GatewayRole, LabelIndex, NearlyGateway, compact as compact_form, smh};
use crate::ids::Text;
use crate::model::compact;
use crate::model::inventory::MeshType;
use crate::model::kubernetes::{Labels, PortRef, Raw, Service, ServicePort};
use crate::path;

/// The label `istio` of the gateways of Istio's own profiles.
const USUAL: [&str; 2] = ["ingressgateway", "eastwestgateway"];

impl RawCluster<'_> {
    /// The gateways of the `index`th of the meshes, whose control planes are in these namespaces.
    pub(super) fn gateways(
        &self,
        plane: &ControlPlane,
        namespaces: &[Text],
        index: usize,
        report: &mut Report,
    ) -> (Vec<Gateway>, Vec<NearlyGateway>) {
        let of_mesh = |front: &Front<'_>| {
            let own = &front.service.key.namespace;
            namespaces.iter().position(|namespace| namespace == own).unwrap_or(0) == index
        };
        let (mut found, mut nearly) = self.drafts(of_mesh);
        for stated in self.stated(plane) {
            add(&mut found, stated, report);
        }
        // If the settings name the gateways, what is missing is reported there.
        let configured = self.settings.and_then(|settings| settings.gateways.as_ref());
        match configured {
            Some(configured) => take_addresses(&mut found, configured),
            None => self.choose(&mut found, report),
        }
        let mut gateways = Vec::new();
        for gateway in &found {
            match gateway.complete() {
                Ok(mut gateway) => {
                    // What goes without saying is left out, so that all forms of inventory are equal.
                    gateway.namespace.take_if(|own| Some(&*own) == namespaces.get(index));
                    gateways.push(gateway);
                }
                Err(why) if configured.is_none() => self.ask(gateway, why, &found, report),
                Err(_) => {}
            }
        }
        if !found.is_empty() {
            nearly.clear();
        }
        (gateways, nearly)
    }

    /// The gateways that services are, and the services that are nearly one.
    fn drafts(&self, of_mesh: impl Fn(&Front<'_>) -> bool) -> (Vec<GatewayDraft>, Vec<NearlyGateway>) {
        let pods = self.gateway_pods();
        let (mut found, mut nearly) = (Vec::new(), Vec::new());
        for front in self.fronts().iter().filter(|front| of_mesh(front)) {
            match self.gateway(front, &pods) {
                Some(Ok(gateway)) => found.push(gateway),
                Some(Err(lacks)) => nearly.push(NearlyGateway { place: front.service.place.clone(), lacks }),
                None => {}
            }
        }
        (found, nearly)
    }

    /// Keeps the gateways of the best rank, if one of them can be reached.
    fn choose(&self, found: &mut Vec<GatewayDraft>, report: &mut Report) {
        let Some(best) = found.iter().min_by_key(|gateway| gateway.rank) else { return };
        // As long as none of them can be reached, another one is better than none.
        if !found.iter().any(|gateway| gateway.rank == best.rank && gateway.complete().is_ok()) {
            return;
        }
        let (rank, name, place) = (best.rank, best.name.clone(), best.place.clone());
        for other in found.iter().filter(|gateway| gateway.rank != rank) {
            let message = format!(
                "gateway {} of cluster {} is not used by other clusters: it {}, while {name} {rank}",
                other.name, self.name, other.rank
            );
            let diag = Diag::new(Code::OtherGateway, other.place.clone(), message)
                .related(place.clone(), "the one that is used");
            let hint =
                format!("choose others in meshtree.yaml: spec: {{clusters: {{{}: {{gateways: […]}}}}}}", self.name);
            report.push(diag.hint(hint));
        }
        found.retain(|gateway| gateway.rank == rank);
    }

    /// The gateways' pods in the files, by namespace and labels, and whether they are for requests from outside.
    fn gateway_pods(&self) -> LabelIndex<'_, &str, bool> {
        let mut index = LabelIndex::default();
        let templates = self.controllers().map(|(raw, _)| (&raw.key, &raw.object.spec.template));
        let pods = self.objects.pods.values().map(|raw| (&raw.key, &raw.object));
        for (key, pod) in templates.chain(pods) {
            index.add(&*key.namespace, &pod.metadata.labels, role(pod) == Some(GatewayRole::Ingress));
        }
        index
    }

    /// The gateway that a service is, or what it lacks to be one; `None` if it has nothing of one.
    fn gateway(&self, front: &Front<'_>, pods: &LabelIndex<'_, &str, bool>) -> Option<Result<GatewayDraft, String>> {
        let raw = &*front.service;
        let (labels, is_stated) = self.own_labels(front, pods)?;
        let (port, by) = match tls_port(front) {
            Ok(found) => found,
            Err(lacks) => return Some(Err(format!("{} {lacks}", named(front)))),
        };
        let has_network = raw.object.metadata.labels.contains_key(NETWORK);
        let is_between = raw.object.spec.selector.get("istio").is_some_and(|value| &**value == "eastwestgateway");
        let rank = match by {
            _ if is_stated => Rank::Stated,
            _ if has_network => Rank::Network,
            _ if is_between => Rank::Between,
            by => by,
        };
        Some(Ok(GatewayDraft {
            rank,
            reached: self.reached(raw, port, &labels),
            container_port: self.container_port(raw, port),
            labels,
            namespace: Some(raw.key.namespace.clone()),
            name: raw.key.to_string(),
            places: Source::Service.places(&raw.place),
            place: raw.place.clone(),
            sources: vec![Source::Service],
        }))
    }

    /// The labels of the pods of a service that is in front of a gateway's, and whether settings or inventory state them.
    fn own_labels(&self, front: &Front<'_>, pods: &LabelIndex<'_, &str, bool>) -> Option<(Labels, bool)> {
        let raw = &*front.service;
        let selector = &raw.object.spec.selector;
        let selects =
            |labels: &Labels| !labels.is_empty() && labels.iter().all(|(key, value)| selector.get(key) == Some(value));
        if let Some(stated) = self.stated_labels().into_iter().find(selects) {
            return Some((stated, true));
        }
        if let Some(usual) = USUAL.map(|name| Labels::from([("istio".into(), name.into())])).into_iter().find(selects) {
            return Some((usual, false));
        }
        let mut behind = pods.picked(&*raw.key.namespace, selector).peekable();
        let is_gateway = match behind.peek() {
            Some(_) => behind.all(|is_ingress| is_ingress),
            None => {
                let is_labelled = GatewayRole::of_labels(selector) == Some(GatewayRole::Ingress);
                front.is_made || is_labelled || is_of_api(raw) || is_between(raw)
            }
        };
        let is_edge = front.gateway.is_none_or(|gateway| gateway.makes_pods() || &*gateway.class == "istio-east-west");
        (is_gateway && is_edge && !selector.is_empty()).then(|| ((**selector).clone(), false))
    }

    /// The labels of gateways' pods that settings and compact inventory name.
    fn stated_labels(&self) -> Vec<Labels> {
        let settings = self.settings.and_then(|settings| settings.gateways.as_ref());
        let istio = self.compact.and_then(|compact| compact.spec.istio.as_ref());
        let stated = settings.into_iter().flatten().chain(istio.into_iter().flat_map(|istio| &istio.gateways));
        stated.filter_map(|gateway| gateway.labels.as_ref()).map(|labels| labels.0.clone()).collect()
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

/// Gives gateways that are found without an address the one that the settings have for their labels, so that the rest of what is
/// known of them counts.
fn take_addresses(found: &mut [GatewayDraft], configured: &[compact::Gateway]) {
    for stated in configured.iter().filter(|stated| !stated.address.is_empty()) {
        let gateway = compact_form::gateway(stated);
        for draft in found.iter_mut().filter(|draft| draft.labels == gateway.labels && draft.reached.address.is_none())
        {
            draft.reached.address = Some(gateway.address.clone());
            draft.reached.port = draft.reached.port.or(Some(gateway.port));
            if draft.container_port.is_err() {
                draft.container_port = Ok(gateway.container_port);
            }
        }
    }
}
