//! `meshtree diff`: how the inputs change the rendered manifests.

pub(super) mod base;
pub(super) mod clusters;
mod compare;
mod impact;
mod page;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use super::results::{ReportFile, Results};
use super::session::Session;
use super::{Common, Outcome, complete, formats, terminal};
use crate::ask::impact::Risk;
use crate::ca::CaMaterial;
use crate::diag::{Code, Diag, Place, Report, Severity};
use crate::fleet::Meaning;
use crate::ids::ClusterName;
use crate::render::tree::{ClusterTree, TreeError};
use crate::report::diff::DiffReport;
use crate::report::differences::Layout;
use compare::Compared;

/// Compares what the inputs render to with the committed tree, another tree, or the inputs of an earlier commit.
///
/// Each difference names the policies that cause it. For Secrets, only changed keys and certificate dates are shown, never
/// their content. Exits with 1 if there is a difference.
#[derive(Debug, Args)]
#[command(mut_arg("format", |format| format.value_parser(formats(|_| true))))]
#[command(mut_arg("report", |report| report.value_parser(|text: &str| ReportFile::parse(text, |_| true))))]
#[command(after_help = "Examples:\n  meshtree diff fleet                        against fleet/rendered\n  \
                        meshtree diff fleet --git origin/main      what this branch changes\n  \
                        meshtree diff fleet --git HEAD~1 --stat    one line per object")]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Compare with the tree in this directory, or with what the fleet in it renders to, instead of the fleet's own tree
    #[arg(long, value_name = "DIR")]
    against: Option<PathBuf>,
    /// Compare with what the inputs of this Git revision render to
    #[arg(long, value_name = "REV", conflicts_with = "against")]
    git: Option<String>,
    /// Only this cluster; can be repeated
    #[arg(short, long, value_name = "NAME", add = complete::clusters())]
    cluster: Vec<String>,
    /// Print the consequences alone: who may call what, where requests go
    #[arg(long, conflicts_with_all = ["text", "stat", "all_files", "patch"])]
    impact: bool,
    /// Print the differences alone
    #[arg(long)]
    text: bool,
    /// Exit with 1 only if a consequence has at least this risk: low, medium, high or critical
    #[arg(long, value_name = "RISK", value_parser = risk)]
    fail_on: Option<Risk>,
    /// Print one line per object and the totals instead of the differences
    #[arg(long)]
    stat: bool,
    /// List all files that have the same change, instead of the first 20
    #[arg(long, conflicts_with = "stat")]
    all_files: bool,
    /// Print each change in every file that has it, as `git apply` takes it
    #[arg(long, conflicts_with_all = ["stat", "all_files"])]
    patch: bool,
    /// Leave INVALID policies out, target by target, on both sides
    #[arg(long)]
    allow_invalid: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&arguments.common, None);
    let meaning = session.resolve(&mut report);
    if arguments.allow_invalid {
        report.allow_invalid();
    }
    let new = Rendering::new(&session, meaning, &mut report);
    let compared = match &arguments.git {
        None => compare::with_tree(arguments, &session, &new, &mut report),
        Some(revision) => compare::with_revision(arguments, revision, &new, &mut report),
    };
    let needs_inputs = arguments.impact || arguments.fail_on.is_some();
    if needs_inputs && compared.as_ref().is_some_and(|compared| compared.impact.is_none()) {
        report.push(no_inputs(arguments));
    }
    let Some(compared) = compared.filter(|_| !report.has_errors()) else {
        let page = |format, diags: &[Diag]| arguments.page_of_errors(&session, format, diags);
        return session.stop_with(report, &Results { page: Some(&page), ..Results::default() });
    };
    let Compared { clusters, impact } = compared;
    let differences = DiffReport::of(clusters, impact);
    let outcome = arguments.outcome(&differences);
    let page = |format, diags: &[Diag]| arguments.page(&session, &differences, format, diags);
    let annotations = differences.annotations(&session.file_facts());
    let results = Results { page: Some(&page), annotations, ..Results::default() };
    let ended = session.finish_with(report, (DiffReport::KIND, &differences), "", results, outcome)?;
    if arguments.common.format.is_document() || arguments.common.format.is_page() {
        return Ok(ended);
    }
    let color = terminal::colors_of_data(arguments.common.color);
    terminal::print(arguments.printed(&differences, color).as_bytes(), ended)
}

