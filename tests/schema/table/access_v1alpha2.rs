//! Service Mesh Interface, access.

use super::Api;

pub(super) const API: Api =
    Api { version: "access.smi-spec.io/v1alpha2", kinds: &["TrafficTarget"], messages: MESSAGES };

const MESSAGES: &str = "
TrafficTarget
  destination! Called
  sources! [Caller]
  rules! [TrafficTargetRule]

Called
  kind! ServiceAccount
  name! object-name
  namespace! label
  port port

Caller
  kind! ServiceAccount
  name! object-name
  namespace! label

TrafficTargetRule
  kind! HTTPRouteGroup
  name! object-name
  matches! [object-name]
";
