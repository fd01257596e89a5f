//! Which control planes of Istio a cluster has, from all files that state it.

use super::RawCluster;
use super::control_plane::ControlPlane;
use crate::diag::{Code, Diag, Ground, Place, Report};
use crate::discover::defaults::ISTIO_NAMESPACE;
use crate::discover::fact::{Fact, contradiction, state};
use crate::ids::Text;
use crate::model::kubernetes::{ConfigMap, IstioOperator, MeshConfig, Raw};
use crate::model::{Object, compact};
use crate::path;
use crate::version::table::NEWEST;

impl RawCluster<'_> {
    /// The control planes, in the order of their Deployments' keys, then those that only other files mention.
    pub(super) fn control_planes(&self, report: &mut Report) -> Vec<ControlPlane> {
        let mut found = self.rendered(report);
        for operator in self.objects.operators.values() {
            self.operator(operator, &mut found, report);
        }
        self.config_maps(&mut found, report);
        self.add_discovered(&mut found, report);
        self.add_evidence(&mut found, report);
        if found.is_empty() && self.compact.is_none_or(|compact| compact.spec.istio.is_none()) {
            let version = self.settings.and_then(|settings| settings.istio_version.as_ref());
            found.extend(version.map(|_| ControlPlane::new(ISTIO_NAMESPACE.into(), None, self.place())));
        }
        found
    }

    /// What an IstioOperator states.
    fn operator(&self, raw: &Raw<IstioOperator>, found: &mut Vec<ControlPlane>, report: &mut Report) {
        let IstioOperator { metadata: _, spec } = &raw.object;
        let has_none = matches!(&*spec.profile, "empty" | "remote") && spec.components.pilot.enabled != Some(true);
        if has_none || spec.components.pilot.enabled == Some(false) {
            return;
        }
        let of_values = spec.values.text(&["global", "istioNamespace"]);
        let written = [&spec.components.pilot.namespace, &spec.namespace].into_iter().find(|text| !text.is_empty());
        let written = written.or(of_values.as_ref());
        let revision: Text = if &*spec.revision == "default" { "".into() } else { spec.revision.clone() };
        let same = |plane: &ControlPlane| {
            plane.revision.as_ref() == Some(&revision)
                && written.is_none_or(|namespace| plane.key.namespace == *namespace)
        };
        let at = found.iter().position(same).unwrap_or_else(|| {
            let own = Some(&raw.object.metadata.namespace).filter(|own| !own.is_empty());
            let namespace = written.or(own).cloned().unwrap_or_else(|| ISTIO_NAMESPACE.into());
            found.push(ControlPlane::new(namespace, Some(revision.clone()), raw.place.clone()));
            found.len() - 1
        });
        let plane = &mut found[at];
        plane.configured = true;
        let of = self.of(plane);
        let tag = Some(spec.tag.clone()).filter(|tag| !tag.is_empty()).or_else(|| spec.values.text(&["global", "tag"]));
        plane.state_version(Fact::given(&tag.unwrap_or_default(), &raw.place), &of, report);
        let values = [&["meshConfig", "trustDomain"], &["global", "trustDomain"]];
        let stated = spec.mesh_config.text(&["trustDomain"]);
        let stated = stated.or_else(|| values.into_iter().find_map(|path| spec.values.text(path)));
        let stated = stated.map(|stated| Fact::new(stated, raw.place.clone()));
        state(&mut plane.trust_domain, stated, &format!("the trust domain {of}"), report);
    }

    /// What the ConfigMaps of the control planes state, and control planes that are known from these alone.
    fn config_maps(&self, found: &mut Vec<ControlPlane>, report: &mut Report) {
        let is_config = |raw: &&Raw<ConfigMap>| raw.object.data.mesh.is_some();
        for raw in self.objects.config_maps.values().filter(is_config) {
            let Some(revision) = config_revision(&raw.key.name) else { continue };
            let there = found.iter().any(|plane| plane.key.namespace == raw.key.namespace);
            if !there {
                found.push(ControlPlane::new(raw.key.namespace.clone(), Some(revision.into()), raw.place.clone()));
            }
        }
        for plane in found {
            let named = |name: &str| {
                let mut all = self.objects.config_maps.values().filter(is_config);
                all.find(|raw| raw.key.namespace == plane.key.namespace && &*raw.key.name == name)
            };
            let own = plane.revision.as_deref().filter(|revision| !revision.is_empty());
            let own = own.and_then(|revision| named(&format!("istio-{revision}")));
            let Some(raw) = own.or_else(|| named("istio")) else { continue };
            let of = self.of(plane);
            plane.configured = true;
            let trust_domain =
                mesh_config(raw, report).and_then(|config| Fact::given(&config.trust_domain, &raw.place));
            state(&mut plane.trust_domain, trust_domain, &format!("the trust domain {of}"), report);
        }
    }

    /// Adds what the compact inventory states: it may be about one of the control planes, or be the only one to know of any.
    pub(super) fn add_compact(&self, found: &mut Vec<ControlPlane>, report: &mut Report) {
        let Some((object, istio)) = self.compact.and_then(|object| Some((object, object.spec.istio.as_ref()?))) else {
            return;
        };
        let compact::Istio {
            version,
            namespace,
            revision,
            deployment,
            trust_domain,
            service_account,
            gateways: _,
            other_gateways: _,
        } = istio;
        let at = |field: &str| object.place(path!["spec", "istio", field]);
        if found.is_empty() {
            let namespace = namespace.clone().unwrap_or_else(|| ISTIO_NAMESPACE.into());
            found.push(ControlPlane::new(namespace, Some(revision.clone()), at("version")));
        }
        for plane in meant(found, object, istio, report) {
            plane.is_meant = true;
            if let Some(deployment) = deployment.as_ref().filter(|deployment| **deployment != plane.key.name) {
                if plane.is_there || plane.mesh.is_some() {
                    let there = (&*plane.key.name, &plane.place);
                    contradiction("Istio's deployment", there, (deployment, &at("deployment")), report);
                } else {
                    // Until now its name was a guess.
                    plane.key.name = deployment.clone();
                }
            }
            let of = self.of(plane);
            let fact = |text: &Option<Text>, field| text.as_ref().and_then(|text| Fact::given(text, &at(field)));
            plane.state_version(fact(version, "version"), &of, report);
            plane.state_trust_domain(fact(trust_domain, "trustDomain"), &of, report);
            let stated = fact(service_account, "serviceAccount");
            state(&mut plane.service_account, stated, &format!("the service account {of}"), report);
        }
    }

    /// A control plane in messages.
    pub(super) fn of(&self, plane: &ControlPlane) -> String {
        format!("of Istio {} in cluster {}", plane.key, self.name)
    }
}

