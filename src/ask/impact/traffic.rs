//! Where requests go, before and after.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::conditions::words;
use super::effects;
use super::group::Finding;
use super::kinds::Kind;
use super::services::{Paired, subject};
use super::{Phrase, PolicyCause, Sides};
use crate::ask::space::differences::{Difference, Differences, Fate, Pair, Source};
use crate::ask::space::table::{Effect, Line, Table};
use crate::ids::ClusterObjectRef;
use crate::model::traffic_policy::TlsMode;
use crate::plan::{ClusterId, Outlier, Plan, ServiceActions, TargetId};
use crate::version::Style;

/// What is found for callers in one cluster at one port: kind, text and causes.
type Found = BTreeSet<(Kind, String, Vec<PolicyCause>)>;

/// Finds requests that are treated differently.
pub(super) fn changes<'p>(sides: &Sides<'_, 'p, '_, '_>, services: &Paired<'p>, out: &mut Vec<Finding>) {
    let candidates = Candidates::of(sides, services, out);
    let pairs: Vec<_> =
        services.iter().filter_map(|(service, (old, new))| Some((*service, (*old)?, (*new)?))).collect();
    let of = |(service, before, after): &(&ClusterObjectRef, TargetId, TargetId)| {
        let mut found = Vec::new();
        of_service(sides, service, (*before, *after), &mut found);
        if candidates.may_differ(sides, *before, *after) {
            routes(sides, service, (*before, *after), &mut found);
        }
        found
    };
    // Services do not depend on each other; what is found keeps their order.
    let found: Vec<Vec<Finding>> = pairs.par_iter().map(of).collect();
    out.extend(found.into_iter().flatten());
}

/// What says cheaply that a service has the same routes as before.
struct Candidates {
    /// Whether something differs that may matter for all routes.
    all: bool,
}

impl Candidates {
    fn of(sides: &Sides<'_, '_, '_, '_>, services: &Paired<'_>, found: &[Finding]) -> Self {
        // Who knows which destination decides where requests end.
        let is_about_destinations = |finding: &Finding| {
            matches!(
                finding.kind,
                Kind::Federated
                    | Kind::Unfederated
                    | Kind::ServiceRemoved
                    | Kind::FailoverAdded
                    | Kind::FailoverRemoved
            )
        };
        let (before, after) = (sides.before.plan, sides.after.plan);
        let ports = |(old, new): &(Option<TargetId>, Option<TargetId>)| match (old, new) {
            (Some(old), Some(new)) => before[*old].known.ports != after[*new].known.ports,
            _ => true,
        };
        let clusters = |plan: &Plan<'_>| -> Vec<(String, Style, usize)> {
            plan.clusters.iter().map(|c| (c.name.to_string(), c.facts.style, c.meshes.len())).collect()
        };
        let is_changed = before.passes_unmatched != after.passes_unmatched
            || clusters(before) != clusters(after)
            || found.iter().any(is_about_destinations);
        Self { all: is_changed || services.values().any(ports) }
    }

    /// Whether the routes of a service may differ: its policies are not the same.
    fn may_differ(&self, sides: &Sides<'_, '_, '_, '_>, before: TargetId, after: TargetId) -> bool {
        let (old, new) = (sides.before.plan, sides.after.plan);
        let names = |plan: &Plan<'_>, target: TargetId| -> Vec<String> {
            plan[target].traffic.iter().map(|policy| plan[*policy].policy.named.to_string()).collect()
        };
        let (old, new) = (names(old, before), names(new, after));
        self.all || old != new || old.iter().any(|name| sides.causes.is_changed(name))
    }
}

/// What applies to all requests of a service.
fn of_service(
    sides: &Sides<'_, '_, '_, '_>,
    service: &ClusterObjectRef,
    (old, new): (TargetId, TargetId),
    out: &mut Vec<Finding>,
) {
    let (before, after) = (sides.before.plan, sides.after.plan);
    let ServiceActions { outlier, tls } = before.service_actions(old);
    let now = after.service_actions(new);
    let mut add = |kind: Kind, what: String, causes: [Option<&str>; 2]| {
        let causes = sides.causes.among(causes.into_iter().flatten());
        out.push(Finding { kind, subject: subject(service), phrase: Phrase::about(format!(": {what}")), causes });
    };
    let (was, is) = (outlier.map(|claimed| *claimed.value), now.outlier.map(|claimed| *claimed.value));
    if was != is {
        let by = [outlier.map(|c| &*before[c.by].policy.named), now.outlier.map(|c| &*after[c.by].policy.named)];
        let what = match (was.map(ejection), is.map(ejection)) {
            (was, Some(is)) => {
                format!("endpoints are ejected {is}; so far {}", was.unwrap_or_else(|| "never".to_owned()))
            }
            (was, None) => format!("endpoints are no longer ejected; so far {}", was.unwrap_or_default()),
        };
        add(Kind::Settings, what, by);
    }
    let (was, is) = (tls.map(|claimed| *claimed.value), now.tls.map(|claimed| *claimed.value));
    let mode = |mode: Option<TlsMode>| mode.unwrap_or(TlsMode::IstioMutual);
    if mode(was) != mode(is) {
        let by = [tls.map(|c| &*before[c.by].policy.named), now.tls.map(|c| &*after[c.by].policy.named)];
        add(
            Kind::Encryption,
            format!("callers use TLS mode {} instead of {}", mode(is).as_str(), mode(was).as_str()),
            by,
        );
    }
}

