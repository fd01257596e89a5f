//! The view for people: one line for each step, what makes it below it.

use std::fmt;

use super::{ActionView, CallerView, LegView, ObjectView, PodsView, RequestView, RouteView, StopView, Traced};
use crate::report::places::PolicyView;

/// The lines of a view.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn push(&mut self, depth: usize, line: impl fmt::Display) {
        self.0 += &format!("{:1$}{line}\n", "", depth * 2);
    }

    fn all<T: fmt::Display>(&mut self, depth: usize, lines: &[T]) {
        lines.iter().for_each(|line| self.push(depth, line));
    }
}

impl Traced {
    /// One line for each step.
    pub fn text(&self) -> String {
        let Self { verdict, reason, request, caller, down, route, unmet, destinations, mirror } = self;
        let mut out = Lines::default();
        out.push(0, request);
        out.push(0, caller);
        if !down.is_empty() {
            out.push(0, format!("down: {}", down.join(", ")));
        }
        match route {
            Some(route) => of_route(&mut out, route),
            None if !destinations.is_empty() => out.push(0, "route: none, the request goes to the service itself"),
            None => {}
        }
        if !unmet.is_empty() {
            out.push(0, "routes whose conditions decide:");
            out.all(1, unmet);
        }
        for leg in destinations {
            out.push(0, format!("destination: {}% {}", leg.weight, leg.title()));
            of_leg(&mut out, leg);
        }
        if let Some(leg) = mirror {
            out.push(0, format!("mirror: {}", leg.title()));
            of_leg(&mut out, leg);
        }
        let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        out.push(0, format!("verdict: {verdict}{reason}"));
        out.0
    }
}

fn of_route(out: &mut Lines, route: &RouteView) {
    let RouteView { objects, waypoint, conditions, policies, actions } = route;
    let conditions = if conditions.is_empty() { "every request".to_owned() } else { conditions.join(", ") };
    out.push(0, format!("route: {conditions}"));
    if let Some(waypoint) = waypoint {
        out.push(1, format!("at waypoint {waypoint}"));
    }
    out.all(1, objects);
    // The policies of the actions are named with these.
    let is_shown = |policy: &&PolicyView| actions.iter().all(|action| action.by.policy != policy.policy);
    out.all(1, &policies.iter().filter(is_shown).collect::<Vec<_>>());
    out.all(1, actions);
}

fn of_leg(out: &mut Lines, leg: &LegView) {
    let LegView { objects, lost, stops, arrives, to, .. } = leg;
    out.all(1, objects);
    if let Some(lost) = lost {
        out.push(1, format!("not sent: {lost}"));
    }
    let is_failover = stops.len() > 1 || stops.iter().any(|stop| *to != format!("service {}", stop.service));
    for (i, stop) in stops.iter().enumerate() {
        let depth = if is_failover { 2 } else { 1 };
        if is_failover {
            let down = if stop.down { ", down" } else { "" };
            out.push(1, format!("{}. service {}, port {}{down}", i + 1, stop.service, stop.port));
        } else if stop.down {
            out.push(1, "its cluster is down");
        }
        of_stop(out, depth, stop);
    }
    if is_failover || stops.iter().any(|stop| stop.down) {
        out.push(1, format!("arrives at: {}", arrives.as_deref().unwrap_or("nowhere")));
    }
}

fn of_stop(out: &mut Lines, depth: usize, stop: &StopView) {
    let StopView { service: _, port: _, way: _, waypoint, gateways, sni, down: _, settings, objects, pods } = stop;
    out.all(depth, settings);
    if let Some(waypoint) = waypoint {
        out.push(depth, format!("through waypoint {waypoint}"));
    }
    if let Some(sni) = sni {
        out.push(depth, format!("through gateway {}, server name {sni}", gateways.join(", ")));
    }
    out.all(depth, objects);
    if pods.is_empty() {
        out.push(depth, "no workload has the labels");
    }
    for PodsView { workloads, access, reason, policies, objects } in pods {
        let whose = match workloads.as_slice() {
            [] => "pods that the inventory does not know".to_owned(),
            _ => format!("pods of {}", workloads.join(", ")),
        };
        out.push(depth, format!("{whose}: {access}, {reason}"));
        out.all(depth + 1, policies);
        out.all(depth + 1, objects);
    }
}

impl LegView {
    fn title(&self) -> String {
        let subset = self.subset.as_ref().map(|subset| format!(", subset {subset}")).unwrap_or_default();
        format!("{}, port {}{subset}", self.to, self.port)
    }
}

impl fmt::Display for RequestView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { to, leads_to, port, port_is_default, method, path, headers } = self;
        let default = if *port_is_default { " (the default)" } else { "" };
        write!(f, "request: {method} {path} to {to}: {leads_to}, port {port}{default}")?;
        headers.iter().try_for_each(|(name, value)| write!(f, "\n  {name}: {value}"))
    }
}

impl fmt::Display for CallerView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { workload, identity, data_plane, istio_version } = self;
        write!(f, "caller: {workload}")?;
        identity.iter().try_for_each(|identity| write!(f, ", {identity}"))?;
        match istio_version {
            Some(version) => write!(f, ", {data_plane}, Istio {version}"),
            None => write!(f, ", not in an Istio mesh"),
        }
    }
}

impl fmt::Display for ObjectView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, namespace, name, cluster } = self;
        write!(f, "{kind} {namespace}/{name} in {cluster}")
    }
}

impl fmt::Display for ActionView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, value, by } = self;
        write!(f, "{action}: {value}, by {by}")
    }
}
