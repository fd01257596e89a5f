//! What is discovered from raw Kubernetes objects, rule by rule.
//! Tables rather than golden cases: inputs differ in one word, and what was found is compared, not a rendered tree.

#[path = "discovery/ambient.rs"]
mod ambient;
#[path = "discovery/cut.rs"]
mod cut;
#[path = "discovery/fleet.rs"]
mod fleet;
#[path = "discovery/gateways.rs"]
mod gateways;
#[path = "discovery/inputs.rs"]
mod inputs;
#[path = "discovery/installs.rs"]
mod installs;
#[path = "discovery/istio.rs"]
mod istio;
#[path = "discovery/mixed.rs"]
mod mixed;
#[path = "discovery/osm.rs"]
mod osm;
#[path = "discovery/shown.rs"]
mod shown;
#[path = "discovery/workloads.rs"]
mod workloads;
