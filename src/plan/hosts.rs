//! Host names and subset names. Nothing else formats them.

use std::collections::BTreeMap;

use crate::ids::{ClusterObjectRef, Text, sanitize};
use crate::objects::names::hash;

/// The host of a service in its own cluster.
pub fn local(service: &ClusterObjectRef, domain: &str) -> String {
    format!("{}.{}.svc.{domain}", service.name, service.namespace)
}

/// The host of a service in every other cluster.
pub fn global(service: &ClusterObjectRef) -> String {
    format!("{}.{}.svc.{}.global", service.name, service.namespace, service.cluster)
}

/// The name of no subset in a server name.
pub const NO_SUBSET: &str = "";

/// The server name by which a gateway passes requests on to a host's port and subset: Istio's name of the filter chain.
pub fn sni(host: &str, port: u32, subset: &str) -> String {
    format!("outbound_.{port}_.{subset}_.{host}")
}

/// The identity of a service account in a trust domain.
pub fn identity(domain: &str, namespace: &str, account: &str) -> String {
    format!("spiffe://{domain}/ns/{namespace}/sa/{account}")
}

/// The service to which a host in other clusters would belong, if it has the form of such a host.
pub fn service_of(global: &str) -> Option<ClusterObjectRef> {
    let mut parts = global.strip_suffix(".global")?.splitn(4, '.');
    let (name, namespace, svc, cluster) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    (svc == "svc").then(|| ClusterObjectRef::new(cluster, namespace, name))
}

/// The name of the subset with the given labels: keys and values joined by `-`, in the order of these texts.
pub fn subset(labels: &BTreeMap<Text, Text>) -> String {
    let mut parts: Vec<String> = labels.iter().map(|(key, value)| format!("{key}-{value}")).collect();
    parts.sort();
    // An empty value would leave a dash at the end, which is not allowed in a name.
    sanitize(&parts.join("-")).replace('_', "-").trim_matches('-').to_owned()
}

/// The same name with a short hash of the labels, for when another set of labels has taken it.
pub fn subset_with_hash(labels: &BTreeMap<Text, Text>) -> String {
    let mut name = subset(labels);
    name.truncate(54);
    format!("{name}-{}", hash(labels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_subsets() {
        let labels = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        assert_eq!(subset(&labels(&[("version", "v3")])), "version-v3");
        assert_eq!(subset(&labels(&[("b", "x"), ("a", "y")])), "a-y-b-x");
        assert_eq!(subset(&labels(&[("canary", "")])), "canary");
    }

    #[test]
    fn names_of_hosts() {
        let service = ClusterObjectRef::new("kind3", "default", "reviews");
        assert_eq!(local(&service, "cluster.local"), "reviews.default.svc.cluster.local");
        assert_eq!(global(&service), "reviews.default.svc.kind3.global");
    }
}
