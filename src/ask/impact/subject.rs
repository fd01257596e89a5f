//! What consequences are for, and the sentences about them.

use std::fmt;

use super::callers::listed;
use crate::ask::space::operations::joined;
use crate::ids::ClusterObjectRef;

/// What a consequence is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A service; of its pods only those of some workloads, if these are named.
    Service(ClusterObjectRef, Vec<String>),
    /// A workload, by what controls its pods.
    Workload(ClusterObjectRef),
    Cluster(String),
    /// A policy, by kind, namespace and name.
    Policy(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(ClusterObjectRef { cluster, namespace, name }, pods) => {
                write!(f, "{namespace}/{name} ({cluster}")?;
                if !pods.is_empty() {
                    write!(f, ", pods of {}", pods.join(", "))?;
                }
                f.write_str(")")
            }
            Self::Workload(ClusterObjectRef { cluster, namespace, name }) => {
                write!(f, "workload {namespace}/{name} ({cluster})")
            }
            Self::Cluster(name) => write!(f, "cluster {name}"),
            Self::Policy(name) => f.write_str(name),
        }
    }
}

/// A sentence with a gap where its subjects are.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Phrase {
    pub before: String,
    pub after: String,
}

impl Phrase {
    /// A sentence that begins with its subjects.
    pub(super) fn about(after: impl Into<String>) -> Self {
        Self { before: String::new(), after: after.into() }
    }

    /// The sentence about some subjects, of which the first are named and the others counted.
    pub fn of(&self, subjects: &[Subject]) -> String {
        format!("{}{}{}", self.before, named(subjects), self.after)
    }
}

/// Subjects by their names: services by name with the clusters that have them.
fn named(subjects: &[Subject]) -> String {
    const MOST: usize = 3;
    let service = |subject: &Subject| match subject {
        Subject::Service(service, pods) if pods.is_empty() => Some(service.clone()),
        _ => None,
    };
    if let Some(services) = subjects.iter().map(service).collect::<Option<Vec<_>>>() {
        return listed(&services.iter().collect::<Vec<_>>(), "services");
    }
    let workload = |subject: &Subject| match subject {
        Subject::Workload(name) => Some(name.clone()),
        _ => None,
    };
    if let Some(workloads) = subjects.iter().map(workload).collect::<Option<Vec<_>>>() {
        return format!("workload {}", listed(&workloads.iter().collect::<Vec<_>>(), "workloads"));
    }
    let cluster = |subject: &Subject| match subject {
        Subject::Cluster(name) => Some(name.clone()),
        _ => None,
    };
    if let Some(clusters) = subjects.iter().map(cluster).collect::<Option<Vec<_>>>() {
        let noun = if clusters.len() == 1 { "cluster" } else { "clusters" };
        return format!("{noun} {}", joined(&clusters, "and"));
    }
    let shown: Vec<String> = subjects.iter().take(MOST).map(ToString::to_string).collect();
    match subjects.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
