//! The parameters that the plugin announces: the one table of them, for reading and for plugin.yaml.

use serde::Serialize;

/// A parameter of the plugin.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Announced {
    pub name: &'static str,
    /// What Argo CD shows as its name.
    pub title: &'static str,
    /// What Argo CD shows of it.
    pub tooltip: &'static str,
    pub required: bool,
    /// Whether it is a list of texts and not one text.
    pub is_list: bool,
    pub default: Option<&'static str>,
}

pub(super) const CLUSTER: Announced = Announced {
    name: "cluster",
    title: "Cluster",
    tooltip: "The cluster of the fleet whose manifests are rendered",
    required: true,
    is_list: false,
    default: None,
};

pub(super) const FLEET: Announced = Announced {
    name: "fleet",
    title: "Fleet",
    tooltip: "The directory of the fleet, relative to the path of the application",
    required: false,
    is_list: false,
    default: Some("."),
};

pub(super) const NAMESPACES: Announced = Announced {
    name: "namespaces",
    title: "Namespaces",
    tooltip: "Only the manifests of these namespaces; all of them if the list is empty",
    required: false,
    is_list: true,
    default: None,
};

/// All parameters, in the order in which they are announced.
pub const PARAMETERS: [Announced; 3] = [CLUSTER, FLEET, NAMESPACES];

impl Announced {
    /// The environment variable that has it, by what its name begins with. Argo CD writes names in upper case.
    pub(super) fn variable(self, prefix: &str) -> String {
        format!("{prefix}{}", self.name.to_ascii_uppercase())
    }

    /// The field that an application sets, and an example of its value.
    pub(super) fn form(self) -> (&'static str, &'static str) {
        if self.is_list { ("array", "[shop]") } else { ("string", "east") }
    }
}
