//! `headerManipulation`

use std::collections::BTreeMap;

use crate::ids::Text;
use crate::istio::{HeaderOperations, Headers};
use crate::model::traffic_policy::HeaderManipulation;

/// Headers added and removed. They are added to those of the same name, never put in their place.
pub(crate) fn translate(headers: &HeaderManipulation) -> Headers<'_> {
    let HeaderManipulation {
        remove_response_headers,
        append_response_headers,
        remove_request_headers,
        append_request_headers,
    } = headers;
    Headers {
        request: operations(append_request_headers, remove_request_headers.as_deref()),
        response: operations(append_response_headers, remove_response_headers.as_deref()),
    }
}

fn operations<'a>(add: &'a BTreeMap<Text, Text>, remove: Option<&'a [Text]>) -> HeaderOperations<'a> {
    HeaderOperations { add: add.iter().map(|(name, value)| (&**name, &**value)).collect(), remove }
}
