//! The settings of CA material: who can open it, and how it gets into the clusters.

use std::path::Path;

use super::Settings;
use crate::ids::{ClusterName, Text};
use crate::{enumeration, message};

enumeration! {
    /// How CA material gets into the clusters.
    Delivery {
        /// As an encrypted Secret in the tree, which Flux decrypts.
        Sops = "sops",
        /// As a SealedSecret in the tree, which only the cluster's own controller opens.
        SealedSecret = "sealed-secret",
        /// By the External Secrets Operator, from a store of secrets: the tree has references alone.
        ExternalSecret = "external-secret",
        /// By cert-manager, which issues the intermediate in the cluster.
        CertManager = "cert-manager",
        /// By istio-csr, which signs in the place of istiod: there is no `cacerts`.
        IstioCsr = "istio-csr",
        /// By somebody else: the tree holds none.
        None = "none",
    }
}

enumeration! {
    /// Where the controller opens a SealedSecret.
    SealingScope {
        /// With its name, in its namespace.
        Strict = "strict",
        /// With any name, in its namespace.
        NamespaceWide = "namespace-wide",
        /// Anywhere in the cluster.
        ClusterWide = "cluster-wide",
    }
}

enumeration! {
    /// The kind of a store of the External Secrets Operator.
    StoreKind {
        ClusterSecretStore = "ClusterSecretStore",
        SecretStore = "SecretStore",
    }
}

message! {
    /// CA material.
    Ca {
        /// age recipients to which private keys are encrypted.
        recipients: Vec<Text> = "recipients",
        /// How it gets into the clusters; `sops`.
        delivery: Delivery = "delivery",
        /// The type of the Secret; `Opaque`.
        secret_type: Option<Text> = "secretType",
        /// How long before its end a certificate is reported.
        warn_before_expiry: Option<WarnBeforeExpiry> = "warnBeforeExpiry",
        /// How long workloads keep the certificates that istiod issued; 24.
        workload_ttl_hours: Option<u32> = "workloadTtlHours",
        /// Where SealedSecrets are opened.
        sealed_secret: Option<SealedSecret> = "sealedSecret",
        /// What ExternalSecrets refer to.
        external_secret: Option<ExternalSecret> = "externalSecret",
        /// What Certificates ask for.
        cert_manager: Option<CertManager> = "certManager",
        /// The image of the Jobs that restart pods, with sh, sha256sum and kubectl.
        restart_image: Option<Text> = "restartImage",
    }
}

message! {
    /// How long before its end a certificate is reported.
    WarnBeforeExpiry {
        /// Of a root; 180.
        root_days: Option<u32> = "rootDays",
        /// Of an intermediate; 30.
        intermediate_days: Option<u32> = "intermediateDays",
    }
}

message! {
    /// Where SealedSecrets are opened.
    SealedSecret {
        /// `strict`.
        scope: SealingScope = "scope",
    }
}

message! {
    /// What ExternalSecrets refer to.
    ExternalSecret {
        /// The store.
        store: Option<SecretStore> = "store",
        /// How the keys in the store begin; `cacerts`.
        key_prefix: Option<Text> = "keyPrefix",
    }
}

message! {
    /// A store of the External Secrets Operator.
    SecretStore {
        name: Text = "name",
        /// `ClusterSecretStore`.
        kind: StoreKind = "kind",
    }
}

message! {
    /// What Certificates ask for.
    CertManager {
        /// What issues them.
        issuer: Option<Issuer> = "issuer",
        /// How many days they are valid; 365.
        lifetime_days: Option<u32> = "lifetimeDays",
    }
}

message! {
    /// An issuer of cert-manager.
    Issuer {
        name: Text = "name",
        /// `ClusterIssuer`.
        kind: Option<Text> = "kind",
        /// `cert-manager.io`.
        group: Option<Text> = "group",
    }
}

message! {
    /// CA material of one cluster.
    ClusterCa {
        /// How it gets into this cluster, instead of the way for all.
        delivery: Option<Delivery> = "delivery",
        /// The file with the certificate of this cluster's Sealed Secrets controller, relative to the fleet.
        sealing_certificate: Option<Text> = "sealingCertificate",
    }
}

/// Whether a path may be that of a sealing certificate: what the inputs of an earlier commit are is known by name alone.
pub fn is_certificate(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "pem" || end == "crt")
}

impl Settings {
    /// How CA material gets into a cluster.
    pub fn delivery(&self, cluster: &ClusterName) -> Delivery {
        let of_cluster = self.clusters.get(&cluster.0).and_then(|settings| settings.ca.as_ref()?.delivery);
        of_cluster.unwrap_or_else(|| self.ca.as_ref().map_or_else(Delivery::default, |ca| ca.delivery))
    }
}
