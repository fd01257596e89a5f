//! What says of Istio's control planes how they are installed, without being them: the values of their charts, the objects of
//! Sail Operator, and Argo CD's and Flux' objects. Each counts only where what is stronger is silent.

use super::RawCluster;
use super::charts::Chart;
use super::control_plane::{ControlPlane, bare, is_version, labelled, version};
use super::tags::plain;
use crate::diag::{Place, Report};
use crate::discover::defaults::TRUST_DOMAIN;
use crate::discover::fact::{Fact, disagreement};
use crate::ids::Text;
use crate::model::kubernetes::{ConfigMap, Raw, Values};

/// Argument of the control plane that names the cluster's domain.
const DOMAIN: &str = "--domain";

/// What an object states of a control plane.
pub(super) struct Evidence {
    pub(super) place: Place,
    pub(super) namespace: Text,
    /// The revision, empty for the default; none if the object does not state it.
    pub(super) revision: Option<Text>,
    pub(super) version: Option<Text>,
    pub(super) values: Values,
    /// How much of the values is known.
    pub(super) extent: Extent,
}

/// How much of the values of a control plane an object has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All, so that a trust domain which is not among them is the default.
    Whole,
    /// There may be more values in other files.
    Open,
    /// Those of all charts, which the control plane's own may override, and which are there without one as well.
    Shared,
}

impl RawCluster<'_> {
    /// The control planes whose Deployments are in the files.
    pub(super) fn rendered(&self, report: &mut Report) -> Vec<ControlPlane> {
        let mut found = Vec::new();
        for raw in self.objects.deployments.values() {
            let Some(plane) = ControlPlane::of(raw) else { continue };
            let label = labelled(&raw.object.metadata.labels).and_then(|label| Fact::given(label, &raw.place));
            if let (Some(used), Some(label)) = (&plane.version, label)
                && bare(&used.value) != bare(&label.value)
            {
                let what = format!("the version {} by the label app.kubernetes.io/version", self.of(&plane));
                disagreement(&what, used, &label, ": it is the tag of the image", report);
            }
            found.push(plane);
        }
        found
    }

    /// Adds what other objects than the control planes' own state, and control planes that are known from these alone.
    pub(super) fn add_evidence(&self, found: &mut Vec<ControlPlane>, report: &mut Report) {
        for evidence in self.evidence() {
            self.settle(evidence, found, report);
        }
    }

    /// The domain that Istio is given for the cluster's services.
    pub(super) fn domain(&self) -> Option<Fact> {
        let planes = self.objects.deployments.values().filter(|raw| ControlPlane::of(raw).is_some());
        let mut rendered = planes.filter_map(|raw| {
            let mut containers = raw.object.spec.template.spec.containers.iter();
            containers
                .find_map(|container| argument(&container.args, DOMAIN))
                .and_then(|of| Fact::given(&of, &raw.place))
        });
        let of_values = |evidence: Evidence| {
            let domain = evidence.values.text(&["global", "proxy", "clusterDomain"])?;
            Some(Fact::new(domain, evidence.place))
        };
        rendered.next().or_else(|| self.evidence().into_iter().find_map(of_values))
    }

    /// The tags that are asked for, with their revisions.
    pub(super) fn tags_of_values(&self) -> Vec<(Text, Text)> {
        let of_evidence = |evidence: Evidence| {
            let tags = evidence.values.texts(&["revisionTags"]);
            tags.into_iter().filter_map(move |tag| Some((tag, evidence.revision.clone()?)))
        };
        self.evidence().into_iter().flat_map(of_evidence).collect()
    }

    /// Everything that states something of control planes, the strongest first.
    pub(super) fn evidence(&self) -> Vec<Evidence> {
        let mut found = self.all_evidence();
        // On a cluster without a control plane of its own, the charts render most of the rest all the same.
        found.retain(Evidence::has_control_plane);
        found.extend(self.of_config_maps("istio-sidecar-injector"));
        found
    }

    /// The same with what installs no control plane, and without what is there in such a cluster as well.
    pub(super) fn all_evidence(&self) -> Vec<Evidence> {
        let mut found: Vec<_> = self.of_config_maps("values").collect();
        found.extend(self.of_sail());
        found.extend(self.charts().into_iter().filter(|chart| chart.chart == "istiod").map(of_chart));
        found
    }

    fn of_config_maps(&self, name: &'static str) -> impl Iterator<Item = Evidence> {
        self.objects.config_maps.values().filter_map(move |raw| of_config_map(raw, name))
    }

    /// Adds a statement to the control plane that it is about.
    fn settle(&self, evidence: Evidence, found: &mut Vec<ControlPlane>, report: &mut Report) {
        let Evidence { place, namespace, revision, version, values, extent } = evidence;
        let same = |plane: &ControlPlane| plane.key.namespace == namespace && plane.revision == revision;
        let open =
            |plane: &ControlPlane| plane.key.namespace == namespace && (plane.revision.is_none() || revision.is_none());
        let at = match found.iter().position(same).or_else(|| found.iter().position(open)) {
            Some(at) => at,
            None if extent == Extent::Shared => return,
            None => {
                found.push(ControlPlane::new(namespace, revision, place.clone()));
                found.len() - 1
            }
        };
        let version = version.map(|version| Fact::new(version, place.clone()));
        if extent == Extent::Shared {
            found[at].version = found[at].version.take().or(version);
            return;
        }
        let stated = [&["meshConfig", "trustDomain"], &["global", "trustDomain"]];
        let trust_domain = stated.into_iter().find_map(|path| values.text(path)).map(|stated| Fact::new(stated, place));
        self.weigh_version(&mut found[at], version, report);
        self.weigh_trust_domain(&mut found[at], trust_domain, extent, report);
    }

    fn weigh_version(&self, plane: &mut ControlPlane, stated: Option<Fact>, report: &mut Report) {
        match (&plane.version, stated) {
            (Some(used), Some(stated)) if bare(&used.value) != bare(&stated.value) => {
                let why = ": an upgrade seems to be under way";
                disagreement(&format!("the version {}", self.of(plane)), used, &stated, why, report);
            }
            (None, stated) => plane.version = stated,
            _ => {}
        }
    }

    fn weigh_trust_domain(&self, plane: &mut ControlPlane, stated: Option<Fact>, extent: Extent, report: &mut Report) {
        // A configuration without one has Istio's default.
        let default = || plane.configured.then(|| Fact::new(TRUST_DOMAIN.into(), plane.place.clone()));
        match (plane.trust_domain.clone().or_else(default), stated) {
            (Some(used), Some(stated)) if used.value != stated.value => {
                disagreement(&format!("the trust domain {}", self.of(plane)), &used, &stated, "", report);
            }
            (None, Some(stated)) => plane.trust_domain = Some(stated),
            (None, None) => plane.configured = extent == Extent::Whole,
            _ => {}
        }
    }
}

