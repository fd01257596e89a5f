//! Who calls.

use std::fmt;

use crate::discover::DataPlaneMode;
use crate::model::traffic_policy::TlsMode;
use crate::plan::{Callers, Identity, Plan, TargetId, WorkloadId};

/// An identity: the service account as which pods run, in a trust domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Principal<'n> {
    pub domain: &'n str,
    pub namespace: &'n str,
    pub account: &'n str,
}

impl<'n> Principal<'n> {
    /// Reads an identity as Istio writes it: `cluster.local/ns/shop/sa/web`, perhaps with `spiffe://`.
    pub fn parse(text: &'n str) -> Option<Self> {
        let text = text.strip_prefix("spiffe://").unwrap_or(text);
        let (domain, rest) = text.split_once("/ns/")?;
        let (namespace, account) = rest.split_once("/sa/")?;
        let is_whole = [domain, namespace, account].iter().all(|part| !part.is_empty() && !part.contains('/'));
        is_whole.then_some(Self { domain, namespace, account })
    }

    /// Whether some identities of a policy include it.
    pub fn is_one_of(self, identity: Identity<'_>) -> bool {
        match identity {
            Identity::TrustDomain(domain) => self.domain == domain,
            Identity::Namespace { domain, namespace } => (self.domain, self.namespace) == (domain, namespace),
            Identity::Account { domain, namespace, account } => self == Principal { domain, namespace, account },
        }
    }

    /// Whether a policy's callers include it.
    pub fn is_among(self, callers: &Callers<'_>) -> bool {
        match callers {
            Callers::Namespaces(namespaces) => namespaces.iter().any(|name| **name == *self.namespace),
            Callers::Identities(identities) => identities.iter().any(|(identity, _)| self.is_one_of(identity)),
        }
    }
}

impl fmt::Display for Principal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/ns/{}/sa/{}", self.domain, self.namespace, self.account)
    }
}

/// What a server knows of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caller<'n> {
    /// Who it is, by its certificate.
    Known(Principal<'n>),
    /// Nothing: it does not use the mesh's certificates.
    Nobody,
    /// The inventory does not say whether it uses them.
    Unknown,
}

impl<'a> Plan<'a> {
    /// The identity of a workload's pods; none of one that is in no Istio.
    pub fn principal(&self, workload: WorkloadId) -> Option<Principal<'_>> {
        let bound = &self[workload];
        let domain = &*self[bound.mesh?].istio.trust_domain;
        Some(Principal { domain, namespace: &bound.known.controller.namespace, account: bound.account() })
    }

    /// What the pods of a service know of a workload that calls them.
    pub fn caller(&self, from: WorkloadId, to: TargetId) -> Caller<'_> {
        let Some(principal) = self.principal(from) else { return Caller::Nobody };
        match self.service_actions(to).tls.map(|tls| *tls.value) {
            // Between clusters, calls go through a gateway, which passes on nothing but the mesh's own TLS.
            _ if self[to].cluster != self[from].cluster => Caller::Known(principal),
            // In ambient mode, the proxies of the nodes encrypt, whatever a DestinationRule says.
            _ if self.is_ambient(from) => Caller::Known(principal),
            None | Some(TlsMode::IstioMutual) => Caller::Known(principal),
            Some(TlsMode::Disable) => Caller::Nobody,
            Some(TlsMode::Simple) => Caller::Unknown,
        }
    }

    /// Whether a workload's pods have no proxy of their own.
    pub fn is_ambient(&self, workload: WorkloadId) -> bool {
        self[workload].known.data_plane.mode == DataPlaneMode::Ambient
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_read_as_istio_writes_them() {
        let web = Principal { domain: "td", namespace: "shop", account: "web" };
        assert_eq!(Principal::parse("td/ns/shop/sa/web"), Some(web));
        assert_eq!(Principal::parse("spiffe://td/ns/shop/sa/web"), Some(web));
        assert_eq!(web.to_string(), "td/ns/shop/sa/web");
        for text in ["", "td", "td/ns/shop", "/ns/shop/sa/web", "td/ns//sa/web", "td/ns/shop/sa/", "td/ns/shop/sa/a/b"]
        {
            assert_eq!(Principal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn identities_of_policies_include_principals() {
        let web = Principal { domain: "td", namespace: "shop", account: "web" };
        assert!(web.is_one_of(Identity::TrustDomain("td")) && !web.is_one_of(Identity::TrustDomain("t")));
        assert!(web.is_one_of(Identity::Namespace { domain: "td", namespace: "shop" }));
        assert!(!web.is_one_of(Identity::Namespace { domain: "td", namespace: "sho" }));
        assert!(web.is_one_of(Identity::Account { domain: "td", namespace: "shop", account: "web" }));
        assert!(!web.is_one_of(Identity::Account { domain: "td", namespace: "shop", account: "we" }));
    }
}
