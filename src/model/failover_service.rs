//! FailoverService as written (`networking.smh.solo.io/v1alpha2`).

use crate::ids::{ClusterObjectRef, ObjectRef, Text};
use crate::message;

message! {
    /// The specification of a FailoverService.
    FailoverService {
        /// The host name under which it is called.
        hostname: Text = "hostname",
        /// The port under which it is called.
        port: Option<FailoverPort> = "port",
        /// The meshes from which it can be called.
        meshes: Vec<ObjectRef> = "meshes",
        /// The services that requests fail over to, in the order in which they are tried.
        backing_services: Vec<BackingService> = "backingServices",
    }
}

message! {
    /// The port of a failover service.
    FailoverPort {
        number: u32 = "number",
        protocol: Text = "protocol",
    }
}

message! {
    /// One service behind a failover service.
    BackingService {
        ;
        /// What it is.
        oneof service: BackingServiceType {
            /// A service of a cluster.
            "kubeService" => KubeService(ClusterObjectRef),
        }
    }
}
