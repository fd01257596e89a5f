//! CRLs of an authority whose meshes have them, signed again as certificates are accepted: a CA without one would have proxies refuse
//! its workloads.

use std::path::Path;

use age::x25519::Identity;

use super::super::crl::cover::{Cover, cover};
use super::super::crl::{Crl, read};
use super::super::custodian::{Custodian, Stop};
use super::super::manifest::values;
use super::super::revoke::{CrlOrder, Listed, revocation_of};
use super::super::secret::ROOT_KEY;
use super::super::stored::{Closed, MeshFile, Root};
use super::super::{paths, store, unseal};
use super::Write;
use crate::diag::Report;
use crate::plan::{Authority, MeshCa};

/// For how long CRLs count if none says it.
const DAYS: u32 = 400;

impl Custodian {
    /// The files of all meshes with CRLs that are signed again; none if there are no CRLs, if all CAs have theirs, or if the keys are not at
    /// hand. Nothing is written.
    pub(super) fn listed(
        &self,
        asked: &Authority,
        (directory, root): (&Path, &Root),
        writes: &[Write<'_>],
        report: &mut Report,
    ) -> Result<Vec<Listed>, Stop> {
        let Some(meshes) = self.afterwards(asked, (directory, root), writes) else { return Ok(Vec::new()) };
        if !matches!(cover(&root.certificate, &meshes), Cover::Partly(_)) {
            return Ok(Vec::new());
        }
        let Some(identities) = self.available(root) else { return Ok(Vec::new()) };
        let is_asked = |name: &&String| asked.meshes.iter().any(|mesh| mesh.cluster.as_str() == **name);
        let order = CrlOrder {
            revoke: Vec::new(),
            days: days(root, &meshes),
            cut_off: false,
            remove: false,
            given: Vec::new(),
            too_old: self.too_old.iter().filter(is_asked).cloned().collect(),
        };
        let lists = revocation_of((asked, &self.options, self.now), &order, (root, &meshes), identities);
        let lists = lists.map_err(|refused| {
            let mut refused = refused.into_iter();
            let first = refused.next();
            refused.for_each(|diag| report.push(diag));
            first
        });
        match lists {
            Ok(lists) => Ok(lists.texts()?),
            Err(Some(diag)) => Err(diag.into()),
            Err(None) => Ok(Vec::new()),
        }
    }

    /// The meshes as they are once the certificates are there; nothing if one has none even then, or has a file that cannot be used.
    fn afterwards(
        &self,
        asked: &Authority,
        (directory, root): (&Path, &Root),
        writes: &[Write<'_>],
    ) -> Option<Vec<(MeshCa, MeshFile)>> {
        let of_mesh = |mesh: &MeshCa| {
            let file = paths::mesh_file(directory, &mesh.mesh);
            let new = writes.iter().find(|write| write.mesh.mesh == mesh.mesh && !write.is_there);
            let found = match new {
                Some(write) => store::cacerts(write.text.clone(), &file, mesh, root).ok()?,
                None => store::read_mesh(&self.options.store, &file, mesh, root).ok()??,
            };
            Some((mesh.clone(), MeshFile::Present(Box::new(found))))
        };
        asked.meshes.iter().map(of_mesh).collect()
    }

    /// The identities, if the root can sign in this run.
    fn available(&self, root: &Root) -> Option<Vec<Identity>> {
        let identities = self.options.identities.load().unwrap_or_default();
        let opens = || {
            let is_here = !matches!(root.key, Err(Closed::Offline));
            let document = values(&root.text).unwrap_or_default();
            is_here && unseal::key(&document, &root.certificate, &identities, ROOT_KEY).is_ok()
        };
        (self.options.signer.is_some() || opens()).then_some(identities)
    }
}

/// For how many days the CRLs count that are there: the new ones count for as long.
fn days(root: &Root, meshes: &[(MeshCa, MeshFile)]) -> u32 {
    let texts = meshes.iter().filter_map(|(_, found)| found.cacerts()?.crls.as_deref());
    let of_root = texts.filter_map(read).flatten().find(|crl: &Crl| crl.is_by(&root.certificate));
    let days = of_root.and_then(|crl| u32::try_from((crl.ends - crl.begins).whole_days()).ok());
    days.filter(|days| *days > 0).unwrap_or(DAYS)
}
