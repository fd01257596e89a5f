//! `meshtree diff`: how the inputs change the rendered manifests.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use super::git;
use super::session::{Session, chosen};
use super::{Common, Outcome, terminal};
use crate::ca::{CaMaterial, describe_secret};
use crate::diag::{Code, Diag, Place, Report, Severity};
use crate::fleet::Meaning;
use crate::ids::ClusterName;
use crate::output::diff::{ClusterDiff, Committed, Side, diff_cluster};
use crate::render::tree::ClusterTree;
use crate::report::diff::DiffReport;

/// Compares what the inputs render to with the committed tree, another tree, or the inputs of an earlier commit.
///
/// Each difference names the policies that cause it. For Secrets, only changed keys and certificate dates are shown, never
/// their content. Exits with 1 if there is a difference.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  meshtree diff fleet                        against fleet/rendered\n  \
                        meshtree diff fleet --git origin/main      what this branch changes\n  \
                        meshtree diff fleet --git HEAD~1 --stat    one line per object")]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Compare with the tree in this directory instead of the fleet's own
    #[arg(long, value_name = "DIR")]
    against: Option<PathBuf>,
    /// Compare with what the inputs of this Git revision render to
    #[arg(long, value_name = "REV", conflicts_with = "against")]
    git: Option<String>,
    /// Only this cluster; can be repeated
    #[arg(short, long, value_name = "NAME")]
    cluster: Vec<String>,
    /// Print one line per object and the totals instead of the differences
    #[arg(long)]
    stat: bool,
    /// Leave INVALID policies out, target by target, on both sides
    #[arg(long)]
    allow_invalid: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&arguments.common, None);
    let meaning = session.fleet.resolve(&mut report);
    if arguments.allow_invalid {
        report.allow_invalid();
    }
    let new = Rendering::new(&session, &meaning, &mut report);
    let compared = match &arguments.git {
        None => against_tree(arguments, &session, &new, &mut report),
        Some(revision) => match git::checkout(&arguments.common.fleet, revision) {
            Ok(checkout) => against_revision(arguments, revision, &checkout, &new, &mut report),
            Err(error) => {
                report.push(Diag::new(Code::GitFailed, Place::Nowhere, format!("{error:#}")));
                None
            }
        },
    };
    let Some(clusters) = compared.filter(|_| !report.has_errors()) else {
        return Ok(session.conclude(report).unwrap_or(Outcome::Done));
    };
    let differences = DiffReport::of(clusters);
    let outcome = if differences.is_empty() { Outcome::Done } else { Outcome::Negative };
    let ended = session.finish(report, DiffReport::KIND, &differences, "", outcome)?;
    if !session.is_json() {
        let text = if arguments.stat { differences.stat() } else { differences.text() };
        terminal::data(text.as_bytes())?;
    }
    Ok(ended)
}

/// Renders a fleet cluster by cluster without issuing CA material.
struct Rendering<'r> {
    meaning: &'r Meaning<'r>,
    material: CaMaterial,
}

impl<'r> Rendering<'r> {
    /// Missing CA material is only a warning here, since everything else can still be compared.
    fn new(session: &Session<'_>, meaning: &'r Meaning<'r>, report: &mut Report) -> Self {
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
        Self { meaning, material: pending.ready() }
    }

    fn tree(&self, cluster: &ClusterName, report: &mut Report) -> ClusterTree {
        self.meaning.tree(cluster, &self.material).unwrap_or_else(|error| {
            report.push(Diag::new(Code::SamePath, Place::Nowhere, error.to_string()));
            ClusterTree::empty(cluster.clone())
        })
    }

    fn clusters(&self) -> BTreeSet<ClusterName> {
        self.meaning.clusters().cloned().collect()
    }
}

/// Compares with a tree on disk.
fn against_tree(
    arguments: &Arguments,
    session: &Session<'_>,
    new: &Rendering<'_>,
    report: &mut Report,
) -> Option<Vec<ClusterDiff>> {
    let directory = arguments.against.as_ref().unwrap_or(&session.out);
    if arguments.against.is_some() && !directory.is_dir() {
        let message = format!("--against {}: directory not found", directory.display());
        report.push(Diag::new(Code::Usage, Place::Nowhere, message));
        return None;
    }
    let chosen = chosen(new.meaning, &arguments.cluster, report);
    let mut names: BTreeSet<ClusterName> = chosen.into_iter().collect();
    if arguments.cluster.is_empty() {
        names.extend(crate::output::committed_clusters(directory));
    }
    if report.has_errors() {
        return None;
    }
    let compare = |name: ClusterName| {
        let old = Committed::read(directory, &name, report).ok()?;
        let tree = new.tree(&name, report);
        Some(diff_cluster(Side::Committed(&old), Side::Tree(&tree), describe_secret))
    };
    names.into_iter().map(compare).collect()
}

/// Compares with what the inputs of an earlier commit render to.
fn against_revision(
    arguments: &Arguments,
    revision: &str,
    checkout: &git::Checkout,
    new: &Rendering<'_>,
    report: &mut Report,
) -> Option<Vec<ClusterDiff>> {
    let shown = format!("{revision}:{}", arguments.common.fleet.display());
    let (session, mut findings) = Session::read_at(&arguments.common, checkout.fleet(), &shown, None);
    let meaning = session.fleet.resolve(&mut findings);
    if arguments.allow_invalid {
        findings.allow_invalid();
    }
    if findings.has_errors() {
        session.conclude(findings);
        let message = format!("the inputs of {revision} cannot be rendered, so there is nothing to compare with");
        report.push(Diag::new(Code::Unreadable, Place::Nowhere, message));
        return None;
    }
    let mut unheard = Report::default();
    let old = Rendering::new(&session, &meaning, &mut unheard);
    let mut names = new.clusters();
    names.extend(old.clusters());
    for name in &arguments.cluster {
        if !names.iter().any(|known| known.as_str() == name) {
            chosen(new.meaning, std::slice::from_ref(name), report);
        }
    }
    if report.has_errors() {
        return None;
    }
    names.retain(|name| arguments.cluster.is_empty() || arguments.cluster.iter().any(|n| n == name.as_str()));
    let compare = |name: ClusterName| {
        let (before, after) = (old.tree(&name, report), new.tree(&name, report));
        diff_cluster(Side::Tree(&before), Side::Tree(&after), describe_secret)
    };
    Some(names.into_iter().map(compare).collect())
}
