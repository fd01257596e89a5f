//! Whether a pod is in a mesh: by its sidecar, or by what Istio's injection would do with it.

use super::control_plane::{REVISION, revision};
use crate::discover::DataPlane;
use crate::discover::data_plane::{AMBIENT, MODE};
use crate::ids::Text;
use crate::model::kubernetes::{Container, Labels, Pod};

/// Namespaces into which nothing is injected.
pub(super) const NEVER: [&str; 4] = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];

/// The label and annotation that decide for one pod.
const INJECT: &str = "sidecar.istio.io/inject";

/// Whether a pod or template has a sidecar written in it.
pub(super) fn has_sidecar(pod: &Pod) -> bool {
    let beside = pod.spec.init_containers.iter().filter(|container| &*container.restart_policy == "Always");
    pod.spec.containers.iter().chain(beside).any(is_sidecar)
}

fn is_sidecar(container: &Container) -> bool {
    let image = &container.image;
    image.contains("istio") && image.contains("proxy") || &*container.name == "istio-proxy"
}

/// The revision that a pod asks for by its own labels; empty for the default.
pub(super) fn own_revision(pod: &Pod) -> Text {
    revision(&pod.metadata.labels).unwrap_or_default()
}

/// What Istio's injection would do with a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Injection {
    /// This revision injects a sidecar; empty for the default.
    By(Text),
    /// The default revision, but Istio ignores how the pod requests it unless it is configured otherwise.
    Unheard,
    /// No sidecar, for this reason.
    Not(&'static str),
    /// It depends on the namespace, which is in no file.
    Unknown,
}

/// What injection would do with a pod of a namespace that has these labels; `None` for a namespace that is in no file.
///
/// This follows the selectors of the webhooks that istiod and its revisions install: a namespace that is labelled decides for all
/// of its pods, `istio-injection` before `istio.io/rev`; in any other a pod may ask by its labels. A pod may always refuse.
pub(super) fn injection(pod: &Pod, namespace: &str, labels: Option<&Labels>) -> Injection {
    if NEVER.contains(&namespace) {
        return Injection::Not("sidecars are never injected into its namespace");
    }
    if pod.spec.host_network {
        return Injection::Not("its pods use the host network");
    }
    let own = pod.metadata.labels.get(INJECT);
    // The label wins, even an empty one; the annotation is its predecessor.
    let asked = own.or(pod.metadata.annotations.inject.as_ref()).and_then(|text| answer(text));
    if asked == Some(false) {
        return Injection::Not("its pods disable injection");
    }
    if let Some(labels) = labels {
        match (labels.get("istio-injection").map(|value| &**value), labels.contains_key(REVISION)) {
            (Some("enabled"), _) => return Injection::By("".into()),
            (Some(_), _) => return Injection::Not("its namespace disables injection"),
            (None, true) => {
                let none = Injection::Not("its namespace has an empty label istio.io/rev");
                return revision(labels).map_or(none, Injection::By);
            }
            (None, false) => {}
        }
    }
    match (revision(&pod.metadata.labels), asked) {
        (Some(revision), _) => Injection::By(revision),
        (None, Some(true)) if own.is_some_and(|own| &**own == "true") => Injection::By("".into()),
        // The namespace is in no file and may have the label.
        (None, Some(true)) if labels.is_none() => Injection::By("".into()),
        (None, Some(true)) => Injection::Unheard,
        (None, _) if labels.is_none() => Injection::Unknown,
        (None, _) => Injection::Not("its namespace has no injection label, and its pods do not request injection"),
    }
}

/// How ambient mode takes in a pod without a sidecar, of a namespace that has these labels; `None` if it does not.
pub(super) fn ambient(pod: &Pod, namespace: &str, labels: Option<&Labels>) -> Option<DataPlane> {
    if NEVER.contains(&namespace) || pod.spec.host_network {
        return None;
    }
    let mode = |labels: &Labels| labels.get(MODE).map(|mode| &**mode == AMBIENT);
    match mode(&pod.metadata.labels) {
        Some(own) => own.then(DataPlane::ambient_pods),
        None => labels.and_then(mode).unwrap_or(false).then(DataPlane::ambient_namespace),
    }
}

