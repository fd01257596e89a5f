//! What the settings ask for in one cluster, and how it gets into the tree.

use super::Manifest;
use crate::built::{Built, BuiltFile};
use crate::diag::{FieldPath, Place};
use crate::ids::{ClusterName, Text};
use crate::model::Snapshot;
use crate::model::settings::{Chosen, Objects};
use crate::path;
use crate::plan::{ClusterId, MeshId, Plan};

/// What the settings ask for in one cluster.
pub(super) struct Asked<'a, 'p> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) plan: &'a Plan<'p>,
    pub(super) cluster: ClusterId,
    pub(super) name: &'a ClusterName,
    pub(super) chosen: Chosen<'a>,
}

/// One of the settings.
pub(super) struct Setting {
    /// As first lines and the lock have it.
    named: Text,
    path: FieldPath,
    place: Place,
}

impl<'a, 'p> Asked<'a, 'p> {
    pub(super) fn new(snapshot: &'a Snapshot, plan: &'a Plan<'p>, cluster: ClusterId) -> Self {
        let name = plan[cluster].name;
        Self { snapshot, plan, cluster, name, chosen: snapshot.settings.objects_of(name) }
    }

    /// The Istio meshes of the cluster.
    pub(super) fn meshes(&self) -> impl Iterator<Item = MeshId> + use<'_, 'a, 'p> {
        self.plan[self.cluster].meshes.iter().copied()
    }

    /// A setting of `objects`: the cluster's if `is_set` finds it there, and otherwise the fleet's.
    pub(super) fn setting(&self, field: &str, is_set: impl Fn(&Objects) -> bool) -> Setting {
        let settings = &self.snapshot.settings;
        let path = if settings.is_of_cluster(self.name, is_set) {
            path!["spec", "clusters", self.name.as_str(), "objects", field]
        } else {
            path!["spec", "objects", field]
        };
        let named = format!("settings {path}").into();
        Setting { named, place: self.snapshot.settings_place(path.clone()), path }
    }

    /// Where a field of a setting is.
    pub(super) fn place(&self, setting: &Setting, field: &str) -> Place {
        self.snapshot.settings_place(setting.path.with(field))
    }

    /// An object of the cluster.
    pub(super) fn object(&self, setting: &Setting, manifest: Manifest) -> Built {
        self.object_for(self.name, setting, manifest)
    }

    /// An object that is in the tree of another cluster.
    pub(super) fn object_for(&self, home: &ClusterName, setting: &Setting, manifest: Manifest) -> Built {
        let home = self.plan.cluster(home).unwrap_or(self.cluster);
        manifest.built(&self.plan.labels_of(home), &setting.named, &setting.place)
    }

    /// A file of the cluster.
    pub(super) fn file(&self, setting: &Setting, name: String, text: String) -> BuiltFile {
        BuiltFile { name, text, sources: [setting.named.clone()].into() }
    }
}
