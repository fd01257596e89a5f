//! Writes a generated fleet for measurements by hand:
//! `cargo bench --bench generate -- DIR --clusters 20 --services 100 --policies 0 --seed 1`.

mod fleet;

use std::env;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use fleet::{Federation, Shape};

const USAGE: &str = "usage: generate DIR [--clusters N] [--services N] [--policies N] [--seed N] [--selected] [--current]

Writes a fleet into DIR, which must not have one. DIR is seen from the package's directory. With --selected the VirtualMesh
makes only some services known to other clusters. With --current every Istio is 1.31.";

fn main() -> ExitCode {
    // Cargo says that this is a bench.
    let arguments: Vec<_> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if arguments.is_empty() {
        // All benches are being run: nothing to measure here.
        _ = writeln!(io::stdout(), "{USAGE}");
        return ExitCode::SUCCESS;
    }
    let (code, message) = match parse(arguments) {
        Err(message) => (2, format!("{message}\n{USAGE}")),
        Ok((dir, shape)) => match fleet::generate(&dir, &shape) {
            Err(error) => (1, format!("{}: {error}", dir.display())),
            Ok(()) => (0, format!("{}: {shape:?}", dir.display())),
        },
    };
    _ = writeln!(io::stderr(), "{message}");
    code.into()
}

fn parse(arguments: Vec<String>) -> Result<(PathBuf, Shape), String> {
    let mut dir = None;
    let mut shape = Shape::new(20, 100, 0);
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if !argument.starts_with('-') {
            if dir.replace(PathBuf::from(&argument)).is_some() {
                return Err(format!("a second directory: {argument}"));
            }
            continue;
        }
        if argument == "--selected" {
            shape.federation = Federation::Selected;
            continue;
        }
        if argument == "--current" {
            shape.istio = "1.31.0";
            continue;
        }
        let value = arguments.next().and_then(|value| value.parse::<u32>().ok());
        let value = value.ok_or_else(|| format!("{argument} needs a number"))?;
        match argument.as_str() {
            "--clusters" => shape.clusters = value as usize,
            "--services" => shape.services_per_cluster = value as usize,
            "--policies" => shape.policies = value as usize,
            "--seed" => shape.seed = value.into(),
            _ => return Err(format!("unknown option: {argument}")),
        }
    }
    Ok((dir.ok_or("no directory")?, shape))
}
