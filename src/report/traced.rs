//! `meshtree trace`: a request and everything on its way.

mod actions;
mod legs;
mod objects;
mod text;

use serde::Serialize;

use super::places::{Places, PolicyView};
use crate::ask::verdict::Stops;
use crate::ask::{Call, Evaluator, Named, Outcome, Sent, Trace, Verdict, told};
use crate::plan::{FaultKind, Plan, TrafficId};

/// A request and its way.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Traced {
    /// `allowed`, `denied`, `mixed`, `unknown`, `lost`, `not-found`, `undecided`, `nowhere` or `aborted`.
    pub verdict: &'static str,
    /// Why it does not arrive, if it does not.
    pub reason: Option<String>,
    pub request: RequestView,
    pub caller: CallerView,
    /// The clusters that are taken for down.
    pub down: Vec<String>,
    /// The route that is taken, or none where the service has none.
    pub route: Option<RouteView>,
    /// The policies whose conditions the request does not meet, or that cannot be compared.
    pub unmet: Vec<PolicyView>,
    pub destinations: Vec<LegView>,
    pub mirror: Option<LegView>,
}

/// The request.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestView {
    /// What is called, as it was written.
    pub to: String,
    /// The service or FailoverService that it leads to.
    pub leads_to: String,
    pub port: u32,
    /// Whether the port follows from the service, since none was named.
    pub port_is_default: bool,
    pub method: String,
    pub path: String,
    pub headers: std::collections::BTreeMap<String, String>,
}

/// Who calls.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallerView {
    pub workload: String,
    /// None of one that is in no Istio.
    pub identity: Option<String>,
    /// How its traffic gets into the mesh.
    pub data_plane: &'static str,
    pub istio_version: Option<String>,
}

/// A route.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteView {
    pub objects: Vec<ObjectView>,
    /// The waypoint that takes the route for callers without a proxy of their own.
    pub waypoint: Option<String>,
    /// What the request has to be; empty for a route that takes every request.
    pub conditions: Vec<String>,
    pub policies: Vec<PolicyView>,
    pub actions: Vec<ActionView>,
}

/// What a route or a service does, and by which policy.
#[derive(Debug, Default, Serialize)]
pub struct ActionView {
    /// The field of the TrafficPolicy.
    pub action: &'static str,
    pub value: String,
    #[serde(flatten)]
    pub by: PolicyView,
}

/// A rendered object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ObjectView {
    pub kind: &'static str,
    pub namespace: String,
    pub name: String,
    pub cluster: String,
}

/// A destination.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LegView {
    /// Its share, in percent.
    pub weight: u32,
    /// The service or FailoverService.
    pub to: String,
    pub host: String,
    pub port: u32,
    /// The name of the subset.
    pub subset: Option<String>,
    /// Its name in Envoy.
    pub envoy_cluster: String,
    pub objects: Vec<ObjectView>,
    /// Why the caller's proxy does not know it, if it does not.
    pub lost: Option<String>,
    /// The services at which a request may arrive, in order.
    pub stops: Vec<StopView>,
    /// The one at which it arrives.
    pub arrives: Option<String>,
}

/// A service at which a request may arrive.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StopView {
    pub service: String,
    pub port: u32,
    /// `direct`, `waypoint` or `gateway`.
    pub way: &'static str,
    pub waypoint: Option<String>,
    /// The addresses of the gateways.
    pub gateways: Vec<String>,
    /// The server name that a gateway is asked for.
    pub sni: Option<String>,
    pub down: bool,
    /// What is set for the whole service.
    pub settings: Vec<ActionView>,
    pub objects: Vec<ObjectView>,
    pub pods: Vec<PodsView>,
}

/// Pods that do the same with a request for the same reason.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PodsView {
    /// Empty if the inventory knows no workload behind the service.
    pub workloads: Vec<String>,
    /// `allowed`, `denied` or `unknown`.
    pub access: &'static str,
    pub reason: String,
    pub policies: Vec<PolicyView>,
    pub objects: Vec<ObjectView>,
}

/// What the view of a request is made of.
pub struct Asked<'q> {
    pub call: Call<'q>,
    /// What is called, as it was written.
    pub to: &'q str,
    /// Whether no port was named.
    pub port_is_default: bool,
}

impl Traced {
    /// The kind of its document.
    pub const KIND: &'static str = "Trace";

