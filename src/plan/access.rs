//! Who may call a service, and what.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{AccessId, ClusterId, MeshId, Plan, Policy, TargetId, Verdict, VirtualMeshId};
use crate::discover::defaults::TRUST_DOMAIN;
use crate::discover::{Gateway, GatewayPods};
use crate::ids::{Text, compare_joined};

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

impl<'a> CallersByGroup<'a> {
    /// Who may call services of a group; an empty list allows everyone.
    fn of(&self, group: Group) -> &[Callers<'a>] {
        let Self { default, by_group } = self;
        by_group.get(&group).unwrap_or(default)
    }
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
    Identities(Identities<'a>),
}

/// Some identities, with their names. Every service that their policy is for lists these names, so they are made once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identities<'a> {
    list: Vec<Identity<'a>>,
    names: Vec<String>,
}

impl<'a> Identities<'a> {
    /// These identities, in this order.
    pub fn new(list: Vec<Identity<'a>>) -> Self {
        let names = list.iter().map(|identity| identity.segments().concat()).collect();
        Self { list, names }
    }

    /// Their names as a URI has them, without `spiffe://`.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Each with its name.
    pub fn iter(&self) -> impl Iterator<Item = (Identity<'a>, &str)> {
        self.list.iter().copied().zip(self.names.iter().map(String::as_str))
    }
}

/// Some identities of one trust domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity<'a> {
    TrustDomain(&'a str),
    Namespace { domain: &'a str, namespace: &'a str },
    Account { domain: &'a str, namespace: &'a str, account: &'a str },
}

impl<'a> Identity<'a> {
    /// Whether Istio, where a policy of a server names it in full, reads it as an identity of the server's own trust domain:
    /// since 1.5, the domain `cluster.local` in a principal with an account stands for whatever domain the server has.
    pub fn is_read_as_local(self, server: &str) -> bool {
        match self {
            Self::TrustDomain(_) => false,
            Self::Namespace { domain, .. } | Self::Account { domain, .. } => {
                domain == TRUST_DOMAIN && server != TRUST_DOMAIN
            }
        }
    }

    /// Its name as Istio writes it, without `spiffe://`.
    pub fn name(self) -> String {
        self.segments().concat()
    }

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
        compare_joined(self.segments(), other.segments())
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
    ///
    /// Requests from other clusters pass through a gateway that does not open them, so that nobody is known to have sent
    /// them: a rule for some callers would refuse them all, and is none of the gateway's.
    pub fn rules(&self, service: TargetId) -> impl Iterator<Item = Rule<'_, 'a>> {
        let group = self.group(service);
        let bound = &self[service];
        let rule = move |by: &AccessId| {
            let AccessPolicy { policy: _, verdict: _, callers, operation } = &self[*by];
            Rule { by: *by, callers: callers.of(group), operation }
        };
        bound.access.iter().map(rule).filter(|rule| !bound.is_gateway || rule.callers.is_empty())
    }

    /// Whether a policy allows a service to everyone, whoever calls.
    pub fn is_open_to_all(&self, policy: &AccessPolicy<'_>, service: TargetId) -> bool {
        policy.callers.of(self.group(service)).is_empty()
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
    fn istio_reads_full_principals_of_the_default_domain_as_its_own() {
        let full = |domain| Identity::Account { domain, namespace: "x", account: "y" };
        assert!(full("cluster.local").is_read_as_local("east"));
        assert!(Identity::Namespace { domain: "cluster.local", namespace: "x" }.is_read_as_local("east"));
        assert!(!full("cluster.local").is_read_as_local("cluster.local"), "it is its own");
        assert!(!full("west").is_read_as_local("east") && !full("west").is_read_as_local("cluster.local"));
        assert!(!Identity::TrustDomain("cluster.local").is_read_as_local("east"), "it has no account");
    }

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
