//! `meshtree init`: a fleet of what lies in a directory, or an example.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use time::OffsetDateTime;

use super::session::{self, Session};
use super::{Color, Common, Format, Outcome, editor, plain_formats, terminal, write};
use crate::ask::Evaluator;
use crate::ca::Identities;
use crate::diag::{Code, Diag, Place, Report, Severity};
use crate::fleet::{Custody, Fleet};
use crate::ids::ClusterName;
use crate::load::{self, Files, IGNORE_FILE, LoadOptions, SETTINGS, SourceFile};
use crate::model::hub_namespace;
use crate::plan::MeshId;
use crate::scaffold::fleet::{Found, example, ignore, inventory, look, settings};
use crate::scaffold::policy::{Name, Wish, draft};

/// Makes a fleet of a directory: settings, inventory and a first VirtualMesh, from the dumps or manifests that it has. Without any, an
/// example that renders.
///
/// Nothing is overwritten: what is there counts. What no file shows is assumed, and a comment says what to fill in.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  meshtree init\n  meshtree init fleet\n  \
                        kubectl --context east get namespaces,services,deployments,replicasets,pods,nodes,configmaps -A -o yaml > fleet/east.yaml\n  \
                        meshtree init fleet")]
pub(super) struct Arguments {
    /// The directory; it is made if it does not exist
    #[arg(default_value = ".", value_name = "DIR")]
    directory: PathBuf,
    /// The name of the cluster that manifests are for, which usually name none
    #[arg(short, long, value_name = "NAME")]
    cluster: Option<String>,
    /// Format of diagnostics
    #[arg(long, value_parser = plain_formats(), default_value = "text", value_name = "FORMAT")]
    format: Format,
}

/// The file of the first VirtualMesh.
const VIRTUAL_MESH: &str = "policies/virtual-mesh.yaml";

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let Arguments { directory, cluster, format } = arguments;
    let hint = cluster.as_deref().map(ClusterName::from);
    let mut report = Report::default();
    if let Some(name) = hint.as_ref().filter(|name| !name.is_valid()) {
        let message = format!("--cluster {:?} is not a valid cluster name", name.as_str());
        report.push(Diag::new(Code::Usage, Place::Nowhere, message).hint(ClusterName::RULE));
        return Ok(session::show(&Files::default(), report, *format).unwrap_or(Outcome::Done));
    }
    std::fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
    let mut fleet = Writing { directory, done: Vec::new(), notes: Vec::new() };
    let found = look(&files(directory), hint.as_ref());
    fleet.inputs(&found)?;
    let common = Common { color: Color::Auto, ..Common::of_fleet(directory, *format) };
    if !found.has_virtual_mesh {
        fleet.virtual_mesh(&common)?;
    }
    fleet.tell();
    let (session, mut report) = Session::read(&common, None);
    session.resolve(&mut report);
    // Notes are for `check`, which comes next.
    report.revise(|diag| diag.severity != Severity::Note);
    Ok(session.conclude(report).unwrap_or(Outcome::Done))
}

/// Everything that lies in a directory, whether it can be read as an input or not.
fn files(directory: &Path) -> Files {
    let shown = directory.display().to_string();
    let skip = vec![directory.join("rendered")];
    load::load(directory, &LoadOptions { shown, skip, lost: Vec::new() }, &mut Report::default())
}

/// A fleet that is being written.
struct Writing<'w> {
    directory: &'w Path,
    done: Vec<String>,
    notes: Vec<String>,
}

