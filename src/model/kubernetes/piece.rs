//! From the text of an object to the object.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use super::fields::FLAGS;
use super::store::{AnyRaw, Raw};
use super::{
    Application, ConfigMap, Controller, HelmRelease, IstioOperator, Metadata, Node, OciRepository, OtherWorkload,
    Plain, Pod, SailIstio, SailRevision, SailRevisionTag, Service, Webhook, kept, tree,
};
use crate::diag::Place;
use crate::ids::{ObjectRef, Text};
use crate::load::pieces::{Kept, Piece, Syntax, prune};
use crate::load::tree::{self as document, ParseError};

/// What an object turned out to be.
pub(in crate::model) enum Read {
    /// One that discovery reads.
    Object(Box<AnyRaw>),
    /// A raw object that discovery does not use.
    Nothing,
    /// A workload that runs at a certain time and does not stay.
    Hook,
    /// Not read: its text has to be looked at more closely.
    Unclear,
}

/// An object that has metadata.
trait Named {
    fn metadata(&self) -> &Metadata;

    /// Its name; none if it needs one and has none.
    fn name(&self) -> Option<Text> {
        Some(self.metadata().name.clone()).filter(|name| !name.is_empty())
    }

    /// Whether discovery reads it.
    fn matters(&self) -> bool {
        true
    }

    /// Whether it makes pods that do not stay.
    fn is_hook(&self) -> bool {
        false
    }

    /// The fields that are read of one that has a flag of Istio somewhere, if these are more.
    fn kept_with_flags() -> Option<Kept> {
        None
    }
}

macro_rules! named {
    ($($type:ty)*, hooks: $($workload:ty)*) => {
        $(impl Named for $type { fn metadata(&self) -> &Metadata { &self.metadata } })*
        $(impl Named for $workload {
            fn metadata(&self) -> &Metadata {
                &self.metadata
            }

            fn is_hook(&self) -> bool {
                self.metadata.annotations.is_hook()
            }
        })*
    };
}

named! { Plain Service Node SailIstio SailRevision SailRevisionTag, hooks: Pod OtherWorkload }

impl Named for Controller {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn is_hook(&self) -> bool {
        self.metadata.annotations.is_hook()
    }

    fn kept_with_flags() -> Option<Kept> {
        Some(kept::CONTROLLER_WITH_FLAGS)
    }
}

impl Named for Application {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn matters(&self) -> bool {
        self.sources().any(|source| source.chart().is_some())
    }
}

impl Named for HelmRelease {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn matters(&self) -> bool {
        self.chart().is_some() || !self.spec.chart_ref.name.is_empty()
    }
}

impl Named for OciRepository {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn matters(&self) -> bool {
        self.chart().is_some()
    }
}

impl Named for IstioOperator {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// As istioctl reads it, it needs no name.
    fn name(&self) -> Option<Text> {
        let name = &self.metadata.name;
        Some(if name.is_empty() { format!("istiod-{}", self.spec.revision).into() } else { name.clone() })
    }
}

impl Named for Webhook {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn matters(&self) -> bool {
        self.metadata.labels.contains_key("istio.io/tag")
    }
}

impl Named for ConfigMap {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn matters(&self) -> bool {
        let name = &*self.metadata.name;
        let is = |usual: &str| name.strip_prefix(usual).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        name.starts_with("istio") && self.data.mesh.is_some()
            || is("values") && self.data.merged_values.is_some()
            || is("istio-sidecar-injector") && self.data.values.is_some()
    }
}