/// The answer in a label or annotation; `None` if it is empty.
fn answer(text: &str) -> Option<bool> {
    let yes = ["y", "yes", "true", "on"].iter().any(|word| text.eq_ignore_ascii_case(word));
    (!text.is_empty()).then_some(yes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(labels: &[(&str, &str)], annotation: Option<&str>) -> Pod {
        let mut pod = Pod::default();
        let labels: Labels = labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        pod.metadata.labels = labels.into();
        pod.metadata.annotations.inject = annotation.map(Into::into);
        pod
    }

    /// The revision that injects, or why there is no injection.
    fn reach(pod: &Pod, labels: &[(&str, &str)]) -> String {
        let labels: Labels = labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        shown(injection(pod, "shop", Some(&labels)))
    }

    fn shown(injection: Injection) -> String {
        match injection {
            Injection::By(revision) if revision.is_empty() => "default".to_owned(),
            Injection::By(revision) => revision.to_string(),
            Injection::Unheard => "unheard".to_owned(),
            Injection::Not(_) => "no".to_owned(),
            Injection::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn a_labelled_namespace_decides_for_all_of_its_pods() {
        let (plain, other) = (pod(&[], None), pod(&[(REVISION, "x")], None));
        for (labels, wanted) in [
            (&[][..], "no"),
            (&[("istio-injection", "enabled")], "default"),
            (&[("istio-injection", "disabled")], "no"),
            (&[("istio-injection", "true")], "no"),
            (&[("istio-injection", "")], "no"),
            (&[("istio.io/rev", "1-20")], "1-20"),
            (&[("istio.io/rev", "default")], "default"),
            (&[("istio.io/rev", "")], "no"),
            (&[("istio.io/rev", "1-20"), ("istio-injection", "enabled")], "default"),
            (&[("istio.io/rev", "1-20"), ("istio-injection", "disabled")], "no"),
        ] {
            assert_eq!(reach(&plain, labels), wanted, "{labels:?}");
            // A pod that asks for another revision counts only if the namespace is not labelled.
            assert_eq!(reach(&other, labels), if labels.is_empty() { "x" } else { wanted }, "{labels:?}");
        }
    }

    #[test]
    fn a_pod_may_refuse_anywhere_and_ask_where_its_namespace_is_silent() {
        let (enabled, revised) = ([("istio-injection", "enabled")], [("istio.io/rev", "r")]);
        for (label, annotation, wanted, inside) in [
            (Some("true"), Some("false"), "default", "default"),
            (Some("false"), Some("true"), "no", "no"),
            (Some("False"), None, "no", "no"),
            (Some("never"), None, "no", "no"),
            (Some(""), Some("false"), "no", "default"),
            (Some("yes"), None, "unheard", "default"),
            (None, Some("true"), "unheard", "default"),
            (None, Some("ON"), "unheard", "default"),
            (None, Some("false"), "no", "no"),
            (None, Some(""), "no", "default"),
        ] {
            let labels: Vec<_> = label.map(|label| (INJECT, label)).into_iter().collect();
            let pod = pod(&labels, annotation);
            assert_eq!(reach(&pod, &[]), wanted, "{label:?} {annotation:?}");
            assert_eq!(reach(&pod, &enabled), inside, "{label:?} {annotation:?}");
            let inside = if inside == "default" { "r" } else { inside };
            assert_eq!(reach(&pod, &revised), inside, "{label:?} {annotation:?}");
        }
        assert_eq!(reach(&pod(&[(INJECT, "true"), (REVISION, "x")], None), &[]), "x");
        assert_eq!(reach(&pod(&[(INJECT, "false"), (REVISION, "x")], None), &[]), "no");
    }

    #[test]
    fn of_a_namespace_that_no_file_tells_of_a_pods_own_word_counts() {
        let unknown = |pod: &Pod| shown(injection(pod, "shop", None));
        assert_eq!(unknown(&pod(&[], None)), "unknown");
        assert_eq!(unknown(&pod(&[], Some("true"))), "default");
        assert_eq!(unknown(&pod(&[(REVISION, "x")], None)), "x");
        assert_eq!(unknown(&pod(&[(INJECT, "false")], None)), "no");
    }

    #[test]
    fn nothing_is_injected_into_kubernetes_itself_and_into_the_network_of_a_node() {
        let mut wanted = pod(&[(INJECT, "true")], None);
        assert_eq!(shown(injection(&wanted, "kube-system", None)), "no");
        wanted.spec.host_network = true;
        assert_eq!(reach(&wanted, &[("istio-injection", "enabled")]), "no");
    }

    #[test]
    fn ambient_mode_is_the_pods_or_else_the_namespaces() {
        for (own, namespace, wanted) in [
            (None, None, None),
            (None, Some("ambient"), Some(DataPlane::ambient_namespace())),
            (None, Some("none"), None),
            (Some("ambient"), None, Some(DataPlane::ambient_pods())),
            (Some("none"), Some("ambient"), None),
        ] {
            let labels =
                |mode: Option<&str>| mode.map(|mode| (MODE.into(), mode.into())).into_iter().collect::<Labels>();
            let mut pod = Pod::default();
            pod.metadata.labels = labels(own).into();
            assert_eq!(ambient(&pod, "shop", Some(&labels(namespace))), wanted, "{own:?} {namespace:?}");
            assert_eq!(ambient(&pod, "kube-system", Some(&labels(namespace))), None);
            pod.spec.host_network = true;
            assert_eq!(ambient(&pod, "shop", Some(&labels(namespace))), None);
        }
    }

    #[test]
    fn a_sidecar_is_known_by_its_image_or_name() {
        let container = |name: &str, image: &str, policy: &str| Container {
            name: name.into(),
            image: image.into(),
            restart_policy: policy.into(),
            ..Container::default()
        };
        let mut pod = Pod::default();
        pod.spec.init_containers = vec![container("istio-init", "docker.io/istio/proxyv2:1.7.0", "")];
        assert!(!has_sidecar(&pod));
        pod.spec.init_containers.push(container("istio-proxy", "x/proxyv2", "Always"));
        assert!(has_sidecar(&pod));
        pod.spec.init_containers.clear();
        pod.spec.containers = vec![container("web", "istio/web", ""), container("router", "gcr.io/istio/proxyv2", "")];
        assert!(has_sidecar(&pod));
    }
}
