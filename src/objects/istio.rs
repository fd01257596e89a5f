//! The specifications of Istio objects: the fields that are written, in the order that is easiest to read.

mod authorization_policy;
mod destination_rule;
mod envoy_filter;
mod gateway;
mod service_entry;
mod virtual_service;

use std::collections::BTreeMap;

pub use authorization_policy::*;
pub use destination_rule::*;
pub use envoy_filter::*;
pub use gateway::*;
pub use service_entry::*;
pub use virtual_service::*;

/// Borrowed labels.
pub type LabelMap<'a> = BTreeMap<&'a str, &'a str>;

pub(in crate::objects) fn is_zero(number: &u32) -> bool {
    *number == 0
}

pub(in crate::objects) fn is_zero_i32(number: &i32) -> bool {
    *number == 0
}

pub(in crate::objects) fn is_zero_f64(number: &f64) -> bool {
    *number == 0.0
}
