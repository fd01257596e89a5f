//! The whole program beside `/bin/true`, `cp -r` and `sha256sum`, and its peak memory beside what it may take:
//! `cargo bench --bench whole -- [DIRECTORY] [--pairs N] [--only PART] [--program FILE]`.
//!
//! Everything happens below DIRECTORY, by default a memory file system. Runs come in pairs, one of the program and one of the
//! command it is measured against, each into a fresh directory; what is printed are medians and the median of the pairs' ratios.

mod figures;
mod fleet;
#[path = "whole/pairs.rs"]
mod pairs;
#[path = "whole/process.rs"]
mod process;
#[path = "whole/scenes.rs"]
mod scenes;
mod slope;

use std::io::{self, Write as _};
use std::path::PathBuf;

use fleet::{Federation, REWRITES};
use scenes::Bench;

/// The parts, in the order in which they run.
const PARTS: [&str; 8] =
    ["example", "fleet", "policies", "selected", "slope", "current", "current-policies", "current-slope"];

/// The version of the parts that are named after it.
const CURRENT: &str = "1.31.0";

const USAGE: &str = "usage: whole [DIRECTORY] [--pairs N] [--only PART] [--program FILE]";

/// What the command line says.
struct Arguments {
    base: PathBuf,
    pairs: usize,
    only: Option<String>,
    program: PathBuf,
    /// Cargo says so when it is to be measured; otherwise it is only tried.
    full: bool,
}

fn main() -> io::Result<()> {
    let Arguments { base, pairs, only, program, full } = arguments().map_err(io::Error::other)?;
    let dir = tempfile::tempdir_in(&base)?;
    let bench = Bench { dir: dir.path(), program: &program, pairs, full };
    say(&format!("{pairs} pairs below {}, {} processors", base.display(), processors()));
    for part in PARTS.into_iter().filter(|part| only.as_deref().is_none_or(|only| only == *part)) {
        match part {
            "example" => bench.example()?,
            "fleet" => bench.fleet(part, 0, Federation::Every, REWRITES)?,
            "policies" => bench.fleet(part, 1000, Federation::Every, REWRITES)?,
            "selected" => bench.fleet(part, 1000, Federation::Selected, REWRITES)?,
            "current" => bench.fleet(part, 0, Federation::Every, CURRENT)?,
            "current-policies" => bench.fleet(part, 1000, Federation::Every, CURRENT)?,
            "current-slope" => bench.slope(CURRENT)?,
            _ => bench.slope(REWRITES)?,
        }
    }
    Ok(())
}

fn arguments() -> Result<Arguments, String> {
    let memory = PathBuf::from("/dev/shm");
    let mut arguments = Arguments {
        base: if memory.is_dir() { memory } else { std::env::temp_dir() },
        pairs: 0,
        only: None,
        program: env!("CARGO_BIN_EXE_meshtree").into(),
        full: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value\n{USAGE}"));
        match word.as_str() {
            "--bench" => arguments.full = true,
            "--pairs" => arguments.pairs = value()?.parse().map_err(|_| USAGE)?,
            "--only" => arguments.only = Some(value()?).filter(|part| PARTS.contains(&part.as_str())),
            "--program" => arguments.program = value()?.into(),
            _ if word.starts_with('-') => return Err(USAGE.to_owned()),
            _ => arguments.base = word.into(),
        }
    }
    if arguments.pairs == 0 {
        arguments.pairs = if arguments.full { 5 } else { 1 };
    }
    Ok(arguments)
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Prints a line at once: some parts take a minute.
fn say(line: &str) {
    let mut out = io::stdout().lock();
    _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
