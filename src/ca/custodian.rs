//! The store of a fleet as somebody works on it by hand: adopting what others issued, requesting and accepting certificates.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use age::x25519::Recipient;
use time::{OffsetDateTime, UtcOffset};

use super::error::CaError;
use super::options::Options;
use super::recipient::{RecipientsError, Resolved};
use super::stored::{Broken, Root};
use super::write::Writer;
use super::{paths, refusals, store};
use crate::diag::listing::choices;
use crate::diag::{Code, Diag, Place, Report};
use crate::ids::ObjectRef;
use crate::plan::{Authority, CaPlan, MeshCa};

/// What is asked of a store, with what a run brings along.
pub struct Custodian {
    pub(super) plan: CaPlan,
    pub(super) options: Options,
    pub(super) now: OffsetDateTime,
    /// The clusters whose istiod does not read CRLs.
    pub(super) too_old: BTreeSet<String>,
}

/// Why something is not done: for a reason that the user can change, or since it cannot be done.
pub(super) enum Stop {
    Refused(Box<Diag>),
    Failed(CaError),
}

impl From<Box<Diag>> for Stop {
    fn from(diag: Box<Diag>) -> Self {
        Self::Refused(diag)
    }
}

impl From<Diag> for Stop {
    fn from(diag: Diag) -> Self {
        Self::Refused(Box::new(diag))
    }
}

impl From<CaError> for Stop {
    fn from(error: CaError) -> Self {
        Self::Failed(error)
    }
}

impl From<Broken> for Stop {
    fn from(broken: Broken) -> Self {
        refusals::broken(&broken).into()
    }
}

impl Custodian {
    /// The store of a run at a time.
    pub fn new(plan: CaPlan, options: Options, now: OffsetDateTime) -> Self {
        let now = now.to_offset(UtcOffset::UTC);
        Self { plan, options, now: now.replace_nanosecond(0).unwrap_or(now), too_old: BTreeSet::new() }
    }

    /// The authority of a VirtualMesh, which need not be named if there is only one, and its directory.
    pub(super) fn authority(&self, name: Option<&str>) -> Result<(&Authority, PathBuf), Box<Diag>> {
        let usage = |what: String| Diag::new(Code::Usage, Place::Nowhere, what);
        let all = &self.plan.authorities;
        let names = || choices(all.iter().map(|authority| authority.virtual_mesh.to_string()));
        let found = match (name, &all[..]) {
            (_, []) => {
                let hint =
                    "the CA store is for VirtualMeshes with `mtlsConfig.shared`, unless `spec.ca.delivery` is none";
                return Err(usage("no VirtualMesh of the fleet needs CA material".to_owned()).hint(hint).into());
            }
            (None, [only]) => only,
            (None, _) => {
                let hint = format!("add --virtual-mesh with one of {}", names());
                return Err(usage("several VirtualMeshes have a root of their own".to_owned()).hint(hint).into());
            }
            (Some(name), _) => {
                let named = all.iter().find(|authority| authority.virtual_mesh.to_string() == name);
                let hint = || format!("use one of {}", names());
                let unknown =
                    || usage(format!("--virtual-mesh {name}: unknown, or a VirtualMesh without `mtlsConfig`"));
                named.ok_or_else(|| unknown().hint(hint()))?
            }
        };
        if let Some(diag) = refusals::bad_names(found) {
            return Err(diag.into());
        }
        Ok((found, paths::directory(&self.options.store, &found.virtual_mesh)))
    }

    /// The root that the store has, if it has one.
    pub(super) fn root(&self, directory: &Path) -> Result<Option<Root>, Broken> {
        store::read_root(&self.options.store, directory).map(|found| found.map(|(root, _)| root))
    }

    /// The root that the store must have for a mesh to get a certificate.
    pub(super) fn existing_root(&self, asked: &Authority, directory: &Path) -> Result<Root, Stop> {
        let missing = || {
            let what = format!("VirtualMesh {} has no root in the CA store", asked.virtual_mesh);
            let hint = "adopt the root first: `meshtree ca adopt FLEET --certificate-only --certificate FILE`, or without --certificate-only and with its key";
            Diag::new(Code::CaMissing, refusals::place(directory), what).hint(hint)
        };
        Ok(self.root(directory)?.ok_or_else(missing)?)
    }

    /// The meshes of an authority in these clusters, all of them if none is named.
    pub(super) fn meshes<'a>(&self, asked: &'a Authority, clusters: &[String]) -> Result<Vec<&'a MeshCa>, Box<Diag>> {
        for name in clusters {
            if asked.meshes.iter().all(|mesh| mesh.cluster.as_str() != name) {
                let known = choices(asked.meshes.iter().map(|mesh| mesh.cluster.to_string()));
                let what = format!("--cluster {name}: no mesh of VirtualMesh {} is in it", asked.virtual_mesh);
                return Err(Diag::new(Code::Usage, Place::Nowhere, what).hint(format!("use one of {known}")).into());
            }
        }
        let is_asked =
            |mesh: &&MeshCa| clusters.is_empty() || clusters.iter().any(|name| name == mesh.cluster.as_str());
        Ok(asked.meshes.iter().filter(is_asked).collect())
    }

    /// Whom a file is encrypted to.
    pub(super) fn recipients(
        &self,
        asked: &Authority,
        file: &Path,
        report: &mut Report,
    ) -> Result<Vec<Recipient>, Box<Diag>> {
        let place = self.options.places.get(&asked.virtual_mesh).cloned().unwrap_or(Place::Nowhere);
        match self.options.recipients.of(file) {
            Ok(Resolved { keys, .. }) if keys.is_empty() => Err(refusals::no_recipients(asked, place).into()),
            Ok(Resolved { keys, left_out }) => {
                if !left_out.is_empty() {
                    report.push(refusals::left_out(self.options.recipients.file(), &left_out));
                }
                Ok(keys)
            }
            Err(RecipientsError::NotRecipient(error)) => {
                Err(Diag::new(Code::NoRecipients, Place::Nowhere, error.to_string()).into())
            }
            Err(RecipientsError::BadRules { file, pos, what }) => Err(refusals::bad_rules(&file, pos, &what).into()),
        }
    }

    /// Writes a file of an authority in place of the one that was read, if there was one.
    pub(super) fn write(
        &self,
        directory: &Path,
        file: PathBuf,
        text: String,
        former: Option<&str>,
    ) -> Result<(), CaError> {
        let writer = Writer::open(&self.options.store)?;
        match former {
            None => writer.joined(directory, &(file, text)),
            Some(former) => writer.renewed(directory, &(file, text), former),
        }
    }

    /// Reports why something is not done.
    pub(super) fn stopped<T>(done: Result<T, Stop>, report: &mut Report) -> Result<Option<T>, CaError> {
        match done {
            Ok(done) => Ok(Some(done)),
            Err(Stop::Refused(diag)) => {
                report.push(*diag);
                Ok(None)
            }
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    /// The Secret in which the root of an authority is.
    pub(super) fn root_secret(&self, asked: &Authority) -> ObjectRef {
        match &asked.root {
            crate::plan::RootSource::Given(secret) => secret.clone(),
            crate::plan::RootSource::Generated(_) => {
                super::secret::root_name(&asked.virtual_mesh, &self.options.hub_namespace)
            }
        }
    }
}
