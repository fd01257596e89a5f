//! VirtualMesh as written (`networking.smh.solo.io/v1alpha2`).

use super::refused::Refused;
use super::selector::ServiceSelector;
use crate::ids::{ObjectRef, Text};
use crate::{enumeration, message};

enumeration! {
    /// Whether requests that no AccessPolicy allows are refused.
    GlobalAccessPolicy {
        /// As the mesh does by itself: allowed.
        MeshDefault = "MESH_DEFAULT",
        /// Refused.
        Enabled = "ENABLED",
        /// Allowed.
        Disabled = "DISABLED",
    }
}

message! {
    /// The specification of a VirtualMesh.
    VirtualMesh {
        /// The meshes it groups.
        meshes: Vec<ObjectRef> = "meshes",
        /// How they trust each other; none means that no certificates are made.
        mtls_config: Option<MtlsConfig> = "mtlsConfig",
        /// How services are known to the other meshes.
        federation: Option<Federation> = "federation",
        /// Whether requests that no AccessPolicy allows are refused.
        global_access_policy: GlobalAccessPolicy = "globalAccessPolicy",
    }
}

message! {
    /// How the meshes trust each other.
    MtlsConfig {
        /// Whether pods are restarted when certificates change.
        auto_restart_pods: bool = "autoRestartPods",
        ;
        /// The model of trust.
        oneof trust_model: TrustModel {
            /// One root for all.
            "shared" => Shared(SharedTrust) or null,
            /// Several roots; never implemented.
            "limited" => Limited(LimitedTrust) or null,
        }
    }
}

message! {
    /// One root for all meshes.
    SharedTrust {
        /// Where the root comes from.
        root_certificate_authority: Option<RootCertificateAuthority> = "rootCertificateAuthority",
    }
}

message! {
    /// Several roots; never implemented.
    LimitedTrust {}
}

message! {
    /// Where the root comes from; empty means generated.
    RootCertificateAuthority {
        ;
        /// The source.
        oneof source: RootSource {
            /// It is made.
            "generated" => Generated(GeneratedRoot) or null,
            /// It is in a secret.
            "secret" => Secret(ObjectRef) or null,
        }
    }
}

message! {
    /// How the root is made; 0 and empty mean the default.
    GeneratedRoot {
        /// For how many days it is valid; 365.
        ttl_days: u32 = "ttlDays",
        /// The size of its RSA key, in bits whatever the name says; 4096.
        rsa_key_size_bytes: u32 = "rsaKeySizeBytes",
        /// The organisation it names; `service-mesh-hub`.
        org_name: Text = "orgName",
    }
}

message! {
    /// How services are known to the other meshes.
    Federation {
        /// Which services are known to other meshes (since 1.1); without it, every one is.
        selectors: Option<Vec<FederationSelector>> = "selectors",
        /// The end of the hosts under which they are (since 0.12); not supported.
        hostname_suffix: Refused = "hostnameSuffix",
        /// Whether pods of other clusters are reached without a gateway (since 0.12); not supported.
        flat_network: Refused = "flatNetwork",
        ;
        /// The mode.
        oneof mode: FederationMode {
            /// Every service to every mesh.
            "permissive" => Permissive(Permissive) or null,
        }
    }
}

message! {
    /// Services that are known to other meshes.
    FederationSelector {
        /// The services; none means every one.
        destination_selectors: Vec<ServiceSelector> = "destinationSelectors",
        /// The meshes to which they are known; none means every one.
        meshes: Vec<ObjectRef> = "meshes",
    }
}

message! {
    /// Every service to every mesh.
    Permissive {}
}