/// Reads a class of risk.
fn risk(text: &str) -> Result<Risk, String> {
    let found = Risk::ALL.into_iter().find(|risk| risk.as_str() == text);
    found.ok_or_else(|| "use low, medium, high or critical".to_owned())
}

/// The error where consequences are asked for and the other side does not have inputs.
fn no_inputs(arguments: &Arguments) -> Diag {
    let flag = if arguments.impact { "--impact" } else { "--fail-on" };
    let message = format!("{flag} compares inputs, and the other side is a tree");
    let hint = "add --git REV for the inputs of a commit, or --against DIR for a directory with another fleet";
    Diag::new(Code::Usage, Place::Nowhere, message).hint(hint)
}

impl Arguments {
    /// What a comparison ends with.
    fn outcome(&self, differences: &DiffReport) -> Outcome {
        let is_negative = match self.fail_on {
            Some(risk) => differences.risk() >= Some(risk),
            None if self.impact => differences.risk().is_some(),
            None => !differences.is_empty(),
        };
        if is_negative { Outcome::Negative } else { Outcome::Done }
    }

    /// What people read: consequences, then differences.
    fn printed(&self, differences: &DiffReport, color: bool) -> String {
        if self.impact {
            return differences.impact_text();
        }
        let details = || if self.stat { differences.stat(color) } else { differences.text(self.layout(), color) };
        if self.text || self.patch || differences.is_empty() {
            return details();
        }
        match (differences.impact_text(), details()) {
            (impact, details) if impact.is_empty() || details.is_empty() => impact + &details,
            (impact, details) => format!("{impact}\n{details}"),
        }
    }

    fn layout(&self) -> Layout {
        match (self.patch, self.all_files) {
            (true, _) => Layout::Patch,
            (false, true) => Layout::AllFiles,
            (false, false) => Layout::Short,
        }
    }
}

/// Renders a fleet cluster by cluster without issuing CA material.
pub(super) struct Rendering<'r> {
    pub(super) meaning: Meaning<'r>,
    material: CaMaterial,
}

impl<'r> Rendering<'r> {
    /// Missing CA material is only a warning here, since everything else can still be compared.
    pub(super) fn new(session: &Session<'_>, meaning: Meaning<'r>, report: &mut Report) -> Self {
        let mut findings = Report::default();
        let pending = meaning.authorities(session.custody(None), &mut findings);
        for (virtual_mesh, _) in pending.to_issue() {
            let message = format!(
                "CA material for VirtualMesh {virtual_mesh} has not been issued yet: its Secrets are not compared"
            );
            let diag = Diag::new(Code::CaMissing, Place::Nowhere, message);
            report.push(Diag { severity: Severity::Warning, ..diag });
        }
        for diag in findings.diags() {
            report.push(Diag { severity: diag.severity.min(Severity::Warning), ..diag.clone() });
        }
        let material = pending.ready();
        Self { meaning, material }
    }

    /// What gives the tree of each cluster. What the trees have in common is written once.
    pub(super) fn trees(&self) -> impl Fn(&ClusterName, &mut Report) -> ClusterTree + Sync + '_ {
        let trees = self.meaning.trees(&self.material);
        move |cluster, report| or_empty(trees(cluster), cluster, report)
    }

    pub(super) fn clusters(&self) -> BTreeSet<ClusterName> {
        self.meaning.clusters().cloned().collect()
    }
}

/// A tree; an empty one, and an error in the report, where there is none.
fn or_empty(tree: Result<ClusterTree, TreeError>, cluster: &ClusterName, report: &mut Report) -> ClusterTree {
    tree.unwrap_or_else(|error| {
        report.push(Diag::new(Code::SamePath, Place::Nowhere, error.to_string()));
        ClusterTree::empty(cluster.clone())
    })
}
