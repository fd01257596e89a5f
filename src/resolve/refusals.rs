//! Values that Service Mesh Hub accepts and Istio's validation refuses: they are rendered, with a warning.

mod access;
mod headers;
mod matchers;

pub(super) use access::warn_of_access;

use super::re2;
use crate::diag::{Code, Diag, FieldPath, Report};
use crate::ids::Text;
use crate::model::Object;
use crate::model::traffic_policy::{
    CorsPolicy, HeaderManipulation, HttpMethod, Retries, StringMatch, StringMatchType, TrafficPolicy,
};
use crate::path;

/// A value for which Istio refuses an object: its place, a sentence about it, and a hint.
struct Refusal {
    at: FieldPath,
    what: String,
    hint: String,
    by: Versions,
}

/// The versions of Istio that refuse a value.
#[derive(Clone, Copy)]
enum Versions {
    Every,
    /// Those that are supported today. Earlier ones accept the value, and some of their proxies refuse what they get.
    Current,
}

/// Warns of every field of a policy for which Istio refuses the VirtualService.
pub(super) fn warn_of_routes(object: &Object<TrafficPolicy>, report: &mut Report) {
    let TrafficPolicy {
        source_selector,
        destination_selector: _,
        http_request_matchers,
        traffic_shift: _,
        fault_injection: _,
        request_timeout: _,
        retries,
        cors_policy,
        mirror: _,
        header_manipulation,
        outlier_detection: _,
        mtls: _,
    } = &object.spec;
    let refusals = retries.iter().filter_map(of_retries);
    let refusals = refusals.chain(cors_policy.iter().flat_map(of_cors));
    let refusals = refusals.chain(header_manipulation.iter().flat_map(of_headers));
    let refusals = refusals.chain(matchers::of_matchers(http_request_matchers.as_deref().unwrap_or_default()));
    let refusals = refusals.chain(matchers::of_sources(source_selector));
    push("VirtualService", object, refusals, report);
}

fn push<T>(kind: &str, object: &Object<T>, refusals: impl Iterator<Item = Refusal>, report: &mut Report) {
    for Refusal { at, what, hint, by } in refusals {
        let message = match by {
            Versions::Every => format!("{what}, so Istio refuses the {kind}"),
            Versions::Current => format!("{what}, so current versions of Istio refuse the {kind}"),
        };
        report.push(Diag::new(Code::IstioRefuses, object.place(at), message).hint(hint));
    }
}

fn of_retries(retries: &Retries) -> Option<Refusal> {
    let Retries { attempts, per_try_timeout } = retries;
    (*attempts == 0 && per_try_timeout.is_some()).then(|| Refusal {
        at: path!["spec", "retries", "perTryTimeout"],
        what: "retries sets perTryTimeout without attempts".into(),
        hint: "set attempts, or remove perTryTimeout".into(),
        by: Versions::Every,
    })
}

fn of_cors(cors: &CorsPolicy) -> Vec<Refusal> {
    let CorsPolicy { allow_origins, allow_methods, allow_headers, expose_headers, max_age: _, allow_credentials: _ } =
        cors;
    let at = path!["spec", "corsPolicy"];
    let mut out = Vec::new();
    for (i, StringMatch { match_type }) in allow_origins.iter().enumerate() {
        use StringMatchType::{Exact, Prefix, Regex};
        let Some(Exact(text) | Prefix(text) | Regex(text)) = match_type else { continue };
        let at = at.with("allowOrigins").with(i);
        if text.is_empty() {
            let (what, hint) = (format!("allowOrigins[{i}] is empty"), "set the origin to allow".into());
            out.push(Refusal { at, what, hint, by: Versions::Every });
        } else if let Some(Regex(text)) = match_type {
            out.extend(too_long(text, &format!("allowOrigins[{i}].regex"), "origins", at.with("regex")));
        }
    }
    let known: Vec<&str> = HttpMethod::ALL.iter().map(|method| method.as_str()).collect();
    for (i, method) in allow_methods.iter().flatten().enumerate().filter(|(_, method)| !known.contains(&&***method)) {
        let (at, what) =
            (at.with("allowMethods").with(i), format!("allowMethods[{i}] {method:?} is not a valid HTTP method"));
        out.push(Refusal { at, what, hint: format!("use one of {}", known.join(", ")), by: Versions::Every });
    }
    for (field, names) in [("allowHeaders", allow_headers), ("exposeHeaders", expose_headers)] {
        let wrong = |name: &Text| !headers::is_name(name);
        for (i, name) in names.iter().flatten().enumerate().filter(|(_, name)| wrong(name)) {
            let by = if name.is_empty() { Versions::Every } else { Versions::Current };
            let what = format!("{field}[{i}] {name:?} is not a valid header name");
            out.push(Refusal { at: at.with(field).with(i), what, hint: "set the name of the header".into(), by });
        }
    }
    out
}

