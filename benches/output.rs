//! Times of the output stage beside the programs that move as many bytes: `cargo bench --bench output [-- DIRECTORY]`.
//!
//! 80 000 files of about 900 bytes in 20 clusters with 2 namespaces each. Rendering is a copy of a tree made before.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use meshtree::diag::Report;
use meshtree::ids::{ClusterName, Text};
use meshtree::output::diff::{Committed, Policies, Side, diff_cluster};
use meshtree::output::{Claim, Disk, Options, OutDir, Surroundings, Target, check, write_trees};
use meshtree::render::tree::{ClusterTree, TreeBuilder};
use meshtree::report::differences::{Layout, write_text};

/// Clusters, namespaces in each, files in each of those.
type Size = (usize, usize, usize);

type Fleet = BTreeMap<ClusterName, ClusterTree>;

fn main() -> io::Result<()> {
    // Cargo says so when it is to be measured; otherwise it is only tried.
    let args: Vec<String> = std::env::args().skip(1).collect();
    let full = args.iter().any(|arg| arg == "--bench");
    let (size, rounds) = if full { ((20, 2, 2000), 3) } else { ((2, 2, 10), 1) };
    let base = args.iter().find(|arg| !arg.starts_with('-')).map(PathBuf::from).unwrap_or_else(|| {
        let memory = PathBuf::from("/dev/shm");
        if memory.is_dir() { memory } else { std::env::temp_dir() }
    });
    let dir = tempfile::tempdir_in(&base)?;
    let before = fleet(size, |_| 1);
    // One file in a hundred differs.
    let after = fleet(size, |i| if i % 100 == 0 { 2 } else { 1 });
    say(&format!("{} files below {}, {} threads", size.0 * size.1 * size.2, base.display(), rayon_threads()))?;
    for round in 0..rounds {
        measure(&dir.path().join(format!("round{round}")), &before, &after)?;
    }
    Ok(())
}

fn measure(dir: &Path, before: &Fleet, after: &Fleet) -> io::Result<()> {
    fs::create_dir(dir)?;
    let (out, copy) = (dir.join("rendered"), dir.join("copy"));
    timed("write a new tree", || write(&out, before))?;
    timed("cp -r", || command(Command::new("cp").arg("-r").arg(&out).arg(&copy)))?;
    timed("write the same again", || write(&out, before))?;
    let sums = "find . -type f -print0 | xargs -0 sha256sum > /dev/null";
    timed("sha256sum", || command(Command::new("sh").arg("-c").arg(sums).current_dir(&out)))?;
    let sums = "find . -type f -print0 | xargs -0 -P 2 -n 4000 sha256sum > /dev/null";
    timed("sha256sum, two at a time", || command(Command::new("sh").arg("-c").arg(sums).current_dir(&out)))?;
    timed("check", || differences(&out, before))?;
    timed("diff of one in a hundred", || diff(&out, after))?;
    timed("write one in a hundred", || write(&out, after))?;
    timed("delete all clusters but one", || {
        let (name, tree) = after.first_key_value().ok_or("no clusters")?;
        write(&out, &Fleet::from([(name.clone(), tree.clone())]))
    })
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

fn rayon_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

type Failure = Box<dyn std::error::Error>;

fn timed(what: &str, work: impl FnOnce() -> Result<String, Failure>) -> io::Result<()> {
    let start = Instant::now();
    let result = work().map_err(|error| io::Error::other(error.to_string()))?;
    say(&format!("{:>8.1} ms  {what}{result}", start.elapsed().as_secs_f64() * 1e3))
}

fn command(command: &mut Command) -> Result<String, Failure> {
    let status = command.stdin(Stdio::null()).status()?;
    if status.success() { Ok(String::new()) } else { Err(format!("{status}").into()) }
}

fn write(out: &Path, fleet: &Fleet) -> Result<String, Failure> {
    let around = Surroundings { fleet: Path::new("/nowhere"), inputs: &[], home: None };
    let mut report = Report::default();
    let out = OutDir::checked(out, &around, &mut report)?;
    let clusters: Vec<ClusterName> = fleet.keys().cloned().collect();
    let disk = Disk::new();
    let render = |cluster: &ClusterName| Ok(fleet[cluster].clone());
    let claim = Claim::new(out, &disk, || ())?;
    let summaries = write_trees(&claim, Target::Fleet(&clusters), render, Options::default(), &disk, &mut report)?;
    let written: usize = summaries.iter().map(|summary| summary.written).sum();
    Ok(format!(": {written} written, {} operations", disk.operations()))
}

fn differences(out: &Path, fleet: &Fleet) -> Result<String, Failure> {
    let clusters: Vec<ClusterName> = fleet.keys().cloned().collect();
    let render = |cluster: &ClusterName| Ok(fleet[cluster].clone());
    let found = check(out, Target::Fleet(&clusters), render, &mut Report::default())?;
    Ok(format!(": {} differences", found.len()))
}

fn diff(out: &Path, fleet: &Fleet) -> Result<String, Failure> {
    let mut diffs = Vec::new();
    for (cluster, tree) in fleet {
        let committed = Committed::read(out, cluster, &mut Report::default())?;
        diffs.push(diff_cluster(Side::Committed(&committed), Side::Tree(tree), &Policies::default(), |_| Vec::new()));
    }
    let mut text = String::new();
    write_text(&diffs, Layout::Short, false, &mut text);
    Ok(format!(": {} bytes", text.len()))
}

/// Trees of the size, whose files hold what `version` gives for their number.
fn fleet((clusters, namespaces, files): Size, version: impl Fn(usize) -> usize) -> Fleet {
    let sources: [Text; 2] = ["TrafficPolicy service-mesh-hub/simple".into(), "VirtualMesh service-mesh-hub/vm".into()];
    let mut fleet = Fleet::new();
    for cluster in 0..clusters {
        let name = ClusterName::from(format!("cluster-{cluster:02}").as_str());
        let mut builder = TreeBuilder::new(name.clone());
        for namespace in 0..namespaces {
            for file in 0..files {
                let path = format!("namespace-{namespace}/virtualservice-service-{file:05}.yaml");
                let object = format!("VirtualService namespace-{namespace}/service-{file:05}");
                builder.push(path, object, sources.clone().into(), |buf| content(buf, file, version(file)));
            }
        }
        let tree = builder.finish().unwrap_or_else(|error| panic!("{error}"));
        fleet.insert(name, tree);
    }
    fleet
}

/// About 900 bytes that look like what is rendered.
fn content(buf: &mut String, file: usize, version: usize) {
    buf.push_str("# Generated. Do not edit.\napiVersion: networking.istio.io/v1\nkind: VirtualService\n");
    let _ = writeln!(buf, "metadata:\n  name: service-{file:05}\nspec:\n  hosts:\n  - service-{file:05}\n  http:");
    for route in 0..4 {
        let _ = writeln!(
            buf,
            "  - match:\n    - uri:\n        prefix: /route/{route}\n    route:\n    - destination:\n        \
             host: service-{file:05}.namespace.svc.cluster.local\n        port:\n          number: 9080\n      weight: {version}"
        );
    }
}
