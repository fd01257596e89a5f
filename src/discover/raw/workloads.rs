//! Workloads of a mesh: what controls pods that have a sidecar, or would have one.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::RawCluster;
use super::gateway_role::role;
use super::injection::{Injection, ambient, has_sidecar, injection, own_revision};
use super::meshes::Known;
use super::osm;
use crate::diag::{Code, Diag, Ground, Place, Report};
use crate::discover::same_name::same_name;
use crate::discover::{DataPlane, Inventory, OutsideWorkload, Workload};
use crate::ids::{ClusterObjectRef, ObjectRef, Text};
use crate::model::compact::ControllerKind;
use crate::model::kubernetes::{Controller, Labels, Metadata, Owner, Pod, Raw};

/// Why it is not known of a workload whether it is in a mesh.
const NO_NAMESPACE: &str = "no file has its namespace";

/// The pods of each controller, by its namespace, kind and name.
type Pods<'a> = BTreeMap<(&'a str, &'a str, &'a str), Vec<&'a Pod>>;

/// What may be a workload.
struct Candidate<'a> {
    key: &'a ObjectRef,
    kind: ControllerKind,
    template: &'a Pod,
    place: &'a Place,
}

/// A workload that is in no mesh.
pub(super) struct Outside<'a> {
    pub(super) namespace: &'a Text,
    pub(super) labels: &'a Labels,
    /// What it is called in messages.
    pub(super) name: String,
    /// Why it is in none.
    pub(super) why: String,
    /// Whether that is reported already.
    pub(super) is_reported: bool,
}

/// Whether a workload is in a mesh.
enum Standing<'k> {
    /// In this one, and how.
    In(&'k ObjectRef, DataPlane),
    /// In none, for this reason.
    Out(String),
    /// In none, for this reason, which is reported.
    Denied(String),
    /// No file shows it.
    Unknown,
}

impl<'a> Candidate<'a> {
    fn outside(&self, why: String, is_reported: bool) -> Outside<'a> {
        let ObjectRef { namespace, name } = self.key;
        let name = format!("{} {name}", self.kind.as_str());
        Outside { namespace, labels: &self.template.metadata.labels, name, why, is_reported }
    }
}

