//! `corsPolicy`

use crate::istio::{CorsPolicy, StringMatch};
use crate::model::traffic_policy::{self, StringMatchType};

/// Cross-origin resource sharing.
pub(crate) fn translate(cors: &traffic_policy::CorsPolicy) -> CorsPolicy<'_> {
    let traffic_policy::CorsPolicy {
        allow_origins,
        allow_methods,
        allow_headers,
        expose_headers,
        max_age,
        allow_credentials,
    } = cors;
    let origins = allow_origins.iter().filter_map(|origin| {
        Some(match origin.match_type.as_ref()? {
            StringMatchType::Exact(text) => StringMatch::Exact(text),
            StringMatchType::Prefix(text) => StringMatch::Prefix(text),
            StringMatchType::Regex(text) => StringMatch::Regex(text),
        })
    });
    CorsPolicy {
        allow_credentials: *allow_credentials,
        // A list that is there and empty stays, as in the reference.
        allow_headers: allow_headers.as_deref(),
        allow_methods: allow_methods.as_deref(),
        allow_origins: origins.collect(),
        expose_headers: expose_headers.as_deref(),
        max_age: *max_age,
    }
}