/// The control planes that a compact inventory is about. If there are several in one namespace, the one with the revision that it
/// names counts, and the others are left out; it is reported if there is none.
fn meant<'f>(
    found: &'f mut Vec<ControlPlane>,
    object: &Object<compact::Cluster>,
    istio: &compact::Istio,
    report: &mut Report,
) -> Vec<&'f mut ControlPlane> {
    let usual: Text = ISTIO_NAMESPACE.into();
    let namespace = match &istio.namespace {
        Some(namespace) => Some(namespace),
        None => found.iter().any(|plane| plane.key.namespace == usual).then_some(&usual),
    };
    let inside = |plane: &ControlPlane| namespace.is_none_or(|namespace| plane.key.namespace == *namespace);
    let revision = Some(&istio.revision).filter(|revision| !revision.is_empty());
    let is_it = |plane: &ControlPlane| match (revision, &plane.revision) {
        (Some(wanted), Some(known)) => wanted == known,
        _ => true,
    };
    let differs = |field: &str, known: &Text, wanted: &Text, plane: &ControlPlane, report: &mut Report| {
        let place = object.place(path!["spec", "istio", field]);
        contradiction(&format!("Istio's {field}"), (known, &plane.place), (wanted, &place), report);
    };
    let first = found.iter().find(|plane| inside(plane));
    match (first, found.first(), namespace) {
        (None, Some(other), Some(namespace)) => differs("namespace", &other.key.namespace, namespace, other, report),
        (Some(first), _, _) if !found.iter().any(|plane| inside(plane) && is_it(plane)) => {
            if let (Some(wanted), Some(known)) = (revision, &first.revision) {
                differs("revision", known, wanted, first, report);
            }
        }
        (Some(_), _, _) if revision.is_some() => found.retain(|plane| !inside(plane) || is_it(plane)),
        _ => {}
    }
    found.iter_mut().filter(|plane| inside(plane) && is_it(plane)).collect()
}

/// The revision of the control plane whose configuration has this name; empty for the default.
fn config_revision(name: &str) -> Option<&str> {
    if name == "istio" { Some("") } else { name.strip_prefix("istio-") }
}

/// The mesh's configuration; one that cannot be read is reported.
fn mesh_config(raw: &Raw<ConfigMap>, report: &mut Report) -> Option<MeshConfig> {
    let text = raw.object.data.mesh.as_deref()?;
    match serde_yaml::from_str::<Option<MeshConfig>>(text) {
        Ok(config) => Some(config.unwrap_or_default()),
        Err(error) => {
            let message = format!("the entry `mesh` of ConfigMap {} is not valid: {error}", raw.key);
            report.push(
                Diag::new(Code::BadValue, raw.place.clone(), message)
                    .hint("fix the entry; line numbers are relative to its beginning"),
            );
            None
        }
    }
}

/// Reports a cluster whose services are in no mesh for lack of one.
pub(super) fn no_control_plane(cluster: &str, place: Place, report: &mut Report) {
    let message = format!("no Istio found in cluster {cluster}, so none of its services is in a mesh");
    let [major, minor] = NEWEST;
    let hint = format!(
        "add Istio's Deployment and ConfigMap, or set the version in meshtree.yaml: \
         spec: {{clusters: {{{cluster}: {{istioVersion: {major}.{minor}.0}}}}}}"
    );
    report.push(Diag::new(Code::NoControlPlane, place, message).hint(hint).on(Ground::Inventory));
}
