//! CA material for a fleet: whose keys it is encrypted to, what of it the tree holds already, what is to be issued.

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

/// What a run brings to the keys of a fleet.
#[derive(Debug)]
pub struct Custody<'c> {
    /// The output directory, which may hold material already.
    pub out: &'c Path,
    /// What opens the private keys that were made before, if anything does.
    pub identities: Identities,
    /// Whether nothing may be issued.
    pub locked: bool,
    /// The time of what will be issued.
    pub now: OffsetDateTime,
}

impl super::Fleet {
    /// The directory of the CA store.
    pub fn store(&self) -> PathBuf {
        below(&self.directory, CA_STORE)
    }
}

impl Meaning<'_> {
    /// Finds out what material there is and what is to be issued. Nothing is written.
    pub fn authorities(&self, custody: Custody<'_>, report: &mut Report) -> Pending {
        let Custody { out, identities, locked, now } = custody;
        let snapshot = &self.fleet.snapshot;
        let settings = snapshot.settings.ca.clone().unwrap_or_default();
        let settings::Ca { recipients: written, delivery, secret_type } = settings;
        let ca_plan = match delivery {
            Delivery::Sops => self.plan.ca_plan(),
            // Somebody else puts the Secret there.
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

/// The recipients of the settings, or those of `.sops.yaml`.
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

/// The meshes, by cluster and namespace, of which the output directory holds the Secret.
fn delivered<'p>(plan: &'p Plan<'_>, out: &Path) -> BTreeSet<(&'p ClusterName, &'p Text)> {
    let places = plan.meshes.iter().map(|mesh| (plan[mesh.cluster].name, mesh.namespace));
    places.filter(|(cluster, namespace)| cacerts(out, cluster, namespace).exists()).collect()
}

/// Where the output directory holds a mesh's Secret.
fn cacerts(out: &Path, cluster: &ClusterName, namespace: &str) -> PathBuf {
    out.join(cluster.as_str()).join(layout::path("secret", namespace, CACERTS))
}

/// Tells of Secrets that the tree holds and that are no longer rendered. The cluster's own are kept from pruning, so nothing
/// else shows that the two have parted.
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
            Delivery::Sops => "no VirtualMesh with mtlsConfig groups the mesh",
        };
        let message = format!("cacerts of mesh {} leaves the tree: {why}", mesh.key);
        let file = cacerts(out, cluster, mesh.namespace).display().to_string();
        let diag = Diag::new(Code::CaDelivery, Place::File(file.into()), message).hint(
            "the Secret in the cluster is kept from pruning, and istiod goes on with it; deleting it there gives the mesh a root of its own, and calls fail until every workload has a new certificate",
        );
        report.push(Diag { severity: Severity::Warning, ..diag });
    }
}