    /// Traces a call.
    pub fn of(evaluator: &Evaluator<'_, '_>, asked: &Asked<'_>, places: &Places<'_>) -> Self {
        let plan = evaluator.plan;
        let trace = evaluator.trace(&asked.call);
        let verdict = Verdict::of(&trace, Stops::First);
        let mut making = Making { evaluator, places, call: &asked.call, names: objects::Names::default() };
        let mut out = Self {
            verdict: verdict.as_str(),
            reason: reason(plan, verdict),
            request: request(plan, asked),
            caller: caller(plan, &asked.call),
            down: asked.call.down.iter().map(|cluster| plan[*cluster].name.to_string()).collect(),
            unmet: making.unmet(&trace),
            ..Self::default()
        };
        if let Outcome::Sent(sent) = &trace.outcome {
            out.route = sent.route.map(|taken| making.route(taken));
            out.destinations = sent.legs.iter().map(|leg| making.leg(leg)).collect();
            out.mirror = sent.mirror.as_ref().map(|leg| making.leg(leg));
            if is_aborted(plan, sent) {
                (out.verdict, out.reason) =
                    ("aborted", Some("the route answers every request with a fault".to_owned()));
            }
        }
        out
    }

    /// Whether the request arrives and is let in.
    pub fn is_served(&self) -> bool {
        self.verdict == Verdict::Allowed.as_str()
    }
}

/// What is used while a view is made.
struct Making<'m, 'p, 'a> {
    evaluator: &'m Evaluator<'p, 'a>,
    places: &'m Places<'m>,
    call: &'m Call<'m>,
    names: objects::Names,
}

impl Making<'_, '_, '_> {
    /// The policies that keep a request from being routed.
    fn unmet(&self, trace: &Trace<'_>) -> Vec<PolicyView> {
        let of = |ids: &[TrafficId]| {
            let by: Vec<_> = ids.iter().map(|id| self.evaluator.plan.by_traffic(*id, None)).collect();
            self.places.policies(&by)
        };
        match &trace.outcome {
            Outcome::NoRoute(ids) | Outcome::Undecided(ids) => of(ids),
            Outcome::Lost(_) | Outcome::Sent(_) => Vec::new(),
        }
    }
}

/// Why a request does not arrive, or is not let in.
fn reason(plan: &Plan<'_>, verdict: Verdict) -> Option<String> {
    let text = match verdict {
        Verdict::Allowed => return None,
        Verdict::Denied => "the pods refuse the request (403)",
        Verdict::Mixed => "some pods refuse the request (403)",
        Verdict::Unknown => "the inventory does not show whether the pods let the request in",
        Verdict::Lost(lost) => return Some(told::lost(plan, lost)),
        Verdict::NoRoute => "the request meets the conditions of no route (404)",
        Verdict::Undecided => "a regular expression that only Envoy can read decides which route is taken",
        Verdict::Nowhere => "a destination has no pods in a cluster that is up (503)",
    };
    Some(text.to_owned())
}

/// Whether every request is answered with a fault.
fn is_aborted(plan: &Plan<'_>, sent: &Sent<'_>) -> bool {
    let fault = sent.route.and_then(|taken| plan.route_actions(taken.owners).fault);
    fault.is_some_and(|fault| matches!(fault.value.kind, FaultKind::Abort(_)) && fault.value.percentage >= 100.0)
}

fn request(plan: &Plan<'_>, asked: &Asked<'_>) -> RequestView {
    let Asked { call, to, port_is_default } = asked;
    RequestView {
        to: (*to).to_owned(),
        leads_to: named(plan, call.to),
        port: call.port,
        port_is_default: *port_is_default,
        method: call.request.method.clone(),
        path: call.request.target(),
        headers: call.request.headers.clone(),
    }
}

fn caller(plan: &Plan<'_>, call: &Call<'_>) -> CallerView {
    let bound = &plan[call.from];
    CallerView {
        workload: plan.workload_name(call.from),
        identity: plan.principal(call.from).map(|principal| principal.to_string()),
        data_plane: bound.known.data_plane.mode.as_str(),
        istio_version: bound.mesh.map(|mesh| plan[mesh].istio.version.to_string()),
    }
}

/// What a host leads to, as people name it.
pub(super) fn named(plan: &Plan<'_>, named: Named) -> String {
    match named {
        Named::Service(target) => format!("service {}", plan.service_name(target)),
        Named::Failover(failover) => plan[failover].policy.named.to_string(),
    }
}