/// What a ConfigMap with values states: the one of all values, or the one that injection has.
fn of_config_map(raw: &Raw<ConfigMap>, name: &str) -> Option<Evidence> {
    let rest = raw.key.name.strip_prefix(name)?;
    let revision = if rest.is_empty() { "" } else { rest.strip_prefix('-')? };
    let (text, extent) = match name {
        "values" => (&raw.object.data.merged_values, Extent::Whole),
        _ => (&raw.object.data.values, Extent::Shared),
    };
    // It is not written by people, so what cannot be read is somebody else's.
    let values = Values::parse(text.as_deref()?)?;
    Some(Evidence {
        place: raw.place.clone(),
        namespace: raw.key.namespace.clone(),
        revision: Some(revision.into()),
        version: version_of(&values),
        values,
        extent,
    })
}

/// What a chart of the control plane states.
fn of_chart(chart: Chart<'_>) -> Evidence {
    let Chart { chart: _, release: _, namespace, version, values, is_whole, place } = chart;
    Evidence {
        place: place.clone(),
        namespace,
        revision: Some(plain(&values.text(&["revision"]).unwrap_or_default())),
        version: version_of(&values).or(version),
        values,
        extent: if is_whole { Extent::Whole } else { Extent::Open },
    }
}

/// The version that values ask for: of an image that is named as a whole, or else the tag.
pub(super) fn version_of(values: &Values) -> Option<Text> {
    let first = |paths: &[&[&str]]| paths.iter().find_map(|path| values.text(path));
    let image = first(&[&["pilot", "image"], &["image"]]).filter(|image| image.contains('/'));
    let tag = || first(&[&["pilot", "tag"], &["tag"], &["global", "tag"]]);
    image.map_or_else(tag, |image| Some(version(&image))).filter(|version| is_version(version))
}

impl Evidence {
    /// Whether its values install a control plane, and not only what a cluster with a remote one needs.
    pub(super) fn has_control_plane(&self) -> bool {
        let is = |path: &[&str], wanted: &str| self.values.text(path).as_deref() == Some(wanted);
        !is(&["profile"], "remote") && !is(&["istiodRemote", "enabled"], "true")
    }
}

/// The value of an argument, behind it or behind an equals sign.
fn argument(args: &[Text], name: &str) -> Option<Text> {
    let at = args
        .iter()
        .position(|arg| arg.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')))?;
    let value: Text = match args[at].split_once('=') {
        Some((_, value)) => value.into(),
        None => args.get(at + 1)?.clone(),
    };
    // Kubernetes or a template would replace it.
    (!value.contains('$')).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_image_or_the_tag() {
        for (values, wanted) in [
            ("{global: {tag: 1.31.0}}", Some("1.31.0")),
            ("{global: {tag: 1.31.0}, tag: 1.30.1}", Some("1.30.1")),
            ("{global: {tag: 1.31.0}, pilot: {tag: 1.30.1}}", Some("1.30.1")),
            ("{global: {tag: 1.31.0}, image: corp/pilot:1.29.2-fips}", Some("1.29.2-fips")),
            ("{global: {tag: 1.31.0}, image: corp/pilot@sha256:ab}", None),
            ("{global: {tag: 1.31.0}, image: pilot}", Some("1.31.0")),
            ("{global: {tag: latest}}", None),
            ("{}", None),
        ] {
            let found = version_of(&Values::parse(values).expect("YAML"));
            assert_eq!(found.as_deref(), wanted, "{values}");
        }
    }

    #[test]
    fn an_argument_has_its_value_behind_it() {
        let of = |args: &[&str]| argument(&args.iter().map(|arg| (*arg).into()).collect::<Vec<_>>(), DOMAIN);
        assert_eq!(of(&["discovery", "--domain", "corp.example"]).as_deref(), Some("corp.example"));
        assert_eq!(of(&["--domain=corp.example"]).as_deref(), Some("corp.example"));
        assert_eq!(of(&["--domain", "$(DOMAIN)"]), None);
        assert_eq!(of(&["--domains", "x", "--domain"]), None);
    }
}
