//! Virtual addresses of services in other clusters and of failover services: hashes into 240.0.0.0/4.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// What an address is for; part of what is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// A service of a cluster.
    Service,
    /// A failover service.
    Failover,
}

/// The addresses that are taken.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    taken: BTreeSet<Ipv4Addr>,
}

impl Addresses {
    /// The address for a name. If it is taken or is the broadcast address, the next one that is free, hashed again with a
    /// counter at the end; the second value is then the address that it would have had.
    pub(super) fn assign(
        &mut self,
        name: &str,
        namespace: &str,
        cluster: &str,
        scope: Scope,
    ) -> (Ipv4Addr, Option<Ipv4Addr>) {
        let scope = match scope {
            Scope::Service => "kube-service",
            Scope::Failover => "failover-service",
        };
        let base = hash(&[name, namespace, cluster, scope]);
        let wanted = to_address(base);
        let mut address = wanted;
        let mut counter = 0u32;
        while address == Ipv4Addr::BROADCAST || self.taken.contains(&address) {
            counter += 1;
            address = to_address(extend(base, counter.to_string().as_bytes()));
        }
        self.taken.insert(address);
        (address, Some(wanted).filter(|wanted| *wanted != address))
    }
}

/// FNV-1 of 32 bits: multiply, then exclusive or.
fn hash(parts: &[&str]) -> u32 {
    parts.iter().fold(2_166_136_261, |hash, part| extend(hash, part.as_bytes()))
}

fn extend(hash: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(hash, |hash, byte| hash.wrapping_mul(16_777_619) ^ u32::from(*byte))
}

/// The lowest byte comes first; the first octet is pushed into 240.0.0.0/4, the others keep all bits.
fn to_address(hash: u32) -> Ipv4Addr {
    let [first, second, third, fourth] = hash.to_le_bytes();
    Ipv4Addr::new(first | 0xf0, second, third, fourth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_the_known_ones() {
        let mut addresses = Addresses::default();
        let mut assign =
            |name, namespace, cluster, scope| addresses.assign(name, namespace, cluster, scope).0.to_string();
        assert_eq!(assign("some-svc", "some-ns", "cluster", Scope::Service), "243.21.204.125");
        let failover = assign("failover-service", "failover-service-namespace", "", Scope::Failover);
        assert_eq!(failover, "247.153.147.39");
        assert_eq!(assign("reviews", "default", "kind3", Scope::Service), "253.124.25.94");
    }

    #[test]
    fn a_taken_address_is_hashed_again() {
        let mut addresses = Addresses::default();
        let (first, moved) = addresses.assign("a", "bc", "x", Scope::Service);
        assert_eq!(moved, None);
        let (second, moved) = addresses.assign("ab", "c", "x", Scope::Service);
        assert_eq!(moved, Some(first), "names are hashed without separators");
        assert_ne!(first, second);
    }
}
