//! Control planes of Istio, found from their Deployments.

use crate::diag::{Place, Report};
use crate::discover::defaults::TRUST_DOMAIN;
use crate::discover::fact::{Fact, state};
use crate::discover::names::usual_deployment;
use crate::ids::{ObjectRef, Text};
use crate::model::kubernetes::{Controller, Labels, Raw};

/// The label that names a revision.
pub(super) const REVISION: &str = "istio.io/rev";

/// The label that names the version of the chart from which an object comes.
const VERSION: &str = "app.kubernetes.io/version";

/// Suffixes of image tags that name a variant of the image and are not part of the version.
const VARIANTS: [&str; 2] = ["-distroless", "-debug"];

/// A control plane and what the files state about it.
#[derive(Clone, Debug)]
pub(super) struct ControlPlane {
    /// Its Deployment, which may be known from other files only.
    pub(super) key: ObjectRef,
    /// Its mesh, by the name that Service Mesh Hub gave it; none if that has not discovered it.
    pub(super) mesh: Option<ObjectRef>,
    /// Whether its Deployment is there, so that its name is not a guess.
    pub(super) is_there: bool,
    /// Whether the compact inventory is about it.
    pub(super) is_meant: bool,
    /// Its revision, empty for the default; `None` if no file states it.
    pub(super) revision: Option<Text>,
    /// Where it is described.
    pub(super) place: Place,
    pub(super) version: Option<Fact>,
    pub(super) trust_domain: Option<Fact>,
    /// Whether a file that would state the trust domain was read.
    pub(super) configured: bool,
    pub(super) service_account: Option<Fact>,
    /// The service account if none is stated; none where it follows from the version.
    pub(super) default_account: Option<&'static str>,
}

impl ControlPlane {
    /// A control plane about which nothing is stated yet.
    pub(super) fn new(namespace: Text, revision: Option<Text>, place: Place) -> Self {
        let name = usual_deployment(revision.as_deref().unwrap_or_default());
        Self {
            key: ObjectRef::new(namespace, name),
            mesh: None,
            is_there: false,
            is_meant: false,
            revision,
            place,
            version: None,
            trust_domain: None,
            configured: false,
            service_account: None,
            default_account: None,
        }
    }

    /// Adds a statement about the version. The variant of an image, such as `-distroless`, is not part of it.
    pub(super) fn state_version(&mut self, stated: Option<Fact>, of: &str, report: &mut Report) {
        let is_known =
            |stated: &Fact| self.version.as_ref().is_some_and(|known| bare(&known.value) == bare(&stated.value));
        let stated = stated.filter(|stated| !is_known(stated));
        state(&mut self.version, stated, &format!("the version {of}"), report);
    }

    /// Adds a statement about the trust domain. A configuration without one has Istio's default.
    pub(super) fn state_trust_domain(&mut self, stated: Option<Fact>, of: &str, report: &mut Report) {
        if self.configured && self.trust_domain.is_none() && stated.is_some() {
            self.trust_domain = Some(Fact::new(TRUST_DOMAIN.into(), self.place.clone()));
        }
        state(&mut self.trust_domain, stated, &format!("the trust domain {of}"), report);
    }

    /// The control plane that a Deployment is, if it is one.
    pub(super) fn of(raw: &Raw<Controller>) -> Option<Self> {
        let name = &*raw.key.name;
        if !matches!(name, "istiod" | "istio-pilot") && !name.starts_with("istiod-") {
            return None;
        }
        let template = &raw.object.spec.template;
        let image = |container: &crate::model::kubernetes::Container| container.image.contains("pilot");
        let container = template.spec.containers.iter().find(|container| image(container));
        let container = container.or_else(|| template.spec.containers.iter().find(|c| &*c.name == "discovery"))?;
        let revision = revision(&raw.object.metadata.labels)
            .or_else(|| revision(&template.metadata.labels))
            .unwrap_or_else(|| name.strip_prefix("istiod-").unwrap_or_default().into());
        Some(Self {
            key: raw.key.clone(),
            is_there: true,
            version: Fact::given(&running(&container.image, &raw.object.metadata.labels), &raw.place),
            service_account: Fact::given(template.spec.account(), &raw.place),
            // Service Mesh Hub uses this if the Mesh that it discovered names none.
            default_account: Some("istio-citadel"),
            ..Self::new(raw.key.namespace.clone(), Some(revision), raw.place.clone())
        })
    }
}

