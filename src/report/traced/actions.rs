//! What routes and services do, and when, as people read it.

use super::ActionView;
use crate::ask::By;
use crate::ids::Text;
use crate::plan::{
    ClusterId, Cors, Fault, FaultKind, Feature, HeaderChange, Headers, Mirror, Outlier, Owners, Plan,
    RequestConditions, Retries, RouteActions, ServiceActions, SourceMatch, TargetId, TextMatch, TrafficId, ValueMatch,
    When,
};
use crate::report::places::Places;
use crate::version::Style;

/// What a route does, each with its policy.
pub(super) fn of_route(plan: &Plan<'_>, owners: &Owners, places: &Places<'_>) -> Vec<ActionView> {
    let RouteActions { shift, cors, fault, headers, mirror, retries, timeout } = plan.route_actions(owners);
    let shifted = |count: usize| format!("{count} destination{}", if count == 1 { "" } else { "s" });
    let found = [
        shift.map(|shift| (Feature::TrafficShift, shift.by, shifted(shift.value.len()))),
        timeout.map(|timeout| (Feature::Timeout, timeout.by, timeout.value.as_written())),
        retries.map(|retries| (Feature::Retries, retries.by, retried(*retries.value))),
        fault.map(|fault| (Feature::FaultInjection, fault.by, faulty(*fault.value))),
        headers.map(|headers| (Feature::HeaderManipulation, headers.by, changed(*headers.value))),
        cors.map(|cors| (Feature::Cors, cors.by, shared(cors.value))),
        mirror.map(|mirror| (Feature::Mirror, mirror.by, mirrored(plan, *mirror.value))),
    ];
    found.into_iter().flatten().map(|found| action(plan, found, places)).collect()
}

/// What applies to a whole service for callers in a cluster, each with its policy.
pub(super) fn of_service(plan: &Plan<'_>, target: TargetId, client: ClusterId, places: &Places<'_>) -> Vec<ActionView> {
    let ServiceActions { outlier, tls } = plan.service_actions(target);
    // Callers in other clusters always use the mesh's certificates, and the earlier form has no other setting for them.
    let is_here = plan[target].cluster == client;
    let tls = tls.filter(|_| is_here);
    let outlier = outlier.filter(|_| is_here || plan[client].facts.style == Style::Current);
    let found = [
        outlier.map(|outlier| (Feature::OutlierDetection, outlier.by, ejected(*outlier.value))),
        tls.map(|tls| (Feature::Mtls, tls.by, tls.value.as_str().to_owned())),
    ];
    found.into_iter().flatten().map(|found| action(plan, found, places)).collect()
}

fn action(plan: &Plan<'_>, (feature, by, value): (Feature, TrafficId, String), places: &Places<'_>) -> ActionView {
    let by: By = plan.by_traffic(by, Some(feature));
    ActionView { action: feature.written(), value, by: places.policy(&by) }
}

fn retried(Retries { attempts, per_try_timeout }: Retries) -> String {
    let each = per_try_timeout.map(|timeout| format!(", {} for each", timeout.as_written())).unwrap_or_default();
    format!("{attempts} attempt{}{each}", if attempts == 1 { "" } else { "s" })
}

fn faulty(Fault { kind, percentage }: Fault) -> String {
    match kind {
        FaultKind::Delay(delay) => format!("delay of {} for {percentage}% of requests", delay.as_written()),
        FaultKind::Abort(status) => format!("HTTP status {status} for {percentage}% of requests"),
    }
}

fn changed(Headers { request, response }: Headers<'_>) -> String {
    let of = |side: &str, HeaderChange { add, remove }: HeaderChange<'_>| {
        let added = add.iter().map(|(name, value)| format!("{side}: add {name}: {value}")).collect::<Vec<_>>();
        let removed = remove.unwrap_or_default().iter().map(|name| format!("{side}: remove {name}"));
        added.into_iter().chain(removed).collect::<Vec<_>>()
    };
    [of("request", request), of("response", response)].concat().join(", ")
}

fn shared(cors: &Cors<'_>) -> String {
    let Cors { allow_origins, allow_methods, allow_headers, expose_headers, max_age, allow_credentials } = cors;
    let list = |name: &str, texts: &Option<&[Text]>| texts.map(|texts| format!("{name} {}", texts.join(", ")));
    let origins: Vec<String> = allow_origins.iter().map(|origin| matched(*origin)).collect();
    let origins = (!origins.is_empty()).then(|| format!("origins {}", origins.join(", ")));
    let age = max_age.map(|age| format!("max age {}", age.as_written()));
    let credentials = allow_credentials.map(|allowed| format!("credentials {allowed}"));
    let lists =
        [list("methods", allow_methods), list("headers", allow_headers), list("exposed headers", expose_headers)];
    [origins].into_iter().chain(lists).chain([age, credentials]).flatten().collect::<Vec<_>>().join("; ")
}

fn mirrored(plan: &Plan<'_>, Mirror { target, port: _, percentage }: Mirror) -> String {
    format!("{percentage}% of requests to service {}", plan.service_name(target))
}

fn ejected(Outlier { consecutive_errors, interval, base_ejection_time, max_ejection_percent }: Outlier) -> String {
    format!(
        "ejected for {} after {consecutive_errors} errors, checked every {}, at most {max_ejection_percent}%",
        base_ejection_time.as_written(),
        interval.as_written()
    )
}

/// What a request has to be to take a route.
pub(super) fn conditions(when: &When<'_>) -> Vec<String> {
    let When { source, request, port } = when;
    let mut out = Vec::new();
    if let Some(SourceMatch { namespace, labels }) = source {
        out.extend(namespace.map(|namespace| format!("caller in namespace {namespace}")));
        out.extend(labels.iter().map(|(key, value)| format!("caller with label {key}={value}")));
    }
    if let Some(request) = request {
        let RequestConditions { path, method, headers, query_parameters } = &request.conditions;
        out.extend(path.map(|path| format!("path {}", matched(path))));
        out.extend(method.map(|method| format!("method {}", method.as_str())));
        out.extend(headers.iter().map(|((inverted, name), wanted)| {
            let not = if *inverted { "not " } else { "" };
            format!("{not}header {name}{}", value(*wanted))
        }));
        out.extend(query_parameters.iter().map(|(name, wanted)| format!("query parameter {name}{}", value(*wanted))));
    }
    out.extend(port.map(|port| format!("port {port}")));
    out
}

fn matched(text: TextMatch<'_>) -> String {
    match text {
        TextMatch::Prefix(text) => format!("{text}*"),
        TextMatch::Exact(text) => text.to_string(),
        TextMatch::Regex(text) => format!("~ {text}"),
    }
}

fn value(ValueMatch { regex, value }: ValueMatch<'_>) -> String {
    match regex {
        true => format!(" ~ {value}"),
        false if value.is_empty() => String::new(),
        false => format!(": {value}"),
    }
}