fn ejection(outlier: Outlier) -> String {
    let Outlier { consecutive_errors, interval, base_ejection_time, max_ejection_percent } = outlier;
    format!(
        "after {} within {} for {}, at most {max_ejection_percent} % of all",
        if consecutive_errors == 1 { "1 error".to_owned() } else { format!("{consecutive_errors} errors") },
        interval.as_written(),
        base_ejection_time.as_written()
    )
}

/// The clusters whose callers have the routes of a service.
fn clients(plan: &Plan<'_>, target: TargetId) -> BTreeMap<String, ClusterId> {
    let own = plan[target].cluster;
    let all = [own].into_iter().chain(plan.clusters_with_routes(target));
    all.map(|cluster| (plan[cluster].name.to_string(), cluster)).collect()
}

fn routes<'p>(
    sides: &Sides<'_, 'p, '_, '_>,
    service: &ClusterObjectRef,
    (old, new): (TargetId, TargetId),
    out: &mut Vec<Finding>,
) {
    let (before, after) = (sides.before.plan, sides.after.plan);
    let (was, is) = (clients(before, old), clients(after, new));
    let ports = after[new]
        .known
        .distinct_ports()
        .filter(|port| before[old].known.ports.iter().any(|known| known.number == port.number));
    let ports: Vec<u32> = ports.map(|port| port.number).collect();
    let mut known = Known::default();
    // By what is found: the clusters of the callers, and the ports.
    let mut by: BTreeMap<Found, BTreeSet<(&str, u32)>> = BTreeMap::new();
    let all: Vec<(&str, ClusterId, ClusterId)> =
        was.iter().filter_map(|(name, old)| Some((name.as_str(), *old, *is.get(name)?))).collect();
    for (name, from, to) in &all {
        let sources = &callers(sides, (old, *from), (new, *to));
        for port in &ports {
            let tables = (Table::of(before, old, *from, *port), Table::of(after, new, *to, *port));
            let found = known.compared(sides, tables, sources);
            if !found.is_empty() {
                by.entry(found).or_default().insert((name, *port));
            }
        }
    }
    let everywhere = all.len() * ports.len();
    for (found, at) in by {
        let place = if at.len() == everywhere { String::new() } else { limited(&at, (all.len(), ports.len())) };
        let finding = |(kind, what, causes)| Finding {
            kind,
            subject: subject(service),
            phrase: Phrase::about(format!(": {place}{what}")),
            causes,
        };
        out.extend(found.into_iter().map(finding));
    }
}

/// The tables of a service that were compared: callers in nearly all clusters have the same.
#[derive(Default)]
struct Known<'p>(Vec<Pair<'p>>);

impl<'p> Known<'p> {
    /// What differs between two tables for some callers.
    fn compared(
        &mut self,
        sides: &Sides<'_, 'p, '_, '_>,
        (before, after): (Table<'p>, Table<'p>),
        callers: &[Source<'p>],
    ) -> Found {
        let recent = self.0.len().saturating_sub(MOST_KNOWN);
        let at = match self.0[recent..].iter().rposition(|pair| pair.is_of(&before, &after)) {
            Some(at) => recent + at,
            None => {
                self.0.push(Pair::of(before, after));
                self.0.len() - 1
            }
        };
        let differences = self.0[at].differences(callers);
        compared(sides, self.0[at].tables(), &differences)
    }
}

/// How many pairs one is compared with: clusters with the same routes are rarely far apart.
const MOST_KNOWN: usize = 8;

/// The callers in a cluster that have the routes of a service, of either side.
fn callers<'p>(
    sides: &Sides<'_, 'p, '_, '_>,
    (old, from): (TargetId, ClusterId),
    (new, to): (TargetId, ClusterId),
) -> Vec<Source<'p>> {
    let mut out = sides.before.sources(old, from);
    out.extend(sides.after.sources(new, to));
    out
}

/// The callers and ports to which something is limited, as the beginning of a sentence.
fn limited(at: &BTreeSet<(&str, u32)>, (clusters, ports): (usize, usize)) -> String {
    let names: BTreeSet<&str> = at.iter().map(|(name, _)| *name).collect();
    let numbers: BTreeSet<u32> = at.iter().map(|(_, port)| *port).collect();
    let mut out = Vec::new();
    if names.len() < clusters {
        out.push(format!("callers in {}", names.into_iter().collect::<Vec<_>>().join(", ")));
    }
    if numbers.len() < ports {
        let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
        out.push(format!("port {}", numbers.join(", ")));
    }
    if out.is_empty() { String::new() } else { format!("{}: ", out.join(", ")) }
}

