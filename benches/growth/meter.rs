//! What stages cost.

use std::io::{self, Write};

use rustix::time::{ClockId, clock_gettime};

use super::stages::{STAGES, Stage};

/// What one stage cost, and how large what it made is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    pub(crate) cost: f64,
    pub(crate) size: f64,
}

/// Is told what has just been done.
pub(crate) trait Meter {
    /// All since the last call was this stage, which has made so much; or nothing that counts.
    fn lap(&mut self, stage: Option<Stage>, size: usize);
}

/// Measures processor time, of the whole process.
pub(crate) struct Clock {
    last: f64,
    costs: [Cost; STAGES.len()],
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { last: now(), costs: Default::default() }
    }

    pub(crate) fn costs(&self) -> Vec<Cost> {
        self.costs.to_vec()
    }
}

impl Meter for Clock {
    fn lap(&mut self, stage: Option<Stage>, size: usize) {
        let now = now();
        if let Some(stage) = stage {
            let cost = &mut self.costs[stage as usize];
            cost.cost += now - self.last;
            cost.size += size as f64;
        }
        self.last = now;
    }
}

/// The seconds of processor time that this process has had.
fn now() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Tells valgrind when a stage ends, and remembers which.
#[derive(Default)]
pub(crate) struct Counter(Vec<(Option<Stage>, usize)>);

impl Counter {
    /// Prints a line for each part that valgrind has counted.
    pub(crate) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        for (stage, size) in &self.0 {
            match stage {
                Some(stage) => writeln!(out, "{} {size}", *stage as usize)?,
                None => writeln!(out, "-")?,
            }
        }
        Ok(())
    }
}

impl Meter for Counter {
    fn lap(&mut self, stage: Option<Stage>, size: usize) {
        self.0.push((stage, size));
        mark();
    }
}

/// Valgrind writes what it has counted so far, and begins again, when this is called: see [`super::instructions`].
#[inline(never)]
fn mark() {
    std::hint::black_box(());
}
