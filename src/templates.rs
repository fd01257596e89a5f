//! The fleet's own templates: files below `templates/` that are rendered once for each cluster, namespace or service, and whose output
//! is read back as objects.
//!
//! A template sees the plan through the structs of [`view`] alone. It sees no clock, no randomness, no environment and no file but
//! the other templates, so the same inputs give the same objects. Without templates none of this runs.

mod engine;
mod failure;
mod library;
mod object;
mod output;
mod recovery;
mod run;
mod spot;
mod undefined;
pub mod view;

use rayon::prelude::*;

use crate::built::{Built, BuiltObjects};
use crate::diag::Report;
use crate::discover::Inventory;
use crate::ids::ClusterName;
use crate::load::SourceFile;
use crate::model::settings::Settings;
use crate::plan::{ClusterId, Index, Plan};

use failure::Failures;
use library::Library;
use run::Run;
use view::Builder;

pub use library::{closure, is_template, named};

/// What templates are rendered with.
pub struct Asked<'b, 'a> {
    pub files: &'b [SourceFile],
    pub settings: &'b Settings,
    pub inventory: &'b Inventory,
    pub plan: &'b Plan<'a>,
    pub index: &'b Index<'a>,
}

/// Renders the templates of a fleet. Everything that is wrong with them is reported, each mistake once.
pub fn build(asked: &Asked<'_, '_>, report: &mut Report) -> BuiltObjects {
    let Asked { files, settings, inventory, plan, index } = *asked;
    if files.is_empty() {
        return BuiltObjects::default();
    }
    let library = Library::read(files, report);
    let builder = Builder::new(plan, index, (inventory, settings));
    let values = view::values(settings);
    let clusters: Vec<(ClusterId, &ClusterName)> =
        plan.cluster_ids().filter(|id| plan.is_rendered(*id)).map(|id| (id, plan[id].name)).collect();
    let of_cluster = |(id, name): &(ClusterId, &ClusterName)| {
        let mut run = Run::new(&library, name, plan.labels_of(*id));
        run.render(builder.variables(*id, values.clone()));
        run.finish()
    };
    let found: Vec<(Vec<Built>, Failures)> = clusters.par_iter().map(of_cluster).collect();
    let mut built = BuiltObjects::default();
    let mut failures = Failures::default();
    for ((_, name), (objects, failed)) in clusters.into_iter().zip(found) {
        built.add(name, objects);
        failures.append(failed);
    }
    failures.report(&library, report);
    built
}