impl Writing<'_> {
    /// The settings, the inventory and what editors need.
    fn inputs(&mut self, found: &Found) -> anyhow::Result<()> {
        if !found.ignored.is_empty() {
            self.create(IGNORE_FILE, &ignore(&found.ignored))?;
        }
        let has_sops = sops(self.directory).is_some();
        self.create_for_editors(SETTINGS, &settings(has_sops))?;
        let mut described = found.has_clusters;
        for part in &found.clusters {
            let path = format!("clusters/{}.yaml", part.name);
            if let Some((text, notes)) = inventory(part) {
                self.create_for_editors(&path, &text)?;
                self.notes.extend(notes.into_iter().map(|note| format!("{path}: {note}")));
                described = true;
            }
        }
        for (name, text) in &found.named {
            let path = format!("clusters/{name}.yaml");
            self.create_for_editors(&path, text)?;
            self.notes.push(format!("{path}: nothing is known of the cluster but what policies name"));
            described = true;
        }
        if !described {
            self.notes
                .push("no services or workloads were found, so the clusters east and west are an example".to_owned());
            for (path, text) in example() {
                self.create_for_editors(path, &text)?;
            }
        }
        self.create(editor::SCHEMA, &editor::schema_text())
    }

    /// The first VirtualMesh, of all meshes that the inventory has.
    fn virtual_mesh(&mut self, common: &Common) -> anyhow::Result<()> {
        let (session, mut report) = Session::read(common, None);
        let (fleet, hub) = (&session.fleet, hub_namespace(&session.fleet.snapshot.settings));
        let meaning = fleet.resolve(&mut report);
        let evaluator = Evaluator::new(&meaning.plan, &meaning.index);
        let meshes: Vec<MeshId> = MeshId::all(meaning.plan.meshes.len()).collect();
        if meshes.is_empty() {
            self.notes.push("the inventory has no Istio, so there is no VirtualMesh yet".to_owned());
            return Ok(());
        }
        let wish = |shared| Wish::VirtualMesh { meshes: meshes.clone(), shared };
        let name = || Name { name: None, namespace: hub.to_string() };
        let text = |shared| draft(&evaluator, &wish(shared), name()).map(|draft| draft.text).unwrap_or_default();
        let is_shared = meshes.len() > 1 && can_issue(fleet, &text(true));
        self.create_for_editors(VIRTUAL_MESH, &text(is_shared))
    }

    /// Writes a file that people edit, unless it is there.
    fn create_for_editors(&mut self, path: &str, text: &str) -> anyhow::Result<()> {
        let modeline = editor::modeline(self.directory, &self.directory.join(path));
        self.create(path, &(modeline + text))
    }

    /// Writes a file unless it is there.
    fn create(&mut self, path: &str, text: &str) -> anyhow::Result<()> {
        match write::create_below(self.directory, path, text) {
            Ok(()) => self.done.push(path.to_owned()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("cannot write {path}")),
        }
        Ok(())
    }

    /// Says what was written and what comes next.
    fn tell(&self) {
        let shown = self.directory.display();
        for path in &self.done {
            terminal::message(&format!("wrote {}", self.directory.join(path).display()));
        }
        if self.done.is_empty() {
            terminal::message(&format!("{shown} has everything already: nothing was written"));
            return;
        }
        self.notes.iter().for_each(|note| terminal::message(&format!("note: {note}")));
        terminal::message(&format!("next: meshtree check {shown}, then meshtree render {shown}"));
    }
}

/// Whether certificates can be issued for a VirtualMesh: private keys can be encrypted to somebody.
fn can_issue(fleet: &Fleet, text: &str) -> bool {
    let mut report = Report::default();
    let source = SourceFile::new(VIRTUAL_MESH, VIRTUAL_MESH, text.to_owned());
    let with = fleet.with(source, &mut report);
    let meaning = with.resolve(&mut report);
    let out = fleet.directory.join("rendered");
    let identities = Identities::from_vars(|_| None);
    meaning.authorities(Custody::new(&out, identities, OffsetDateTime::UNIX_EPOCH), &mut report);
    !report.has_errors()
}

/// The `.sops.yaml` that counts for a fleet: its own, or that of a directory above within its repository.
fn sops(directory: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(directory).ok()?;
    let mut at = absolute.as_path();
    loop {
        let file = at.join(".sops.yaml");
        if file.is_file() {
            return Some(file);
        }
        if at.join(".git").exists() {
            return None;
        }
        at = at.parent()?;
    }
}
