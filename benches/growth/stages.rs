//! The stages, one after the other, as a first and a second render run them.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::Path;

use meshtree::built::BuiltObjects;
use meshtree::diag::Report;
use meshtree::discover::discover;
use meshtree::ids::ClusterName;
use meshtree::load::{LoadOptions, load};
use meshtree::model::decode;
use meshtree::objects::Spec;
use meshtree::output::{Claim, Disk, Options, OutDir, Surroundings, Target, inspect, write_trees};
use meshtree::render::cluster::{clusters, render, shared};
use meshtree::render::paths::{Beside, check_paths};
use meshtree::render::tree::ClusterTree;
use meshtree::resolve::status::{Status, statuses};
use meshtree::resolve::{Resolution, resolve};
use meshtree::translate::{Manifest, translate};
use meshtree::yaml_writer;

use super::meter::Meter;

/// What is measured.
#[derive(Clone, Copy)]
pub(crate) enum Stage {
    Load,
    Decode,
    Discover,
    Resolve,
    CheckPaths,
    Translate,
    Render,
    Write,
    Inspect,
    Status,
}

/// The name of each stage, and what it makes: what is counted as its size.
pub(crate) const STAGES: [(&str, &str); 10] = [
    ("load", "bytes"),
    ("decode", "bytes"),
    ("discover", "targets and workloads"),
    ("resolve", "targets, policies on them, routes"),
    ("check paths", "objects"),
    ("translate", "objects and their parts"),
    ("render", "bytes"),
    ("write", "bytes"),
    ("inspect", "bytes"),
    ("status", "bytes"),
];

/// Runs every stage once over a fleet and removes what it has written.
pub(crate) fn run(fleet: &Path, out: &Path, meter: &mut impl Meter) -> Result<(), Box<dyn Error>> {
    let mut report = Report::default();
    meter.lap(None, 0);
    let sources = load(fleet, &LoadOptions::default(), &mut report);
    let bytes = sources.files.iter().map(|file| file.text.len()).sum();
    meter.lap(Some(Stage::Load), bytes);
    let snapshot = decode(&sources, &mut report);
    meter.lap(Some(Stage::Decode), bytes);
    let inventory = discover(&snapshot, &mut report);
    meter.lap(Some(Stage::Discover), inventory.targets.len() + inventory.workloads.len());
    let resolution = resolve(&snapshot, &inventory, &mut report);
    meter.lap(Some(Stage::Resolve), bound(&resolution));
    if report.has_errors() {
        return Err(format!("{:?}", report.diags()).into());
    }
    let objects = trees(&resolution, out, meter)?;
    meter.lap(None, 0);
    let built = BuiltObjects::default();
    check_paths(&resolution.plan, &Beside { built: &built, promised: &[] }, true, &mut report);
    meter.lap(Some(Stage::CheckPaths), objects);
    let mut made = 0;
    for (id, _) in clusters(&resolution.plan, &meshtree::built::BuiltObjects::default()) {
        translate(&resolution.plan, id, |manifest| made += parts(&black_box(manifest)));
    }
    meter.lap(Some(Stage::Translate), made);
    let all: Vec<Status> = statuses(&resolution.plan).collect();
    let mut text = String::new();
    yaml_writer::write(&all, &mut text)?;
    meter.lap(Some(Stage::Status), text.len());
    Ok(())
}

/// Targets, policies that apply to them, and the routes that come of these.
fn bound(resolution: &Resolution<'_>) -> usize {
    let of = |target: &meshtree::plan::Target<'_>| 1 + target.traffic.len() + target.access.len() + target.routes.len();
    resolution.plan.targets.iter().map(of).sum()
}

/// An object and what it has of what may be many.
fn parts(manifest: &Manifest<'_>) -> usize {
    let of_spec = match &manifest.spec {
        Spec::VirtualService(spec) => spec.http.len(),
        Spec::DestinationRule(spec) => spec.subsets.len(),
        Spec::AuthorizationPolicy(spec) => spec.rules.len(),
        Spec::EnvoyFilter(spec) => spec.config_patches.len(),
        _ => 1,
    };
    1 + of_spec + manifest.sources.len()
}

/// Renders, writes and compares one cluster after the other. Gives how many objects there are.
fn trees(resolution: &Resolution<'_>, out: &Path, meter: &mut impl Meter) -> Result<usize, Box<dyn Error>> {
    let around = Surroundings { fleet: Path::new("/nowhere"), inputs: &[], home: None };
    let out = OutDir::checked(out, &around, &mut Report::default())?;
    let shared = shared(&resolution.plan);
    let mut objects = 0;
    for (id, _) in clusters(&resolution.plan, &meshtree::built::BuiltObjects::default()) {
        meter.lap(None, 0);
        let tree = render(&resolution.plan, id, &shared, (&meshtree::built::BuiltObjects::default(), Vec::new()))?;
        meter.lap(Some(Stage::Render), tree.bytes());
        write(&out, &tree)?;
        meter.lap(Some(Stage::Write), tree.bytes());
        inspect(&out, &tree)?;
        meter.lap(Some(Stage::Inspect), tree.bytes());
        fs::remove_dir_all(out.path())?;
        objects += tree.len();
    }
    Ok(objects)
}

/// Writes a tree, of which it has to make a copy.
fn write(out: &OutDir, tree: &ClusterTree) -> Result<(), Box<dyn Error>> {
    let name = [tree.cluster.clone()];
    let render = |_: &ClusterName| Ok(tree.clone());
    let (options, disk) = (Options::default(), Disk::new());
    let claim = Claim::new(out.clone(), &disk, || ())?;
    write_trees(&claim, Target::Clusters(&name), render, options, &disk, &mut Report::default())?;
    Ok(())
}