/// The one table from kinds to types and the fields that are read of them; runs an expression with the kind's [`Want`].
macro_rules! by_kind {
    ($api_version:expr, $kind:expr, |$get:ident| $call:expr, $none:expr) => {
        match ($api_version, $kind) {
            ("v1", "Namespace") => by_kind!(@ $get, $call, Namespace, Plain, false, kept::PLAIN),
            ("v1", "Service") => by_kind!(@ $get, $call, Service, Service, true, kept::SERVICE),
            ("v1", "Pod") => by_kind!(@ $get, $call, Pod, Pod, true, kept::POD),
            ("v1", "Node") => {
                by_kind!(@ $get, $call, Node, Node, false, kept::NODE)
            }
            ("v1", "ConfigMap") => by_kind!(@ $get, $call, ConfigMap, ConfigMap, true, kept::CONFIG_MAP),
            ("admissionregistration.k8s.io/v1" | "admissionregistration.k8s.io/v1beta1", "MutatingWebhookConfiguration") => {
                by_kind!(@ $get, $call, Webhook, Webhook, false, kept::PLAIN)
            }
            (version, "Deployment") if is_apps(version) => {
                by_kind!(@ $get, $call, Deployment, Controller, true, kept::CONTROLLER)
            }
            (version, "DaemonSet") if is_apps(version) => by_kind!(@ $get, $call, DaemonSet, Controller, true, kept::CONTROLLER),
            (version, "StatefulSet") if is_apps(version) => {
                by_kind!(@ $get, $call, StatefulSet, Controller, true, kept::CONTROLLER)
            }
            (version, "ReplicaSet") if is_apps(version) => by_kind!(@ $get, $call, ReplicaSet, Plain, true, kept::PLAIN),
            ("argoproj.io/v1alpha1", "Rollout") => {
                by_kind!(@ $get, $call, Rollout, OtherWorkload, true, kept::OTHER)
            }
            ("flagger.app/v1beta1" | "flagger.app/v1alpha3", "Canary") => {
                by_kind!(@ $get, $call, Canary, OtherWorkload, true, kept::OTHER)
            }
            ("apps.openshift.io/v1", "DeploymentConfig") => {
                by_kind!(@ $get, $call, DeploymentConfig, OtherWorkload, true, kept::OTHER)
            }
            ("install.istio.io/v1alpha1", "IstioOperator") => by_kind!(@ $get, $call, IstioOperator, IstioOperator, true, kept::OPERATOR),
            ("sailoperator.io/v1" | "sailoperator.io/v1alpha1", "Istio") => {
                by_kind!(@ $get, $call, SailIstio, SailIstio, false, kept::INSTALL)
            }
            ("sailoperator.io/v1" | "sailoperator.io/v1alpha1", "IstioRevision") => {
                by_kind!(@ $get, $call, SailRevision, SailRevision, false, kept::INSTALL)
            }
            ("sailoperator.io/v1" | "sailoperator.io/v1alpha1", "IstioRevisionTag") => {
                by_kind!(@ $get, $call, SailRevisionTag, SailRevisionTag, false, kept::INSTALL)
            }
            ("argoproj.io/v1alpha1", "Application") => {
                by_kind!(@ $get, $call, Application, Application, true, kept::INSTALL)
            }
            (version, "HelmRelease") if version.starts_with("helm.toolkit.fluxcd.io/") => {
                by_kind!(@ $get, $call, HelmRelease, HelmRelease, true, kept::INSTALL)
            }
            (version, "OCIRepository") if version.starts_with("source.toolkit.fluxcd.io/") => {
                by_kind!(@ $get, $call, OciRepository, OciRepository, true, kept::INSTALL)
            }
            _ => $none,
        }
    };
    (@ $get:ident, $call:expr, $variant:ident, $type:ty, $namespaced:expr, $kept:expr) => {{
        let $get = Want::<$type> { kept: $kept, namespaced: $namespaced, wrap: AnyRaw::$variant };
        $call
    }};
}

/// How objects of a kind are read.
struct Want<T> {
    kept: Kept,
    namespaced: bool,
    wrap: fn(Raw<T>) -> AnyRaw,
}

/// The groups in which the controllers of pods were, before they were in `apps/v1`.
fn is_apps(api_version: &str) -> bool {
    matches!(api_version, "apps/v1" | "apps/v1beta1" | "apps/v1beta2" | "extensions/v1beta1")
}

/// The kind of the items of a typed list such as `ServiceList`, which the API returns and `kubectl get` does not;
/// `None` if it is not a kind that is read.
pub(in crate::model) fn listed<'k>(api_version: &str, kind: &'k str) -> Option<&'k str> {
    let one = kind.strip_suffix("List")?;
    by_kind!(api_version, one, |_want| Some(one), None)
}

/// Reads a piece by its header; none if it is of a kind that discovery does not read.
pub(in crate::model) fn read(piece: &Piece<'_>, api_version: &str, kind: &str, place: Place) -> Option<Read> {
    // Most are not Istio's, and those are seen without a parser.
    if kind == "ConfigMap" && api_version == "v1" && !piece.text.contains("istio") {
        return Some(Read::Nothing);
    }
    by_kind!(api_version, kind, |want| Some(want.read(piece, place)), None)
}

/// Reads a tree; none if it is of a kind that discovery does not read.
pub(in crate::model) fn read_node(
    node: &document::Node,
    api_version: &str,
    kind: &str,
    place: Place,
) -> Option<Result<Read, Box<ParseError>>> {
    by_kind!(api_version, kind, |want| Some(want.read_node(node, place)), None)
}

