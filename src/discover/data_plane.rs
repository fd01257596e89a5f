//! How the traffic of workloads gets into the mesh, and through which waypoint that of services goes.

use std::fmt;

use crate::ids::{ObjectRef, Text};
use crate::model::kubernetes::Labels;

/// The label that puts a namespace or a pod into ambient mode, or takes a pod out of it.
pub(super) const MODE: &str = "istio.io/dataplane-mode";

/// The value of the label that puts it there.
pub(super) const AMBIENT: &str = "ambient";

/// The label that names the waypoint of a service or of a namespace.
const WAYPOINT: &str = "istio.io/use-waypoint";

/// The label that names the namespace of the waypoint.
const WAYPOINT_NAMESPACE: &str = "istio.io/use-waypoint-namespace";

/// How the traffic of a workload gets into the mesh, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataPlane {
    pub mode: DataPlaneMode,
    pub reason: Text,
}

/// How the traffic of a workload gets into the mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataPlaneMode {
    /// By a proxy in each pod.
    Sidecar,
    /// By a proxy of each node.
    Ambient,
    /// Not at all.
    None,
    /// No file shows it.
    Unknown,
}

impl DataPlaneMode {
    /// Its name in inventories.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sidecar => "sidecar",
            Self::Ambient => AMBIENT,
            Self::None => "none",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for DataPlaneMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl DataPlane {
    /// That of pods with a proxy.
    pub fn sidecar() -> Self {
        Self { mode: DataPlaneMode::Sidecar, reason: "its pods have a sidecar, or injection adds one".into() }
    }

    /// That of pods which are in ambient mode themselves.
    pub fn ambient_pods() -> Self {
        Self {
            mode: DataPlaneMode::Ambient,
            reason: "its pods are in ambient mode by their label or annotation".into(),
        }
    }

    /// That of pods whose namespace is in ambient mode.
    pub fn ambient_namespace() -> Self {
        Self { mode: DataPlaneMode::Ambient, reason: "its namespace is in ambient mode by its label".into() }
    }

    /// That of a workload outside the mesh.
    pub(super) fn none(reason: impl Into<Text>) -> Self {
        Self { mode: DataPlaneMode::None, reason: reason.into() }
    }

    /// That of a workload which no file shows to be in the mesh or outside of it.
    pub(super) fn unknown(reason: impl Into<Text>) -> Self {
        Self { mode: DataPlaneMode::Unknown, reason: reason.into() }
    }
}

/// The waypoint of a service, by its own labels or else by those of its namespace.
pub(super) fn waypoint(service: &Labels, of_namespace: Option<&Labels>, namespace: &Text) -> Option<ObjectRef> {
    let labels = [Some(service), of_namespace].into_iter().flatten().find(|labels| labels.contains_key(WAYPOINT))?;
    let name = labels.get(WAYPOINT).filter(|name| !name.is_empty() && &***name != "none")?;
    let namespace = labels.get(WAYPOINT_NAMESPACE).unwrap_or(namespace);
    Some(ObjectRef::new(namespace.clone(), name.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_its_own_waypoint_or_the_one_of_its_namespace() {
        let labels = |pairs: &[(&str, &str)]| -> Labels {
            pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
        };
        let none: &[(&str, &str)] = &[];
        for (service, namespace, wanted) in [
            (none, none, None),
            (&[(WAYPOINT, "w")], none, Some("shop/w")),
            (none, &[(WAYPOINT, "w")], Some("shop/w")),
            (&[(WAYPOINT, "own")], &[(WAYPOINT, "w"), (WAYPOINT_NAMESPACE, "infra")], Some("shop/own")),
            (none, &[(WAYPOINT, "w"), (WAYPOINT_NAMESPACE, "infra")], Some("infra/w")),
            (&[(WAYPOINT, "none")], &[(WAYPOINT, "w")], None),
        ] {
            let found = waypoint(&labels(service), Some(&labels(namespace)), &"shop".into());
            assert_eq!(found.map(|of| of.to_string()).as_deref(), wanted, "{service:?} {namespace:?}");
        }
    }
}
