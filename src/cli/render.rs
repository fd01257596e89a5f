//! `meshtree render`: inputs to a tree on disk, or to standard output.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::session::{Session, chosen, only_refused};
use super::{Common, Outcome, authority, terminal};
use crate::ca::{CaError, CaMaterial, Pending};
use crate::diag::{Code, Diag, Place, Report, Severity};
use crate::ids::ClusterName;
use crate::output::{self, ClusterSummary, Difference, Disk, Options, OutDir, Surroundings, Target};
use crate::plan::ClusterId;
use crate::plan::Plan;
use crate::render::cluster::{clusters, render};
use crate::render::tree::{ClusterTree, TreeError};
use crate::resolve::Resolution;

/// Writes one directory of Istio manifests per cluster, and CA material where a VirtualMesh asks for it.
///
/// Only files whose content changes are written, and only files that an earlier run wrote are ever overwritten or deleted.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  meshtree render                            the fleet in this directory, into ./rendered\n  \
                        meshtree render fleet --check              exit 1 unless fleet/rendered is up to date\n  \
                        meshtree render fleet --cluster kind2 --stdout | kubectl apply -f -"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// The output directory; spec.output.directory of the settings, or FLEET/rendered
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Only this cluster; may be given several times
    #[arg(short, long, value_name = "NAME")]
    cluster: Vec<String>,
    /// Print the manifests of the one chosen cluster and write nothing
    #[arg(long, conflicts_with_all = ["out", "check"], requires = "cluster")]
    stdout: bool,
    /// Never issue CA material: what is missing is an error (for CI)
    #[arg(long)]
    locked: bool,
    /// Write nothing and exit 1 if the tree is not what would be rendered
    #[arg(long)]
    check: bool,
    /// Leave INVALID policies out, target by target, and render the rest
    #[arg(long)]
    allow_invalid: bool,
    /// Overwrite or delete rendered files that were edited by hand
    #[arg(long)]
    overwrite_edited: bool,
    /// Overwrite files in the way that meshtree did not write
    #[arg(long)]
    overwrite_foreign: bool,
    /// Let a cluster's directory become empty or go
    #[arg(long)]
    allow_empty: bool,
}

/// What a run did.
#[derive(Debug, Default, Serialize)]
struct Rendered {
    clusters: Vec<ClusterSummary>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<Difference>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let mut session = Session::read(&arguments.common, arguments.out.as_deref());
    let mut report = std::mem::take(&mut session.report);
    let resolution = session.input.resolve(&mut report);
    if arguments.allow_invalid {
        report.allow_invalid();
    }
    let names = chosen(&resolution, &arguments.cluster, &mut report);
    if arguments.stdout && names.len() > 1 {
        let message = "--stdout prints one cluster: name one with --cluster";
        report.push(Diag::new(Code::Usage, Place::Nowhere, message));
    }
    if report.has_errors() {
        return Ok(session.conclude(report).unwrap_or(Outcome::Done));
    }
    let fleet = &arguments.common.fleet;
    // Whoever prints or checks must not write, and issuing would.
    let locked = arguments.locked || arguments.stdout;
    let mut findings = Report::default();
    let pending =
        authority::plan(fleet, &session.out, &session.input.snapshot, &resolution.plan, locked, &mut findings);
    if arguments.check {
        return check(&session, &resolution, &names, arguments, pending, findings, report);
    }
    report.append(findings);
    if report.has_errors() {
        return Ok(session.conclude(report).unwrap_or(Outcome::Done));
    }
    if arguments.stdout {
        return print(&session, &resolution, &names, pending, report);
    }
    write(&session, &resolution, &names, arguments, pending, report)
}

/// Renders a cluster by its name.
pub(super) fn by_name<'p>(
    plan: &'p Plan<'p>,
    material: &'p CaMaterial,
) -> impl Fn(&ClusterName) -> Result<ClusterTree, TreeError> + Sync + 'p {
    let ids: BTreeMap<&ClusterName, ClusterId> = clusters(plan).map(|(id, name)| (name, id)).collect();
    move |name| match ids.get(name) {
        Some(id) => render(plan, *id, material),
        None => Ok(ClusterTree::empty(name.clone())),
    }
}

/// The clusters of the fleet: those with a mesh, and those that had one when they were rendered. What is there of them is not to be
/// deleted without a word.
fn of_fleet(session: &Session<'_>, names: &[ClusterName]) -> Vec<ClusterName> {
    let was_rendered = |name: &&ClusterName| session.out.join(name.as_str()).join(output::LOCK).is_file();
    let known = session.input.inventory.clusters.keys().filter(was_rendered);
    names.iter().chain(known).collect::<BTreeSet<_>>().into_iter().cloned().collect()
}

