//! Other processes: how long they take, and how much memory.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often a process's memory is looked at. What Linux keeps is the peak, so only what it grows by in its very last moment is
/// missed.
const EVERY: Duration = Duration::from_micros(500);

/// A command that says nothing, and reads nothing of the user's.
pub(crate) fn quiet(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.env_remove("SOPS_AGE_KEY").env_remove("SOPS_AGE_KEY_FILE");
    command
}

/// The seconds from starting a command to its end, which has to be a good one.
pub(crate) fn seconds(command: &mut Command) -> io::Result<f64> {
    let start = Instant::now();
    let status = command.status()?;
    let seconds = start.elapsed().as_secs_f64();
    if status.success() { Ok(seconds) } else { Err(io::Error::other(format!("{command:?}: {status}"))) }
}

/// The peak of a command's memory in bytes: the most that was resident at once. Zero where the system does not tell.
pub(crate) fn peak(command: &mut Command) -> io::Result<u64> {
    let mut child = command.spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait()?.is_none() {
        peak = fs::read_to_string(&status).ok().and_then(|status| high_water_mark(&status)).unwrap_or(0).max(peak);
        sleep(EVERY);
    }
    Ok(peak)
}

fn high_water_mark(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib << 10)
}
