//! What routes do, in words: what differs between two of them.

use super::conditions::labels;
use super::kinds::Kind;
use crate::ask::space::table::{Effect, Place, Share};
use crate::ids::{Duration, ObjectRef};
use crate::plan::{Fault, FaultKind, HeaderChange, Headers, Retries, TextMatch};

/// What differs between two effects, with its kind.
pub(super) fn differences(before: &Effect<'_>, after: &Effect<'_>) -> Vec<(Kind, String)> {
    let Effect { to, mirror, timeout, retries, fault, headers, cors } = before;
    let mut out = Vec::new();
    let mut add = |kind: Kind, is_same: bool, name: &str, before: String, after: String| {
        if !is_same {
            out.push((kind, format!("{name}{before} → {after}")));
        }
    };
    add(Kind::Moved, *to == after.to, "", shares(to), shares(&after.to));
    add(
        Kind::Fault,
        *fault == after.fault,
        "fault ",
        or_none(fault.map(self::fault)),
        or_none(after.fault.map(self::fault)),
    );
    let copies = |mirror: &Option<(Share<'_>, f64)>| {
        or_none(mirror.as_ref().map(|(to, percent)| format!("{percent} % to {}", name(to))))
    };
    add(Kind::Settings, *mirror == after.mirror, "mirror ", copies(mirror), copies(&after.mirror));
    let time = |time: Option<Duration>| or_none(time.map(Duration::as_written));
    add(Kind::Settings, *timeout == after.timeout, "timeout ", time(*timeout), time(after.timeout));
    let tries = |retries: Option<Retries>| retries.map_or("Istio's default".to_owned(), self::retries);
    add(Kind::Settings, *retries == after.retries, "retries ", tries(*retries), tries(after.retries));
    let changed = |headers: &Option<Headers<'_>>| or_none(headers.map(self::headers));
    add(Kind::Settings, *headers == after.headers, "headers ", changed(headers), changed(&after.headers));
    let origins = |effect: &Effect<'_>| {
        or_none(effect.cors.map(|cors| cors.allow_origins.iter().map(origin).collect::<Vec<_>>().join(", ")))
    };
    if *cors != after.cors {
        let (old, new) = (origins(before), origins(after));
        let text = if old == new {
            format!("CORS for origins {old}: other settings")
        } else {
            format!("CORS for origins {old} → {new}")
        };
        out.push((Kind::Settings, text));
    }
    out
}

fn or_none(text: Option<String>) -> String {
    text.unwrap_or_else(|| "none".to_owned())
}

/// Everything that a route does, where there was none before or is none after.
pub(super) fn whole(effect: &Effect<'_>) -> String {
    let parts: Vec<String> = differences(&Effect::plain(), effect)
        .into_iter()
        .map(|(_, text)| {
            let (name, after) = text.split_once(" → ").unwrap_or(("", &text));
            let name = name
                .split(' ')
                .next()
                .filter(|name| ["fault", "mirror", "timeout", "retries", "headers", "CORS"].contains(name));
            name.map_or(after.to_owned(), |name| format!("{name} {after}"))
        })
        .collect();
    if parts.is_empty() { "the service itself".to_owned() } else { parts.join(", ") }
}

/// Destinations with their shares.
fn shares(shares: &[Share<'_>]) -> String {
    match shares {
        [only] => name(only),
        _ => shares.iter().map(|share| format!("{} % {}", share.weight, name(share))).collect::<Vec<_>>().join(" + "),
    }
}

fn name(share: &Share<'_>) -> String {
    let Share { to, port, subset, weight: _ } = share;
    let mut out = match to {
        Place::Itself => match (subset, port) {
            (None, None) => return "the service itself".to_owned(),
            (None, Some(_)) => "the service itself".to_owned(),
            (Some(_), _) => "pods".to_owned(),
        },
        Place::Service(service) => super::services::shown(service),
        Place::Failover(ObjectRef { name, namespace }) => format!("FailoverService {namespace}/{name}"),
    };
    if let Some(subset) = subset {
        out += &format!(" with {}", labels(subset));
    }
    if let Some(port) = port {
        out += &format!(" at port {port}");
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

fn origin(origin: &TextMatch<'_>) -> String {
    match origin {
        TextMatch::Exact(text) => text.to_string(),
        TextMatch::Prefix(text) => format!("{text}*"),
        TextMatch::Regex(text) => format!("matching {text}"),
    }
}
