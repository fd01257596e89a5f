//! Control planes that Sail Operator installs, by its own objects.

use super::RawCluster;
use super::control_plane::is_version;
use super::evidence::{Evidence, Extent, version_of};
use super::tags::plain;
use crate::diag::Place;
use crate::discover::defaults::ISTIO_NAMESPACE;
use crate::ids::{ObjectRef, Text};
use crate::model::kubernetes::{Raw, SailIstio, SailSpec};

/// The strategy by which each version gets a revision of its own.
const BY_REVISION: &str = "RevisionBased";

impl RawCluster<'_> {
    /// What IstioRevisions state, then what Istios state.
    pub(super) fn of_sail(&self) -> Vec<Evidence> {
        let revisions = self.objects.sail_revisions.values().map(|raw| Evidence {
            place: raw.place.clone(),
            revision: Some(self.revision_named(&raw.key.name)),
            ..of_spec(&raw.object.spec)
        });
        let istios = self.objects.sail_istios.values().map(|raw| Evidence {
            place: raw.place.clone(),
            revision: active(raw).map(|name| self.revision_named(&name)),
            ..of_spec(&raw.object.spec)
        });
        revisions.chain(istios).collect()
    }

    /// The revisions that IstioRevisionTags point to.
    pub(super) fn sail_tags(&self) -> impl Iterator<Item = (Text, Text)> {
        self.objects.sail_tags.values().filter_map(|raw| {
            let (stated, target) = (&raw.object.status.istio_revision, &raw.object.spec.target_ref);
            let name = if !stated.is_empty() {
                stated.clone()
            } else if &*target.kind == "Istio" {
                active(self.objects.sail_istios.get(&ObjectRef::new("", target.name.clone()))?)?
            } else {
                target.name.clone()
            };
            Some((raw.key.name.clone(), self.revision_named(&name)))
        })
    }

    /// The revision of an IstioRevision of this name; empty for the default.
    fn revision_named(&self, name: &Text) -> Text {
        let raw = self.objects.sail_revisions.get(&ObjectRef::new("", name.clone()));
        let stated = raw.and_then(|raw| raw.object.spec.values.text(&["revision"]));
        plain(&stated.unwrap_or_else(|| name.clone()))
    }
}

/// What the specification of an Istio or an IstioRevision states.
fn of_spec(spec: &SailSpec) -> Evidence {
    let SailSpec { version, namespace, update_strategy: _, values } = spec;
    let version = version_of(values).or_else(|| Some(version.clone()).filter(|version| is_version(version)));
    let namespace = if namespace.is_empty() { ISTIO_NAMESPACE.into() } else { namespace.clone() };
    Evidence {
        place: Place::Nowhere,
        namespace,
        revision: None,
        version: version.map(without_v),
        values: values.clone(),
        extent: Extent::Whole,
    }
}

/// A version as Istio itself writes it.
fn without_v(version: Text) -> Text {
    version.strip_prefix('v').map_or_else(|| version.clone(), Into::into)
}

/// The name of the active revision of an Istio; none if it depends on what the operator knows.
fn active(raw: &Raw<SailIstio>) -> Option<Text> {
    let SailIstio { metadata: _, spec, status } = &raw.object;
    if !status.active_revision_name.is_empty() {
        return Some(status.active_revision_name.clone());
    }
    if &*spec.update_strategy.kind != BY_REVISION {
        return Some(raw.key.name.clone());
    }
    is_version(&spec.version).then(|| format!("{}-{}", raw.key.name, spec.version.replace('.', "-")).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kubernetes::SailStrategy;

    #[test]
    fn the_revision_follows_from_strategy_and_version() {
        let of = |strategy: &str, version: &str, status: &str| {
            let mut object = SailIstio::default();
            object.spec.update_strategy = SailStrategy { kind: strategy.into() };
            object.spec.version = version.into();
            object.status.active_revision_name = status.into();
            let raw = Raw { key: ObjectRef::new("", "default"), place: Place::Nowhere, object };
            active(&raw).map(|name| name.to_string())
        };
        assert_eq!(of("", "v1.30.3", "").as_deref(), Some("default"));
        assert_eq!(of(BY_REVISION, "v1.30.3", "").as_deref(), Some("default-v1-30-3"));
        assert_eq!(of(BY_REVISION, "v1.30-latest", ""), None);
        assert_eq!(of(BY_REVISION, "v1.30-latest", "default-v1-30-3").as_deref(), Some("default-v1-30-3"));
    }
}
