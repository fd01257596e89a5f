//! `meshtree render`: renders the inputs to a tree on disk, or to standard output.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::Args;

use super::ca::to_terminal;
use super::session::{Session, chosen, only_refused};
use super::terminal::Progress;
use super::{Common, Outcome, complete, manifests, path_not_format, terminal, waves};
use crate::ca::{CaMaterial, Pending, in_clear};
use crate::diag::{Code, Diag, Place, Report, Severity};
use crate::fleet::{Custody, Meaning};
use crate::ids::ClusterName;
use crate::output::{
    self, Claim, Difference, DifferenceKind, Disk, Options, OutDir, OutputError, Surroundings, Target,
};
use crate::render::tree::{ClusterTree, TreeError};
use crate::report::rendered::Rendered;

/// Writes one directory of Istio manifests per cluster, and CA material where a VirtualMesh requires it.
///
/// Only files whose content changes are written, and only files that an earlier run wrote are overwritten or deleted.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  meshtree render                            the fleet in this directory, into ./rendered\n  \
                        meshtree render fleet --check              exit 1 unless fleet/rendered is up to date\n  \
                        meshtree render fleet --cluster kind2 --stdout  one cluster's manifests to stdout"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// The output directory; by default spec.output.directory of the settings, or else FLEET/rendered
    #[arg(short, long, value_name = "DIR", value_parser = path_not_format("directory", "add --cluster NAME --stdout"))]
    out: Option<PathBuf>,
    /// Only this cluster; can be repeated
    #[arg(short, long, value_name = "NAME", add = complete::clusters())]
    cluster: Vec<String>,
    /// Print the manifests of the one chosen cluster and write nothing
    #[arg(long, conflicts_with_all = ["out", "check"], requires = "cluster")]
    stdout: bool,
    /// Never issue CA material; missing material is an error (for CI)
    #[arg(long)]
    locked: bool,
    /// Issue a root although the inventory shows that workloads trust another one
    #[arg(long, conflicts_with = "locked")]
    accept_new_root: bool,
    /// Render a root in cacerts that does not follow from the one in the rendered tree
    #[arg(long)]
    accept_root_change: bool,
    /// Render the Secret cacerts with its private key IN CLEAR, for clusters whose delivery is sops
    #[arg(long, conflicts_with = "check")]
    plaintext_private_keys: bool,
    /// Write nothing, and exit with 1 if the rendered tree is out of date
    #[arg(long)]
    check: bool,
    /// Leave INVALID policies out, target by target, and render the rest
    #[arg(long)]
    allow_invalid: bool,
    /// Overwrite or delete rendered files that were edited by hand
    #[arg(long)]
    overwrite_edited: bool,
    /// Overwrite files that meshtree did not write
    #[arg(long)]
    overwrite_foreign: bool,
    /// Allow a cluster's directory to become empty or to be removed
    #[arg(long)]
    allow_empty: bool,
    /// Delete generated files that are neither rendered nor in the lock
    #[arg(long)]
    delete_leftovers: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&arguments.common, arguments.out.as_deref());
    let meaning = session.resolve(&mut report);
    if arguments.allow_invalid {
        report.allow_invalid();
    }
    let names = chosen(&meaning, &arguments.cluster, &mut report);
    if arguments.stdout && names.len() > 1 {
        let message = "--stdout prints a single cluster: give --cluster only once";
        report.push(Diag::new(Code::Usage, Place::Nowhere, message));
    }
    session.judge(&mut report);
    if report.has_errors() {
        return end(&session, arguments, report);
    }
    // Issuing writes to the CA store, and --stdout must not write.
    let locked = arguments.locked.then_some("--locked").or(arguments.stdout.then_some("--stdout"));
    let run = Run { session: &session, meaning: &meaning, names: &names, arguments };
    // Before the CA store is read: another run may be issuing what this one needs.
    let claim = (!arguments.check && !arguments.stdout).then(|| run.claim(&mut report));
    let mut findings = Report::default();
    let Arguments { accept_new_root, accept_root_change, .. } = *arguments;
    let custody = Custody { accept_new_root, accept_root_change, ..session.custody(locked) };
    let pending = meaning.authorities(custody, &mut findings);
    if arguments.check {
        return run.check(&pending, findings, report);
    }
    report.append(findings);
    session.judge_all(&mut report);
    if report.has_errors() {
        return end(&session, arguments, report);
    }
    match claim {
        Some(Ok(claim)) => run.write(&claim, pending, report),
        Some(Err(_)) => run.end(report),
        None => run.print(&pending, report),
    }
}

