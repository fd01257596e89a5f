//! The pipeline as a library: a directory in, the tree of each cluster out.
//!
//! ```
//! use std::path::Path;
//!
//! use meshtree::diag::Report;
//! use meshtree::fleet::{self, Custody, Fleet};
//! use meshtree::load::LoadOptions;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut report = Report::default();
//! let (directory, out) = (Path::new("examples/bookinfo"), Path::new("examples/bookinfo/rendered"));
//! // What is in the output directory is not an input.
//! let options = LoadOptions { skip: vec![out.to_owned()], ..LoadOptions::default() };
//! let fleet = Fleet::read(directory, &options, &mut report);
//! let meaning = fleet.resolve(&mut report);
//! let material = meaning.authorities(Custody::locked(out), &mut report).issue()?;
//! let mut rendered = Vec::new();
//! for cluster in meaning.clusters() {
//!     let tree = meaning.tree(cluster, &material)?;
//!     rendered.push(format!("{cluster}: {} objects", tree.len()));
//! }
//! assert_eq!(rendered, ["kind2: 32 objects", "kind3: 31 objects"]);
//!
//! let whole = fleet::render(directory, Custody::locked(out), &mut report)?;
//! assert_eq!(whole.len(), 2);
//! assert!(!report.has_errors());
//! # Ok(())
//! # }
//! ```
//! [`render`] is that in one function. What is wrong with the inputs is in the report, whatever it is: nothing stops at the
//! first mistake. Commands differ in what they do with the trees, and hold one at a time.

mod authorities;
mod built;
mod doubt;
pub mod import;
mod policies;

use std::path::{Path, PathBuf};

use crate::built::BuiltObjects;
use crate::ca::{CaError, CaMaterial, RestartObject, deliver, promised, restarts};
use crate::diag::Report;
use crate::discover::{self, Inventory};
use crate::existing;
use crate::ids::ClusterName;
use crate::load::{self, Files, LoadOptions, SourceFile};
use crate::model::settings::Settings;
use crate::model::{self, Snapshot, Unread};
use crate::plan::{Index, Plan};
use crate::render::cluster::{clusters, is_rendered, render as render_cluster, shared};
use crate::render::paths::{Beside, check_paths};
use crate::render::tree::{ClusterTree, TreeError};
use crate::resolve::{self, Resolution};

pub use authorities::Custody;

/// What a fleet says, read and understood; what it means is [`Fleet::resolve`]'s to say.
#[derive(Debug, Default)]
pub struct Fleet {
    pub directory: PathBuf,
    /// The files.
    pub sources: Files,
    /// What they say, as written.
    pub snapshot: Snapshot,
    /// What is known of the clusters.
    pub inventory: Inventory,
}

/// What a fleet means: everything that is to be rendered, checked.
#[derive(Debug)]
pub struct Meaning<'f> {
    fleet: &'f Fleet,
    pub plan: Plan<'f>,
    /// What the plan knows by name.
    pub index: Index<'f>,
    /// The objects that no policy asked for.
    pub built: BuiltObjects,
}

