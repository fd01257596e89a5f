//! Times that come in pairs.

use super::figures::{median, verdict};

/// Seconds of one command and of the other, run right after each other.
#[derive(Default)]
pub(crate) struct Pairs(Vec<(f64, f64)>);

impl Pairs {
    pub(crate) fn add(&mut self, ours: f64, theirs: f64) {
        self.0.push((ours, theirs));
    }

    /// The medians of both and of their ratios.
    pub(crate) fn medians(&self) -> (f64, f64, f64) {
        let of = |figure: fn(&(f64, f64)) -> f64| median(&self.0.iter().map(figure).collect::<Vec<_>>());
        (of(|pair| pair.0), of(|pair| pair.1), of(|pair| pair.0 / pair.1))
    }

    /// A line of the report.
    pub(crate) fn line(&self, ours: &str, theirs: &str, limit: f64) -> String {
        let (us, them, ratio) = self.medians();
        let (us, them) = (us * 1e3, them * 1e3);
        let verdict = verdict(ratio <= limit);
        format!("  {ours} {us:.1} ms, {theirs} {them:.1} ms: {ratio:.2} (at most {limit}: {verdict})")
    }
}
