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
        allow_headers,
        allow_methods,
        allow_origins: origins.collect(),
        expose_headers,
        max_age: *max_age,
    }
}
