//! CA material for the commands: whose keys it is encrypted to, what of it the tree holds already.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use crate::ca::{CaPlan, Identities, Options, Pending, Recipients, plan_material, recipients_from_sops};
use crate::diag::{Code, Diag, Place, Report};
use crate::load::CA_STORE;
use crate::model::settings::{self, Delivery};
use crate::model::{Snapshot, hub_namespace};
use crate::render::{cluster::CACERTS, layout};
use crate::resolve::Plan;
use crate::translate::mtls;

/// The directory of the store.
pub(super) fn store(fleet: &Path) -> PathBuf {
    fleet.join(CA_STORE)
}

/// Finds out what material there is for a plan and what is to be issued.
pub(super) fn plan(
    fleet: &Path,
    out: &Path,
    snapshot: &Snapshot,
    plan: &Plan<'_>,
    locked: bool,
    report: &mut Report,
) -> Pending {
    let settings = snapshot.settings.ca.clone().unwrap_or_default();
    let settings::Ca { recipients: written, delivery, secret_type } = settings;
    let ca_plan = match delivery {
        Delivery::Sops => mtls::ca_plan(plan),
        // Somebody else puts the Secret there.
        Delivery::None => CaPlan { authorities: Vec::new() },
    };
    let mut options = Options::new(store(fleet));
    options.locked = locked;
    options.hub_namespace = hub_namespace(&snapshot.settings).to_string();
    options.identities = Identities::from_vars(|name| std::env::var_os(name));
    options.delivered = delivered(&ca_plan, out);
    if let Some(secret_type) = secret_type {
        options.secret_type = secret_type.to_string();
    }
    if !ca_plan.authorities.is_empty() {
        options.recipients = recipients(fleet, &written, report);
    }
    plan_material(&ca_plan, &options, now(), report)
}

/// The time of what will be issued.
fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// The recipients of the settings, or those of `.sops.yaml`.
fn recipients(fleet: &Path, written: &[crate::ids::Text], report: &mut Report) -> Recipients {
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

/// Which of the plan's Secrets the output directory holds.
fn delivered(plan: &CaPlan, out: &Path) -> BTreeSet<(crate::ids::ClusterName, String)> {
    let meshes = plan.authorities.iter().flat_map(|authority| &authority.meshes);
    let is_there = |mesh: &&crate::ca::MeshCa| {
        out.join(mesh.cluster.as_str()).join(layout::path("secret", &mesh.namespace, CACERTS)).exists()
    };
    meshes.filter(is_there).map(|mesh| (mesh.cluster.clone(), mesh.namespace.clone())).collect()
}
