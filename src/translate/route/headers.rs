//! `headerManipulation`

use crate::objects::istio::{self, HeaderOperations};
use crate::plan::{HeaderChange, Headers};

/// Headers added and removed. An added header does not replace existing headers with the same name.
pub(super) fn translate<'p>(headers: &Headers<'p>) -> istio::Headers<'p> {
    let Headers { request, response } = *headers;
    istio::Headers { request: operations(request), response: operations(response) }
}

fn operations(HeaderChange { add, remove }: HeaderChange<'_>) -> HeaderOperations<'_> {
    HeaderOperations { add: add.iter().map(|(name, value)| (&**name, &**value)).collect(), remove }
}
