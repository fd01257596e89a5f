//! VirtualMesh.

use super::{DestinationSelectorV1, Later};
use crate::ids::{ObjectRef, Text};
use crate::message;
use crate::model::refused::Refused;
use crate::model::virtual_mesh::{
    Federation, FederationMode, FederationSelector, GeneratedRoot, GlobalAccessPolicy, LimitedTrust, MtlsConfig,
    Permissive, RootCertificateAuthority, RootSource, SharedTrust, TrustModel, VirtualMesh,
};

message! {
    /// A VirtualMesh of version `v1`.
    VirtualMeshV1 {
        /// The meshes it groups.
        meshes: Vec<ObjectRef> = "meshes",
        /// How they trust each other.
        mtls_config: Option<MtlsConfigV1> = "mtlsConfig",
        /// How services are known to the other meshes.
        federation: Option<FederationV1> = "federation",
        /// Whether requests that no AccessPolicy allows are refused.
        global_access_policy: GlobalAccessPolicy = "globalAccessPolicy",
    }
}

message! {
    /// How the meshes trust each other.
    MtlsConfigV1 {
        /// Whether pods are restarted when certificates change.
        auto_restart_pods: bool = "autoRestartPods",
        ;
        /// The model of trust.
        oneof trust_model: TrustModelV1 {
            /// One root for all.
            "shared" => Shared(SharedTrustV1) or null,
            /// Several roots; never implemented.
            "limited" => Limited(LimitedTrust) or null,
        }
    }
}

message! {
    /// One root for all meshes.
    SharedTrustV1 {
        /// Where the root comes from.
        root_certificate_authority: Option<RootCertificateAuthorityV1> = "rootCertificateAuthority",
        /// An authority outside of the clusters; not supported.
        intermediate_certificate_authority: Refused = "intermediateCertificateAuthority",
        /// How the intermediates are made; not supported.
        intermediate_cert_options: Refused = "intermediateCertOptions",
    }
}

message! {
    /// Where the root comes from; empty means generated.
    RootCertificateAuthorityV1 {
        ;
        /// The source.
        oneof source: RootSourceV1 {
            /// It is made.
            "generated" => Generated(GeneratedRootV1) or null,
            /// It is in a secret.
            "secret" => Secret(ObjectRef) or null,
        }
    }
}

message! {
    /// How the root is made; 0 and empty mean the default.
    GeneratedRootV1 {
        /// For how many days it is valid; 365.
        ttl_days: u32 = "ttlDays",
        /// The size of its RSA key, in bits whatever the name says; 4096.
        rsa_key_size_bytes: u32 = "rsaKeySizeBytes",
        /// The organisation it names; `service-mesh-hub`.
        org_name: Text = "orgName",
        /// When it is replaced; not supported, since nothing is rotated by itself.
        secret_rotation_grace_period_ratio: Refused = "secretRotationGracePeriodRatio",
    }
}

message! {
    /// How services are known to the other meshes.
    FederationV1 {
        /// Which services are.
        selectors: Option<Vec<FederationSelectorV1>> = "selectors",
        /// The end of the hosts under which they are; not supported.
        hostname_suffix: Refused = "hostnameSuffix",
        /// Whether pods of other clusters are reached without a gateway; not supported.
        flat_network: Refused = "flatNetwork",
        /// Which gateways are used; not supported: name them in the inventory.
        east_west_ingress_gateway_selectors: Refused = "eastWestIngressGatewaySelectors",
        /// How connections to other clusters are kept open; not supported.
        tcp_keepalive: Refused = "tcpKeepalive",
        ;
        /// The mode.
        oneof mode: FederationModeV1 {
            /// Every service to every mesh.
            "permissive" => Permissive(Permissive) or null,
        }
    }
}

message! {
    /// Services that are known to other meshes.
    FederationSelectorV1 {
        /// The services; none means every one.
        destination_selectors: Vec<DestinationSelectorV1> = "destinationSelectors",
        /// The meshes to which they are known; none means every one.
        meshes: Vec<ObjectRef> = "meshes",
    }
}

impl Later for VirtualMeshV1 {
    type Model = VirtualMesh;

    fn into_model(self) -> VirtualMesh {
        let Self { meshes, mtls_config, federation, global_access_policy } = self;
        VirtualMesh {
            meshes,
            mtls_config: mtls_config.map(trust),
            federation: federation.map(self::federation),
            global_access_policy,
        }
    }
}

fn trust(config: MtlsConfigV1) -> MtlsConfig {
    let MtlsConfigV1 { auto_restart_pods, trust_model } = config;
    let trust_model = trust_model.map(|model| match model {
        TrustModelV1::Shared(shared) => TrustModel::Shared(shared_trust(shared)),
        TrustModelV1::Limited(limited) => TrustModel::Limited(limited),
    });
    MtlsConfig { auto_restart_pods, trust_model }
}

fn shared_trust(shared: SharedTrustV1) -> SharedTrust {
    let SharedTrustV1 {
        root_certificate_authority,
        intermediate_certificate_authority: Refused,
        intermediate_cert_options: Refused,
    } = shared;
    let source = |source: RootSourceV1| match source {
        RootSourceV1::Generated(generated) => {
            let GeneratedRootV1 { ttl_days, rsa_key_size_bytes, org_name, secret_rotation_grace_period_ratio: Refused } =
                generated;
            RootSource::Generated(GeneratedRoot { ttl_days, rsa_key_size_bytes, org_name })
        }
        RootSourceV1::Secret(secret) => RootSource::Secret(secret),
    };
    let root = root_certificate_authority
        .map(|RootCertificateAuthorityV1 { source: written }| RootCertificateAuthority { source: written.map(source) });
    SharedTrust { root_certificate_authority: root }
}

fn federation(federation: FederationV1) -> Federation {
    let FederationV1 {
        selectors,
        hostname_suffix: Refused,
        flat_network: Refused,
        east_west_ingress_gateway_selectors: Refused,
        tcp_keepalive: Refused,
        mode,
    } = federation;
    let one = |s: FederationSelectorV1| FederationSelector {
        destination_selectors: s.destination_selectors.into_iter().map(Into::into).collect(),
        meshes: s.meshes,
    };
    let permissive = mode.map(|FederationModeV1::Permissive(all)| FederationMode::Permissive(all));
    let selectors = selectors.map(|list| list.into_iter().map(one).collect());
    Federation { selectors, hostname_suffix: Refused, flat_network: Refused, mode: permissive }
}
