//! Objects of tools that install Istio: Sail Operator, Argo CD and Flux.

use serde::{Deserialize, Serialize};

use super::fields::{list, nullable};
use super::{Metadata, Values};
use crate::ids::Text;

/// Istio's charts that are read: of the control plane and of gateways.
const CHARTS: [&str; 2] = ["istiod", "gateway"];

wire! {
    /// An Istio of Sail Operator.
    SailIstio {
        metadata: Metadata = "nullable",
        /// The specification.
        spec: SailSpec = "nullable",
        /// The status.
        status: SailStatus = "nullable",
    }

    /// An IstioRevision of Sail Operator.
    SailRevision {
        metadata: Metadata = "nullable",
        /// The specification.
        spec: SailSpec = "nullable",
    }

    /// An IstioRevisionTag of Sail Operator.
    SailRevisionTag {
        metadata: Metadata = "nullable",
        /// The specification.
        spec: SailTagSpec = "nullable",
        /// The status.
        status: SailStatus = "nullable",
    }

    /// What Sail Operator installs.
    SailSpec {
        /// The version, or a name for the latest of several.
        version: Text = "nullable",
        namespace: Text = "nullable",
        /// How a new version takes the place of the old one.
        update_strategy: SailStrategy = "nullable",
        /// Values of Helm charts.
        values: Values = "nullable",
    }

    /// How a new version takes the place of the old one.
    SailStrategy {
        /// `InPlace` or `RevisionBased`; `InPlace` when none is written.
        #[serde(rename = "type")]
        kind: Text = "nullable",
    }

    /// What Sail Operator has made.
    SailStatus {
        active_revision_name: Text = "nullable",
        /// The revision that a tag points to.
        istio_revision: Text = "nullable",
    }

    /// What a tag points to.
    SailTagSpec {
        target_ref: SailTarget = "nullable",
    }

    /// An Istio or an IstioRevision.
    SailTarget {
        kind: Text = "nullable",
        name: Text = "nullable",
    }

    /// An Application of Argo CD.
    Application {
        metadata: Metadata = "nullable",
        /// The specification.
        spec: ApplicationSpec = "nullable",
    }

    /// What an Application installs.
    ApplicationSpec {
        /// The only source.
        source: Option<ApplicationSource> = "nullable",
        /// One of several.
        sources: Vec<ApplicationSource> = "list",
        /// Where it is installed.
        destination: Destination = "nullable",
    }

    /// Where an Application is installed.
    Destination {
        server: Text = "nullable",
        /// The name of the cluster.
        name: Text = "nullable",
        namespace: Text = "nullable",
    }

    /// A source of an Application.
    ApplicationSource {
        chart: Text = "nullable",
        /// The chart's version, or a range of versions.
        target_revision: Text = "nullable",
        /// The values.
        helm: ApplicationHelm = "nullable",
    }

    /// With what an Application installs a chart.
    ApplicationHelm {
        release_name: Text = "nullable",
        values: Text = "nullable",
        values_object: Values = "nullable",
        value_files: Vec<Text> = "list",
        parameters: Vec<Parameter> = "list",
    }

    /// A single value.
    Parameter {
        name: Text = "nullable",
        value: Text = "nullable",
    }

    /// A HelmRelease of Flux.
    HelmRelease {
        metadata: Metadata = "nullable",
        /// The specification.
        spec: ReleaseSpec = "nullable",
    }

    /// What a HelmRelease installs.
    ReleaseSpec {
        /// The chart.
        chart: ReleaseChart = "nullable",
        /// Where the chart is, in place of it.
        chart_ref: ChartReference = "nullable",
        release_name: Text = "nullable",
        target_namespace: Text = "nullable",
        /// The way to another cluster.
        kube_config: Option<Values> = "nullable",
        values: Values = "nullable",
        /// Objects with more values.
        values_from: Vec<Values> = "list",
    }

    /// A chart and how it is found.
    ReleaseChart {
        spec: ReleaseChartSpec = "nullable",
    }

    /// A chart.
    ReleaseChartSpec {
        /// Its name, or its path in a repository.
        chart: Text = "nullable",
        /// Its version, or a range of versions.
        version: Text = "nullable",
    }

    /// A reference to an object that has a chart.
    ChartReference {
        kind: Text = "nullable",
        name: Text = "nullable",
        namespace: Text = "nullable",
    }

    /// An OCIRepository of Flux.
    OciRepository {
        metadata: Metadata = "nullable",
        /// The specification.
        spec: RepositorySpec = "nullable",
    }

    /// Where a chart is.
    RepositorySpec {
        url: Text = "nullable",
        /// Its version.
        #[serde(rename = "ref")]
        reference: RepositoryReference = "nullable",
    }

    /// The version of a chart.
    RepositoryReference {
        tag: Text = "nullable",
    }
}

/// The chart of Istio that a name or path leads to, if it is one that is read.
fn known(path: &str) -> Option<&'static str> {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    CHARTS.into_iter().find(|chart| *chart == last)
}

impl Application {
    /// The sources; several take the place of a single one.
    pub fn sources(&self) -> impl Iterator<Item = &ApplicationSource> {
        let single = self.spec.source.as_ref().filter(|_| self.spec.sources.is_empty());
        single.into_iter().chain(&self.spec.sources)
    }
}

impl ApplicationSource {
    /// The chart of Istio that it is, if it is one that is read.
    pub fn chart(&self) -> Option<&'static str> {
        known(&self.chart)
    }

    /// The values that are written in it, those that count more over the others.
    pub fn values(&self) -> Values {
        let ApplicationHelm { release_name: _, values, values_object, value_files: _, parameters } = &self.helm;
        let mut found = values_object.clone();
        if found == Values::default() {
            found = Values::parse(values).unwrap_or_default();
        }
        parameters.iter().for_each(|Parameter { name, value }| found.set(name, value));
        found
    }

    /// Whether there are more values in other files.
    pub fn has_more(&self) -> bool {
        !self.helm.value_files.is_empty()
    }
}

impl HelmRelease {
    /// The chart of Istio that it names, if it is one that is read.
    pub fn chart(&self) -> Option<&'static str> {
        known(&self.spec.chart.spec.chart)
    }
}

impl OciRepository {
    /// The chart of Istio that is there, if it is one that is read.
    pub fn chart(&self) -> Option<&'static str> {
        known(&self.spec.url)
    }
}
