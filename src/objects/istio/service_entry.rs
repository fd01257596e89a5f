//! ServiceEntry: a host outside the cluster.

use std::borrow::Cow;
use std::net::Ipv4Addr;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// A host outside the cluster.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceEntry<'a> {
    /// Its virtual address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addresses: Option<[Ipv4Addr; 1]>,
    /// Its endpoints.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<Endpoint<'a>>,
    /// The namespaces in which it is visible; by default all.
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    pub export_to: &'static [&'static str],
    pub hosts: [&'a str; 1],
    /// Whether it is part of the mesh.
    pub location: &'static str,
    /// Its ports.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<Port<'a>>,
    /// How its endpoints are resolved.
    pub resolution: &'static str,
    /// The identities that its endpoints may have; none means any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subject_alt_names: Vec<String>,
}

/// An endpoint of a host.
#[derive(Debug, Serialize)]
pub struct Endpoint<'a> {
    /// The address.
    pub address: &'a str,
    /// The labels by which subsets and priorities select it.
    pub labels: EndpointLabels<'a>,
    /// The port there for each of the host's ports, by name.
    pub ports: PortMap<'a>,
}

/// The labels of an endpoint. There are as many as objects, and a map would be the larger part of each.
#[derive(Debug)]
pub struct EndpointLabels<'a> {
    /// The cluster that it leads to.
    pub cluster: &'a str,
    /// How many of the labels of [`rank_label`] it has, from the first on.
    pub ranks: usize,
}

/// The label by which endpoints that come before others in a failover differ from those after them.
pub fn rank_label(rank: usize) -> String {
    format!("failover.meshtree.io/rank-{rank}")
}

/// The value of such a label.
pub const RANK_VALUE: &str = "y";

impl Serialize for EndpointLabels<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { cluster, ranks } = *self;
        let mut map = serializer.serialize_map(Some(1 + ranks))?;
        map.serialize_entry("cluster", cluster)?;
        let mut labels: Vec<String> = (0..ranks).map(rank_label).collect();
        labels.sort();
        labels.iter().try_for_each(|label| map.serialize_entry(label, RANK_VALUE))?;
        map.end()
    }
}

/// The port at an endpoint for each port name.
#[derive(Debug)]
pub struct PortMap<'a>(pub Vec<(Cow<'a, str>, u32)>);

impl Serialize for PortMap<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sorted: Vec<_> = self.0.iter().collect();
        sorted.sort();
        let mut map = serializer.serialize_map(Some(sorted.len()))?;
        for (name, port) in sorted {
            map.serialize_entry(name.as_ref(), port)?;
        }
        map.end()
    }
}

/// A port of a host or of a gateway's listener.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Port<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Its number.
    pub number: u32,
    /// Its protocol.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub protocol: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn optional_fields_have_istios_names() {
        let entry = ServiceEntry {
            addresses: None,
            endpoints: Vec::new(),
            export_to: &["*"],
            hosts: ["web.shop.svc.east.global"],
            location: "MESH_INTERNAL",
            ports: Vec::new(),
            resolution: "STATIC",
            subject_alt_names: vec!["spiffe://east/ns/shop/sa/web".to_owned()],
        };
        let expected = serde_json::json!({
            "exportTo": ["*"],
            "hosts": ["web.shop.svc.east.global"],
            "location": "MESH_INTERNAL",
            "resolution": "STATIC",
            "subjectAltNames": ["spiffe://east/ns/shop/sa/web"],
        });
        assert_eq!(serde_json::to_value(&entry).expect("JSON"), expected);
    }
}
