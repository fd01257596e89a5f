//! What other objects do to the parts of a failover service.

use std::collections::{BTreeMap, BTreeSet};

use super::{Versions, listed, named};
use crate::diag::{Code, Diag, Report};
use crate::ids::Text;
use crate::model::existing::Existing;
use crate::plan::{ClusterId, FailoverChoice, FailoverId, Plan};
use crate::version::Style;
use crate::version::table::UNHEALTHY;

/// The hosts of a cluster's failover services and of what is behind them.
#[derive(Default)]
pub(super) struct Children<'p> {
    cluster: Option<ClusterId>,
    /// The hosts that the clusters of Envoy behind aggregates have, by the namespace of what defines them.
    of_aggregates: BTreeMap<&'p str, BTreeMap<&'p str, FailoverId>>,
    /// The hosts whose endpoints fail over.
    all: BTreeMap<&'p str, FailoverId>,
}

impl<'p> Children<'p> {
    pub(super) fn new(plan: &'p Plan<'_>, cluster: ClusterId) -> Self {
        let mut out = Self { cluster: Some(cluster), ..Self::default() };
        if plan[cluster].facts.style != Style::Current {
            return Self::default();
        }
        for mesh in plan[cluster].meshes.iter().map(|mesh| &plan[*mesh]) {
            for failover in &mesh.failovers {
                let is_aggregate = matches!(plan.failover_choice(*failover, cluster), FailoverChoice::Aggregate { .. });
                out.all.insert(plan[*failover].host, *failover);
                for (target, _) in plan[*failover].backing.iter().filter(|_| is_aggregate) {
                    let is_local = plan[*target].cluster == cluster;
                    let namespace = if is_local { &plan.service(*target).namespace } else { mesh.namespace };
                    let host = plan.host(*target, cluster);
                    out.of_aggregates.entry(namespace).or_default().insert(host, *failover);
                    out.all.insert(host, *failover);
                }
            }
        }
        out
    }

    /// Warns of a Sidecar whose pods do not know all parts of an aggregate: routes lead Istio to the hosts that they name, but not
    /// to what is behind an aggregate.
    pub(super) fn warn_of_hidden(&self, plan: &Plan<'_>, (object, known): (&Existing, &[Text]), report: &mut Report) {
        if known.is_empty() || self.of_aggregates.is_empty() {
            return;
        }
        let own = &*object.key.namespace;
        let mut hosts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (namespace, host) in known.iter().filter_map(|known| known.split_once('/')) {
            hosts.entry(if namespace == "." { own } else { namespace }).or_default().insert(host);
        }
        let mut hidden: Vec<(&str, FailoverId)> = Vec::new();
        for (namespace, children) in &self.of_aggregates {
            let patterns: Vec<&str> =
                ["*", namespace].into_iter().filter_map(|key| hosts.get(key)).flatten().copied().collect();
            let is_known = |host: &str| patterns.iter().any(|pattern| covers(pattern, host));
            hidden.extend(children.iter().filter(|(host, _)| !is_known(host)).map(|(host, by)| (*host, *by)));
        }
        let Some((_, first)) = hidden.first() else { return };
        let message = format!(
            "{} hides {}: calls of {} from its pods do not get there",
            named(object),
            listed(hidden.iter().map(|(host, _)| (*host).to_owned()).collect()),
            plan[*first].policy.named
        );
        let cluster = self.cluster.map(|cluster| &plan[cluster]);
        let namespace = cluster.and_then(|cluster| cluster.meshes.first()).map(|mesh| &**plan[*mesh].namespace);
        let hint = format!(
            "add the namespaces of these hosts to spec.egress[].hosts, such as {}/*",
            namespace.unwrap_or("istio-system")
        );
        report.push(Diag::new(Code::SidecarHides, object.place.clone(), message).hint(hint));
    }

    /// Warns of a DestinationRule by which endpoints that were ejected come back while a failover service relies on their absence.
    pub(super) fn warn_of_panic(
        &self,
        plan: &Plan<'_>,
        versions: &Versions,
        (object, host): (&Existing, &Text),
        report: &mut Report,
    ) {
        let whole = super::hosts::whole(host, object, self.cluster.map_or("", |cluster| plan[cluster].domain));
        let Some(failover) = self.all.get(&*whole) else { return };
        if versions.fact(&UNHEALTHY) != Some(true) {
            return;
        }
        let message = format!(
            "{} has minHealthPercent for {whole}, to which {} fails over or from which it does: below that share Istio {} also \
             sends requests to endpoints that are ejected, so fewer fail over",
            named(object),
            plan[*failover].policy.named,
            versions.shown()
        );
        report
            .push(Diag::new(Code::PanicDelaysFailover, object.place.clone(), message).hint("remove minHealthPercent"));
    }
}

/// Whether a host of a Sidecar, perhaps with a `*` in front, includes a host.
fn covers(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(end) => host.ends_with(end),
        None => pattern == host,
    }
}
