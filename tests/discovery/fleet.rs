//! Fleets of a few lines, and what is read of them.

use std::fs;

use meshtree::diag::{Diag, Place, Report};
use meshtree::discover::{Inventory, Istio, MeshKind};
use meshtree::fleet::Fleet;
use meshtree::load::LoadOptions;

/// A dump of cluster east.
pub(crate) const DUMP: &str = include_str!("../fixtures/discovery/dump.yaml");
/// The same in the compact form.
pub(crate) const COMPACT: &str = include_str!("../fixtures/discovery/compact.yaml");
/// Manifests of an application.
pub(crate) const GIT: &str = include_str!("../fixtures/discovery/git.yaml");

/// Istio of cluster east, as a Deployment and its ConfigMap.
pub(crate) const ISTIO: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod, namespace: istio-system}
spec:
  template:
    spec:
      serviceAccountName: istiod
      containers: [{name: discovery, image: docker.io/istio/pilot:1.7.3}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: 'trustDomain: east.example'}
";

/// What was read.
pub(crate) struct Found {
    pub(crate) inventory: Inventory,
    pub(crate) diags: Vec<Diag>,
    pub(crate) ignored: Vec<(String, usize)>,
}

/// Reads a fleet of these files.
pub(crate) fn read(files: &[(&str, &str)]) -> Found {
    let dir = tempfile::tempdir().expect("a temporary directory");
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().expect("a directory")).expect("writable");
        fs::write(path, text).expect("writable");
    }
    let mut report = Report::default();
    let input = Fleet::read(dir.path(), &LoadOptions::default(), &mut report);
    let diags = report.located(|origin, path| input.sources.locate(origin, path));
    Found { inventory: input.inventory, diags, ignored: input.snapshot.ignored.into_iter().collect() }
}

impl Found {
    /// The diagnostics as code, file and line.
    pub(crate) fn codes(&self) -> Vec<String> {
        let line = |diag: &Diag| match &diag.place {
            Place::Point(file, pos) => format!("{} {file}:{}", diag.code, pos.line),
            place => format!("{} {place:?}", diag.code),
        };
        self.diags.iter().map(line).collect()
    }

    /// Checks that nothing was found wrong.
    pub(crate) fn clean(self) -> Self {
        assert!(self.diags.is_empty(), "{:?}", self.diags);
        self
    }

    /// The only Istio.
    pub(crate) fn istio(&self) -> &Istio {
        let mut meshes = self.inventory.meshes.values();
        match (&meshes.next().expect("a mesh").kind, meshes.next()) {
            (MeshKind::Istio(istio), None) => istio,
            other => panic!("{other:?}"),
        }
    }

    /// The names of the workloads.
    pub(crate) fn workloads(&self) -> Vec<&str> {
        self.inventory.workloads.keys().map(|key| &*key.name).collect()
    }

    /// The names of the targets.
    pub(crate) fn targets(&self) -> Vec<&str> {
        self.inventory.targets.keys().map(|key| &*key.name).collect()
    }

    /// The gateways as address, port and container port.
    pub(crate) fn gateways(&self) -> Vec<String> {
        let gateways = self.istio().gateways.iter();
        gateways.map(|gateway| format!("{}:{} {}", gateway.address, gateway.port, gateway.container_port)).collect()
    }
}
