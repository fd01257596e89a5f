//! Failover services.

use std::net::Ipv4Addr;

use super::{ClusterId, FailoverId, FailoverVerdict, MeshId, Plan, Policy, Subsets, TargetId, hosts};
use crate::discover::{Gateway, ServiceAddress};
use crate::ids::Text;
use crate::model::traffic_policy::TlsMode;
use crate::version::{Entry, FailoverForm};

/// A failover service. One that is not accepted is in no mesh, and has no address.
#[derive(Debug)]
pub struct FailoverService<'a> {
    pub policy: Policy<'a>,
    /// Its meshes, and what is wrong with it.
    pub verdict: FailoverVerdict,
    /// The host under which it is called.
    pub host: &'a str,
    /// The number of its port.
    pub port: u32,
    /// The protocol of its port, as given.
    pub protocol: &'a str,
    /// The services behind it with the port that is called, in the order in which they are tried.
    pub backing: Vec<(TargetId, u32)>,
    /// Its virtual address, where it is accepted.
    pub address: Option<Ipv4Addr>,
    /// The subsets of the endpoints behind it that policies use.
    pub subsets: Subsets<'a>,
}

/// The form in which a failover service is written for a cluster.
#[derive(Debug, PartialEq, Eq)]
pub enum FailoverChoice<'p> {
    /// An Envoy cluster of the clusters of its services, in a version of Envoy's API.
    Aggregate { v3: bool, why: AggregateReason<'p> },
    /// Endpoints with priorities: the addresses of each service in turn.
    Endpoints(FailoverEndpoints<'p>),
}

/// Why a failover service is an aggregate of clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AggregateReason<'p> {
    /// The version has no other form.
    Version,
    /// Policies ask for subsets of it, and an address has none.
    Subsets,
    /// The address of a service of the cluster is not known, or it has none.
    NoAddress(TargetId),
    /// A service of the cluster is not called as others are.
    Plaintext(TargetId),
    /// A gateway's address is a name, which has no priority.
    Name(&'p Text),
    /// The gateway of a service rewrites the host that is called.
    Rewritten(TargetId),
    /// Two services of other clusters are called by different names.
    Names(TargetId, TargetId),
}

/// The endpoints of a failover service.
#[derive(Debug, PartialEq, Eq)]
pub struct FailoverEndpoints<'p> {
    /// The services with their addresses and ports there, in the order in which they are tried.
    pub of: Vec<(TargetId, Vec<(&'p Text, u32)>)>,
    /// The server name for the services of other clusters; none if there is no such service.
    pub sni: Option<String>,
}

impl Plan<'_> {
    /// The form of a failover service for callers in a cluster: endpoints where these can be written, since they need nothing of
    /// Envoy's configuration.
    pub fn failover_choice(&self, id: FailoverId, client: ClusterId) -> FailoverChoice<'_> {
        let v3 = self[client].facts.failover >= FailoverForm::AggregateV3;
        match self.failover_endpoints(id, client) {
            Ok(endpoints) => FailoverChoice::Endpoints(endpoints),
            Err(why) => FailoverChoice::Aggregate { v3, why },
        }
    }

    fn failover_endpoints(
        &self,
        id: FailoverId,
        client: ClusterId,
    ) -> Result<FailoverEndpoints<'_>, AggregateReason<'_>> {
        let failover = &self[id];
        if self[client].facts.failover < FailoverForm::Endpoints {
            return Err(AggregateReason::Version);
        }
        if !failover.subsets.is_empty() {
            return Err(AggregateReason::Subsets);
        }
        let mut asked: Option<(TargetId, String)> = None;
        let mut of: Vec<(TargetId, _)> = Vec::with_capacity(failover.backing.len());
        for &(target, port) in &failover.backing {
            if of.iter().any(|(earlier, _)| *earlier == target) {
                // An address that has failed has failed for the second time as well.
                continue;
            }
            if self[target].cluster == client {
                of.push((target, vec![self.local_endpoint(target, port)?]));
                continue;
            }
            let sni = self.sni(target, port, hosts::NO_SUBSET);
            let (first, asked) = asked.get_or_insert_with(|| (target, sni.clone()));
            if *asked != sni {
                return Err(AggregateReason::Names(*first, target));
            }
            of.push((target, self.remote_endpoints(target)?));
        }
        Ok(FailoverEndpoints { of, sni: asked.map(|(_, sni)| sni) })
    }

    fn local_endpoint(&self, target: TargetId, port: u32) -> Result<(&Text, u32), AggregateReason<'_>> {
        let tls = self.service_actions(target).tls.map(|tls| *tls.value);
        match &self[target].known.address {
            _ if !matches!(tls, None | Some(TlsMode::IstioMutual)) => Err(AggregateReason::Plaintext(target)),
            ServiceAddress::Ip(address) => Ok((address, port)),
            ServiceAddress::Unknown | ServiceAddress::Headless => Err(AggregateReason::NoAddress(target)),
        }
    }

    fn remote_endpoints(&self, target: TargetId) -> Result<Vec<(&Text, u32)>, AggregateReason<'_>> {
        let rewrites = |mesh: MeshId| matches!(self[mesh].entry, Entry::Rewrite { .. });
        if self[target].mesh.is_none_or(rewrites) {
            return Err(AggregateReason::Rewritten(target));
        }
        let gateways = self.entrances(target);
        match gateways.iter().find(|gateway| gateway.address.parse::<std::net::IpAddr>().is_err()) {
            Some(gateway) => Err(AggregateReason::Name(&gateway.address)),
            None if gateways.is_empty() => Err(AggregateReason::NoAddress(target)),
            None => Ok(gateways.into_iter().map(|Gateway { address, port, .. }| (address, *port)).collect()),
        }
    }

    /// The identities that the pods behind a failover service may have; none if those of one of its services are not known.
    pub fn failover_identities(&self, id: FailoverId) -> Vec<String> {
        let mut out = Vec::new();
        for (target, _) in &self[id].backing {
            match self.identities(*target) {
                of_target if of_target.is_empty() => return Vec::new(),
                of_target => out.extend(of_target),
            }
        }
        out.sort();
        out.dedup();
        out
    }
}
