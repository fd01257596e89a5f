//! The meshes of a cluster, from its control planes and from what other forms of inventory state of them.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::RawCluster;
use super::control_plane::ControlPlane;
use super::istio::no_control_plane;
use crate::diag::listing::choices;
use crate::diag::{Code, Diag, Ground, Report};
use crate::discover::compact::other_gateway;
use crate::discover::defaults::{TRUST_DOMAIN, service_account as usual_account};
use crate::discover::fact::Fact;
use crate::discover::same_name::same_name;
use crate::discover::{Gateway, GatewayPods, GatewayRole, Inventory, Istio, Mesh, MeshKind, NearlyGateway};
use crate::ids::{ObjectRef, Text};
use crate::model::kubernetes::{Raw, Service};

/// What workloads need to know of the meshes.
pub(super) struct Known {
    /// The meshes in the order of their keys, with their namespaces and revisions; a revision is `None` if no file states it.
    meshes: Vec<(ObjectRef, Text, Option<Text>)>,
    /// The revisions of all control planes and their namespaces, including those that were not chosen.
    revisions: Vec<(Option<Text>, Text)>,
    /// The revisions that tags point to.
    tags: BTreeMap<Text, Text>,
    /// The mesh of Open Service Mesh to which workloads belong.
    pub(super) osm: Option<ObjectRef>,
}

impl Known {
    /// The mesh whose control plane has a revision or tag; empty for the default. `None` if there is no such control plane.
    pub(super) fn of_revision(&self, revision: &str) -> Option<&ObjectRef> {
        let (first, _, _) = self.meshes.first()?;
        let tagged = self.tags.get(if revision.is_empty() { "default" } else { revision });
        let revision = tagged.map_or(revision, |tagged| &**tagged);
        let own = self.meshes.iter().find(|(_, _, of)| of.as_deref() == Some(revision));
        if let Some((key, _, _)) = own {
            return Some(key);
        }
        // A control plane that was not chosen shares its namespace's root of trust with the one that was.
        let neighbour = self.revisions.iter().find(|(of, _)| of.as_deref() == Some(revision)).map(|(_, namespace)| {
            self.meshes.iter().find(|(_, of, _)| of == namespace).map_or(first, |(key, _, _)| key)
        });
        let unknown = self.meshes.iter().find(|(_, _, of)| of.is_none()).map(|(key, _, _)| key);
        // The first that is installed becomes the default, whatever its revision.
        neighbour.or(unknown).or(revision.is_empty().then_some(first))
    }

    /// The mesh of a pod with a sidecar, whatever revision it names.
    pub(super) fn of_pod(&self, revision: &str) -> Option<&ObjectRef> {
        self.of_revision(revision).or_else(|| self.meshes.first().map(|(key, _, _)| key))
    }

    /// Whether there is any mesh.
    pub(super) fn is_empty(&self) -> bool {
        self.meshes.is_empty() && self.osm.is_none()
    }

    /// Whether there is any Istio.
    pub(super) fn has_istio(&self) -> bool {
        !self.meshes.is_empty()
    }

    /// The revisions and tags that can be asked for.
    pub(super) fn revisions(&self) -> String {
        let name = |revision: &Text| if revision.is_empty() { "default".to_owned() } else { revision.to_string() };
        let revisions = self.revisions.iter().filter_map(|(revision, _)| revision.as_ref());
        choices(revisions.map(name).chain(self.tags.keys().map(ToString::to_string)))
    }
}

