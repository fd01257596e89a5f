//! Values that Service Mesh Hub accepts and Istio's validation refuses: they are rendered, with a warning.

use crate::diag::{Code, Diag, FieldPath, Report};
use crate::ids::Text;
use crate::model::Object;
use crate::model::access_policy::AccessPolicy;
use crate::model::selector::IdentitySelector;
use crate::model::traffic_policy::{
    CorsPolicy, HeaderManipulation, HttpMethod, Retries, StringMatch, StringMatchType, TrafficPolicy,
};
use crate::path;

/// A value for which Istio refuses an object: its place, a sentence about it, and a hint.
struct Refusal {
    at: FieldPath,
    what: String,
    hint: String,
}

/// Warns of every field of a policy for which Istio refuses the VirtualService.
pub(super) fn warn_of_routes(object: &Object<TrafficPolicy>, report: &mut Report) {
    let spec = &object.spec;
    let refusals = spec.retries.iter().filter_map(of_retries);
    let refusals = refusals.chain(spec.cors_policy.iter().flat_map(of_cors));
    let refusals = refusals.chain(spec.header_manipulation.iter().flat_map(of_headers));
    push("VirtualService", object, refusals, report);
}

/// Warns of every field of a policy for which Istio refuses the AuthorizationPolicy.
pub(super) fn warn_of_access(object: &Object<AccessPolicy>, report: &mut Report) {
    let AccessPolicy { source_selector, allowed_paths, destination_selector: _, allowed_methods: _, allowed_ports: _ } =
        &object.spec;
    let mut at: Vec<FieldPath> = Vec::new();
    for (i, IdentitySelector { kube_identity_matcher, .. }) in source_selector.iter().enumerate() {
        let namespaces = kube_identity_matcher.iter().flat_map(|matcher| matcher.namespaces.iter().enumerate());
        for (j, _) in namespaces.filter(|(_, namespace)| namespace.is_empty()) {
            at.push(path!["spec", "sourceSelector", i, "kubeIdentityMatcher", "namespaces", j]);
        }
    }
    for (i, _) in allowed_paths.iter().flatten().enumerate().filter(|(_, path)| path.is_empty()) {
        at.push(path!["spec", "allowedPaths", i]);
    }
    let refusals = at.into_iter().map(|at| Refusal { what: format!("{at} is empty"), at, hint: "remove it".into() });
    push("AuthorizationPolicy", object, refusals, report);
}

fn push<T>(kind: &str, object: &Object<T>, refusals: impl Iterator<Item = Refusal>, report: &mut Report) {
    for Refusal { at, what, hint } in refusals {
        let message = format!("{what}, so Istio refuses the {kind}");
        report.push(Diag::new(Code::IstioRefuses, object.place(at), message).hint(hint));
    }
}

fn of_retries(retries: &Retries) -> Option<Refusal> {
    let Retries { attempts, per_try_timeout } = retries;
    (*attempts == 0 && per_try_timeout.is_some()).then(|| Refusal {
        at: path!["spec", "retries", "perTryTimeout"],
        what: "retries sets perTryTimeout without attempts".into(),
        hint: "set attempts, or remove perTryTimeout".into(),
    })
}

fn of_cors(cors: &CorsPolicy) -> Vec<Refusal> {
    let CorsPolicy {
        allow_origins,
        allow_methods,
        allow_headers: _,
        expose_headers: _,
        max_age: _,
        allow_credentials: _,
    } = cors;
    let at = path!["spec", "corsPolicy"];
    let mut out = Vec::new();
    for (i, StringMatch { match_type }) in allow_origins.iter().enumerate() {
        use StringMatchType::{Exact, Prefix, Regex};
        if let Some(Exact(text) | Prefix(text) | Regex(text)) = match_type
            && text.is_empty()
        {
            let (at, what) = (at.with("allowOrigins").with(i), format!("allowOrigins[{i}] is empty"));
            out.push(Refusal { at, what, hint: "set the origin to allow".into() });
        }
    }
    let known: Vec<&str> = HttpMethod::ALL.iter().map(|method| method.as_str()).collect();
    for (i, method) in allow_methods.iter().flatten().enumerate().filter(|(_, method)| !known.contains(&&***method)) {
        let (at, what) =
            (at.with("allowMethods").with(i), format!("allowMethods[{i}] {method:?} is not a valid HTTP method"));
        out.push(Refusal { at, what, hint: format!("use one of {}", known.join(", ")) });
    }
    out
}

fn of_headers(headers: &HeaderManipulation) -> Vec<Refusal> {
    let HeaderManipulation {
        remove_response_headers,
        append_response_headers,
        remove_request_headers,
        append_request_headers,
    } = headers;
    let no_name = |name: &Text| name.is_empty();
    let fields = [
        ("appendRequestHeaders", append_request_headers.keys().any(no_name)),
        ("removeRequestHeaders", remove_request_headers.iter().flatten().any(no_name)),
        ("appendResponseHeaders", append_response_headers.keys().any(no_name)),
        ("removeResponseHeaders", remove_response_headers.iter().flatten().any(no_name)),
    ];
    let nameless = fields.into_iter().filter(|(_, is_nameless)| *is_nameless);
    let refusal = |(field, _): (&'static str, bool)| Refusal {
        at: path!["spec", "headerManipulation", field],
        what: format!("{field} has a header with an empty name"),
        hint: "set the name of the header".into(),
    };
    nameless.map(refusal).collect()
}
