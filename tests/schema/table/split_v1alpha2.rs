//! Service Mesh Interface, traffic splits.

use super::Api;

pub(super) const API: Api = Api { version: "split.smi-spec.io/v1alpha2", kinds: &["TrafficSplit"], messages: MESSAGES };

const MESSAGES: &str = "
TrafficSplit
  service! text
  backends! [Backend]

Backend
  service! label
  weight! weight
";
