//! Who may call a service, and what.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{AccessId, ClusterId, MeshId, Plan, Policy, TargetId, Verdict, VirtualMeshId};
use crate::discover::{Gateway, GatewayPods};
use crate::ids::Text;

/// An access policy.
#[derive(Debug)]
pub struct AccessPolicy<'a> {
    pub policy: Policy<'a>,
    /// What it selects, and what is wrong with it.
    pub verdict: Verdict,
    pub callers: CallersByGroup<'a>,
    pub operation: Operation<'a>,
}

/// What a policy allows its callers. An empty list allows anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operation<'a> {
    pub methods: Vec<&'static str>,
    /// Paths; `*` at the beginning or at the end matches anything.
    pub paths: &'a [Text],
    pub ports: &'a [u32],
}

impl Operation<'_> {
    /// Whether every request is allowed.
    pub fn is_everything(&self) -> bool {
        let Self { methods, paths, ports } = self;
        methods.is_empty() && paths.is_empty() && ports.is_empty()
    }
}

/// Who may call, which may depend on where the service is.
#[derive(Debug, Default)]
pub struct CallersByGroup<'a> {
    /// For services of a group without an entry in `by_group`.
    pub default: Vec<Callers<'a>>,
    /// An account that is named without a cluster is in every cluster of the service's group.
    pub by_group: BTreeMap<Group, Vec<Callers<'a>>>,
}

/// What decides which clusters an account without a cluster may be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The clusters of a virtual mesh.
    VirtualMesh(VirtualMeshId),
    /// One cluster alone.
    Cluster(ClusterId),
}

/// Callers that may call. A policy without any allows everyone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callers<'a> {
    /// Those of namespaces with these names, whatever their trust domain.
    Namespaces(&'a [Text]),
    Identities(Vec<Identity<'a>>),
}

/// Some identities of one trust domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity<'a> {
    TrustDomain(&'a str),
    Namespace { domain: &'a str, namespace: &'a str },
    Account { domain: &'a str, namespace: &'a str, account: &'a str },
}

impl<'a> Identity<'a> {
    /// The parts as a URI joins them. Lists are in the order of these texts.
    fn segments(self) -> [&'a str; 5] {
        match self {
            Self::TrustDomain(domain) => [domain, "/ns/", "*", "", ""],
            Self::Namespace { domain, namespace } => [domain, "/ns/", namespace, "/sa/", "*"],
            Self::Account { domain, namespace, account } => [domain, "/ns/", namespace, "/sa/", account],
        }
    }
}

impl Ord for Identity<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let bytes = |identity: Self| identity.segments().into_iter().flat_map(str::bytes);
        bytes(*self).cmp(bytes(*other))
    }
}

impl PartialOrd for Identity<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What one policy allows for one service.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'p, 'a> {
    pub by: AccessId,
    /// Who may call; an empty list allows everyone.
    pub callers: &'p [Callers<'a>],
    pub operation: &'p Operation<'a>,
}

/// What a mesh does with a request to which no policy applies.
#[derive(Debug)]
pub enum DefaultAccess<'p> {
    Allow,
    /// It is refused, except at gateways.
    Deny {
        by: VirtualMeshId,
        gateways: &'p [Gateway],
        /// The pods of gateways that other clusters do not use.
        others: &'p [GatewayPods],
    },
}

impl<'a> Plan<'a> {
    /// What decides, for a service, which clusters an account without a cluster may be in.
    pub fn group(&self, service: TargetId) -> Group {
        match self[service].mesh.and_then(|mesh| self[mesh].virtual_mesh) {
            Some(virtual_mesh) => Group::VirtualMesh(virtual_mesh),
            None => Group::Cluster(self[service].cluster),
        }
    }

    /// What the policies on a service allow, in their order. A service without any is open, unless its mesh refuses by
    /// default.
    pub fn rules(&self, service: TargetId) -> impl Iterator<Item = Rule<'_, 'a>> {
        let group = self.group(service);
        self[service].access.iter().map(move |by| {
            let AccessPolicy { policy: _, verdict: _, callers, operation } = &self[*by];
            let CallersByGroup { default, by_group } = callers;
            Rule { by: *by, callers: by_group.get(&group).unwrap_or(default), operation }
        })
    }

    /// What a mesh does with a request to which no policy applies.
    pub fn default_access(&self, mesh: MeshId) -> DefaultAccess<'_> {
        match self[mesh].virtual_mesh.filter(|parent| self[*parent].deny_by_default) {
            Some(by) => {
                let istio = self[mesh].istio;
                DefaultAccess::Deny { by, gateways: &istio.gateways, others: &istio.other_gateways }
            }
            None => DefaultAccess::Allow,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_in_the_order_of_their_texts() {
        let account = |domain, namespace, account| Identity::Account { domain, namespace, account };
        let mut all = [
            account("b", "x", "y"),
            account("a", "x", "y"),
            account("a.b", "x", "y"),
            Identity::TrustDomain("a"),
            Identity::Namespace { domain: "a", namespace: "x" },
        ];
        all.sort();
        let texts: Vec<String> = all.iter().map(|identity| identity.segments().concat()).collect();
        let mut sorted = texts.clone();
        sorted.sort();
        assert_eq!(texts, sorted);
        assert_eq!(texts[0], "a.b/ns/x/sa/y", "a dot comes before a slash");
        assert!(texts.contains(&"a/ns/*".to_owned()) && texts.contains(&"a/ns/x/sa/*".to_owned()));
    }
}
