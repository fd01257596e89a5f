//! Renders Service Mesh Hub policies into one reviewable directory of Istio manifests per cluster.
//!
//! ```text
//! paths ─load→ Files ─decode→ Snapshot ─discover→ Inventory
//!                                   └────────────────────┴─resolve→ Plan ─translate→ Manifests ─render→ Tree ─output→ files | stdout | diff
//!                                                                    └→ CaPlan ─ca→ CaMaterial ─────┘
//! ```
//! Every stage is a plain function from its input and a [`diag::Report`] to its output.

use std::path::Path;

pub mod ca;
pub mod cli;
pub mod diag;
pub mod discover;
pub mod ids;
pub mod load;
pub mod model;
pub mod objects;
pub mod output;
pub mod plan;
pub mod render;
pub mod resolve;
pub mod translate;

/// What a fleet says, read and understood; what is meant by it is [`Input::resolve`]'s to say.
#[derive(Debug, Default)]
pub struct Input {
    /// The files.
    pub sources: load::Files,
    /// What they say, as written.
    pub snapshot: model::Snapshot,
    /// What is known of the clusters.
    pub inventory: discover::Inventory,
}

/// Reads a fleet. Everything that is wrong with it is in the report.
pub fn read(fleet: &Path, options: &load::LoadOptions, report: &mut diag::Report) -> Input {
    let sources = load::load(fleet, options, report);
    let below = if options.shown.is_empty() || options.shown == "." {
        String::new()
    } else {
        format!("{}/", options.shown.trim_end_matches('/'))
    };
    let mut unread = if report.has_errors() { model::Unread::any_policy() } else { model::Unread::default() };
    unread.inventory = report.has_errors_below(&format!("{below}clusters/"));
    let mut snapshot = model::decode(&sources, report);
    snapshot.unread.append(unread);
    let mut findings = diag::Report::default();
    let inventory = discover::discover(&snapshot, &mut findings);
    if snapshot.unread.inventory && findings.drop_those(diag::Code::is_about_inventory) {
        findings.push(diag::Diag::unchecked_references());
    }
    snapshot.unread.inventory |= discover::has_lost(&findings);
    report.append(findings);
    Input { sources, snapshot, inventory }
}

/// The settings of a fleet, to know where its output is before its inputs are read. What is wrong with them is reported by
/// [`read`].
pub fn settings(fleet: &Path, shown: &str) -> model::settings::Settings {
    let sources = load::settings(fleet, shown);
    model::decode_settings(&sources, &mut diag::Report::default())
}

impl Input {
    /// Binds what was read: the plan to translate, and the verdict on every policy.
    pub fn resolve(&self, report: &mut diag::Report) -> resolve::Resolution<'_> {
        let mut findings = diag::Report::default();
        let resolution = resolve::resolve(&self.snapshot, &self.inventory, &mut findings);
        render::cluster::check_paths(&resolution.plan, &mut findings);
        report.append(findings);
        resolution
    }
}