impl<T: DeserializeOwned + Named> Want<T> {
    fn read(&self, piece: &Piece<'_>, place: Place) -> Read {
        let pruned = || pruned(piece, self.kept_of(piece));
        let found = match piece.syntax {
            Syntax::Json => serde_json::from_str(piece.text).ok(),
            Syntax::Yaml => pruned().and_then(|text| serde_yaml::from_str(&text).ok()),
            Syntax::YamlItem => pruned().and_then(|text| serde_yaml::from_str(&text).ok()).map(|(item,): (T,)| item),
        };
        found.and_then(|object| self.keep(object, place)).unwrap_or(Read::Unclear)
    }

    /// The fields that are read of a piece. An environment is long, and flags are seen without a parser.
    fn kept_of(&self, piece: &Piece<'_>) -> Kept {
        let has_flag =
            || FLAGS.iter().any(|flag| memchr::memmem::find(piece.text.as_bytes(), flag.as_bytes()).is_some());
        T::kept_with_flags().filter(|_| has_flag()).unwrap_or(self.kept)
    }

    fn read_node(&self, node: &document::Node, place: Place) -> Result<Read, Box<ParseError>> {
        let object = T::deserialize(tree::Tree(node)).map_err(tree::TreeError::into_inner)?;
        self.keep(object, place).ok_or_else(|| Box::new(tree::nameless(node)))
    }

    /// The object with its key; none if it has no name.
    fn keep(&self, object: T, place: Place) -> Option<Read> {
        let name = object.name()?;
        let namespace = &object.metadata().namespace;
        if !object.matters() {
            return Some(Read::Nothing);
        }
        if object.is_hook() {
            return Some(Read::Hook);
        }
        let namespace = match self.namespaced {
            false => "".into(),
            true if namespace.is_empty() => "default".into(),
            true => namespace.clone(),
        };
        let key = ObjectRef { namespace, name };
        Some(Read::Object(Box::new((self.wrap)(Raw { key, place, object }))))
    }
}

/// The text of what is kept of a piece; none if only a parser's tree shows what it means.
pub(in crate::model) fn pruned<'a>(piece: &'a Piece<'_>, kept: Kept) -> Option<Cow<'a, str>> {
    prune(piece, kept).filter(|text| !has_merge_key(text) && !breaks_lines_otherwise(text))
}

/// Whether a text may have a merge key, which only a tree knows.
fn has_merge_key(text: &str) -> bool {
    memchr::memmem::find_iter(text.as_bytes(), "<<")
        .any(|at| text[at + 2..].trim_start_matches([' ', '\t', '\r', '\n']).starts_with(':'))
}

/// Whether a text has characters that are line breaks in YAML 1.1 alone, which the reader of plain structs follows.
fn breaks_lines_otherwise(text: &str) -> bool {
    !text.is_ascii() && text.contains(['\u{85}', '\u{2028}', '\u{2029}'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::SourceFile;

    /// Whether the text of an object decodes to the same value with and without the fields that are not read.
    fn same<T: DeserializeOwned + PartialEq>(piece: &Piece<'_>, kept: Kept) -> bool {
        let read = |text: &str| match piece.syntax {
            Syntax::YamlItem => serde_yaml::from_str(text).map(|(item,): (T,)| item),
            Syntax::Yaml | Syntax::Json => serde_yaml::from_str(text),
        };
        let whole: T = read(piece.text).expect("the object is read");
        // What has anchors is read as a tree.
        prune(piece, kept).is_none_or(|text| read(&text).is_ok_and(|pruned: T| pruned == whole))
    }

    #[test]
    fn what_is_left_out_is_what_is_not_read() {
        let mut count = 0;
        let dumps = ["discovery/dump.yaml", "discovery/git.yaml", "discovery/wide.yaml"];
        for dump in dumps {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(dump);
            let file = SourceFile::new("", "", std::fs::read_to_string(path).expect("a dump"));
            for piece in file.documents().flat_map(|document| document.pieces_by_lines().expect("plain")) {
                let (api_version, kind) = piece.header.clone().expect("a header");
                let is_same = by_kind!(&*api_version, &*kind, |want| want.same(&piece), continue);
                assert!(is_same, "{dump}: {}\n{:?}", piece.text, prune(&piece, kept::POD));
                count += 1;
            }
        }
        assert!(count >= 30, "{count}");
    }

    impl<T: DeserializeOwned + Named + PartialEq> Want<T> {
        fn same(&self, piece: &Piece<'_>) -> bool {
            same::<T>(piece, self.kept_of(piece))
        }
    }
}
