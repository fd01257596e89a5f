//! Meshes of Open Service Mesh and what is in them.

use meshtree::discover::MeshKind;

use crate::fleet::{ISTIO, read};

/// The control plane.
const OSM: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: osm-controller, namespace: osm-system}
spec:
  template:
    spec:
      containers: [{name: osm-controller, image: openservicemesh/osm-controller:v0.4.0}]
---
";

/// A service, its Deployment, and a pod of that with or without a sidecar.
fn shop(init: &str) -> String {
    format!(
        "apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: shop}}
spec: {{template: {{metadata: {{labels: {{app: web}}}}, spec: {{serviceAccountName: web, containers: [{{name: web, image: web}}]}}}}}}
---
apiVersion: v1
kind: Pod
metadata:
  name: web-1
  namespace: shop
  uid: '1'
  labels: {{app: web, pod-template-hash: abc}}
  ownerReferences: [{{kind: ReplicaSet, name: web-abc, controller: true}}]
spec:
  initContainers: [{{name: {init}, image: 'openservicemesh/init:v0.4.0'}}]
  containers: [{{name: web, image: web}}, {{name: envoy, image: 'envoyproxy/envoy-alpine:v1.15.0'}}]
"
    )
}

#[test]
fn a_control_plane_and_its_sidecars_make_a_mesh() {
    let found = read(&[("clusters/east/dump.yaml", &(OSM.to_owned() + &shop("osm-init")))]).clean();
    let (key, mesh) = found.inventory.meshes.iter().next().expect("a mesh");
    assert_eq!(key.to_string(), "service-mesh-hub/osm-controller-osm-system-east");
    assert!(matches!(&mesh.kind, MeshKind::Osm(version) if &**version == "v0.4.0"), "{mesh:?}");
    assert_eq!(found.workloads(), ["web-shop-east-deployment"]);
    let target = found.inventory.targets.values().next().expect("web");
    assert_eq!(&target.mesh, key);
    // Another init container is no sidecar's.
    let found = read(&[("clusters/east/dump.yaml", &(OSM.to_owned() + &shop("setup")))]);
    assert!(found.workloads().is_empty() && found.targets().is_empty());
}

#[test]
fn a_monitored_namespace_is_in_the_mesh_where_there_are_no_pods() {
    let shop = shop("osm-init");
    let manifests = shop.split("---\napiVersion: v1\nkind: Pod").next().expect("the manifests").to_owned();
    let namespace = |enabled: &str| {
        format!(
            "---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels: {{openservicemesh.io/monitored-by: osm}}\n  annotations: {{openservicemesh.io/sidecar-injection: {enabled}}}\n"
        )
    };
    let found = read(&[("clusters/east/git.yaml", &(OSM.to_owned() + &manifests + &namespace("enabled")))]).clean();
    assert_eq!(found.targets(), ["web-shop-east"]);
    let found = read(&[("clusters/east/git.yaml", &(OSM.to_owned() + &manifests + &namespace("disabled")))]);
    assert!(found.targets().is_empty());
}

#[test]
fn each_workload_is_in_the_mesh_of_its_own_sidecar() {
    let text = ISTIO.to_owned() + "---\n" + OSM + &shop("osm-init");
    let found = read(&[("clusters/east/dump.yaml", &text)]).clean();
    assert_eq!(found.inventory.meshes.len(), 2);
    let workload = found.inventory.workloads.values().next().expect("web");
    assert_eq!(&*workload.mesh.name, "osm-controller-osm-system-east");
}