/// What differs between two tables, in words.
fn compared<'p>(
    sides: &Sides<'_, 'p, '_, '_>,
    (before, after): (&Table<'p>, &Table<'p>),
    Differences { found, is_given_up }: &Differences,
) -> Found {
    let mut out = Found::new();
    for difference in found {
        let lines = (line(before, difference.before), line(after, difference.after));
        let causes = causes(sides, (before, after), lines);
        let who = format!("requests{}", requests(lines));
        if difference.is_doubtful {
            let what = format!(
                "{who} may be treated differently: whether requests meet these regular expressions cannot be compared"
            );
            out.insert((Kind::Uncertain, what, causes));
            continue;
        }
        out.extend(
            texts(difference, lines).into_iter().map(|(kind, what)| (kind, format!("{who}{what}"), causes.clone())),
        );
    }
    if *is_given_up {
        let what = "the routes have too many conditions to be compared".to_owned();
        out.insert((Kind::Uncertain, what, causes(sides, (before, after), (None, None))));
    }
    out
}

fn line<'t, 'p>(table: &'t Table<'p>, fate: Fate) -> Option<&'t Line<'p>> {
    match fate {
        Fate::Route(position) => table.0.get(position),
        Fate::Refused | Fate::Plain => None,
    }
}

/// Which requests take these routes: those that meet the conditions of both.
fn requests((before, after): (Option<&Line<'_>>, Option<&Line<'_>>)) -> String {
    let words = |line: Option<&Line<'_>>| line.map(|line| words(&line.when)).unwrap_or_default();
    match (words(before), words(after)) {
        (old, new) if old == new || old.is_empty() => new,
        (old, new) if new.is_empty() => old,
        (old, new) => format!("{new} that took the route for those{old}"),
    }
}

/// What becomes of requests, before and after.
fn texts(difference: &Difference, (before, after): (Option<&Line<'_>>, Option<&Line<'_>>)) -> Vec<(Kind, String)> {
    let now = |kind: Kind, line: &Line<'_>, was: &str| {
        (kind, format!(" go to {} instead of {was}", effects::whole(&line.effect)))
    };
    match (before, after) {
        (Some(before), Some(after)) => effects::differences(&before.effect, &after.effect),
        (None, Some(after)) if difference.before == Fate::Refused => {
            vec![now(Kind::Routed, after, "being answered with 404")]
        }
        (Some(before), None) if difference.after == Fate::Refused => {
            let was = effects::whole(&before.effect);
            vec![(
                Kind::NoRoute,
                format!(" are answered with 404, since no route takes them, instead of going to {was}"),
            )]
        }
        (None, Some(after)) => effects::differences(&Effect::plain(), &after.effect),
        (Some(before), None) => effects::differences(&before.effect, &Effect::plain()),
        (None, None) if difference.after == Fate::Refused => {
            vec![(
                Kind::NoRoute,
                " that meet the conditions of no route are now answered with 404; so far they went to the service itself"
                    .to_owned(),
            )]
        }
        (None, None) => {
            vec![(
                Kind::Routed,
                " that meet the conditions of no route go to the service itself instead of being answered with 404"
                    .to_owned(),
            )]
        }
    }
}

/// The policies that make the difference: those of the routes; where none of these differs, all that differ.
fn causes(
    sides: &Sides<'_, '_, '_, '_>,
    tables: (&Table<'_>, &Table<'_>),
    lines: (Option<&Line<'_>>, Option<&Line<'_>>),
) -> Vec<PolicyCause> {
    let (before, after) = (sides.before.plan, sides.after.plan);
    let of = |plan: &Plan<'_>, line: Option<&Line<'_>>| -> BTreeSet<String> {
        line.into_iter().flat_map(|line| line.owners.policies()).map(|by| plan[by].policy.named.to_string()).collect()
    };
    let of_lines: BTreeSet<String> = of(before, lines.0).into_iter().chain(of(after, lines.1)).collect();
    let whole = |plan: &Plan<'_>, table: &Table<'_>| -> BTreeSet<String> {
        table.0.iter().flat_map(|line| of(plan, Some(line))).collect()
    };
    let (old, new) = (whole(before, tables.0), whole(after, tables.1));
    let differs = |name: &&String| sides.causes.is_changed(name) || old.contains(*name) != new.contains(*name);
    let direct: Vec<&str> = of_lines.iter().filter(differs).map(String::as_str).collect();
    if !direct.is_empty() {
        return sides.causes.among(direct);
    }
    let others: Vec<&str> = old.union(&new).filter(differs).map(String::as_str).collect();
    if !others.is_empty() {
        return sides.causes.among(others);
    }
    // The routes are as they were: what a virtual mesh makes known decides where they lead.
    let mut out = sides.causes.among(of_lines.iter().map(String::as_str));
    let meshes = before.virtual_meshes.iter().chain(&after.virtual_meshes).map(|parent| &*parent.policy.named);
    out.extend(meshes.filter(|name| sides.causes.is_changed(name)).map(|name| sides.causes.of(name)));
    out.sort();
    out.dedup();
    out
}
