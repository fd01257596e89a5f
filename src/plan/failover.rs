//! Failover services.

use std::net::Ipv4Addr;

use super::{FailoverVerdict, Policy, Subsets, TargetId};

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
