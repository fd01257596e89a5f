//! The features of a TrafficPolicy, one file each: a function from the bound field to Istio's.

pub(super) mod cors;
pub(super) mod fault_injection;
pub(super) mod headers;
pub(super) mod mirror;
pub(super) mod retries;
pub(super) mod traffic_shift;
