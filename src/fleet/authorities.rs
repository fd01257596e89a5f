//! CA material for a fleet: what there is of it, and what is to be issued.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use time::{Duration, OffsetDateTime};

use super::{Meaning, below};
use crate::ca::{
    self, Asked, Asking, CaError, Custodian, Identities, Lists, Means, ObjectName, Pending, Program, Recipiency,
    Revoking, Turn,
};
use crate::diag::Report;
use crate::ids::{ClusterName, ObjectRef};
use crate::load::CA_STORE;
use crate::plan::CaPlan;
use crate::render::layout;

/// What a run provides for the CA material of a fleet.
#[derive(Debug)]
pub struct Custody<'c> {
    /// The output directory, which may already contain CA material.
    pub out: &'c Path,
    /// The identities that decrypt existing private keys, if any.
    pub identities: Identities,
    /// What signs instead of the root's key, if anything does.
    pub signer: Option<Program>,
    /// The flag because of which issuing is an error, if there is one.
    pub locked: Option<&'static str>,
    /// The time of issuance.
    pub now: OffsetDateTime,
    /// Whether a root is issued although the inventory shows another one.
    pub accept_new_root: bool,
    /// Whether a root is delivered that does not follow from the one in the tree.
    pub accept_root_change: bool,
    /// Whether the run is for the store alone, so that another one may follow before anything is rendered.
    pub only_store: bool,
    /// The clusters whose intermediates are renewed, all of them if none is named; nothing if nothing is renewed.
    pub renew: Option<BTreeSet<ClusterName>>,
}

impl<'c> Custody<'c> {
    /// For a run that issues what is missing, at a time.
    pub fn new(out: &'c Path, identities: Identities, now: OffsetDateTime) -> Self {
        Self {
            out,
            identities,
            signer: None,
            locked: None,
            now,
            accept_new_root: false,
            accept_root_change: false,
            only_store: false,
            renew: None,
        }
    }

    /// For a run that may not issue anything, with the tree in a directory.
    pub fn locked(out: &'c Path) -> Self {
        Self { locked: Some("--locked"), ..Self::new(out, Identities::default(), OffsetDateTime::UNIX_EPOCH) }
    }
}

impl super::Fleet {
    /// The directory of the CA store.
    pub fn store(&self) -> PathBuf {
        below(&self.directory, CA_STORE)
    }

    /// How the files of the CA store, or of the directory of one VirtualMesh in it, compare with the recipients of today.
    pub fn recipiency(&self, virtual_mesh: Option<&ObjectRef>) -> Recipiency {
        let store = self.store();
        let directory = virtual_mesh.map_or_else(|| store.clone(), |key| ca::directory(&store, key));
        let written = self.snapshot.settings.ca.as_ref().map_or(&[][..], |ca| &ca.recipients);
        Recipiency::of(&store, &directory, &ca::recipients(&self.directory, written))
    }

    /// Has the sealed copies of the CA store, or of one VirtualMesh in it, say which roots they are for. Gives those that have changed.
    ///
    /// # Errors
    /// A store that cannot be written.
    pub fn say_roots(&self, virtual_mesh: Option<&ObjectRef>) -> Result<Vec<PathBuf>, CaError> {
        let store = self.store();
        let directory = virtual_mesh.map_or_else(|| store.clone(), |key| ca::directory(&store, key));
        ca::say_roots(&store, &directory)
    }
}

impl Meaning<'_> {
    /// Finds out which material exists and which has to be issued. Nothing is written.
    pub fn authorities(&self, custody: Custody<'_>, report: &mut Report) -> Pending {
        self.of_store(custody, |asked, means| ca::authorities(asked, means, report))
    }

    /// Decides what a phase of a rotation takes. Nothing is written; nothing, and the reasons in the report, if it cannot begin.
    pub fn turn(&self, custody: Custody<'_>, asking: Asking<'_>, report: &mut Report) -> Option<Turn> {
        self.of_store(custody, |asked, means| ca::turn(asked, means, asking, report))
    }

    /// Decides about CRLs. Nothing is written; nothing, and the reasons in the report, if they cannot be signed.
    pub fn lists(&self, custody: Custody<'_>, revoking: Revoking<'_>, report: &mut Report) -> Option<Lists> {
        self.of_store(custody, |asked, means| ca::lists(asked, means, revoking, report))
    }

    /// The store, for what is done to it by hand. Nothing is written.
    pub fn custodian(&self, custody: Custody<'_>, report: &mut Report) -> Custodian {
        self.of_store(custody, |asked, means| ca::custodian(asked, means, report))
    }

    /// What the policies ask, as far as it is kept in the store.
    pub fn kept(&self) -> CaPlan {
        ca::kept(&self.plan, &self.fleet.snapshot.settings)
    }

    /// How long workloads keep the certificates that they have, by the settings.
    pub fn workload_ttl(&self) -> Duration {
        ca::workload_ttl(self.fleet.snapshot.settings.ca.as_ref())
    }

    fn of_store<T>(&self, custody: Custody<'_>, answer: impl FnOnce(&Asked<'_>, Means) -> T) -> T {
        let Custody { out, identities, signer, locked, now, accept_new_root, accept_root_change, only_store, renew } =
            custody;
        let file_of = |cluster: &ClusterName, ObjectName { kind, namespace, name }: ObjectName<'_>| {
            out.join(cluster.as_str()).join(layout::path_of(kind, namespace, name))
        };
        let asked = Asked {
            directory: &self.fleet.directory,
            store: self.fleet.store(),
            snapshot: &self.fleet.snapshot,
            plan: &self.plan,
            file_of: &file_of,
        };
        answer(
            &asked,
            Means { identities, signer, locked, now, accept_new_root, accept_root_change, only_store, renew },
        )
    }
}
