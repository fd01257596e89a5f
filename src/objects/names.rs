//! The names of rendered objects. All code gets them here, so that checks of names and the objects agree.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::ids::{ClusterObjectRef, ObjectRef, Text, sanitize};

/// The AuthorizationPolicy of a mesh that refuses requests by default.
pub const GLOBAL_ACCESS: &str = "global-access-control";

/// The Secret from which istiod takes its certificate authority.
pub const CACERTS: &str = "cacerts";

/// The longest name of an object, in characters.
pub const MAX_NAME: usize = 253;

/// The Gateway that accepts requests from the other meshes of a virtual mesh.
pub fn federation_gateway(virtual_mesh: &ObjectRef) -> String {
    sanitize(&format!("{}-{}", virtual_mesh.name, virtual_mesh.namespace))
}

/// The Gateway for more gateway pods in one namespace, which differ by their labels.
pub fn federation_gateway_of(virtual_mesh: &ObjectRef, labels: &BTreeMap<Text, Text>) -> String {
    format!("{}-{}", federation_gateway(virtual_mesh), hash(labels))
}

/// The EnvoyFilter that belongs to that Gateway.
pub fn federation_filter(virtual_mesh: &ObjectRef) -> String {
    format!("{}.{}", virtual_mesh.name, virtual_mesh.namespace)
}

/// The AuthorizationPolicy that allows calls to the gateway pods at an address.
pub fn gateway_access(address: &str) -> String {
    format!("allow-ingress-gateway-{}", sanitize(address))
}

/// The AuthorizationPolicy for more gateway pods at the same address, which differ by their labels.
pub fn gateway_access_of(address: &str, labels: &BTreeMap<Text, Text>) -> String {
    format!("{}-{}", gateway_access(address), hash(labels))
}

/// The AuthorizationPolicy that allows calls to the pods of a gateway that other clusters do not use, which is known by the name of
/// its Service or workload.
pub fn other_gateway_access(name: &str) -> String {
    sanitize(&format!("allow-gateway-{name}"))
}

/// The AuthorizationPolicy for more gateway pods with the same name in one namespace, which differ by their labels.
pub fn other_gateway_access_of(name: &str, labels: &BTreeMap<Text, Text>) -> String {
    format!("{}-{}", other_gateway_access(name), hash(labels))
}

/// The AuthorizationPolicy that the waypoint before a service applies.
pub fn waypoint_access(service: &str) -> String {
    format!("{service}-waypoint")
}

/// The HTTPRouteGroup with the requests that an access policy allows for a service, and the TrafficTarget with their callers.
pub fn smi_access(service: &ClusterObjectRef, policy: &ObjectRef) -> String {
    format!("{}.{}.{}", service.name, policy.name, policy.namespace)
}

/// The TrafficTarget for one of several ports.
pub fn smi_access_on(service: &ClusterObjectRef, policy: &ObjectRef, port: u32) -> String {
    format!("{}.{port}", smi_access(service, policy))
}

/// A short hash of labels.
pub fn hash(labels: &BTreeMap<Text, Text>) -> String {
    let mut hasher = Sha256::new();
    for (key, value) in labels {
        hasher.update((key.len() as u64).to_be_bytes());
        hasher.update(key.as_bytes());
        hasher.update((value.len() as u64).to_be_bytes());
        hasher.update(value.as_bytes());
    }
    let digest = hasher.finalize();
    format!("{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3])
}
