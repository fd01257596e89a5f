//! Service Mesh Hub's discovery objects of the same cluster: they may repeat and add facts, and a different value is an error.

use super::RawCluster;
use super::control_plane::ControlPlane;
use crate::diag::{Code, Diag, FieldPath, Place, Report};
use crate::discover::defaults::ISTIO_NAMESPACE;
use crate::discover::difference::{labels_text, ports_text};
use crate::discover::fact::{Fact, contradiction, name, state};
use crate::discover::{Target, Workload, deployment_of, revision_of};
use crate::ids::ObjectRef;
use crate::model::inventory::{IstioMesh, MeshType};
use crate::path;

impl RawCluster<'_> {
    /// Adds what the Meshes state, and control planes that are known from these alone.
    pub(super) fn add_discovered(&self, found: &mut Vec<ControlPlane>, report: &mut Report) {
        for object in self.snapshot.meshes.values() {
            let Some(MeshType::Istio(istio)) = &object.spec.mesh_type else { continue };
            let Some(installation) = istio.installation.as_ref().filter(|of| of.cluster == self.name.0) else {
                continue;
            };
            let given = Some(&installation.namespace).filter(|namespace| !namespace.is_empty());
            let namespace = given.cloned().unwrap_or_else(|| ISTIO_NAMESPACE.into());
            let revision = revision_of(&object.key, &namespace, self.name);
            let same = |plane: &ControlPlane| self.discovered(&plane.key, "") == object.key;
            // If no file has the Deployment, the guessed name may be wrong.
            let agree =
                |plane: &ControlPlane| revision.is_none() || plane.revision.is_none() || plane.revision == revision;
            let alike = |plane: &ControlPlane| !plane.is_there && plane.key.namespace == namespace && agree(plane);
            let at = found.iter().position(same).or_else(|| found.iter().position(alike)).unwrap_or_else(|| {
                let place = object.place(path!["spec", "istio", "installation"]);
                found.push(ControlPlane::new(namespace.clone(), revision.clone(), place));
                found.len() - 1
            });
            if let Some(deployment) = deployment_of(&object.key, &namespace, self.name).filter(|_| !found[at].is_there)
            {
                found[at].key.name = deployment;
            }
            self.add_mesh(&mut found[at], object.key.clone(), istio, &|path| object.place(path), report);
        }
    }

    fn add_mesh(
        &self,
        plane: &mut ControlPlane,
        key: ObjectRef,
        istio: &IstioMesh,
        place: &dyn Fn(FieldPath) -> Place,
        report: &mut Report,
    ) {
        let IstioMesh { installation, citadel_info, ingress_gateways: _ } = istio;
        let of = self.of(plane);
        plane.mesh = Some(key);
        // Service Mesh Hub uses this if it knows none.
        plane.default_account = Some("istio-citadel");
        if let Some(installation) = installation {
            let at = place(path!["spec", "istio", "installation", "version"]);
            plane.state_version(Fact::given(&installation.version, &at), &of, report);
        }
        if let Some(citadel) = citadel_info {
            let at = |field: &str| place(path!["spec", "istio", "citadelInfo", field]);
            plane.state_trust_domain(Fact::given(&citadel.trust_domain, &at("trustDomain")), &of, report);
            let account = Fact::given(&citadel.citadel_service_account, &at("citadelServiceAccount"));
            state(&mut plane.service_account, account, &format!("the service account {of}"), report);
        }
    }

    /// Compares a workload with the one that Service Mesh Hub discovered. Its mesh counts only if one was found.
    pub(super) fn agree_on_workload(
        &self,
        key: &ObjectRef,
        there: &Workload,
        (found, in_mesh, place): (&Workload, bool, &Place),
        report: &mut Report,
    ) {
        let Some(object) = self.snapshot.workloads.get(key) else { return };
        let Workload { controller, labels, service_account, mesh, gateway: _, data_plane: _ } = found;
        let mut differ = Differ { what: format!("workload {key}"), place, report };
        let of = |field: &str| object.place(path!["spec", "kubernetes", field]);
        differ.on("controller", there.controller.to_string(), of("controller"), controller.to_string());
        differ.on("labels", labels_text(&there.labels), of("podLabels"), labels_text(labels));
        differ.on(
            "service account",
            there.service_account.to_string(),
            of("serviceAccountName"),
            service_account.to_string(),
        );
        if in_mesh {
            differ.on("mesh", there.mesh.to_string(), object.place(path!["spec", "mesh"]), mesh.to_string());
        }
    }

    /// Reports a workload that is in no mesh and that Service Mesh Hub found in one.
    pub(super) fn deny_workload(&self, key: &ObjectRef, why: &str, place: &Place, report: &mut Report) {
        let Some(object) = self.snapshot.workloads.get(key) else { return };
        let at = object.place(path!["spec", "mesh"]);
        let message = format!("workload {key} is outside the mesh here ({why}), but inside one in {}", name(&at));
        report.push(
            Diag::new(Code::Contradiction, place.clone(), message)
                .related(at, "the other value is here")
                .hint("remove the incorrect one"),
        );
    }

    /// Compares a service with the traffic target that Service Mesh Hub discovered for it. Its mesh counts only if one was found.
    pub(super) fn agree_on_target(
        &self,
        key: &ObjectRef,
        there: &Target,
        (found, in_mesh): (&Target, bool),
        report: &mut Report,
    ) {
        let Some(object) = self.snapshot.traffic_targets.get(key) else { return };
        let Target { place, service, selector, labels, ports, address: _, mesh, external: _, waypoint: _ } = found;
        let mut differ = Differ { what: format!("traffic target {key}"), place, report };
        let of = |field: &str| object.place(path!["spec", "kubeService", field]);
        differ.on("service", there.service.to_string(), of("ref"), service.to_string());
        differ.on("selector", labels_text(&there.selector), of("workloadSelectorLabels"), labels_text(selector));
        differ.on("labels", labels_text(&there.labels), of("labels"), labels_text(labels));
        differ.on("ports", ports_text(&there.ports), of("ports"), ports_text(ports));
        if in_mesh {
            differ.on("mesh", there.mesh.to_string(), object.place(path!["spec", "mesh"]), mesh.to_string());
        }
    }
}

/// A comparison of what raw objects say at a place with what Service Mesh Hub discovered.
struct Differ<'a> {
    what: String,
    place: &'a Place,
    report: &'a mut Report,
}

impl Differ<'_> {
    /// Reports a fact on which the two differ.
    fn on(&mut self, fact: &str, there: String, at: Place, found: String) {
        if there != found {
            let what = format!("the {fact} of {}", self.what);
            contradiction(&what, (&there, &at), (&found, self.place), self.report);
        }
    }
}
