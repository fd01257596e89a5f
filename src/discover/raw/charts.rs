//! Istio's charts as Argo CD and Flux install them, with the values that are written beside.

use super::RawCluster;
use super::control_plane::is_version;
use crate::diag::Place;
use crate::discover::defaults::ISTIO_NAMESPACE;
use crate::ids::{ObjectRef, Text};
use crate::model::kubernetes::{Application, ApplicationSource, HelmRelease, Raw, Values};

/// The addresses by which Argo CD calls the cluster that it runs in.
const IN_CLUSTER: [&str; 2] = ["https://kubernetes.default.svc", "in-cluster"];

/// A chart of Istio that is installed.
pub(super) struct Chart<'a> {
    /// Its name: `istiod`, `gateway`.
    pub(super) chart: &'static str,
    pub(super) release: Text,
    pub(super) namespace: Text,
    /// Its version; none for a range.
    pub(super) version: Option<Text>,
    pub(super) values: Values,
    /// Whether no other file has more values.
    pub(super) is_whole: bool,
    /// Where the object is that installs it.
    pub(super) place: &'a Place,
}

impl RawCluster<'_> {
    /// The charts of Istio that Argo CD and Flux install in this cluster.
    pub(super) fn charts(&self) -> Vec<Chart<'_>> {
        let applications = self.objects.applications.values().filter(|raw| self.is_here(&raw.object));
        let sources = applications.flat_map(|raw| raw.object.sources().map(move |source| (raw, source)));
        let mut found: Vec<_> = sources.filter_map(|(raw, source)| of_source(raw, source)).collect();
        found.extend(self.objects.helm_releases.values().filter_map(|raw| self.of_release(raw)));
        found
    }

    /// Whether an Application installs into this cluster. One in a dump of the cluster where Argo CD runs may be for any other;
    /// one in the cluster's files in Git is for this cluster.
    fn is_here(&self, application: &Application) -> bool {
        let destination = &application.spec.destination;
        let is_own = |text: &Text| text.is_empty() || IN_CLUSTER.contains(&&**text) || **text == *self.name.as_str();
        application.metadata.uid.is_empty() || is_own(&destination.server) && is_own(&destination.name)
    }

    /// The chart of a release of Flux.
    fn of_release<'a>(&'a self, raw: &'a Raw<HelmRelease>) -> Option<Chart<'a>> {
        let spec = &raw.object.spec;
        if spec.kube_config.is_some() && !raw.object.metadata.uid.is_empty() {
            return None;
        }
        let (chart, version) = match raw.object.chart() {
            Some(chart) => (chart, &spec.chart.spec.version),
            None => {
                let namespace = Some(&spec.chart_ref.namespace).filter(|namespace| !namespace.is_empty());
                let namespace = namespace.unwrap_or(&raw.key.namespace).clone();
                let key = ObjectRef { namespace, name: spec.chart_ref.name.clone() };
                let repository = self.objects.oci_repositories.get(&key)?;
                (repository.object.chart()?, &repository.object.spec.reference.tag)
            }
        };
        let own = &raw.object.metadata.namespace;
        let namespace = [&spec.target_namespace, own].into_iter().find(|namespace| !namespace.is_empty());
        let release = match (&*spec.release_name, &*spec.target_namespace) {
            ("", "") => raw.key.name.clone(),
            ("", target) => format!("{target}-{}", raw.key.name).into(),
            _ => spec.release_name.clone(),
        };
        Some(Chart {
            chart,
            release,
            namespace: namespace.cloned().unwrap_or_else(|| ISTIO_NAMESPACE.into()),
            version: plain_version(version),
            values: spec.values.clone(),
            is_whole: spec.values_from.is_empty(),
            place: &raw.place,
        })
    }
}

/// The chart of a source of an Application.
fn of_source<'a>(raw: &'a Raw<Application>, source: &ApplicationSource) -> Option<Chart<'a>> {
    let chart = source.chart()?;
    let namespace = &raw.object.spec.destination.namespace;
    let release = &source.helm.release_name;
    Some(Chart {
        chart,
        release: if release.is_empty() { raw.key.name.clone() } else { release.clone() },
        namespace: if namespace.is_empty() { ISTIO_NAMESPACE.into() } else { namespace.clone() },
        version: plain_version(&source.target_revision),
        values: source.values(),
        is_whole: !source.has_more(),
        place: &raw.place,
    })
}

/// A version of a chart, unless it is a range of them.
fn plain_version(version: &Text) -> Option<Text> {
    is_version(version).then(|| version.strip_prefix('v').map_or_else(|| version.clone(), Into::into))
}
