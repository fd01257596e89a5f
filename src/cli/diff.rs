//! `meshtree diff`: what the inputs change in the rendered manifests.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::git;
use super::render::by_name;
use super::session::{Session, chosen};
use super::{Common, Outcome, authority, terminal};
use crate::ca::{CaMaterial, describe_secret};
use crate::diag::{Code, Diag, Place, Report, Severity};
use crate::ids::ClusterName;
use crate::output::diff::{ClusterDiff, Committed, Side, diff_cluster, write_stat, write_text};
use crate::render::tree::ClusterTree;
use crate::resolve::Resolution;

/// Compares what would be rendered now with the committed tree, another tree, or what an earlier commit's inputs give.
///
/// Each difference is headed by the policies that cause it. Secrets are shown by their keys and certificates, never by their
/// content. Exits 1 when there is a difference.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  meshtree diff fleet                        against fleet/rendered\n  \
                        meshtree diff fleet --git origin/main      what this branch changes\n  \
                        meshtree diff fleet --git HEAD~1 --stat    one line an object")]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Compare with the tree in this directory instead of the fleet's own
    #[arg(long, value_name = "DIR")]
    against: Option<PathBuf>,
    /// Compare with what the inputs of this Git revision give
    #[arg(long, value_name = "REV", conflicts_with = "against")]
    git: Option<String>,
    /// Only this cluster; may be given several times
    #[arg(short, long, value_name = "NAME")]
    cluster: Vec<String>,
    /// One line an object and the totals instead of the differences
    #[arg(long)]
    stat: bool,
    /// Leave INVALID policies out, target by target, on both sides
    #[arg(long)]
    allow_invalid: bool,
}

/// The differences and their count.
#[derive(Debug, Serialize)]
struct DiffReport {
    summary: Counts,
    clusters: Vec<ClusterDiff>,
}

#[derive(Debug, Default, Serialize)]
struct Counts {
    added: usize,
    changed: usize,
    removed: usize,
    unchanged: usize,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let mut session = Session::read(&arguments.common, None);
    let mut report = std::mem::take(&mut session.report);
    let resolution = session.input.resolve(&mut report);
    if arguments.allow_invalid {
        report.allow_invalid();
    }
    let fleet = &arguments.common.fleet;
    let new = Rendering::new(&session, fleet, &resolution, &mut report);
    let compared = match &arguments.git {
        None => against_tree(arguments, &session, &new, &mut report),
        Some(revision) => match git::checkout(fleet, revision) {
            Ok(checkout) => against_revision(arguments, revision, &checkout, &new, &mut report),
            Err(error) => {
                report.push(Diag::new(Code::GitFailed, Place::Nowhere, format!("{error:#}")));
                None
            }
        },
    };
    let Some(mut clusters) = compared.filter(|_| !report.has_errors()) else {
        return Ok(session.conclude(report).unwrap_or(Outcome::Done));
    };
    clusters.sort_by(|a, b| a.cluster.cmp(&b.cluster));
    conclude(arguments, &session, clusters, report)
}

/// Shows the differences.
fn conclude(
    arguments: &Arguments,
    session: &Session<'_>,
    clusters: Vec<ClusterDiff>,
    report: Report,
) -> anyhow::Result<Outcome> {
    let counts = count(&clusters);
    let outcome = if counts.added + counts.changed + counts.removed == 0 { Outcome::Done } else { Outcome::Negative };
    let mut text = String::new();
    if arguments.stat {
        write_stat(&clusters, &mut text);
    } else {
        write_text(&clusters, &mut text);
    }
    let ended = session.finish(report, "DiffReport", &DiffReport { summary: counts, clusters }, "", outcome)?;
    if !session.is_json() {
        terminal::data(text.as_bytes())?;
    }
    Ok(ended)
}

fn count(clusters: &[ClusterDiff]) -> Counts {
    use crate::output::diff::Change;
    let mut counts = Counts::default();
    for cluster in clusters {
        counts.unchanged += cluster.unchanged;
        for object in &cluster.objects {
            match object.change {
                Change::Added => counts.added += 1,
                Change::Changed => counts.changed += 1,
                Change::Removed => counts.removed += 1,
            }
        }
    }
    counts
}

/// What a fleet gives, cluster by cluster, without anything being issued.
struct Rendering<'r> {
    resolution: &'r Resolution<'r>,
    material: CaMaterial,
}

impl<'r> Rendering<'r> {
    /// CA material that is missing is no reason not to compare the rest: it is a warning.
    fn new(
        session: &Session<'_>,
        fleet: &std::path::Path,
        resolution: &'r Resolution<'r>,
        report: &mut Report,
    ) -> Self {
        let mut findings = Report::default();
        let pending =
            authority::plan(fleet, &session.out, &session.input.snapshot, &resolution.plan, false, &mut findings);
        for (virtual_mesh, _) in pending.to_issue() {
            let message = format!(
                "CA material of VirtualMesh {virtual_mesh} has still to be issued: its Secrets are not compared"
            );
            let diag = Diag::new(Code::CaMissing, Place::Nowhere, message);
            report.push(Diag { severity: Severity::Warning, ..diag });
        }
        for diag in findings.diags() {
            report.push(Diag { severity: diag.severity.min(Severity::Warning), ..diag.clone() });
        }
        Self { resolution, material: CaMaterial { meshes: pending.ready().to_vec() } }
    }

    fn tree(&self, cluster: &ClusterName, report: &mut Report) -> ClusterTree {
        by_name(&self.resolution.plan, &self.material)(cluster).unwrap_or_else(|error| {
            report.push(Diag::new(Code::SamePath, Place::Nowhere, error.to_string()));
            ClusterTree::empty(cluster.clone())
        })
    }

    fn clusters(&self) -> BTreeSet<ClusterName> {
        crate::render::cluster::clusters(&self.resolution.plan).map(|(_, name)| name.clone()).collect()
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
        let message = format!("--against {}: there is no such directory", directory.display());
        report.push(Diag::new(Code::Usage, Place::Nowhere, message));
        return None;
    }
    let chosen = chosen(new.resolution, &arguments.cluster, report);
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

/// Compares with what an earlier commit's inputs give.
fn against_revision(
    arguments: &Arguments,
    revision: &str,
    checkout: &git::Checkout,
    new: &Rendering<'_>,
    report: &mut Report,
) -> Option<Vec<ClusterDiff>> {
    let shown = format!("{revision}:{}", arguments.common.fleet.display());
    let mut session = Session::read_at(&arguments.common, checkout.fleet(), &shown, None);
    let mut findings = std::mem::take(&mut session.report);
    let resolution = session.input.resolve(&mut findings);
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
    let old = Rendering::new(&session, checkout.fleet(), &resolution, &mut unheard);
    let mut names = new.clusters();
    names.extend(old.clusters());
    for name in &arguments.cluster {
        if !names.iter().any(|known| known.as_str() == name) {
            chosen(new.resolution, std::slice::from_ref(name), report);
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
