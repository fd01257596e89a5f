//! EnvoyFilters whose patches the cluster's Istio ignores or refuses.

use std::collections::BTreeSet;

use super::{Versions, listed, named};
use crate::diag::{Code, Diag, Report};
use crate::ids::Text;
use crate::model::existing::{Existing, FilterPatch};
use crate::version::table::{API_V2, ENTRY, PRIORITY, REWRITE_FILTER, Refused};

const SNI_CLUSTER: &str = "envoy.filters.network.sni_cluster";
const REWRITE: &str = "envoy.filters.network.tcp_cluster_rewrite";

/// Checks an EnvoyFilter. `is_ordered` says that its place among others is known.
pub(super) fn check(
    versions: &Versions,
    (object, patches, is_ordered): (&Existing, &[FilterPatch], bool),
    report: &mut Report,
) {
    let mut push = |code, message: String, hint: &str| {
        report.push(Diag::new(code, object.place.clone(), message).hint(hint));
    };
    let (name, istio) = (named(object), versions.shown());
    if versions.fact(&ENTRY) == Some(false) && patches.iter().any(|patch| &*patch.filter == SNI_CLUSTER) {
        let message = format!(
            "{name} has a patch beside the filter {SNI_CLUSTER}, which gateways of Istio {istio} do not have: the patch is ignored"
        );
        push(Code::PatchIgnored, message, "remove it: gateways choose a filter chain by SNI, without a filter");
    }
    let ignored: BTreeSet<String> = patches.iter().filter(|patch| is_ignored(patch)).map(described).collect();
    if !ignored.is_empty() {
        let message =
            format!("{name} has the operation {}, which Istio ignores", listed(ignored.into_iter().collect()));
        push(Code::PatchIgnored, message, "use MERGE, or ADD and REMOVE where the object of the patch is in a list");
    }
    let types: BTreeSet<&Text> = patches.iter().flat_map(|patch| &patch.uses).filter(|name| is_v2(name)).collect();
    let who = match versions.fact(&API_V2) {
        Some(Refused::ByEnvoy) => Some("Envoy in Istio"),
        Some(Refused::ByIstio) => Some("Istio"),
        Some(Refused::Nowhere) | None => None,
    };
    if let Some(who) = who.filter(|_| !types.is_empty()) {
        let types = listed(types.into_iter().map(ToString::to_string).collect());
        let message = format!("{name} has types of Envoy's API v2, which {who} {istio} refuses: {types}");
        push(Code::PatchRefused, message, "use the types of API v3");
    }
    let rewrites = patches.iter().flat_map(|patch| &patch.uses).any(|name| &**name == REWRITE);
    if rewrites && versions.fact(&REWRITE_FILTER) == Some(false) {
        let message =
            format!("{name} adds the filter {REWRITE}, which proxies of Istio {istio} do not have and refuse");
        push(Code::PatchRefused, message, "remove it: what is rendered for this version does without it");
    }
    if !is_ordered && versions.fact(&PRIORITY) == Some(true) && patches.iter().any(is_relative) {
        let message = format!(
            "{name} has a patch that depends on those of other EnvoyFilters and no priority: which one comes first follows from \
             their creation"
        );
        push(Code::PatchOrder, message, "set spec.priority");
    }
}

/// Whether Istio has no such operation on such an object.
fn is_ignored(patch: &FilterPatch) -> bool {
    match &*patch.operation {
        "ADD" | "REMOVE" => &*patch.apply_to == "ROUTE_CONFIGURATION",
        "REPLACE" => matches!(
            &*patch.apply_to,
            "BOOTSTRAP"
                | "CLUSTER"
                | "FILTER_CHAIN"
                | "HTTP_ROUTE"
                | "LISTENER"
                | "ROUTE_CONFIGURATION"
                | "VIRTUAL_HOST"
        ),
        _ => false,
    }
}

fn described(patch: &FilterPatch) -> String {
    format!("{} on {}", patch.operation, patch.apply_to)
}

fn is_relative(patch: &FilterPatch) -> bool {
    matches!(&*patch.operation, "INSERT_BEFORE" | "INSERT_AFTER" | "REPLACE" | "REMOVE")
}

/// Whether a type is one of Envoy's API v2: `envoy.api.v2.Cluster`, `envoy.config.cluster.aggregate.v2alpha.ClusterConfig`.
fn is_v2(name: &str) -> bool {
    let of_envoy = name.rsplit('/').next().and_then(|name| name.strip_prefix("envoy."));
    of_envoy.is_some_and(|name| name.split('.').any(|part| part == "v2" || part.starts_with("v2alpha")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_the_old_api() {
        for (name, wanted) in [
            ("type.googleapis.com/envoy.config.cluster.aggregate.v2alpha.ClusterConfig", true),
            ("type.googleapis.com/envoy.config.filter.http.lua.v2.Lua", true),
            ("envoy.api.v2.Cluster", true),
            ("type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua", false),
            ("type.googleapis.com/istio.envoy.config.filter.v2alpha1.Thing", false),
            ("envoy.filters.network.sni_cluster", false),
            ("my.v2.filter", false),
        ] {
            assert_eq!(is_v2(name), wanted, "{name}");
        }
    }
}
