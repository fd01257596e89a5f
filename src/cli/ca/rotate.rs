//! `meshtree ca rotate`: from one root to another, in three phases.

use clap::{Args, Subcommand};

use super::chosen::chosen;
use super::{committed, is_shown};
use crate::ca::{Asking, Committed, Phase};
use crate::cli::git;
use crate::cli::session::Session;
use crate::cli::terminal::Progress;
use crate::cli::{Common, Outcome};
use crate::diag::{Code, Diag, Exit, Place, Report, Severity};
use crate::fleet::Meaning;
use crate::ids::ObjectRef;
use crate::report::rotation::{RotationReport, RotationView};

/// Replaces the root of a VirtualMesh without a time at which workloads do not trust each other.
///
/// Each phase is one commit for all clusters. Run a phase, render, commit, apply, wait; then run the next one. A run that was
/// interrupted is finished by the same command.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Phase 1: issue a new root, and have all meshes trust it beside the one that they have
    Trust(Begin),
    /// Phase 2: issue the intermediates of all meshes again, under the new root
    Sign(Continue),
    /// Phase 3: have all meshes trust the new root alone, and remove the former one
    Untrust(Continue),
    /// Show the phase, since when, and what is next
    Status(Begin),
}

/// What every phase needs.
#[derive(Debug, Args)]
struct Begin {
    #[command(flatten)]
    common: Common,
    /// The VirtualMesh whose root is meant, if the fleet has several
    #[arg(long, value_name = "NAMESPACE/NAME")]
    virtual_mesh: Option<String>,
}

#[derive(Debug, Args)]
struct Continue {
    #[command(flatten)]
    begin: Begin,
    /// Do not wait: istiod, all gateways and all workloads have been restarted since the phase before was applied
    #[arg(long)]
    workloads_restarted: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    match &arguments.step {
        Step::Trust(begin) => phase(begin, Phase::Trust, false),
        Step::Sign(Continue { begin, workloads_restarted }) => phase(begin, Phase::Sign, *workloads_restarted),
        Step::Untrust(Continue { begin, workloads_restarted }) => phase(begin, Phase::Untrust, *workloads_restarted),
        Step::Status(begin) => status(begin),
    }
}

fn phase(begin: &Begin, phase: Phase, restarted: bool) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&begin.common, None);
    let meaning = session.resolve(&mut report);
    report.revise(|diag| is_shown(diag));
    let virtual_mesh = chosen(begin.virtual_mesh.as_deref(), &meaning, &mut report);
    session.judge(&mut report);
    let Some(virtual_mesh) = virtual_mesh.filter(|_| !report.has_errors()) else { return session.stop(report) };
    let committed = match phase.before() {
        None => Ok(Committed::default()),
        Some(_) => committed::read(&session, &meaning),
    };
    let committed = match committed {
        Ok(committed) => committed,
        Err(error) => {
            report.push(git::failed(&error, "HEAD"));
            return session.stop(report);
        }
    };
    let asking = Asking { virtual_mesh: &virtual_mesh, phase, committed, restarted };
    let turn = meaning.turn(session.custody(None), asking, &mut report);
    session.judge(&mut report);
    let Some(turn) = turn.filter(|_| !report.has_errors()) else { return session.stop(report) };
    let progress = Progress::new(session.is_quiet() || session.prints_document());
    if let Err(error) = turn.carry_out(&|made, all| progress.show(made, all)) {
        report.push(Diag::new(error.code(), Place::Nowhere, error.to_string()));
        return session.stop(report);
    }
    show(&session, &meaning, Some(&virtual_mesh), report)
}

fn status(begin: &Begin) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&begin.common, None);
    let meaning = session.resolve(&mut report);
    // An INVALID policy changes nothing about what is in the store.
    report.revise(|diag| diag.severity == Severity::Error && diag.code.exit() != Exit::Invalid);
    let virtual_mesh =
        begin.virtual_mesh.as_ref().and_then(|_| chosen(begin.virtual_mesh.as_deref(), &meaning, &mut report));
    if report.has_errors() {
        return session.stop(report);
    }
    show(&session, &meaning, virtual_mesh.as_ref(), report)
}

/// Shows what the store has now.
fn show(
    session: &Session<'_>,
    meaning: &Meaning<'_>,
    virtual_mesh: Option<&ObjectRef>,
    mut report: Report,
) -> anyhow::Result<Outcome> {
    let mut findings = Report::default();
    let pending = meaning.authorities(session.custody(Some("--locked")), &mut findings);
    findings.revise(|diag| diag.code == Code::CaBroken);
    report.append(findings);
    let (fleet, wait) = (session.directory(), meaning.workload_ttl());
    let is_meant = |virtual_mesh_of: &ObjectRef| virtual_mesh.is_none_or(|meant| meant == virtual_mesh_of);
    let facts = pending.authorities().iter().filter(|facts| is_meant(&facts.virtual_mesh));
    let rotations = facts
        .map(|facts| RotationView::of(facts, &meaning.plan, (&fleet, wait, &meaning.fleet().snapshot.settings)))
        .collect();
    let shown = RotationReport { rotations };
    let text = if session.is_quiet() { String::new() } else { shown.text() };
    session.finish(report, RotationReport::KIND, &shown, &text, Outcome::Done)
}
