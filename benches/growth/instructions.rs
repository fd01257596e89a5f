//! Instructions instead of time: valgrind counts them, for all threads, however busy the machine is.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::meter::Cost;
use super::stages::STAGES;

/// The word by which this program knows that it is to run the stages once.
pub(crate) const ONCE: &str = "--once";

/// Runs every stage below valgrind.
pub(crate) fn count(fleet: &Path, out: &Path) -> Result<Vec<Cost>, Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--quiet", "--dump-before=*growth::meter::mark*"]);
    command.arg(format!("--callgrind-out-file={}", dir.path().join("counted").display()));
    command.arg(std::env::current_exe()?).arg(ONCE).args([fleet, out]);
    let done = command.output().map_err(|error| format!("valgrind: {error}"))?;
    if !done.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&done.stderr)).into());
    }
    let mut costs = vec![Cost::default(); STAGES.len()];
    for (i, line) in String::from_utf8(done.stdout)?.lines().enumerate() {
        let Some((stage, size)) = line.split_once(' ') else { continue };
        let text = fs::read_to_string(dir.path().join(format!("counted.{}", i + 1)))?;
        let totals =
            text.lines().find_map(|line| line.strip_prefix("totals: ")).ok_or("valgrind has counted nothing")?;
        let cost = &mut costs[stage.parse::<usize>()?];
        cost.cost += totals.trim().parse::<f64>()?;
        cost.size += size.parse::<f64>()?;
    }
    Ok(costs)
}
