//! `corsPolicy`

use super::text_match;
use crate::objects::istio::CorsPolicy;
use crate::plan::Cors;

/// Cross-origin resource sharing.
pub(super) fn translate<'p>(cors: &'p Cors<'p>) -> CorsPolicy<'p> {
    let Cors { allow_origins, allow_methods, allow_headers, expose_headers, max_age, allow_credentials } = cors;
    CorsPolicy {
        allow_credentials: *allow_credentials,
        // An empty list is kept, as in the reference.
        allow_headers: *allow_headers,
        allow_methods: *allow_methods,
        allow_origins: allow_origins.iter().map(|origin| text_match(*origin)).collect(),
        expose_headers: *expose_headers,
        max_age: *max_age,
    }
}