impl RawCluster<'_> {
    /// Finds the meshes.
    pub(super) fn meshes(
        &self,
        out: &mut Inventory,
        merged: &mut BTreeMap<ObjectRef, ObjectRef>,
        report: &mut Report,
    ) -> Known {
        let mut planes = self.control_planes(report);
        let revisions = |planes: &[ControlPlane]| -> Vec<_> {
            planes.iter().map(|plane| (plane.revision.clone(), plane.key.namespace.clone())).collect()
        };
        let mut all = revisions(&planes);
        self.add_compact(&mut planes, report);
        if all.is_empty() {
            all = revisions(&planes);
        }
        let mut known = Known { meshes: Vec::new(), revisions: all, tags: self.tags(), osm: self.osm_meshes(out) };
        let namespaces: Vec<Text> = planes.iter().map(|plane| plane.key.namespace.clone()).collect();
        for (i, plane) in planes.into_iter().enumerate() {
            let key = plane.mesh.clone().unwrap_or_else(|| self.discovered(&plane.key, ""));
            self.assume_trust_domain(&plane, report);
            let (gateways, nearly) = self.gateways(&plane, &namespaces, i, report);
            known.meshes.push((key.clone(), plane.key.namespace.clone(), plane.revision.clone()));
            let mut other = if i == 0 { self.other_gateways() } else { Vec::new() };
            let stated = self.compact.and_then(|compact| compact.spec.istio.as_ref()).filter(|_| plane.is_meant);
            let stated = stated.iter().flat_map(|istio| &istio.other_gateways);
            other.extend(stated.map(|stated| other_gateway(stated, &plane.key.namespace)));
            let mesh = self.mesh(plane, (gateways, other, nearly));
            let place = mesh.place.clone();
            if let Some(there) = out.meshes.insert(key.clone(), mesh).filter(|there| there.cluster != *self.name) {
                let clusters: (&dyn Display, &dyn Display) = (&there.cluster, self.name);
                same_name(("the meshes of clusters", &key), clusters, (Some(&there.place), &place), report);
            }
        }
        known.meshes.sort();
        self.leave_out(&known, out, merged);
        let is_without = known.is_empty() && !self.objects.services.is_empty();
        if is_without && !self.report_remote(report) {
            no_control_plane(self.name.as_str(), self.place(), report);
        }
        if let Some(cluster) = out.clusters.get_mut(self.name) {
            cluster.namespaces.extend(namespaces);
        }
        known
    }

    /// For each mesh that Service Mesh Hub discovered and that the compact inventory does not choose, the mesh into which it is
    /// merged: the one of the same namespace that the compact inventory chooses.
    fn leave_out(&self, known: &Known, out: &Inventory, merged: &mut BTreeMap<ObjectRef, ObjectRef>) {
        let ours = |mesh: &Mesh| mesh.cluster == *self.name && matches!(mesh.kind, MeshKind::Istio(_));
        let is_known = |key: &ObjectRef| known.meshes.iter().any(|(known, _, _)| known == key);
        merged.extend(out.meshes.iter().filter(|(key, mesh)| ours(mesh) && !is_known(key)).filter_map(
            |(key, mesh)| {
                let (stays, _, _) = known.meshes.iter().find(|(_, namespace, _)| *namespace == mesh.namespace)?;
                Some((key.clone(), stays.clone()))
            },
        ));
    }

    /// The ingress gateways of charts that no file has rendered.
    fn other_gateways(&self) -> Vec<GatewayPods> {
        let role = |raw: &Raw<Service>| GatewayRole::of_gateway(&raw.object.spec.selector);
        let of = |raw: Raw<Service>| {
            let ObjectRef { namespace, name } = raw.key;
            GatewayPods { namespace, name, labels: raw.object.spec.selector }
        };
        self.charted().filter(|raw| role(raw) == GatewayRole::Ingress).map(of).collect()
    }

    fn mesh(
        &self,
        plane: ControlPlane,
        (gateways, other_gateways, nearly_gateways): (Vec<Gateway>, Vec<GatewayPods>, Vec<NearlyGateway>),
    ) -> Mesh {
        let value = |fact: Option<Fact>| fact.map(|fact| fact.value);
        let place = plane.version.as_ref().map_or(&plane.place, |fact| &fact.place).clone();
        let version = value(plane.version).unwrap_or_default();
        let configured = self.settings.and_then(|settings| settings.istio_version.as_ref()).unwrap_or(&version);
        let account = match plane.default_account {
            Some(account) => account.into(),
            None => usual_account(configured, plane.revision.as_deref().unwrap_or_default()),
        };
        let kind = MeshKind::Istio(Istio {
            version,
            trust_domain: value(plane.trust_domain).unwrap_or_else(|| TRUST_DOMAIN.into()),
            service_account: value(plane.service_account).unwrap_or(account),
            gateways,
            other_gateways,
            nearly_gateways,
        });
        Mesh { place, cluster: self.name.clone(), namespace: plane.key.namespace, kind }
    }

    /// Warns of a trust domain that is assumed.
    fn assume_trust_domain(&self, plane: &ControlPlane, report: &mut Report) {
        if plane.configured || plane.mesh.is_some() || plane.trust_domain.is_some() {
            return;
        }
        let message = format!("no file has the trust domain {}: assuming {TRUST_DOMAIN}", self.of(plane));
        let hint = format!(
            "add the ConfigMap istio of {}, or set it in a compact inventory: \
             kind: Cluster, metadata: {{name: {}}}, spec: {{istio: {{trustDomain: …}}}}",
            plane.key.namespace, self.name
        );
        report.push(Diag::new(Code::TrustDomainAssumed, plane.place.clone(), message).hint(hint).on(Ground::Inventory));
    }
}
