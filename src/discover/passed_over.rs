//! Services in the files that are not traffic targets, kept so that a policy that names one gets the reason.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::fact::name;
use crate::diag::{Place, nearest};
use crate::ids::Text;

type Labels = BTreeMap<Text, Text>;

/// A service that is not a traffic target.
#[derive(Clone, Debug)]
pub struct PassedOver {
    /// Where it is.
    pub place: Place,
    /// Its labels.
    pub labels: Arc<Labels>,
    /// Why it is not a target.
    pub why: NoTarget,
}

/// Why a service is not a traffic target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoTarget {
    /// Its cluster has no mesh.
    NoMesh,
    /// It selects no pods.
    NoSelector,
    /// There are no pods that it selects: the labels, and the nearest that some workload has.
    NoPods { wanted: String, near: Option<Near> },
    /// The pods that it selects are in no mesh: one of their workloads, and why it is not.
    Outside { workload: String, why: String },
}

/// Labels that were probably meant by a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// The label, as it is written in a message.
    pub label: String,
    /// The workload that has it.
    pub workload: String,
}

/// How many workloads are compared with a selector: a namespace that people write has fewer.
const MOST_COMPARED: usize = 200;

/// The label that was probably meant by a selector that no workload of a namespace has: of the first that has a near one.
pub(super) fn nearest_of<'l, N: FnOnce() -> String>(
    selector: &Labels,
    workloads: impl Iterator<Item = (&'l Labels, N)>,
) -> Option<Near> {
    workloads.take(MOST_COMPARED).find_map(|(labels, name)| near(selector, labels, name))
}

/// The label of a workload that was probably meant by the one label of a selector that it does not have.
fn near(selector: &Labels, labels: &Labels, workload: impl FnOnce() -> String) -> Option<Near> {
    let mut missing = selector.iter().filter(|(key, value)| labels.get(*key) != Some(value));
    let (key, value) = missing.next().filter(|_| missing.next().is_none())?;
    let found = match labels.get(key) {
        Some(other) => nearest(value, [&**other]).map(|other| format!("{key}={other}")),
        None => {
            let alike = labels.iter().filter(|(_, other)| *other == value).map(|(other, _)| &**other);
            nearest(key, alike).map(|other| format!("{other}={value}"))
        }
    };
    found.map(|label| Near { label, workload: workload() })
}

impl PassedOver {
    /// The file it is in, and the line if that is known.
    pub fn at(&self) -> String {
        name(&self.place)
    }
}

impl fmt::Display for NoTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMesh => f.write_str("its cluster has no mesh"),
            Self::NoSelector => f.write_str("it has no selector"),
            Self::NoPods { wanted, near: None } => write!(f, "no workload in its namespace has the labels {wanted}"),
            Self::NoPods { wanted, near: Some(Near { label, workload }) } => {
                write!(f, "no workload in its namespace has the labels {wanted}; the nearest is {label} of {workload}")
            }
            Self::Outside { workload, why } => write!(f, "{workload}, which it selects, is outside the mesh: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
    }

    #[test]
    fn a_selector_is_near_to_labels_that_differ_in_one_misspelt_key_or_value() {
        let found = |selector: &[(&str, &str)], pods: &[(&str, &str)]| {
            near(&labels(selector), &labels(pods), || "web".to_owned()).map(|near| near.label)
        };
        assert_eq!(found(&[("app", "stok")], &[("app", "stock")]).as_deref(), Some("app=stock"));
        assert_eq!(found(&[("app", "web"), ("tier", "x")], &[("ap", "web"), ("tier", "x")]).as_deref(), Some("ap=web"));
        assert_eq!(found(&[("app", "cart")], &[("app", "stock")]), None, "another word");
        assert_eq!(found(&[("app", "stok"), ("tier", "y")], &[("app", "stock"), ("tier", "z")]), None, "two differ");
        assert_eq!(found(&[("app", "web")], &[("app", "web")]), None, "nothing differs");
    }
}