/// A run whose inputs are valid.
struct Run<'r> {
    session: &'r Session<'r>,
    meaning: &'r Meaning<'r>,
    /// The clusters to render.
    names: &'r [ClusterName],
    arguments: &'r Arguments,
}

impl Run<'_> {
    /// The clusters of the fleet: clusters with a mesh, and clusters that had one when they were last rendered. Their files must
    /// not be deleted silently.
    fn of_fleet(&self) -> Vec<ClusterName> {
        let was_rendered = |name: &&ClusterName| self.session.out.join(name.as_str()).join(output::LOCK).is_file();
        let known = self.session.fleet.inventory.clusters.keys().filter(was_rendered);
        self.names.iter().chain(known).collect::<BTreeSet<_>>().into_iter().cloned().collect()
    }

    /// What is written or compared.
    fn target<'t>(&'t self, of_fleet: &'t [ClusterName]) -> Target<'t> {
        if self.arguments.cluster.is_empty() { Target::Fleet(of_fleet) } else { Target::Clusters(self.names) }
    }

    /// Renders a cluster with this material.
    fn trees<'t>(
        &'t self,
        material: &'t CaMaterial,
    ) -> impl Fn(&ClusterName) -> Result<ClusterTree, TreeError> + Sync + 't {
        self.meaning.files(material)
    }

    fn end(&self, report: Report) -> anyhow::Result<Outcome> {
        end(self.session, self.arguments, report)
    }

    /// Checks the output directory, and waits until no other run writes to it.
    fn claim(&self, report: &mut Report) -> Result<Claim, OutputError> {
        let Self { session, arguments, .. } = self;
        let home = std::env::home_dir();
        let mut inputs = vec![session.fleet.store()];
        inputs.extend(session.hidden.clone());
        let around = Surroundings { fleet: &arguments.common.fleet, inputs: &inputs, home: home.as_deref() };
        let out = OutDir::checked(&session.out, &around, report)?;
        let waiting = || {
            if !session.is_quiet() {
                let out = session.out.display();
                terminal::message(&format!("waiting for another run of meshtree that is writing to {out}"));
            }
        };
        Claim::new(out, &Disk::new(), waiting)
            .inspect_err(|error| error.diag().into_iter().for_each(|diag| report.push(diag)))
    }

    /// Writes the tree.
    fn write(&self, claim: &Claim, pending: Pending, mut report: Report) -> anyhow::Result<Outcome> {
        let Self { session, arguments, .. } = self;
        let options = Options {
            overwrite_edited: arguments.overwrite_edited,
            overwrite_foreign: arguments.overwrite_foreign,
            allow_empty: arguments.allow_empty,
            delete_leftovers: arguments.delete_leftovers,
        };
        let of_fleet = self.of_fleet();
        let target = self.target(&of_fleet);
        if !pending.to_issue().is_empty() || !pending.to_seal().is_empty() {
            // Nothing is issued if the tree cannot be written anyway.
            let ready = pending.ready();
            if output::refuses(claim.out(), target, self.trees(&ready), options, &mut report) {
                return self.end(report);
            }
            announce(session, &pending);
        }
        let progress = Progress::new(session.is_quiet() || session.prints_document());
        let mut material = match pending.issue_with(&|made, all| progress.show(made, all)) {
            Ok(material) => material,
            Err(error) => {
                report.push(Diag::new(error.code(), Place::Nowhere, error.to_string()));
                return self.end(report);
            }
        };
        if !self.opens(&mut material, &mut report) {
            return self.end(report);
        }
        let disk = Disk::new();
        let written = output::write_trees(claim, target, self.trees(&material), options, &disk, &mut report);
        if let (Some(waves), Ok(_)) = (waves::asked(self.meaning), &written)
            && let Err(error) = waves.write(&session.out, &disk)
        {
            error.diag().into_iter().for_each(|diag| report.push(diag));
        }
        let rendered = Rendered { clusters: written.unwrap_or_default(), differences: Vec::new() };
        let text = if session.is_quiet() { String::new() } else { rendered.text() };
        session.finish(report, Rendered::KIND, &rendered, &text, Outcome::Done)
    }

    /// Puts private keys into the material in clear, if that is wanted. Whether the run can go on.
    fn opens(&self, material: &mut CaMaterial, report: &mut Report) -> bool {
        if self.arguments.plaintext_private_keys {
            let settings = &self.session.fleet.snapshot.settings;
            match in_clear(material, self.names, settings, &self.session.custody(None).identities) {
                Ok(warning) => warning.into_iter().for_each(|diag| report.push(diag)),
                Err(diag) => report.push(*diag),
            }
            self.session.judge_all(report);
        }
        !report.has_errors()
    }

    /// Prints one cluster's manifests, all or nothing.
    fn print(&self, pending: &Pending, mut report: Report) -> anyhow::Result<Outcome> {
        let mut material = pending.ready();
        if self.arguments.plaintext_private_keys {
            let refusal = to_terminal(std::io::stdout().is_terminal(), false);
            refusal.into_iter().for_each(|diag| report.push(diag));
        }
        if !self.opens(&mut material, &mut report) {
            return self.end(report);
        }
        let Some(tree) = manifests::with(self.names, self.meaning, &material, &mut report)? else {
            return self.end(report);
        };
        if let Some(outcome) = self.session.conclude(report) {
            return Ok(outcome);
        }
        let mut bytes = Vec::with_capacity(tree.bytes());
        output::stream(&tree, &mut bytes)?;
        terminal::print(&bytes, Outcome::Done)
    }

    /// Compares the tree on disk with what would be rendered. Whatever a writing run would refuse is a difference too.
    fn check(&self, pending: &Pending, findings: Report, mut report: Report) -> anyhow::Result<Outcome> {
        if findings.has_errors() && !only_refused(&findings) {
            report.append(findings);
            return self.end(report);
        }
        let not_issued =
            |(virtual_mesh, _)| format!("CA material for VirtualMesh {virtual_mesh} has not been issued yet\n");
        let mut text: String = pending.to_issue().into_iter().map(not_issued).collect();
        let not_sealed = |mesh| format!("the sealed copy of cacerts of mesh {mesh} is missing or out of date\n");
        text.extend(pending.to_seal().into_iter().map(not_sealed));
        for diag in findings.diags() {
            if diag.severity == Severity::Error {
                text.push_str(&format!("{}\n", diag.message));
            } else {
                report.push(diag.clone());
            }
        }
        self.session.judge_all(&mut report);
        let (material, of_fleet) = (pending.ready(), self.of_fleet());
        let target = self.target(&of_fleet);
        let differences = output::check(&self.session.out, target, self.trees(&material), &mut report);
        let mut differences = differences.unwrap_or_default();
        differences.extend(waves::asked(self.meaning).and_then(|waves| waves.difference(&self.session.out)));
        differences.sort_unstable();
        let rendered = Rendered { clusters: Vec::new(), differences };
        text.push_str(&rendered.differences());
        let is_leftover = |difference: &Difference| difference.kind == DifferenceKind::Leftover;
        let flag = if rendered.differences.iter().any(is_leftover) { " --delete-leftovers" } else { "" };
        let is_converted = rendered.differences.iter().any(|difference| difference.kind == DifferenceKind::LineEnds);
        let outcome = if text.is_empty() { Outcome::Done } else { Outcome::Negative };
        let text = match outcome {
            Outcome::Negative if is_converted => format!(
                "{text}the lines of the rendered tree end in CR LF: add `* -text` to .gitattributes in the output directory to keep Git \
                 from converting them, then delete the tree and render again\n"
            ),
            Outcome::Negative => format!("{text}the rendered tree is out of date: run meshtree render{flag}\n"),
            _ if self.session.is_quiet() => String::new(),
            _ => "the rendered tree is up to date\n".to_owned(),
        };
        self.session.finish(report, Rendered::KIND, &rendered, &text, outcome)
    }
}

/// Ends a run that has no report. Where manifests are printed, diagnostics are not.
fn end(session: &Session<'_>, arguments: &Arguments, report: Report) -> anyhow::Result<Outcome> {
    if arguments.stdout { Ok(session.conclude(report).unwrap_or(Outcome::Done)) } else { session.stop(report) }
}

/// Reports what is about to be issued, since generating keys takes a while.
fn announce(session: &Session<'_>, pending: &Pending) {
    if session.is_quiet() || session.prints_document() {
        return;
    }
    for (virtual_mesh, mesh) in pending.to_issue() {
        terminal::message(&match mesh {
            None => format!("issuing a root certificate and its intermediates for VirtualMesh {virtual_mesh}"),
            Some(mesh) => format!("issuing an intermediate certificate for mesh {mesh} of VirtualMesh {virtual_mesh}"),
        });
    }
}
