//! Each stage alone, on two generated fleets: `cargo bench --bench stages`.
//!
//! What is done for each cluster is measured on one cluster, everything else on the whole fleet.

mod fleet;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};

use divan::{Bencher, black_box};
use fleet::{Shape, generate};
use meshtree::Input;
use meshtree::ca::CaMaterial;
use meshtree::diag::Report;
use meshtree::ids::ClusterName;
use meshtree::load::LoadOptions;
use meshtree::output::{Disk, Options, OutDir, Surroundings, Target, inspect, write_trees};
use meshtree::render::cluster::{check_paths, clusters, render};
use meshtree::render::tree::ClusterTree;
use meshtree::resolve::plan::ClusterId;
use meshtree::resolve::{Resolution, resolve};
use meshtree::translate::translate;
use meshtree::{discover, load, model};

/// Where everything is that the benches write.
static BASE: OnceLock<PathBuf> = OnceLock::new();

fn main() -> io::Result<()> {
    let memory = Path::new("/dev/shm");
    let dir = tempfile::tempdir_in(if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() })?;
    BASE.get_or_init(|| dir.path().to_owned());
    divan::main();
    dir.close()
}

/// A new directory, in memory where the system has such.
fn temporary() -> PathBuf {
    let base = BASE.get().unwrap_or_else(|| panic!("set by main"));
    tempfile::tempdir_in(base).unwrap_or_else(|error| panic!("{error}")).keep()
}

/// Fleets of twenty clusters of a hundred services, by the number of their policies.
const FLEETS: [Policies; 2] = [Policies(0), Policies(1000)];

/// A fleet by the number of its policies.
#[derive(Clone, Copy)]
struct Policies(usize);

impl fmt::Display for Policies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} policies", self.0)
    }
}

/// A fleet and what is made of it.
struct Ready {
    dir: PathBuf,
    input: &'static Input,
    resolution: Resolution<'static>,
}

static READY: LazyLock<[Ready; 2]> = LazyLock::new(|| FLEETS.map(Ready::new));

impl Ready {
    fn new(Policies(policies): Policies) -> Self {
        // Otherwise they are only tried.
        let full = std::env::args().any(|argument| argument == "--bench");
        let (clusters, services_per_cluster, policies) = if full { (20, 100, policies) } else { (2, 5, policies / 50) };
        let dir = temporary();
        let shape = Shape { clusters, services_per_cluster, policies, seed: 1 };
        generate(&dir, &shape).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
        let mut report = Report::default();
        let input: &'static Input = Box::leak(Box::new(meshtree::read(&dir, &LoadOptions::default(), &mut report)));
        let resolution = input.resolve(&mut report);
        assert!(!report.has_errors(), "generated fleets are valid");
        Self { dir, input, resolution }
    }

    fn of(policies: Policies) -> &'static Self {
        &READY[usize::from(policies.0 > 0)]
    }

    fn cluster(&self) -> (ClusterId, &ClusterName) {
        clusters(&self.resolution.plan).next().unwrap_or_else(|| panic!("no cluster"))
    }

    fn tree(&self) -> ClusterTree {
        render(&self.resolution.plan, self.cluster().0, &CaMaterial::default())
            .unwrap_or_else(|error| panic!("{error}"))
    }
}

#[divan::bench(name = "1 load", args = FLEETS)]
fn load_files(bencher: Bencher<'_, '_>, policies: Policies) {
    let dir = &Ready::of(policies).dir;
    bencher.bench(|| load::load(dir, &LoadOptions::default(), &mut Report::default()));
}

#[divan::bench(name = "2 decode", args = FLEETS)]
fn decode(bencher: Bencher<'_, '_>, policies: Policies) {
    let sources = &Ready::of(policies).input.sources;
    bencher.bench(|| model::decode(sources, &mut Report::default()));
}

#[divan::bench(name = "3 discover", args = FLEETS)]
fn discover_fleet(bencher: Bencher<'_, '_>, policies: Policies) {
    let snapshot = &Ready::of(policies).input.snapshot;
    bencher.bench(|| discover::discover(snapshot, &mut Report::default()));
}

#[divan::bench(name = "4 resolve", args = FLEETS)]
fn resolve_fleet(bencher: Bencher<'_, '_>, policies: Policies) {
    let input = Ready::of(policies).input;
    bencher.bench(|| resolve(&input.snapshot, &input.inventory, &mut Report::default()));
}

#[divan::bench(name = "5 check paths", args = FLEETS)]
fn check_all_paths(bencher: Bencher<'_, '_>, policies: Policies) {
    let plan = &Ready::of(policies).resolution.plan;
    bencher.bench(|| check_paths(plan, &mut Report::default()));
}

#[divan::bench(name = "6 translate one cluster", args = FLEETS)]
fn translate_one(bencher: Bencher<'_, '_>, policies: Policies) {
    let ready = Ready::of(policies);
    bencher.bench(|| translate(&ready.resolution.plan, ready.cluster().0, |manifest| drop(black_box(manifest))));
}

#[divan::bench(name = "7 translate and serialise one cluster", args = FLEETS)]
fn render_one(bencher: Bencher<'_, '_>, policies: Policies) {
    let ready = Ready::of(policies);
    bencher.bench(|| ready.tree());
}

/// Writes one cluster's tree.
fn write(out: &OutDir, tree: &ClusterTree) {
    let name = [tree.cluster.clone()];
    let render = |_: &ClusterName| Ok(tree.clone());
    let done =
        write_trees(out, Target::Clusters(&name), render, Options::default(), &Disk::new(), &mut Report::default());
    assert!(done.is_ok(), "written");
}

fn out(dir: &Path) -> OutDir {
    let around = Surroundings { fleet: Path::new("/nowhere"), inputs: &[], home: None };
    OutDir::checked(dir, &around, &mut Report::default()).unwrap_or_else(|error| panic!("{error}"))
}

#[divan::bench(name = "8 inspect one cluster", args = FLEETS)]
fn inspect_one(bencher: Bencher<'_, '_>, policies: Policies) {
    let (dir, tree) = (temporary(), Ready::of(policies).tree());
    let out = out(&dir.join("out"));
    write(&out, &tree);
    bencher.bench(|| inspect(&out, &tree));
    _ = std::fs::remove_dir_all(dir);
}

#[divan::bench(name = "9 write one cluster", args = FLEETS)]
fn write_one(bencher: Bencher<'_, '_>, policies: Policies) {
    let (dir, tree) = (temporary(), Ready::of(policies).tree());
    let out = out(&dir.join("out"));
    let fresh = || _ = std::fs::remove_dir_all(dir.join("out"));
    bencher.with_inputs(fresh).bench_values(|()| write(&out, &tree));
    _ = std::fs::remove_dir_all(dir);
}
