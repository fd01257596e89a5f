//! CA material for a fleet: the recipients it is encrypted for, what the tree already contains, what has to be issued.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::{Meaning, below};
use crate::ca::{Identities, Options, Pending, Recipients, plan_material, recipients_from_sops};
use crate::diag::{Code, Diag, Place, Report, Severity};
use crate::ids::{ClusterName, Text};
use crate::load::CA_STORE;
use crate::model::hub_namespace;
use crate::model::settings::{self, Delivery};
use crate::path;
use crate::plan::{CaPlan, Plan};
use crate::render::{cluster::CACERTS, layout};

/// What a run provides for the CA material of a fleet.
#[derive(Debug)]
pub struct Custody<'c> {
    /// The output directory, which may already contain CA material.
    pub out: &'c Path,
    /// The identities that decrypt existing private keys, if any.
    pub identities: Identities,
    /// Whether issuing is an error.
    pub locked: bool,
    /// The time of issuance.
    pub now: OffsetDateTime,
}

impl super::Fleet {
    /// The directory of the CA store.
    pub fn store(&self) -> PathBuf {
        below(&self.directory, CA_STORE)
    }
}

impl Meaning<'_> {
    /// Finds out which material exists and which has to be issued. Nothing is written.
    pub fn authorities(&self, custody: Custody<'_>, report: &mut Report) -> Pending {
        let Custody { out, identities, locked, now } = custody;
        let snapshot = &self.fleet.snapshot;
        let settings = snapshot.settings.ca.clone().unwrap_or_default();
        let settings::Ca { recipients: written, delivery, secret_type } = settings;
        let ca_plan = match delivery {
            Delivery::Sops => self.plan.ca_plan(),
            // The Secret is delivered by other means.
            Delivery::None => CaPlan { authorities: Vec::new() },
        };
        let mut options = Options::new(self.fleet.store());
        options.locked = locked;
        options.hub_namespace = hub_namespace(&snapshot.settings).to_string();
        options.places = snapshot
            .virtual_meshes
            .iter()
            .map(|(key, object)| (key.clone(), object.place(path!["spec", "mtlsConfig"])))
            .collect();
        options.identities = identities;
        let delivered = delivered(&self.plan, out);
        warn_of_leaving(&self.plan, (&ca_plan, delivery), out, &delivered, report);
        options.delivered =
            delivered.into_iter().map(|(cluster, namespace)| (cluster.clone(), namespace.to_string())).collect();
        if let Some(secret_type) = secret_type {
            options.secret_type = secret_type.to_string();
        }
        if !ca_plan.authorities.is_empty() {
            options.recipients = recipients(&self.fleet.directory, &written, report);
        }
        plan_material(&ca_plan, &options, now, report)
    }
}

/// The recipients from the settings, or else from `.sops.yaml`.
fn recipients(fleet: &Path, written: &[Text], report: &mut Report) -> Recipients {
    let found = if written.is_empty() {
        recipients_from_sops(fleet).map(Option::unwrap_or_default)
    } else {
        Recipients::from_list(written)
    };
    found.unwrap_or_else(|error| {
        report.push(Diag::new(Code::BadSettings, Place::Nowhere, error.to_string()));
        Recipients::default()
    })
}

/// The meshes, by cluster and namespace, whose Secret is in the output directory.
fn delivered<'p>(plan: &'p Plan<'_>, out: &Path) -> BTreeSet<(&'p ClusterName, &'p Text)> {
    let places = plan.meshes.iter().map(|mesh| (plan[mesh.cluster].name, mesh.namespace));
    places.filter(|(cluster, namespace)| cacerts(out, cluster, namespace).exists()).collect()
}

/// The path of a mesh's Secret in the output directory.
fn cacerts(out: &Path, cluster: &ClusterName, namespace: &str) -> PathBuf {
    out.join(cluster.as_str()).join(layout::path("secret", namespace, CACERTS))
}

/// Warns about Secrets that are in the tree and no longer rendered. In the cluster they are excluded from pruning, so nothing
/// else would show that the tree and the cluster now differ.
fn warn_of_leaving(
    plan: &Plan<'_>,
    (ca_plan, delivery): (&CaPlan, Delivery),
    out: &Path,
    delivered: &BTreeSet<(&ClusterName, &Text)>,
    report: &mut Report,
) {
    let asked: BTreeSet<(&ClusterName, &str)> = ca_plan
        .authorities
        .iter()
        .flat_map(|authority| &authority.meshes)
        .map(|mesh| (&mesh.cluster, &*mesh.namespace))
        .collect();
    for mesh in &plan.meshes {
        let cluster = plan[mesh.cluster].name;
        if !delivered.contains(&(cluster, mesh.namespace)) || asked.contains(&(cluster, &**mesh.namespace)) {
            continue;
        }
        let why = match delivery {
            Delivery::None => "`spec.ca.delivery` is none",
            Delivery::Sops => "no VirtualMesh with mtlsConfig contains the mesh",
        };
        let message = format!("Secret cacerts of mesh {} is removed from the tree: {why}", mesh.key);
        let file = cacerts(out, cluster, mesh.namespace).display().to_string();
        let diag = Diag::new(Code::CaDelivery, Place::File(file.into()), message).hint(
            "keep the Secret in the cluster, which is excluded from pruning, or delete it there: istiod then creates a root of its own, and calls fail until every workload has a new certificate",
        );
        report.push(Diag { severity: Severity::Warning, ..diag });
    }
}