impl RawCluster<'_> {
    /// Everything that controls pods, in the order in which discovery looks at it.
    pub(super) fn controllers(&self) -> impl Iterator<Item = (&Raw<Controller>, ControllerKind)> {
        let of = |kind: ControllerKind| move |raw| (raw, kind);
        let deployments = self.objects.deployments.values().map(of(ControllerKind::Deployment));
        let daemon_sets = self.objects.daemon_sets.values().map(of(ControllerKind::DaemonSet));
        let stateful_sets = self.objects.stateful_sets.values().map(of(ControllerKind::StatefulSet));
        deployments.chain(daemon_sets).chain(stateful_sets)
    }

    /// Everything that may be a workload: controllers, and pods of manifests that no API server has seen; in a dump, a pod that
    /// nothing controls is not a workload.
    fn candidates(&self) -> impl Iterator<Item = Candidate<'_>> {
        let controllers = self.controllers().map(|(raw, kind)| Candidate {
            key: &raw.key,
            kind,
            template: &raw.object.spec.template,
            place: &raw.place,
        });
        let bare = self
            .objects
            .pods
            .values()
            .filter(|pod| pod.object.metadata.uid.is_empty() && pod.object.metadata.owner_references.is_empty());
        let bare = bare.map(|pod| Candidate {
            key: &pod.key,
            kind: ControllerKind::Pod,
            template: &pod.object,
            place: &pod.place,
        });
        controllers.chain(bare)
    }

    /// Finds the workloads; returns those that are in no mesh.
    pub(super) fn workloads(&self, known: &Known, out: &mut Inventory, report: &mut Report) -> Vec<Outside<'_>> {
        let mut outside = Vec::new();
        if known.is_empty() {
            return outside;
        }
        let pods = self.pods();
        let mut unknown: BTreeMap<&Text, (usize, &Place)> = BTreeMap::new();
        for candidate in self.candidates() {
            let key = self.discovered(candidate.key, &format!("-{}", candidate.kind.suffix()));
            let there = out.workloads.get(&key);
            let controller = self.reference(candidate.key);
            let (mesh, data_plane) = match self.standing(&candidate, &pods, known, report) {
                Standing::In(mesh, data_plane) => (mesh, data_plane),
                Standing::Out(why) => {
                    let data_plane = DataPlane::none(&*why);
                    out.outside.insert(key.clone(), OutsideWorkload { controller, data_plane });
                    self.deny_workload(&key, &why, candidate.place, report);
                    outside.push(candidate.outside(why, false));
                    continue;
                }
                Standing::Denied(why) => {
                    let data_plane = DataPlane::none(&*why);
                    out.outside.insert(key.clone(), OutsideWorkload { controller, data_plane });
                    self.deny_workload(&key, &why, candidate.place, report);
                    outside.push(candidate.outside(why, true));
                    continue;
                }
                Standing::Unknown if there.is_none() => {
                    let data_plane = DataPlane::unknown(NO_NAMESPACE);
                    out.outside.insert(key, OutsideWorkload { controller, data_plane });
                    outside.push(candidate.outside(NO_NAMESPACE.to_owned(), true));
                    unknown.entry(&candidate.key.namespace).or_insert((0, candidate.place)).0 += 1;
                    continue;
                }
                Standing::Unknown => (&ObjectRef::default(), DataPlane::sidecar()),
            };
            let workload = self.workload(&candidate, mesh, data_plane);
            let is_smh = self.snapshot.workloads.contains_key(&key);
            match there {
                Some(there) if there.controller != workload.controller && !is_smh => {
                    let controllers: (&dyn Display, &dyn Display) = (&there.controller, &workload.controller);
                    same_name(("workloads", &key), controllers, (None, candidate.place), report);
                }
                Some(there) => {
                    let in_mesh = !mesh.name.is_empty();
                    self.agree_on_workload(&key, there, (&workload, in_mesh, candidate.place), report);
                    // Service Mesh Hub's objects show labels alone.
                    if let Some(there) = out.workloads.get_mut(&key) {
                        (there.gateway, there.data_plane) = (workload.gateway, workload.data_plane);
                    }
                }
                None => _ = out.workloads.insert(key, workload),
            }
        }
        // What is installed beside a control plane is not injected into.
        let beside = |namespace: &Text| {
            out.meshes.values().any(|mesh| mesh.cluster == *self.name && mesh.namespace == *namespace)
        };
        unknown.retain(|namespace, _| !beside(namespace));
        self.ask_for_namespaces(&unknown, report);
        outside
    }

    /// Reports missing Namespace objects that would show whether workloads are in a mesh.
    fn ask_for_namespaces(&self, unknown: &BTreeMap<&Text, (usize, &Place)>, report: &mut Report) {
        for (namespace, (count, place)) in unknown {
            let workloads = if *count == 1 { "workload".into() } else { format!("{count} workloads") };
            let message = format!(
                "cannot tell whether namespace {namespace} of cluster {} has sidecar injection; treating its {workloads} as outside the mesh",
                self.name
            );
            let hint = format!(
                "add the Namespace to the cluster's files: apiVersion: v1, kind: Namespace, metadata: {{name: {namespace}, labels: \
                 {{istio-injection: enabled}}}}"
            );
            report.push(Diag::new(Code::UnknownInjection, (*place).clone(), message).hint(hint).on(Ground::Inventory));
        }
    }

    /// An object of the cluster.
    fn reference(&self, ObjectRef { namespace, name }: &ObjectRef) -> ClusterObjectRef {
        ClusterObjectRef::new(self.name.0.clone(), namespace.clone(), name.clone())
    }

    fn workload(&self, candidate: &Candidate<'_>, mesh: &ObjectRef, data_plane: DataPlane) -> Workload {
        Workload {
            controller: self.reference(candidate.key),
            labels: candidate.template.metadata.labels.clone(),
            service_account: candidate.template.spec.account().clone(),
            mesh: mesh.clone(),
            gateway: role(candidate.template),
            data_plane,
        }
    }

    /// Whether a workload is in a mesh. Its pods decide; without any, injection decides.
    fn standing<'k>(
        &self,
        candidate: &Candidate<'_>,
        pods: &Pods<'_>,
        known: &'k Known,
        report: &mut Report,
    ) -> Standing<'k> {
        let ObjectRef { namespace, name } = candidate.key;
        if let Some(pods) = pods.get(&(&**namespace, candidate.kind.as_str(), &**name)) {
            let pod = pods.iter().find(|pod| has_sidecar(pod) || osm::has_sidecar(pod));
            let outside =
                || self.of_ambient(candidate, pods, known).unwrap_or(Standing::Out("its pods have no sidecar".into()));
            return pod.map_or_else(outside, |pod| of_sidecar(pod, known));
        }
        if has_sidecar(candidate.template) || osm::has_sidecar(candidate.template) {
            return of_sidecar(candidate.template, known);
        }
        let metadata = self.objects.namespace(namespace).map(|raw| &raw.object.metadata);
        let (labels, annotations) = (metadata.map(|m| &*m.labels), metadata.map(|m| &m.annotations));
        if let Some(mesh) = known.osm.as_ref().filter(|_| osm::injected(candidate.template, labels, annotations)) {
            return Standing::In(mesh, DataPlane::sidecar());
        }
        let ambient = || self.of_ambient(candidate, &[], known);
        let revision = match injection(candidate.template, namespace, labels) {
            Injection::By(revision) => revision,
            Injection::Unheard => {
                self.warn_unheard(candidate, report);
                "".into()
            }
            Injection::Not(why) => return ambient().unwrap_or(Standing::Out(why.into())),
            Injection::Unknown if known.has_istio() => return ambient().unwrap_or(Standing::Unknown),
            Injection::Unknown => return Standing::Out("its namespace is not monitored".into()),
        };
        known.of_revision(&revision).map_or_else(
            || {
                self.warn_revision(candidate, &revision, known, report);
                Standing::Denied(format!("no Istio has revision {revision}"))
            },
            |mesh| Standing::In(mesh, DataPlane::sidecar()),
        )
    }

    /// The mesh of a workload that is in it by ambient mode, if it is. Its pods are what is there of them.
    fn of_ambient<'k>(&self, candidate: &Candidate<'_>, pods: &[&Pod], known: &'k Known) -> Option<Standing<'k>> {
        let namespace = &candidate.key.namespace;
        let labels = self.objects.namespace(namespace).map(|raw| &*raw.object.metadata.labels);
        let data_plane = ambient(pods.first().copied().unwrap_or(candidate.template), namespace, labels);
        let is_redirected = pods.iter().any(|pod| pod.metadata.annotations.redirection.as_deref() == Some("enabled"));
        let data_plane = data_plane.or(is_redirected.then(DataPlane::ambient_pods))?;
        Some(Standing::In(known.of_pod("")?, data_plane))
    }

    fn warn_unheard(&self, candidate: &Candidate<'_>, report: &mut Report) {
        let message = format!(
            "{} {} requests a sidecar in a way that Istio ignores by default; treating it as having one",
            candidate.kind.as_str(),
            candidate.key
        );
        let hint = "set the label sidecar.istio.io/inject: \"true\" on the pod template, or label the namespace";
        report.push(Diag::new(Code::UnheardInjection, candidate.place.clone(), message).hint(hint));
    }

    fn warn_revision(&self, candidate: &Candidate<'_>, revision: &str, known: &Known, report: &mut Report) {
        let message = format!(
            "{} {} requests unknown Istio revision {revision} of cluster {}",
            candidate.kind.as_str(),
            candidate.key,
            self.name
        );
        let hint =
            format!("use one of {}, or add the MutatingWebhookConfiguration of a revision tag", known.revisions());
        report
            .push(Diag::new(Code::UnknownRevision, candidate.place.clone(), message).hint(hint).on(Ground::Inventory));
    }

    /// The pods by what controls them, in the order of their keys.
    fn pods(&self) -> Pods<'_> {
        let mut pods: Pods<'_> = BTreeMap::new();
        for raw in self.objects.pods.values() {
            let Some(owner) = controller(&raw.object.metadata) else { continue };
            let (kind, name) = match &*owner.kind {
                "ReplicaSet" => match self.behind(&raw.key.namespace, owner, &raw.object.metadata) {
                    Some(found) => found,
                    None => continue,
                },
                kind => (kind, &*owner.name),
            };
            pods.entry((&*raw.key.namespace, kind, name)).or_default().push(&raw.object);
        }
        pods
    }

    /// What controls a pod's ReplicaSet. If the files do not have it, the name is used: the Deployment's name and a hash.
    fn behind<'a>(&'a self, namespace: &Text, owner: &'a Owner, pod: &'a Metadata) -> Option<(&'a str, &'a str)> {
        let key = ObjectRef { namespace: namespace.clone(), name: owner.name.clone() };
        if let Some(set) = self.objects.replica_sets.get(&key) {
            return controller(&set.object.metadata).map(|owner| (&*owner.kind, &*owner.name));
        }
        let hash = pod.labels.get("pod-template-hash")?;
        let name = owner.name.strip_suffix(&**hash)?.strip_suffix('-')?;
        Some(("Deployment", name))
    }
}

/// The mesh of a pod that has a sidecar written in it.
fn of_sidecar<'k>(pod: &Pod, known: &'k Known) -> Standing<'k> {
    let mesh = if has_sidecar(pod) { known.of_pod(&own_revision(pod)) } else { known.osm.as_ref() };
    mesh.map_or(Standing::Out("its sidecar belongs to an unknown mesh".into()), |mesh| {
        Standing::In(mesh, DataPlane::sidecar())
    })
}

/// What controls an object.
fn controller(metadata: &Metadata) -> Option<&Owner> {
    metadata.owner_references.iter().find(|owner| owner.controller)
}
