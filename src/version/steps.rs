//! A fact that changes from version to version.

use super::IstioVersion;

/// A release: major, minor and patch number.
pub type Release = [u64; 3];

/// A fact of each version: the releases from which it has another value, in order. A fix that was brought back to older minor
/// versions takes a step there, and one back at the next minor version that came without it.
#[derive(Debug)]
pub struct Steps<T: 'static>(pub &'static [(Release, T)]);

impl<T: Copy> Steps<T> {
    /// The value for a version. One older than the first step is treated as that one.
    pub fn at(&self, version: &IstioVersion) -> Option<T> {
        let after = self.0.partition_point(|(from, _)| *from <= version.numbers);
        self.0.get(after.saturating_sub(1)).map(|(_, value)| *value)
    }
}
