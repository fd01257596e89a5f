//! `meshtree ca rotate`: from one root to another, in three phases.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::adopt::{read, shown};
use super::chosen::chosen;
use super::signer::Signer;
use super::{committed, is_shown};
use crate::ca::{Asking, Brought, Committed, Phase, Program};
use crate::cli::git;
use crate::cli::session::Session;
use crate::cli::terminal::Progress;
use crate::cli::{Common, Outcome};
use crate::diag::{Code, Diag, Exit, Place, Report, Severity};
use crate::fleet::{Custody, Meaning};
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
    Trust(Trust),
    /// Phase 2: issue the intermediates of all meshes again, under the new root
    Sign(Sign),
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
struct Trust {
    #[command(flatten)]
    begin: Begin,
    /// A root of your own as the new one: a Secret as kubectl prints it, or a certificate in PEM; `-` is standard input
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// The private key of a certificate in PEM; without it, a program signs with it later: `rotate sign --signer`
    #[arg(long, value_name = "FILE", requires = "to")]
    to_key: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Sign {
    #[command(flatten)]
    next: Continue,
    #[command(flatten)]
    signer: Signer,
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
        Step::Trust(Trust { begin, to, to_key }) => match to {
            None => phase(begin, Phase::Trust, (false, None), None),
            Some(to) => phase(begin, Phase::Trust, (false, None), Some((to, to_key.as_deref()))),
        },
        Step::Sign(Sign { next: Continue { begin, workloads_restarted }, signer }) => {
            phase(begin, Phase::Sign, (*workloads_restarted, signer.program()), None)
        }
        Step::Untrust(Continue { begin, workloads_restarted }) => {
            phase(begin, Phase::Untrust, (*workloads_restarted, None), None)
        }
        Step::Status(begin) => status(begin),
    }
}

/// The files of a root of one's own.
type Files<'f> = (&'f Path, Option<&'f Path>);

fn phase(
    begin: &Begin,
    phase: Phase,
    (restarted, signer): (bool, Option<Program>),
    to: Option<Files<'_>>,
) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&begin.common, None);
    let meaning = session.resolve(&mut report);
    report.revise(|diag| is_shown(diag));
    let virtual_mesh = chosen(begin.virtual_mesh.as_deref(), &meaning, &mut report);
    session.judge(&mut report);
    let Some(virtual_mesh) = virtual_mesh.filter(|_| !report.has_errors()) else { return session.stop(report) };
    if let Some(files) = to {
        bring(&session, &meaning, (&virtual_mesh, files), &mut report);
        session.judge(&mut report);
        if report.has_errors() {
            return session.stop(report);
        }
    }
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
    let custody = Custody { signer, ..session.custody(None) };
    let turn = meaning.turn(custody, asking, &mut report);
    session.judge(&mut report);
    let Some(turn) = turn.filter(|_| !report.has_errors()) else { return session.stop(report) };
    let progress = Progress::new(session.is_quiet() || session.prints_document());
    if let Err(error) = turn.carry_out(&|made, all| progress.show(made, all)) {
        report.push(Diag::new(error.code(), Place::Nowhere, error.to_string()));
        return session.stop(report);
    }
    show(&session, &meaning, Some(&virtual_mesh), report)
}

/// Puts a root of the user's own into the store, as the one that the rotation leads to.
fn bring(
    session: &Session<'_>,
    meaning: &Meaning<'_>,
    (virtual_mesh, (to, key)): (&ObjectRef, Files<'_>),
    report: &mut Report,
) {
    let fleet = Some(&*meaning.fleet().directory);
    let Some(text) = read(to, fleet, report) else { return };
    let brought = if text.trim_start().starts_with("-----BEGIN") {
        let key = match key {
            Some(key) => match read(key, fleet, report) {
                Some(text) => Some((shown(key), text)),
                None => return,
            },
            None => None,
        };
        let key = key.as_ref().map(|(name, text)| (name.as_str(), text.clone()));
        Ok(Brought::pem((&shown(to), text.to_string()), key))
    } else {
        Brought::secret(&shown(to), &text)
    };
    let brought = match brought {
        Ok(brought) => brought,
        Err(diag) => return report.push(*diag),
    };
    let custodian = meaning.custodian(session.custody(None), &mut Report::default());
    if let Err(error) = custodian.next_root(Some(&virtual_mesh.to_string()), &brought, report) {
        report.push(Diag::new(error.code(), Place::Nowhere, error.to_string()));
    }
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
