//! How the cost of each stage grows with what the stage makes: `cargo bench --bench growth -- [DIRECTORY] [OPTIONS]`.
//!
//! Two kinds of growth: more policies over the same services, more services without policies. The cost is processor time on
//! one thread, or, with `--instructions`, what valgrind counts, which no other program on the machine disturbs.
//!
//! The slope is that of a line through the logarithms of cost and size: 1 means that a stage grows as what it makes does. With
//! policies it is of what is added to the cost and the size of the first fleet, whose forty policies show every form once: a
//! constant part would hide how the rest grows.

mod figures;
mod fleet;
#[path = "growth/instructions.rs"]
mod instructions;
#[path = "growth/meter.rs"]
mod meter;
#[path = "growth/report.rs"]
mod report;
mod slope;
#[path = "growth/stages.rs"]
mod stages;

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use figures::median;
use fleet::{Federation, Shape, generate};
use meter::{Clock, Cost, Counter};
use stages::STAGES;

/// As the program has it: a stage should not pay for another allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "usage: growth [DIRECTORY] [--only policies|selected|clusters|services] [--rounds N] [--instructions]

DIRECTORY is where fleets are generated and trees are written, by default a memory file system. --instructions needs valgrind.";

/// What the command line says.
struct Arguments {
    base: PathBuf,
    only: Option<String>,
    rounds: usize,
    instructions: bool,
    /// Cargo says so when it is to be measured; otherwise it is only tried.
    full: bool,
}

/// Fleets of growing size.
struct Series {
    name: &'static str,
    title: &'static str,
    /// By the number that grows.
    shapes: Vec<(usize, Shape)>,
    /// Whether the first is what the others are measured above.
    above_first: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global()?;
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [word, fleet, out] = words.as_slice()
        && word == instructions::ONCE
    {
        // Valgrind runs this program with these words to count one fleet.
        let mut counter = Counter::default();
        stages::run(Path::new(fleet), Path::new(out), &mut counter)?;
        return Ok(counter.print(&mut io::stdout().lock())?);
    }
    let arguments = parse(words)?;
    let dir = tempfile::tempdir_in(&arguments.base)?;
    for series in
        all(arguments.full).into_iter().filter(|s| arguments.only.as_deref().is_none_or(|only| only == s.name))
    {
        let costs = measure(&series, dir.path(), &arguments)?;
        report::print(&series, &costs, arguments.instructions)?;
    }
    Ok(())
}

fn parse(words: Vec<String>) -> Result<Arguments, String> {
    let memory = PathBuf::from("/dev/shm");
    let base = if memory.is_dir() { memory } else { std::env::temp_dir() };
    let mut arguments = Arguments { base, only: None, rounds: 0, instructions: false, full: false };
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--bench" => arguments.full = true,
            "--instructions" => arguments.instructions = true,
            "--only" => arguments.only = Some(words.next().ok_or(USAGE)?),
            "--rounds" => arguments.rounds = words.next().and_then(|n| n.parse().ok()).ok_or(USAGE)?,
            _ if word.starts_with('-') => return Err(USAGE.to_owned()),
            _ => arguments.base = word.into(),
        }
    }
    if arguments.rounds == 0 {
        arguments.rounds = if arguments.full { 5 } else { 1 };
    }
    Ok(arguments)
}

/// The series, of full size or only to be tried.
fn all(full: bool) -> [Series; 4] {
    let sizes = |full_sizes: &'static [usize], few: &'static [usize]| if full { full_sizes } else { few };
    let policies = sizes(&[40, 500, 1000, 2000, 4000, 8000], &[0, 20, 40]);
    let (clusters, services) = if full { (20, 100) } else { (2, 4) };
    let over = |federation| move |n| Shape { federation, ..Shape::new(clusters, services, n) };
    let shapes = |sizes: &[usize], shape: &dyn Fn(usize) -> Shape| sizes.iter().map(|n| (*n, shape(*n))).collect();
    [
        Series {
            name: "policies",
            title: "policies over 20 clusters of 100 services",
            shapes: shapes(policies, &over(Federation::Every)),
            above_first: true,
        },
        Series {
            name: "selected",
            title: "policies over 20 clusters of 100 services, some of which are federated",
            shapes: shapes(policies, &over(Federation::Selected)),
            above_first: true,
        },
        Series {
            name: "clusters",
            title: "clusters of 50 services",
            shapes: shapes(sizes(&[5, 10, 20, 40], &[2, 3]), &|n| Shape::new(n, services / 2, 0)),
            above_first: false,
        },
        Series {
            name: "services",
            title: "services in each of 20 clusters",
            shapes: shapes(sizes(&[50, 100, 200, 400], &[2, 4]), &|n| Shape::new(clusters, n, 0)),
            above_first: false,
        },
    ]
}

/// The cost of every stage for every shape: rounds over all shapes, of which the medians count.
fn measure(series: &Series, dir: &Path, arguments: &Arguments) -> Result<Vec<Vec<Cost>>, Box<dyn Error>> {
    let mut samples: Vec<Vec<Vec<Cost>>> = vec![Vec::new(); series.shapes.len()];
    // What is counted is the same every time.
    let rounds = if arguments.instructions { 1 } else { arguments.rounds };
    for round in 0..rounds {
        for (i, (_, shape)) in series.shapes.iter().enumerate() {
            let (fleet, out) = (dir.join(format!("{}-{i}", series.name)), dir.join("out"));
            if round == 0 {
                generate(&fleet, shape)?;
            }
            samples[i].push(if arguments.instructions {
                instructions::count(&fleet, &out)?
            } else {
                let mut clock = Clock::start();
                stages::run(&fleet, &out, &mut clock)?;
                clock.costs()
            });
            if round + 1 == rounds {
                fs::remove_dir_all(&fleet)?;
            }
        }
    }
    let middle = |of: Vec<Vec<Cost>>| -> Vec<Cost> {
        (0..STAGES.len())
            .map(|stage| {
                let costs: Vec<f64> = of.iter().map(|sample| sample[stage].cost).collect();
                Cost { cost: median(&costs), size: of[0][stage].size }
            })
            .collect()
    };
    Ok(samples.into_iter().map(middle).collect())
}
