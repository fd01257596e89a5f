//! What is rendered for one cluster, by name, host and port.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::built::Built;
use crate::ca::Promised;
use crate::ids::{Provenance, Text};
use crate::model::Kind;
use crate::objects::names::CACERTS;
use crate::objects::{ObjectKind, Spec};
use crate::plan::{ClusterId, Plan};
use crate::translate::{Manifest, translate};

/// A rendered object with a host.
pub(super) struct WithHost {
    pub(super) host: String,
    pub(super) namespace: String,
    /// `VirtualService shop/web`.
    pub(super) named: String,
    pub(super) sources: Provenance,
    /// The names of the subsets of a DestinationRule.
    pub(super) subsets: Vec<String>,
}

/// A server of a rendered Gateway.
pub(super) struct Listener {
    pub(super) named: String,
    pub(super) sources: Provenance,
    pub(super) selector: BTreeMap<Text, Text>,
    pub(super) hosts: Vec<String>,
}

/// What is rendered for one cluster.
#[derive(Default)]
pub(super) struct Rendered {
    by_name: BTreeMap<String, Provenance>,
    /// The objects with hosts, by kind and by the host read backwards, so that those below a domain are adjacent.
    by_host: BTreeMap<(ObjectKind, String), WithHost>,
    by_port: BTreeMap<u32, Vec<Listener>>,
}

impl Rendered {
    /// Everything that is rendered for a cluster, with what makes `cacerts` in all clusters.
    pub(super) fn new(plan: &Plan<'_>, cluster: ClusterId, built: &[Built], promised: &[Promised]) -> Self {
        let mut out = Self::default();
        out.by_name.extend(built.iter().map(|object| (object.id(), object.sources.clone())));
        for Promised { cluster: _, kind, namespace, virtual_mesh } in
            promised.iter().filter(|promised| promised.cluster == *plan[cluster].name)
        {
            let sources = [Kind::VirtualMesh.named(virtual_mesh)].into();
            out.by_name.insert(format!("{kind} {namespace}/{CACERTS}"), sources);
        }
        translate(plan, cluster, |manifest| out.add(manifest));
        out
    }

    fn add(&mut self, manifest: Manifest<'_>) {
        let Manifest { namespace, name, spec, sources } = manifest;
        let kind = spec.kind();
        let (dot, qualifier) = kind.qualifier().map_or(("", ""), |qualifier| (".", qualifier));
        let named = format!("{}{dot}{qualifier} {namespace}/{name}", kind.as_str());
        self.by_name.insert(named.clone(), sources.clone());
        let (host, subsets) = match &spec {
            Spec::VirtualService(spec) => (spec.hosts[0], Vec::new()),
            Spec::ServiceEntry(spec) => (spec.hosts[0], Vec::new()),
            Spec::DestinationRule(spec) => {
                (spec.host, spec.subsets.iter().map(|subset| subset.name.to_owned()).collect())
            }
            Spec::Gateway(spec) => {
                let selector = || spec.selector.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
                for server in &spec.servers {
                    let hosts = server.hosts.iter().map(|host| host.to_string()).collect();
                    let (named, sources) = (named.clone(), sources.clone());
                    let listener = Listener { named, sources, selector: selector(), hosts };
                    self.by_port.entry(server.port.number).or_default().push(listener);
                }
                return;
            }
            Spec::AuthorizationPolicy(_) | Spec::EnvoyFilter(_) => return,
            Spec::HttpRouteGroup(_) | Spec::TrafficSplit(_) | Spec::TrafficTarget(_) => return,
        };
        let (host, namespace) = (host.to_owned(), namespace.to_owned());
        let key = (kind, backwards(&host));
        self.by_host.insert(key, WithHost { host, namespace, named, sources, subsets });
    }

    /// The policies that the object of a name comes from, if one is rendered.
    pub(super) fn sources(&self, named: &str) -> Option<&Provenance> {
        self.by_name.get(named)
    }

    /// The objects of a kind for a host; for `*.shop.svc.cluster.local`, those for all hosts below that domain.
    pub(super) fn for_host(&self, kind: ObjectKind, host: &str) -> impl Iterator<Item = &WithHost> {
        let (domain, is_wildcard) = host.strip_prefix('*').map_or((host, false), |domain| (domain, true));
        let first = (kind, backwards(domain));
        let prefix = first.1.clone();
        let from = self.by_host.range((Bound::Included(first), Bound::Unbounded));
        from.take_while(move |((of, host), _)| {
            *of == kind && if is_wildcard { host.starts_with(&prefix) } else { *host == prefix }
        })
        .map(|(_, object)| object)
    }

    /// The listeners on a port.
    pub(super) fn on_port(&self, port: u32) -> &[Listener] {
        self.by_port.get(&port).map_or(&[], Vec::as_slice)
    }
}

fn backwards(host: &str) -> String {
    host.chars().rev().collect()
}