/// Writes the tree.
fn write(
    session: &Session<'_>,
    resolution: &Resolution<'_>,
    names: &[ClusterName],
    arguments: &Arguments,
    pending: Pending,
    mut report: Report,
) -> anyhow::Result<Outcome> {
    let home = std::env::home_dir();
    let mut inputs = vec![authority::store(&arguments.common.fleet)];
    inputs.extend(session.hidden.clone());
    let around = Surroundings { fleet: &arguments.common.fleet, inputs: &inputs, home: home.as_deref() };
    let options = Options {
        overwrite_edited: arguments.overwrite_edited,
        overwrite_foreign: arguments.overwrite_foreign,
        allow_empty: arguments.allow_empty,
    };
    let fleet = of_fleet(session, names);
    let target = if arguments.cluster.is_empty() { Target::Fleet(&fleet) } else { Target::Clusters(names) };
    let Ok(out) = OutDir::checked(&session.out, &around, &mut report) else {
        return Ok(session.conclude(report).unwrap_or(Outcome::Done));
    };
    let plan = &resolution.plan;
    if !pending.to_issue().is_empty() {
        // Nothing is issued if the tree cannot be written anyway.
        let ready = CaMaterial { meshes: pending.ready().to_vec() };
        if output::refuses(&out, target, by_name(plan, &ready), options, &mut report) {
            return Ok(session.conclude(report).unwrap_or(Outcome::Done));
        }
        announce(session, &pending);
    }
    let material = match pending.issue() {
        Ok(material) => material,
        Err(error) => {
            report.push(ca_error(&error));
            return Ok(session.conclude(report).unwrap_or(Outcome::Done));
        }
    };
    let written = output::write_trees(&out, target, by_name(plan, &material), options, &Disk::new(), &mut report);
    let rendered = Rendered { clusters: written.unwrap_or_default(), differences: Vec::new() };
    let text = if session.is_quiet() { String::new() } else { summary(&rendered.clusters) };
    session.finish(report, "RenderReport", &rendered, &text, Outcome::Done)
}

/// Says what is about to be issued, since making keys takes a while.
fn announce(session: &Session<'_>, pending: &Pending) {
    if session.is_quiet() || session.is_json() {
        return;
    }
    for (virtual_mesh, mesh) in pending.to_issue() {
        terminal::message(&match mesh {
            None => format!("issuing a root and its intermediates for VirtualMesh {virtual_mesh}"),
            Some(mesh) => format!("issuing an intermediate for mesh {mesh} of VirtualMesh {virtual_mesh}"),
        });
    }
}

fn ca_error(error: &CaError) -> Diag {
    Diag::new(error.code(), Place::Nowhere, error.to_string())
}

/// One line for each cluster.
fn summary(clusters: &[ClusterSummary]) -> String {
    let line = |c: &ClusterSummary| {
        let ClusterSummary { cluster, objects, written, unchanged, deleted } = c;
        format!("{cluster}: {objects} objects, {written} written, {unchanged} unchanged, {deleted} deleted\n")
    };
    clusters.iter().map(line).collect()
}

/// Prints one cluster's manifests, all or nothing.
fn print(
    session: &Session<'_>,
    resolution: &Resolution<'_>,
    names: &[ClusterName],
    pending: Pending,
    mut report: Report,
) -> anyhow::Result<Outcome> {
    let material = CaMaterial { meshes: pending.ready().to_vec() };
    let tree = names.first().map(by_name(&resolution.plan, &material)).transpose()?;
    let Some(tree) = tree.filter(|tree| !tree.is_empty()) else {
        let message = "nothing is rendered for the cluster, and applying nothing would delete everything";
        report.push(Diag::new(Code::ClusterVanishes, Place::Nowhere, message));
        return Ok(session.conclude(report).unwrap_or(Outcome::Done));
    };
    if let Some(outcome) = session.conclude(report) {
        return Ok(outcome);
    }
    let mut bytes = Vec::with_capacity(tree.bytes());
    output::stream(&tree, &mut bytes)?;
    terminal::data(&bytes)?;
    Ok(Outcome::Done)
}

/// Says whether the tree on disk is what would be rendered. What a run that writes would refuse is a difference too.
fn check(
    session: &Session<'_>,
    resolution: &Resolution<'_>,
    names: &[ClusterName],
    arguments: &Arguments,
    pending: Pending,
    findings: Report,
    mut report: Report,
) -> anyhow::Result<Outcome> {
    let refused = findings.has_errors();
    if refused && !only_refused(&findings) {
        report.append(findings);
        return Ok(session.conclude(report).unwrap_or(Outcome::Done));
    }
    let mut text: String = pending
        .to_issue()
        .iter()
        .map(|(virtual_mesh, _)| format!("CA material of VirtualMesh {virtual_mesh} has still to be issued\n"))
        .collect();
    for diag in findings.diags() {
        if diag.severity == Severity::Error {
            text.push_str(&format!("{}\n", diag.message));
        } else {
            report.push(diag.clone());
        }
    }
    let material = CaMaterial { meshes: pending.ready().to_vec() };
    let fleet = of_fleet(session, names);
    let target = if arguments.cluster.is_empty() { Target::Fleet(&fleet) } else { Target::Clusters(names) };
    let differences = output::check(&session.out, target, by_name(&resolution.plan, &material), &mut report);
    let differences = differences.unwrap_or_default();
    text.extend(differences.iter().map(|difference| format!("{difference}\n")));
    let outcome = if text.is_empty() { Outcome::Done } else { Outcome::Negative };
    let text = match outcome {
        Outcome::Negative => format!("{text}the rendered tree is out of date: run meshtree render\n"),
        _ if session.is_quiet() => String::new(),
        _ => "the rendered tree is up to date\n".to_owned(),
    };
    let rendered = Rendered { clusters: Vec::new(), differences };
    session.finish(report, "RenderReport", &rendered, &text, outcome)
}
