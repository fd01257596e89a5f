//! Open Service Mesh: its control plane, and whether a pod is in its mesh.

use super::RawCluster;
use super::control_plane::version;
use crate::discover::{Inventory, Mesh, MeshKind};
use crate::ids::{ObjectRef, Text};
use crate::model::kubernetes::{Annotations, Labels, Pod};

/// The name of the control plane's Deployment, and a part of its image's name.
const CONTROLLER: &str = "osm-controller";

/// The label by which a namespace is in a mesh.
const MONITORED: &str = "openservicemesh.io/monitored-by";

impl RawCluster<'_> {
    /// Finds the meshes of Open Service Mesh and gives the first in key order, to which workloads belong.
    pub(super) fn osm_meshes(&self, out: &mut Inventory) -> Option<ObjectRef> {
        for raw in self.objects.deployments.values().filter(|raw| *raw.key.name == *CONTROLLER) {
            let containers = &raw.object.spec.template.spec.containers;
            let Some(container) = containers.iter().find(|container| container.image.contains(CONTROLLER)) else {
                continue;
            };
            // As for Istio: Service Mesh Hub ignores a control plane whose image has no version.
            let version = version(&container.image);
            if version.is_empty() {
                continue;
            }
            let (namespace, kind) = (raw.key.namespace.clone(), MeshKind::Osm(version));
            let mesh = Mesh { place: raw.place.clone(), cluster: self.name.clone(), namespace, kind };
            out.meshes.entry(self.discovered(&raw.key, "")).or_insert(mesh);
        }
        let mut meshes = out.meshes.iter();
        let first = meshes.find(|(_, mesh)| mesh.cluster == *self.name && matches!(mesh.kind, MeshKind::Osm(_)));
        first.map(|(key, _)| key.clone())
    }
}

/// Whether a pod or template has the sidecar of Open Service Mesh: its init container and its Envoy.
pub(super) fn has_sidecar(pod: &Pod) -> bool {
    let init = pod.spec.init_containers.iter();
    let mut init = init.filter(|c| c.image.contains("openservicemesh/init") && c.name.contains("osm-init"));
    init.next().is_some() && pod.spec.containers.iter().any(|c| c.image.contains("envoyproxy/envoy-alpine"))
}

/// Whether a sidecar would be injected into such a pod: the namespace is monitored, and its annotation asks for it unless the
/// pod's own says otherwise.
pub(super) fn injected(pod: &Pod, labels: Option<&Labels>, annotations: Option<&Annotations>) -> bool {
    let monitored = labels.is_some_and(|labels| labels.contains_key(MONITORED));
    let asks = |annotations: &Annotations| annotations.osm_injection.as_ref().map(is_on);
    let own = asks(&pod.metadata.annotations);
    monitored && own.or(annotations.and_then(asks)).unwrap_or(false)
}

fn is_on(value: &Text) -> bool {
    matches!(&**value, "enabled" | "yes" | "true")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kubernetes::Container;

    fn container(name: &str, image: &str) -> Container {
        Container { name: name.into(), image: image.into(), ..Container::default() }
    }

    #[test]
    fn a_sidecar_is_an_init_container_and_an_envoy() {
        let mut pod = Pod::default();
        pod.spec.containers =
            vec![container("web", "shop/web:1"), container("envoy", "envoyproxy/envoy-alpine:v1.15.0")];
        assert!(!has_sidecar(&pod));
        pod.spec.init_containers = vec![container("osm-init", "openservicemesh/init:v0.4.0")];
        assert!(has_sidecar(&pod));
        pod.spec.init_containers[0].name = "setup".into();
        assert!(!has_sidecar(&pod));
    }

    #[test]
    fn injection_is_the_namespaces_unless_the_pod_says_otherwise() {
        let labels: Labels = [(MONITORED.into(), "osm".into())].into();
        let of = |value: &str| Annotations { osm_injection: Some(value.into()), ..Annotations::default() };
        let (mut pod, enabled) = (Pod::default(), of("enabled"));
        assert!(injected(&pod, Some(&labels), Some(&enabled)));
        assert!(!injected(&pod, None, Some(&enabled)), "the namespace is not monitored");
        assert!(!injected(&pod, Some(&labels), None), "nothing asks for it");
        pod.metadata.annotations = of("disabled");
        assert!(!injected(&pod, Some(&labels), Some(&enabled)));
        pod.metadata.annotations = of("enabled");
        assert!(injected(&pod, Some(&labels), None));
    }
}
