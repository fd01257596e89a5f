//! Objects for the host of a rendered one.

use super::rendered::{Rendered, WithHost};
use super::{listed, named};
use crate::diag::{Code, Diag, Report};
use crate::ids::Text;
use crate::model::existing::Existing;
use crate::objects::ObjectKind;
use crate::plan::{ClusterId, Plan};

/// Compares a VirtualService for calls inside the mesh.
pub(super) fn virtual_service(
    plan: &Plan<'_>,
    cluster: ClusterId,
    rendered: &Rendered,
    (object, hosts): (&Existing, &[Text]),
    report: &mut Report,
) {
    let hosts: Vec<String> = hosts.iter().map(|host| whole(host, object, plan[cluster].domain)).collect();
    let shared: Vec<&WithHost> =
        hosts.iter().flat_map(|host| rendered.for_host(ObjectKind::VirtualService, host)).collect();
    if shared.is_empty() {
        return;
    }
    let message = format!(
        "{} has routes for {}: Istio uses the routes of one object for a host, so those of the other are lost",
        named(object),
        others(&shared)
    );
    let hint = "move its routes into a TrafficPolicy and remove it, or remove the host from it";
    report.push(Diag::new(Code::SameRoutes, object.place.clone(), message).hint(hint));
}

/// Compares a ServiceEntry.
pub(super) fn service_entry(rendered: &Rendered, (object, hosts): (&Existing, &[Text]), report: &mut Report) {
    let shared: Vec<&WithHost> =
        hosts.iter().flat_map(|host| rendered.for_host(ObjectKind::ServiceEntry, host)).collect();
    if shared.is_empty() {
        return;
    }
    let message = format!(
        "{} is for {}: Istio makes one service of both, so ports and endpoints of either can be lost",
        named(object),
        others(&shared)
    );
    let hint = "remove it, or remove the host from it";
    report.push(Diag::new(Code::SameEntry, object.place.clone(), message).hint(hint));
}

/// Compares a DestinationRule. What Istio makes of two depends on their namespaces: clients look into their own first, then into the
/// service's, and then into the one of the control plane.
pub(super) fn destination_rule(
    plan: &Plan<'_>,
    cluster: ClusterId,
    rendered: &Rendered,
    (object, host, subsets, has_policy): (&Existing, &Text, &[Text], bool),
    report: &mut Report,
) {
    let host = whole(host, object, plan[cluster].domain);
    let shared: Vec<&WithHost> = rendered.for_host(ObjectKind::DestinationRule, &host).collect();
    if shared.is_empty() {
        return;
    }
    let namespace = &*object.key.namespace;
    let is_root = plan[cluster].meshes.iter().any(|mesh| &**plan[*mesh].namespace == namespace);
    let (beside, elsewhere): (Vec<&WithHost>, Vec<&WithHost>) =
        shared.into_iter().partition(|other| other.namespace == namespace);
    let mut warn = |others: Vec<&WithHost>, lost: String| {
        if !others.is_empty() {
            let message = format!("{} has settings for {}: {lost}", named(object), self::others(&others));
            let hint = "move its settings into a TrafficPolicy and remove it, or give it another host";
            report.push(Diag::new(Code::SameDestination, object.place.clone(), message).hint(hint));
        }
    };
    let narrower =
        "Istio uses only the rendered one, whose host is more specific, so the settings of the other are lost";
    let lost = if host.starts_with('*') { narrower.to_owned() } else { merged(&beside, subsets, has_policy) };
    warn(beside, lost);
    let lost = match is_root {
        true => "Istio uses only the rendered one, which is in the namespace of the service, so the settings of the other are lost".to_owned(),
        false => format!("callers in namespace {namespace} use it alone, so the settings of the rendered one are lost for them"),
    };
    warn(elsewhere, lost);
}

/// What is lost of two DestinationRules for a host in one namespace.
fn merged(others: &[&WithHost], subsets: &[Text], has_policy: bool) -> String {
    let known = || others.iter().flat_map(|other| &other.subsets);
    let twice: Vec<String> =
        subsets.iter().filter(|name| known().any(|known| **known == ***name)).map(ToString::to_string).collect();
    let policy = has_policy
        .then(|| "uses the trafficPolicy of the older one, so the trafficPolicy of the other is lost".to_owned());
    let subset = (!twice.is_empty()).then(|| format!("the later subset {} is lost", listed(twice)));
    let lost = policy.into_iter().chain(subset).collect::<Vec<_>>().join(", and ");
    let and = if lost.is_empty() { "so a subset with the same name as another is lost" } else { "and" };
    format!("Istio merges the subsets of both, {and} {lost}").trim_end().to_owned()
}

/// The hosts that objects share, with what is rendered for them.
fn others(shared: &[&WithHost]) -> String {
    // One service may be listed by two names.
    let is_same = |one: &&WithHost, other: &WithHost| one.host == other.host && one.named == other.named;
    if let [first @ WithHost { host, namespace: _, named, sources, subsets: _ }, rest @ ..] = shared
        && rest.iter().all(|other| is_same(other, first))
    {
        return format!("host {host}, for which {named} is rendered{}", sources_of(sources));
    }
    let mut hosts: Vec<String> = shared.iter().map(|other| other.host.clone()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    format!("hosts {}, for which objects are rendered", listed(hosts))
}

/// From what an object is rendered.
pub(super) fn sources_of(sources: &[Text]) -> String {
    format!(" from {}", listed(sources.iter().map(ToString::to_string).collect()))
}

/// A host as Istio reads it in an object: a name without a dot is a service of the object's namespace.
pub(super) fn whole(host: &str, object: &Existing, domain: &str) -> String {
    let host = host.to_ascii_lowercase();
    if host.contains('.') || host.starts_with('*') || host.is_empty() {
        return host;
    }
    format!("{host}.{}.svc.{domain}", object.key.namespace)
}

/// Whether two hosts, each perhaps with a `*` in front, have a name in common.
pub(super) fn overlap(one: &str, other: &str) -> bool {
    match (one.strip_prefix('*'), other.strip_prefix('*')) {
        (None, None) => one.eq_ignore_ascii_case(other),
        (Some(end), None) => other.ends_with(end),
        (None, Some(end)) => one.ends_with(end),
        (Some(one), Some(other)) => one.ends_with(other) || other.ends_with(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_overlap_if_some_name_is_of_both() {
        for (one, other, wanted) in [
            ("web.global", "web.global", true),
            ("web.global", "cart.global", false),
            ("*.global", "web.shop.global", true),
            ("*", "web.shop.global", true),
            ("*.global", "global", false),
            ("*.global", "*.east.global", true),
            ("*.west.global", "*.east.global", false),
            ("*", "*.global", true),
            ("*.example.com", "*.global", false),
        ] {
            assert_eq!(overlap(one, other), wanted, "{one} {other}");
            assert_eq!(overlap(other, one), wanted, "{other} {one}");
        }
    }
}
