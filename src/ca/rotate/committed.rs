//! What the clusters have by now, as far as the fleet knows: the tree that is committed.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::super::manifest::Manifest;
use super::super::private_key::PrivateKey;
use super::super::rotation::{Phase, Stage};
use super::super::sealer::Content;
use super::super::secret::CA_KEY;
use super::super::store;
use super::super::stored::{Certificate, Fault, MeshFile, Root, Rotating};
use super::super::tree_object;
use super::{Case, Refused, words};
use crate::ids::ClusterName;
use crate::plan::MeshCa;

/// The Secrets of the committed tree, or what makes them.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// Where they are, such as `HEAD`.
    pub place: String,
    /// The object of each `cacerts`, whatever its form is, by cluster and namespace.
    pub secrets: BTreeMap<(ClusterName, String), String>,
    /// When the last of them was committed, if that is known.
    pub since: Option<OffsetDateTime>,
}

impl Case<'_> {
    /// Makes sure that the phase before is in every cluster, and that workloads have had time to follow. All meshes of the store are in it.
    pub(super) fn check_committed(
        self,
        root: &Root,
        meshes: &[(MeshCa, MeshFile)],
        (before, rotating): (Phase, &Rotating),
    ) -> Result<(), Refused> {
        let Self { order, now, .. } = self;
        let Committed { place: _, secrets, since } = &order.committed;
        let left = meshes.iter().filter_map(|(mesh, found)| {
            let object = secrets.get(&(mesh.cluster.clone(), mesh.namespace.clone()));
            let what = match object {
                Some(text) => lacks(text, found, root, before)?,
                None => "has no Secret cacerts, and nothing that makes it".to_owned(),
            };
            Some(format!("cluster {} {what}", mesh.cluster))
        });
        let left: Vec<_> = left.collect();
        if !left.is_empty() {
            return Err(vec![words::not_committed(self, before, &left)]);
        }
        let begun = rotating.record.since();
        let since = since.map_or(begun, |committed| committed.max(begun));
        let ready = since + order.wait;
        if now < ready && !order.restarted { Err(vec![words::too_early(self, before, (since, ready))]) } else { Ok(()) }
    }
}

/// What a committed object lacks to be in a phase.
fn lacks(text: &str, found: &MeshFile, root: &Root, before: Phase) -> Option<String> {
    let Ok(manifest) = Manifest::read(text) else {
        let stored = found.cacerts().map_or("", |cacerts| &cacerts.text);
        let kind = tree_object::kind(text);
        let why = if kind == tree_object::SEALED {
            let is_of = Content::of(stored).is_ok_and(|content| content.is_digest_of(text));
            (!is_of).then(|| "was not sealed from what the CA store has now".into())
        } else {
            tree_object::differs(text, stored)
        };
        return why.map(|why| format!("has {kind} cacerts that {why}"));
    };
    match check(text, &manifest, root) {
        Ok((_, Stage::In(phase))) if phase == before => None,
        Ok((_, Stage::Before)) => Some("has the root from before the rotation".to_owned()),
        Ok((_, Stage::In(phase))) => Some(format!("is in phase {phase}")),
        Err(fault) => Some(format!("has a Secret cacerts that {}", fault.what)),
    }
}

/// As a file of the store is checked, but a tree may have the private key in clear (`render --plaintext-private-keys`).
fn check(text: &str, manifest: &Manifest, root: &Root) -> Result<(Certificate, Stage), Fault> {
    let key = manifest.entry(CA_KEY).ok().and_then(|key| PrivateKey::from_pem(&key).ok());
    let Some(key) = key else { return store::check_mesh(text, manifest, root) };
    let (certificate, stage) = store::check_certificates(manifest, root)?;
    if key.public() == certificate.public_key {
        Ok((certificate, stage))
    } else {
        Err(manifest.wrong(CA_KEY, "is not the key of the certificate beside it"))
    }
}