/// Why a fleet has no trees, apart from what its report says.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The inputs are not valid: see the report.
    #[error("the inputs are not valid")]
    Invalid,
    #[error(transparent)]
    Ca(#[from] CaError),
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// Renders every cluster of a fleet, in the order of their names. Nothing is written but CA material that is issued.
///
/// # Errors
/// Inputs that are not valid, of which everything is in the report; CA material that cannot be issued.
pub fn render(directory: &Path, custody: Custody<'_>, report: &mut Report) -> Result<Vec<ClusterTree>, RenderError> {
    let shown = directory.display().to_string();
    let fleet =
        Fleet::read(directory, &LoadOptions { shown, skip: vec![custody.out.to_owned()], lost: Vec::new() }, report);
    let meaning = fleet.resolve(report);
    let pending = meaning.authorities(custody, report);
    if report.has_errors() {
        return Err(RenderError::Invalid);
    }
    let material = pending.issue()?;
    let tree = meaning.files(&material);
    meaning.clusters().map(|cluster| Ok(tree(cluster)?)).collect()
}

impl Fleet {
    /// Reads a fleet. Everything that is wrong with it is in the report.
    pub fn read(directory: &Path, options: &LoadOptions, report: &mut Report) -> Self {
        let sources = load::load(directory, options, report);
        let unread = doubt::of_files(options, report);
        Self::of(directory, sources, unread, report)
    }

    /// The same fleet with one more file, as if it were in its directory.
    pub fn with(&self, file: SourceFile, report: &mut Report) -> Self {
        let mut sources = self.sources.clone();
        let at = sources.files.partition_point(|other| other.shown < file.shown);
        sources.files.insert(at, file);
        Self::of(&self.directory, sources, Unread::default(), report)
    }

    /// A fleet of files that were read.
    fn of(directory: &Path, sources: Files, unread: Unread, report: &mut Report) -> Self {
        let mut snapshot = model::decode(&sources, report);
        snapshot.unread.append(unread);
        let mut findings = Report::default();
        let inventory = discover::discover(&snapshot, &mut findings);
        doubt::set_aside(&mut findings, &snapshot.unread);
        snapshot.unread.inventory |= discover::has_lost(&findings);
        report.append(findings);
        Self { directory: directory.to_owned(), sources, snapshot, inventory }
    }

    /// The settings of a fleet, to know where its output is before its inputs are read. What is wrong with them is reported by
    /// [`Fleet::read`].
    pub fn settings(directory: &Path, shown: &str) -> Settings {
        let sources = load::settings(directory, shown);
        model::decode_settings(&sources, &mut Report::default())
    }

    /// Binds what was read, and checks it: what a policy cannot mean, and objects that would have one path.
    pub fn resolve(&self, report: &mut Report) -> Meaning<'_> {
        let mut findings = Report::default();
        let Resolution { plan, index, unread } = resolve::resolve(&self.snapshot, &self.inventory, &mut findings);
        doubt::set_aside(&mut findings, &unread);
        let built = self.built(&plan, &index, &mut findings);
        let promised = if built.is_empty() { Vec::new() } else { promised(&plan, &self.snapshot.settings) };
        check_paths(&plan, &Beside { built: &built, promised: &promised }, !report.has_errors(), &mut findings);
        existing::check(&self.snapshot, &plan, (&built, &self.sources.files), &mut findings);
        report.append(findings);
        Meaning { fleet: self, plan, index, built }
    }
}

impl<'f> Meaning<'f> {
    /// The fleet whose meaning it is.
    pub fn fleet(&self) -> &'f Fleet {
        self.fleet
    }

    /// The clusters for which anything is rendered, by name.
    pub fn clusters(&self) -> impl Iterator<Item = &'f ClusterName> {
        clusters(&self.plan, &self.built).map(|(_, name)| name)
    }

    /// The objects of a cluster, each as a file of its own; none for a cluster without a mesh.
    ///
    /// # Errors
    /// Two objects with one path, which [`Fleet::resolve`] has reported.
    pub fn tree(&self, cluster: &ClusterName, material: &CaMaterial) -> Result<ClusterTree, TreeError> {
        self.trees(material)(cluster)
    }

    /// The files of several clusters as they are written, by the layout of the settings.
    pub fn files<'m>(
        &'m self,
        material: &'m CaMaterial,
    ) -> impl Fn(&ClusterName) -> Result<ClusterTree, TreeError> + Sync + 'm {
        let tree = self.trees(material);
        move |cluster| tree(cluster)?.grouped()
    }

    /// [`Meaning::tree`] for several clusters: what their trees have in common is written once.
    pub fn trees<'m>(
        &'m self,
        material: &'m CaMaterial,
    ) -> impl Fn(&ClusterName) -> Result<ClusterTree, TreeError> + Sync + 'm {
        let (plan, shared): (&'m Plan<'m>, _) = (&self.plan, shared(&self.plan));
        let (asked, settings) = (plan.ca_plan(), &self.fleet.snapshot.settings);
        let layout = settings.output.as_ref().map(|output| output.layout).unwrap_or_default();
        move |cluster| match plan.cluster(cluster).filter(|id| is_rendered(plan, &self.built, *id)) {
            Some(id) => {
                let restarts = restarts(plan, id, material, settings);
                let delivered = deliver(&asked, material, cluster, settings).into_iter();
                let delivered = delivered.chain(restarts.iter().map(RestartObject::delivered)).collect();
                let mut tree = render_cluster(plan, id, &shared, (&self.built, delivered))?;
                tree.layout = layout;
                Ok(tree)
            }
            None => Ok(ClusterTree::empty(cluster.clone())),
        }
    }
}

/// A path in a fleet, as its inputs are shown: without a leading dot if the fleet is the current directory.
pub fn below(fleet: &Path, path: &str) -> PathBuf {
    if fleet == Path::new(".") { PathBuf::from(path) } else { fleet.join(path) }
}
