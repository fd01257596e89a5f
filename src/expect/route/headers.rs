//! Header changes and CORS of routes, compared and in words.

use std::collections::BTreeSet;

use super::values::some;
use crate::ids::Text;
use crate::model::policy_test::{CorsExpectation, HeaderChangeExpectation, HeadersExpectation};
use crate::model::traffic_policy::{StringMatch, StringMatchType};
use crate::plan::{Cors, HeaderChange, Headers, TextMatch};

pub(super) fn are_headers(wanted: &HeadersExpectation, Headers { request, response }: Headers<'_>) -> bool {
    let HeadersExpectation { request: of_request, response: of_response } = wanted;
    of_request.as_ref().is_none_or(|wanted| is_change(wanted, request))
        && of_response.as_ref().is_none_or(|wanted| is_change(wanted, response))
}

fn is_change(wanted: &HeaderChangeExpectation, found: HeaderChange<'_>) -> bool {
    let HeaderChangeExpectation { add, remove } = wanted;
    add.as_ref().is_none_or(|add| add.0 == *found.add) && is_list(remove, found.remove)
}

pub(super) fn headers_expected(wanted: &HeadersExpectation) -> String {
    let HeadersExpectation { request, response } = wanted;
    let side = |name: &str, change: &Option<HeaderChangeExpectation>| {
        let HeaderChangeExpectation { add, remove } = change.as_ref()?;
        let added = add.as_ref().map(|add| words("add", add.0.iter().map(|(name, value)| format!("{name}: {value}"))));
        let removed = remove.as_ref().map(|remove| words("remove", remove.iter().map(ToString::to_string)));
        Some(format!("{name} {}", some([added, removed])))
    };
    some([side("request", request), side("response", response)])
}

pub(super) fn headers_found(Headers { request, response }: &Headers<'_>) -> String {
    let side = |name: &str, HeaderChange { add, remove }: &HeaderChange<'_>| {
        let added = words("add", add.iter().map(|(name, value)| format!("{name}: {value}")));
        format!("{name} {added}, {}", words("remove", remove.unwrap_or_default().iter().map(ToString::to_string)))
    };
    format!("{}, {}", side("request", request), side("response", response))
}

pub(super) fn is_cors(wanted: &CorsExpectation, found: &Cors<'_>) -> bool {
    let CorsExpectation { allow_origins, allow_methods, allow_headers, expose_headers, max_age, allow_credentials } =
        wanted;
    let is_origins = |wanted: &Vec<StringMatch>| {
        let wanted: BTreeSet<String> = wanted.iter().map(origin).collect();
        wanted == found.allow_origins.iter().map(|found| matched(*found)).collect()
    };
    allow_origins.as_ref().is_none_or(is_origins)
        && is_list(allow_methods, found.allow_methods)
        && is_list(allow_headers, found.allow_headers)
        && is_list(expose_headers, found.expose_headers)
        && max_age.is_none_or(|age| found.max_age == Some(age))
        && allow_credentials.is_none_or(|allowed| found.allow_credentials == Some(allowed))
}

pub(super) fn cors_expected(wanted: &CorsExpectation) -> String {
    let CorsExpectation { allow_origins, allow_methods, allow_headers, expose_headers, max_age, allow_credentials } =
        wanted;
    let list = |name: &str, list: &Option<Vec<Text>>| list.as_ref().map(|list| words(name, list.iter().map(shown)));
    some([
        allow_origins.as_ref().map(|origins| words("allowOrigins", origins.iter().map(origin))),
        list("allowMethods", allow_methods),
        list("allowHeaders", allow_headers),
        list("exposeHeaders", expose_headers),
        max_age.map(|age| format!("maxAge {}", age.as_written())),
        allow_credentials.map(|allowed| format!("allowCredentials {allowed}")),
    ])
}

pub(super) fn cors_found(found: &&Cors<'_>) -> String {
    let Cors { allow_origins, allow_methods, allow_headers, expose_headers, max_age, allow_credentials } = found;
    let list = |name: &str, list: &Option<&[Text]>| words(name, list.unwrap_or_default().iter().map(shown));
    some([
        Some(words("allowOrigins", allow_origins.iter().map(|found| matched(*found)))),
        Some(list("allowMethods", allow_methods)),
        Some(list("allowHeaders", allow_headers)),
        Some(list("exposeHeaders", expose_headers)),
        max_age.map(|age| format!("maxAge {}", age.as_written())),
        allow_credentials.map(|allowed| format!("allowCredentials {allowed}")),
    ])
}

/// Whether a list has the same elements in any order; one that no policy sets is empty.
fn is_list(wanted: &Option<Vec<Text>>, found: Option<&[Text]>) -> bool {
    let found = found.unwrap_or_default();
    let set = |list: &[Text]| list.iter().cloned().collect::<BTreeSet<Text>>();
    wanted.as_ref().is_none_or(|wanted| set(wanted) == set(found))
}

/// `allowMethods GET and POST`, `remove nothing`.
fn words(name: &str, elements: impl Iterator<Item = String>) -> String {
    let elements: Vec<String> = elements.collect();
    match elements.as_slice() {
        [] => format!("{name} nothing"),
        several => format!("{name} {}", several.join(" and ")),
    }
}

fn shown(text: &Text) -> String {
    text.to_string()
}

fn origin(StringMatch { match_type }: &StringMatch) -> String {
    match match_type {
        Some(StringMatchType::Exact(text)) => matched(TextMatch::Exact(text)),
        Some(StringMatchType::Prefix(text)) => matched(TextMatch::Prefix(text)),
        Some(StringMatchType::Regex(text)) => matched(TextMatch::Regex(text)),
        None => "any".to_owned(),
    }
}

fn matched(text: TextMatch<'_>) -> String {
    match text {
        TextMatch::Exact(text) => text.to_string(),
        TextMatch::Prefix(text) => format!("prefix {text}"),
        TextMatch::Regex(text) => format!("regex {text}"),
    }
}
