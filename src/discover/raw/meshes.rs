//! The meshes of a cluster, from its control planes and from what other forms of inventory state of them.

use super::One;
use super::control_plane::ControlPlane;
use super::fact::{Fact, state};
use super::istio::no_control_plane;
use crate::diag::{Code, Diag, Report};
use crate::discover::{Inventory, Istio, Mesh, MeshKind};
use crate::ids::{ObjectRef, Text};
use crate::model::inventory::MeshType;
use crate::path;

/// What workloads need to know of the meshes.
pub(super) struct Known {
    /// The meshes in the order of their keys, with their namespaces and revisions.
    meshes: Vec<(ObjectRef, Text, Option<Text>)>,
    /// The revisions of all control planes and their namespaces, of those too that were not chosen.
    revisions: Vec<(Text, Text)>,
    /// The mesh of Open Service Mesh to which workloads belong.
    pub(super) osm: Option<ObjectRef>,
}

impl Known {
    /// The mesh whose control plane has a revision; empty for the default. None if there is no such control plane.
    pub(super) fn of_revision(&self, revision: &str) -> Option<&ObjectRef> {
        let (first, _, _) = self.meshes.first()?;
        let own = self.meshes.iter().find(|(_, _, of)| of.as_deref() == Some(revision));
        if let Some((key, _, _)) = own {
            return Some(key);
        }
        // A control plane that was not chosen shares its namespace's root of trust with the one that was.
        let neighbour = self.revisions.iter().find(|(of, _)| **of == *revision).map(|(_, namespace)| {
            self.meshes.iter().find(|(_, of, _)| of == namespace).map_or(first, |(key, _, _)| key)
        });
        let unknown = self.meshes.iter().find(|(_, _, of)| of.is_none()).map(|(key, _, _)| key);
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

    /// The revisions that can be asked for.
    pub(super) fn revisions(&self) -> String {
        let name = |revision: &Text| if revision.is_empty() { "default".to_owned() } else { revision.to_string() };
        self.revisions.iter().map(|(revision, _)| name(revision)).collect::<Vec<_>>().join(", ")
    }
}

impl One<'_> {
    /// Finds the meshes.
    pub(super) fn meshes(&self, out: &mut Inventory, report: &mut Report) -> Known {
        let mut planes = self.control_planes(report);
        let mut known = Known { meshes: Vec::new(), revisions: Vec::new(), osm: self.osm_meshes(out) };
        known.revisions.extend(planes.iter().map(|plane| (plane.revision.clone(), plane.key.namespace.clone())));
        self.add_compact(&mut planes, report);
        if known.revisions.is_empty() {
            known.revisions.extend(planes.iter().map(|plane| (plane.revision.clone(), plane.key.namespace.clone())));
        }
        let namespaces: Vec<Text> = planes.iter().map(|plane| plane.key.namespace.clone()).collect();
        for (i, mut plane) in planes.into_iter().enumerate() {
            let key = self.discovered(&plane.key, "");
            self.add_discovered(&key, &mut plane, report);
            self.assume_trust_domain(&plane, report);
            let gateways = self.gateways(&key, &namespaces, i, report);
            known.meshes.push((key.clone(), plane.key.namespace.clone(), Some(plane.revision.clone())));
            out.meshes.insert(key, self.mesh(plane, gateways));
        }
        let others =
            out.meshes.iter().filter(|(_, mesh)| mesh.cluster == *self.name && matches!(mesh.kind, MeshKind::Istio(_)));
        let others = others.filter(|(key, _)| known.meshes.iter().all(|(own, _, _)| own != *key));
        let others: Vec<_> = others.map(|(key, mesh)| (key.clone(), mesh.namespace.clone(), None)).collect();
        known.meshes.extend(others);
        known.meshes.sort();
        if known.is_empty() && !self.objects.services.is_empty() {
            no_control_plane(self.name.as_str(), self.place(), report);
        }
        if let Some(cluster) = out.clusters.get_mut(self.name) {
            cluster.namespaces.extend(namespaces);
        }
        known
    }

    fn mesh(&self, plane: ControlPlane, gateways: Vec<crate::discover::Gateway>) -> Mesh {
        let value = |fact: Option<Fact>| fact.map(|fact| fact.value);
        let place = plane.version.as_ref().map_or(&plane.place, |fact| &fact.place).clone();
        let kind = MeshKind::Istio(Istio {
            version: value(plane.version).unwrap_or_default(),
            trust_domain: value(plane.trust_domain).unwrap_or_else(|| "cluster.local".into()),
            service_account: value(plane.service_account).unwrap_or_else(|| plane.default_account.into()),
            gateways,
        });
        Mesh { place, cluster: self.name.clone(), namespace: plane.key.namespace, kind }
    }

    /// Adds what the Mesh of the same name states that Service Mesh Hub discovered.
    fn add_discovered(&self, key: &ObjectRef, plane: &mut ControlPlane, report: &mut Report) {
        let Some(object) = self.snapshot.meshes.get(key) else { return };
        let Some(MeshType::Istio(istio)) = &object.spec.mesh_type else { return };
        let of = self.of(plane);
        if let Some(installation) = &istio.installation {
            let place = object.place(path!["spec", "istio", "installation", "version"]);
            let version = Fact::given(&installation.version, &place);
            state(&mut plane.version, version, &format!("the version {of}"), report);
        }
        if let Some(citadel) = &istio.citadel_info {
            let place = |field: &str| object.place(path!["spec", "istio", "citadelInfo", field]);
            let trust_domain = Fact::given(&citadel.trust_domain, &place("trustDomain"));
            plane.state_trust_domain(trust_domain, &of, report);
            let account = Fact::given(&citadel.citadel_service_account, &place("citadelServiceAccount"));
            state(&mut plane.service_account, account, &format!("the service account {of}"), report);
            plane.configured = true;
        }
    }

    /// Warns of a trust domain that is assumed.
    fn assume_trust_domain(&self, plane: &ControlPlane, report: &mut Report) {
        if plane.configured || plane.trust_domain.is_some() {
            return;
        }
        let message = format!("the trust domain {} is not known: cluster.local is assumed", self.of(plane));
        let hint = format!(
            "add the ConfigMap istio of {}, or state it in a compact inventory: \
             kind: Cluster, metadata: {{name: {}}}, spec: {{istio: {{trustDomain: …}}}}",
            plane.key.namespace, self.name
        );
        report.push(Diag::new(Code::TrustDomainAssumed, plane.place.clone(), message).hint(hint));
    }
}