/// The revision that labels name; empty for the default.
pub(super) fn revision(labels: &Labels) -> Option<Text> {
    let revision = labels.get(REVISION).filter(|revision| !revision.is_empty())?;
    Some(if &**revision == "default" { "".into() } else { revision.clone() })
}

/// The version of a control plane: the tag of its image or, if that is not one, the version of the chart in its label.
fn running(image: &str, labels: &Labels) -> Text {
    let tag = version(image);
    if is_version(&tag) { tag } else { labelled(labels).cloned().unwrap_or(tag) }
}

/// The version in the label that the chart gives to every object of Istio since 1.24.
pub(super) fn labelled(labels: &Labels) -> Option<&Text> {
    // A chart that is not of a release has this one.
    labels.get(VERSION).filter(|version| is_version(version) && &***version != "1.0.0")
}

/// A version without the `v` before it and the variant of an image behind it.
pub(super) fn bare(version: &str) -> &str {
    let text = version.strip_prefix('v').unwrap_or(version);
    VARIANTS.iter().find_map(|end| text.strip_suffix(end)).unwrap_or(text)
}

/// Whether a text is one version, and not a range, a digest or the name of the latest one.
pub(super) fn is_version(text: &str) -> bool {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (numbers, rest) = text.find(['-', '+']).map_or((text, ""), |at| text.split_at(at));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    numbers.contains('.') && numbers.split('.').all(is_number) && rest != "-latest" && !rest.contains(' ')
}

/// The tag of an image, or else its digest; empty if it has neither.
pub(super) fn version(image: &str) -> Text {
    let (name, digest) = image.split_once('@').map_or((image, ""), |(name, digest)| (name, digest));
    // A registry may have a port.
    let last = name.rsplit('/').next().unwrap_or_default();
    last.split_once(':').map_or(digest, |(_, tag)| tag).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_or_the_latest_is_not_a_version() {
        for text in ["1.31.0", "v1.30.3", "1.24.2-distroless", "1.28", "1.31.0-rc.0", "1.9.1+asm"] {
            assert!(is_version(text), "{text}");
        }
        for text in ["", "latest", "v1.31-latest", "1.x", "^1.28.0", ">=1.28.0 <1.30", "1.28.*", "sha256:ab", "master"]
        {
            assert!(!is_version(text), "{text}");
        }
    }

    #[test]
    fn the_label_counts_if_the_tag_is_not_a_version() {
        let labels = |version: &str| Labels::from([(VERSION.into(), version.into())]);
        for (image, label, wanted) in [
            ("istio/pilot:1.29.2", "1.30.0", "1.29.2"),
            ("istio/pilot@sha256:ab", "1.28.1", "1.28.1"),
            ("corp/pilot:latest", "1.28.1", "1.28.1"),
            ("corp/pilot:latest", "1.0.0", "latest"),
            ("corp/pilot@sha256:ab", "", "sha256:ab"),
        ] {
            assert_eq!(&*running(image, &labels(label)), wanted, "{image} {label}");
        }
    }

    #[test]
    fn the_version_is_the_tag() {
        for (image, wanted) in [
            ("docker.io/istio/pilot:1.7.0", "1.7.0"),
            ("registry:5000/istio/pilot", ""),
            ("registry:5000/istio/pilot:1.20.3-distroless", "1.20.3-distroless"),
            ("istio/pilot@sha256:ab", "sha256:ab"),
            ("istio/pilot:1.9.1@sha256:ab", "1.9.1"),
            ("", ""),
        ] {
            assert_eq!(&*version(image), wanted, "{image}");
        }
    }
}