fn of_headers(manipulation: &HeaderManipulation) -> Vec<Refusal> {
    let HeaderManipulation {
        remove_response_headers,
        append_response_headers,
        remove_request_headers,
        append_request_headers,
    } = manipulation;
    let is_authority = |name: &&Text| headers::is_authority(name);
    let is_other = |name: &&Text| headers::is_internal(name) && !headers::is_authority(name);
    let is_internal = |name: &&Text| headers::is_internal(name);
    let mut out = Vec::new();
    let mut changed = |field, names: Vec<&Text>, refused: &dyn Fn(&&Text) -> bool| {
        out.extend(names.iter().filter(|name| name.is_empty()).map(|_| nameless(field)).next());
        out.extend(names.into_iter().filter(refused).map(|name| unchangeable(field, name)));
    };
    changed("appendRequestHeaders", append_request_headers.keys().collect(), &is_other);
    changed("removeRequestHeaders", remove_request_headers.iter().flatten().collect(), &is_internal);
    changed("appendResponseHeaders", append_response_headers.keys().collect(), &is_internal);
    changed("removeResponseHeaders", remove_response_headers.iter().flatten().collect(), &is_internal);
    if append_request_headers.keys().filter(is_authority).count() > 1 {
        out.push(Refusal {
            at: path!["spec", "headerManipulation", "appendRequestHeaders"],
            what: "appendRequestHeaders sets the authority twice".into(),
            hint: "keep one of host and :authority".into(),
            by: Versions::Current,
        });
    }
    for (field, added) in
        [("appendRequestHeaders", append_request_headers), ("appendResponseHeaders", append_response_headers)]
    {
        for (name, value) in added {
            let Some((why, hint)) = headers::wrong_value(value) else { continue };
            out.push(Refusal {
                at: path!["spec", "headerManipulation", field, &**name],
                what: format!("the value {value:?} of {name} in {field} {why}"),
                hint: hint.into(),
                by: Versions::Current,
            });
        }
    }
    out
}

fn nameless(field: &'static str) -> Refusal {
    Refusal {
        at: path!["spec", "headerManipulation", field],
        what: format!("{field} has a header with an empty name"),
        hint: "set the name of the header".into(),
        by: Versions::Every,
    }
}

fn unchangeable(field: &'static str, name: &Text) -> Refusal {
    Refusal {
        at: path!["spec", "headerManipulation", field],
        what: format!("{field} changes {name}, which is not a header that can be changed"),
        hint: "remove it".into(),
        by: Versions::Current,
    }
}

/// A regular expression that is longer than Istio accepts.
fn too_long(text: &Text, what: &str, into: &str, at: FieldPath) -> Option<Refusal> {
    (text.len() > re2::LONGEST).then(|| Refusal {
        at,
        what: format!("{what} has {} bytes, more than {}", text.len(), re2::LONGEST),
        hint: format!("split it into several {into}"),
        by: Versions::Current,
    })
}
