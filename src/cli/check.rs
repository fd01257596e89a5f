//! `meshtree check`: diagnostics only.

use clap::Args;
use serde::Serialize;

use super::session::Session;
use super::{Common, Outcome, authority};
use crate::diag::{Code, Report};

/// Reads the fleet, checks everything and writes nothing.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
}

/// What was checked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Checked {
    clusters: usize,
    meshes: usize,
    services: usize,
    policies: usize,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let mut session = Session::read(&arguments.common, None);
    let mut report = std::mem::take(&mut session.report);
    let resolution = session.input.resolve(&mut report);
    let snapshot = &session.input.snapshot;
    let mut findings = Report::default();
    authority::plan(&arguments.common.fleet, &session.out, snapshot, &resolution.plan, false, &mut findings);
    // After an error what is asked of the CA is not certain; that a setting is wrong is.
    let certain = !report.has_errors();
    findings
        .diags()
        .iter()
        .filter(|diag| certain || diag.code == Code::BadSettings)
        .cloned()
        .for_each(|diag| report.push(diag));
    let inventory = &session.input.inventory;
    let checked = Checked {
        clusters: inventory.clusters.len(),
        meshes: inventory.meshes.len(),
        services: inventory.targets.len(),
        policies: snapshot.virtual_meshes.len()
            + snapshot.traffic_policies.len()
            + snapshot.access_policies.len()
            + snapshot.failover_services.len(),
    };
    let Checked { clusters, meshes, services, policies } = &checked;
    let good = !report.has_errors() && !session.is_quiet();
    let text = format!(
        "ok: {}, {}, {}, {}\n",
        count(*clusters, "cluster", "clusters"),
        count(*meshes, "mesh", "meshes"),
        count(*services, "service", "services"),
        count(*policies, "policy", "policies"),
    );
    session.finish(report, "CheckReport", &checked, if good { &text } else { "" }, Outcome::Done)
}

/// A number with the name of what it counts.
fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
