//! Whether a pod is in a mesh: by its sidecar, or by what Istio's injection would do with it.

use super::control_plane::{REVISION, revision};
use crate::ids::Text;
use crate::model::kubernetes::{Container, Labels, Pod};

/// Namespaces into which nothing is injected.
const NEVER: [&str; 4] = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];

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

/// The revision that would inject a sidecar into such a pod, empty for the default; none if none would.
pub(super) fn injected(pod: &Pod, namespace: &str, labels: Option<&Labels>) -> Option<Text> {
    if NEVER.contains(&namespace) || pod.spec.host_network {
        return None;
    }
    let of = |key: &str| labels.and_then(|labels| labels.get(key)).map(|value| &**value);
    let injection = of("istio-injection");
    // The label has the say, as the annotation has had before there was a label.
    let own = pod.metadata.labels.get(INJECT).or(pod.metadata.annotations.inject.as_ref());
    let own = own.map(|text| text.eq_ignore_ascii_case("true") || matches!(&**text, "yes" | "y" | "on"));
    let asked = revision(&pod.metadata.labels);
    let by_namespace = match injection {
        Some("enabled") => Some("".into()),
        _ => labels.and_then(revision),
    };
    // A namespace that is disabled is out of the reach of every webhook, whatever its pods say.
    if injection == Some("disabled") || own == Some(false) {
        return None;
    }
    let named = pod.metadata.labels.contains_key(REVISION);
    match (by_namespace, own == Some(true) || named) {
        (Some(namespace), _) if injection == Some("enabled") => Some(namespace),
        (namespace, wanted) if wanted || namespace.is_some() => Some(asked.or(namespace).unwrap_or_default()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(labels: &[(&str, &str)], annotation: Option<&str>) -> Pod {
        let mut pod = Pod::default();
        pod.metadata.labels = labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        pod.metadata.annotations.inject = annotation.map(Into::into);
        pod
    }

    fn reach(pod: &Pod, labels: &[(&str, &str)]) -> Option<String> {
        let labels = labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        injected(pod, "shop", Some(&labels)).map(|revision| revision.to_string())
    }

    #[test]
    fn namespace_and_pod_decide() {
        let some = |text: &str| Some(text.to_owned());
        let (enabled, disabled) = ([("istio-injection", "enabled")], [("istio-injection", "disabled")]);
        let plain = pod(&[], None);
        assert_eq!(reach(&plain, &[]), None);
        assert_eq!(reach(&plain, &enabled), some(""));
        assert_eq!(reach(&plain, &disabled), None);
        assert_eq!(reach(&plain, &[("istio.io/rev", "1-20")]), some("1-20"));
        assert_eq!(reach(&plain, &[("istio.io/rev", "default")]), some(""));
        assert_eq!(reach(&plain, &[("istio.io/rev", "1-20"), ("istio-injection", "enabled")]), some(""));
        let wanted = pod(&[(INJECT, "true")], Some("false"));
        assert_eq!((reach(&wanted, &[]), reach(&wanted, &disabled)), (some(""), None));
        assert_eq!(reach(&pod(&[], Some("true")), &[]), some(""));
        assert_eq!(reach(&pod(&[], Some("false")), &enabled), None);
        assert_eq!(reach(&pod(&[(INJECT, "false")], None), &enabled), None);
        assert_eq!(reach(&pod(&[(REVISION, "x")], None), &[]), some("x"));
        assert_eq!(injected(&wanted, "kube-system", None), None);
        assert_eq!(injected(&wanted, "shop", None).as_deref(), Some(""));
        let mut host = wanted.clone();
        host.spec.host_network = true;
        assert_eq!(reach(&host, &enabled), None);
    }

    #[test]
    fn a_sidecar_is_known_by_its_image_or_name() {
        let container = |name: &str, image: &str, policy: &str| Container {
            name: name.into(),
            image: image.into(),
            restart_policy: policy.into(),
            ports: Vec::new(),
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
