//! With which values a control plane is installed, for who asks after discovery.

use super::RawCluster;
use super::evidence::{Evidence, Extent};
use crate::diag::{Code, Diag, Ground, Place, Report};
use crate::ids::{ClusterName, Text};
use crate::model::kubernetes::{IstioOperator, Raw, Values};
use crate::model::{Snapshot, hub_namespace};

/// What an object states of how a control plane is installed.
#[derive(Clone, Debug)]
pub struct Installed {
    pub place: Place,
    /// The mesh configuration, the strongest first.
    pub mesh_configs: Vec<Values>,
    /// The values of the chart.
    pub values: Values,
    /// Variables in the environment of the control plane that are not among the values.
    pub environment: Vec<(Text, Text)>,
    /// Whether no other file has more values.
    pub is_whole: bool,
}

impl Installed {
    /// A variable of the control plane's environment.
    pub fn variable(&self, name: &str) -> Option<Text> {
        let stated = self.environment.iter().find(|(key, _)| **key == *name).map(|(_, value)| value.clone());
        let of_values = || self.values.text(&["pilot", "env", name]).or_else(|| self.values.text(&["env", name]));
        stated.or_else(of_values)
    }
}

/// How the control plane of a revision in a namespace of a cluster is installed, by the IstioOperator, or else by the first of what
/// states values.
pub fn installed(
    snapshot: &Snapshot,
    cluster: &ClusterName,
    (namespace, revision): (&Text, &Text),
) -> Option<Installed> {
    let objects = snapshot.kubernetes.get(cluster)?;
    let hub = hub_namespace(&snapshot.settings);
    let one = RawCluster { name: cluster, objects, hub: &hub, compact: None, settings: None, snapshot };
    let is_plain = |stated: &Text| stated.is_empty() || &**stated == "default";
    let is_it = |stated: &Text| stated == revision || is_plain(stated) && is_plain(revision);
    let operators = objects.operators.values().filter(|raw| !is_remote_operator(raw));
    if let Some(raw) = operators.into_iter().find(|raw| is_it(&raw.object.spec.revision)) {
        return Some(of_operator(raw));
    }
    let is_of = |evidence: &Evidence| {
        evidence.extent != Extent::Shared
            && evidence.namespace == *namespace
            && evidence.revision.as_ref().is_none_or(is_it)
    };
    one.evidence().into_iter().find(is_of).map(|Evidence { place, values, extent, .. }| Installed {
        place,
        mesh_configs: values.below(&["meshConfig"]).into_iter().collect(),
        values,
        environment: Vec::new(),
        is_whole: extent == Extent::Whole,
    })
}

fn of_operator(raw: &Raw<IstioOperator>) -> Installed {
    let spec = &raw.object.spec;
    let written = Some(spec.mesh_config.clone()).filter(|config| *config != Values::default());
    Installed {
        place: raw.place.clone(),
        mesh_configs: written.into_iter().chain(spec.values.below(&["meshConfig"])).collect(),
        values: spec.values.clone(),
        environment: spec.components.pilot.k8s.env.iter().map(|flag| (flag.name.clone(), flag.value.clone())).collect(),
        is_whole: true,
    }
}

/// Whether an operator installs what a cluster needs whose control plane is elsewhere.
fn is_remote_operator(raw: &Raw<IstioOperator>) -> bool {
    let spec = &raw.object.spec;
    (&*spec.profile == "remote" && spec.components.pilot.enabled != Some(true)) || leads_elsewhere(&spec.values)
}

/// Whether values have the address of a control plane in another cluster.
fn leads_elsewhere(values: &Values) -> bool {
    let is_there = |path: &[&str]| values.text(path).is_some();
    is_there(&["istiodRemote", "injectionURL"]) || is_there(&["global", "remotePilotAddress"])
}

impl RawCluster<'_> {
    /// Reports that the control plane of the cluster is in another one, if the files say so.
    pub(super) fn report_remote(&self, report: &mut Report) -> bool {
        let operators = self.objects.operators.values().filter(|raw| is_remote_operator(raw)).map(|raw| &raw.place);
        let all = self.all_evidence();
        let values = all.iter().filter(|of| !of.has_control_plane() || leads_elsewhere(&of.values)).map(|of| &of.place);
        let Some(place) = operators.chain(values).next() else { return false };
        let message = format!(
            "the control plane of cluster {} is in another cluster by this object, so none of its services is in a mesh",
            self.name
        );
        let hint = "nothing is rendered for the cluster: write what its pods need by hand, or install an istiod in it";
        report.push(Diag::new(Code::RemoteControlPlane, place.clone(), message).hint(hint).on(Ground::Inventory));
        true
    }
}
