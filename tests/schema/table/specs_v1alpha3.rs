//! Service Mesh Interface, groups of routes.

use super::Api;

pub(super) const API: Api =
    Api { version: "specs.smi-spec.io/v1alpha3", kinds: &["HTTPRouteGroup"], messages: MESSAGES };

const MESSAGES: &str = "
HTTPRouteGroup
  matches! [HTTPMatch]

HTTPMatch
  name! object-name
  pathRegex! text
  methods! [GET|POST|PUT|DELETE|HEAD|CONNECT|OPTIONS|TRACE|PATCH|*]
";
