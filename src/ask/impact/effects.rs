//! What routes do, in words: what differs between two of them.

use super::conditions::labels;
use super::kinds::Kind;
use crate::ask::space::table::{Effect, Receiver, Share};
use crate::ids::{Duration, ObjectRef};
use crate::plan::{Cors, Fault, FaultKind, HeaderChange, Headers, Retries, TextMatch};

/// Something that a route does, in words: none for what it does not do.
struct Aspect {
    kind: Kind,
    name: &'static str,
    value: Option<String>,
}

/// What a route does besides sending requests somewhere.
fn aspects(effect: &Effect<'_>) -> [Aspect; 6] {
    let Effect { to: _, mirror, timeout, retries, fault, headers, cors } = effect;
    let settings = |name, value| Aspect { kind: Kind::Settings, name, value };
    let copied = |(to, percent): &(Share<'_>, f64)| format!("of {percent} % to {}", name(to));
    [
        Aspect { kind: Kind::Fault, name: "fault", value: fault.map(self::fault) },
        settings("mirroring", mirror.as_ref().map(copied)),
        settings("timeout", timeout.map(Duration::as_written)),
        settings("retries", retries.map(self::retries)),
        settings("header changes", headers.map(self::headers)),
        settings("CORS", cors.map(self::cors)),
    ]
}

/// What differs between two effects, with its kind, as the end of a sentence about requests.
pub(super) fn differences(before: &Effect<'_>, after: &Effect<'_>) -> Vec<(Kind, String)> {
    let mut out = Vec::new();
    if before.to != after.to {
        let is_lost = |effect: &Effect<'_>| effect.to.iter().any(|share| share.is_lost);
        match is_lost(after) && !is_lost(before) {
            true => out.push((Kind::Lost, lost(after))),
            false => out.push((Kind::Moved, format!(" go to {} instead of {}", shares(&after.to), shares(&before.to)))),
        }
    }
    for (old, new) in aspects(before).into_iter().zip(aspects(after)) {
        if old.value != new.value {
            let none = || format!("no {}", new.name);
            let now = new.value.map_or_else(none, |value| format!("{} {value}", new.name));
            out.push((new.kind, format!(" have {now} instead of {}", old.value.unwrap_or_else(none))));
        }
    }
    out
}

/// The share of requests that fails, since callers do not know where to send them.
fn lost(effect: &Effect<'_>) -> String {
    let lost: Vec<&Share<'_>> = effect.to.iter().filter(|share| share.is_lost).collect();
    let percent: u32 = lost.iter().map(|share| share.weight).sum();
    let names: Vec<String> = lost.iter().map(|share| name(&Share { is_lost: false, ..(*share).clone() })).collect();
    format!(" are answered with 503 in {percent} % of all cases, since callers no longer know {}", names.join(", "))
}

/// Everything that a route does.
pub(crate) fn whole(effect: &Effect<'_>) -> String {
    let others =
        aspects(effect).into_iter().filter_map(|Aspect { kind: _, name, value }| Some(format!("{name} {}", value?)));
    [shares(&effect.to)].into_iter().chain(others).collect::<Vec<_>>().join(", ")
}

/// Destinations with their shares.
fn shares(shares: &[Share<'_>]) -> String {
    match shares {
        [only] => name(only),
        _ => shares.iter().map(|share| format!("{} % {}", share.weight, name(share))).collect::<Vec<_>>().join(" + "),
    }
}

fn name(share: &Share<'_>) -> String {
    let Share { to, port, subset, weight: _, is_lost } = share;
    let mut out = match to {
        Receiver::Itself => match (subset, port) {
            (None, None) => return "the service itself".to_owned(),
            (None, Some(_)) => "the service itself".to_owned(),
            (Some(_), _) => "pods".to_owned(),
        },
        Receiver::Service(service) => super::services::shown(service),
        Receiver::Failover(ObjectRef { name, namespace }) => format!("FailoverService {namespace}/{name}"),
    };
    if let Some(subset) = subset {
        out += &format!(" with {}", labels(subset));
    }
    if let Some(port) = port {
        out += &format!(" at port {port}");
    }
    if *is_lost {
        out += ", which callers do not know,";
    }
    out
}

fn fault(Fault { kind, percentage }: Fault) -> String {
    match kind {
        FaultKind::Abort(status) => format!("status {status} for {percentage} %"),
        FaultKind::Delay(time) => format!("delay of {} for {percentage} %", time.as_written()),
    }
}

fn retries(Retries { attempts, per_try_timeout }: Retries) -> String {
    let each = per_try_timeout.map(|time| format!(" of {}", time.as_written())).unwrap_or_default();
    format!("{attempts}{each}")
}

fn headers(Headers { request, response }: Headers<'_>) -> String {
    let one = |name: &str, HeaderChange { add, remove }: HeaderChange<'_>| {
        let added = add.iter().map(|(key, value)| format!("{name} +{key}: {value}"));
        let removed = remove.unwrap_or_default().iter().map(|key| format!("{name} -{key}"));
        added.chain(removed).collect::<Vec<_>>()
    };
    [one("request", request), one("response", response)].concat().join(", ")
}

/// All that it says, so that different settings are different texts.
fn cors(cors: &Cors<'_>) -> String {
    let Cors { allow_origins, allow_methods, allow_headers, expose_headers, max_age, allow_credentials } = cors;
    let origins: Vec<String> = allow_origins.iter().map(origin).collect();
    let mut out = format!("for origins {}", origins.join(", "));
    for (name, list) in [("methods", allow_methods), ("headers", allow_headers), ("exposed headers", expose_headers)] {
        if let Some(list) = list {
            out += &format!(", {name} {}", list.iter().map(|text| &**text).collect::<Vec<_>>().join(" "));
        }
    }
    if let Some(age) = max_age {
        out += &format!(", cached for {}", age.as_written());
    }
    match allow_credentials {
        None => {}
        Some(true) => out += ", with credentials",
        Some(false) => out += ", without credentials",
    }
    out
}

fn origin(origin: &TextMatch<'_>) -> String {
    match origin {
        TextMatch::Exact(text) => text.to_string(),
        TextMatch::Prefix(text) => format!("{text}*"),
        TextMatch::Regex(text) => format!("matching {text}"),
    }
}
