//! What the clusters have by now, as far as the fleet knows: the tree that is committed.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::super::manifest::Manifest;
use super::super::rotation::{Phase, Stage};
use super::super::store;
use super::super::stored::{Root, Rotating};
use super::{Case, Refused, words};
use crate::ids::ClusterName;

/// The Secrets of the committed tree.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// Where they are, such as `HEAD`.
    pub place: String,
    /// Each `cacerts`, by cluster and namespace.
    pub secrets: BTreeMap<(ClusterName, String), String>,
    /// When the last of them was committed, if that is known.
    pub since: Option<OffsetDateTime>,
}

impl Case<'_> {
    /// Makes sure that the phase before is in every cluster, and that workloads have had time to follow.
    pub(super) fn check_committed(self, root: &Root, before: Phase, rotating: &Rotating) -> Result<(), Refused> {
        let Self { asked, order, now, .. } = self;
        let Committed { place: _, secrets, since } = &order.committed;
        let mut left = Vec::new();
        for mesh in &asked.meshes {
            let key = (mesh.cluster.clone(), mesh.namespace.clone());
            let found = secrets.get(&key).map(|text| {
                let stage = Manifest::read(text).and_then(|manifest| store::check_mesh(text, &manifest, root));
                stage.map(|(_, stage)| stage)
            });
            match found {
                Some(Ok(Stage::In(phase))) if phase == before => {}
                Some(Ok(Stage::Before)) => {
                    left.push(format!("cluster {} has the root from before the rotation", mesh.cluster))
                }
                Some(Ok(Stage::In(phase))) => left.push(format!("cluster {} is in phase {phase}", mesh.cluster)),
                Some(Err(fault)) => {
                    left.push(format!("cluster {} has a Secret cacerts that {}", mesh.cluster, fault.what))
                }
                None => left.push(format!("cluster {} has no Secret cacerts", mesh.cluster)),
            }
        }
        if !left.is_empty() {
            return Err(vec![words::not_committed(self, before, &left)]);
        }
        let begun = rotating.record.since();
        let since = since.map_or(begun, |committed| committed.max(begun));
        let ready = since + order.wait;
        if now < ready && !order.restarted { Err(vec![words::too_early(self, before, (since, ready))]) } else { Ok(()) }
    }
}
