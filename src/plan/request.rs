//! Conditions on requests, each bound once however many policies have it.

use std::collections::BTreeMap;

use super::{RequestId, TextMatch};
use crate::ids::Text;

pub use crate::model::traffic_policy::HttpMethod as Method;

/// The rank of conditions without a path, after all that have one.
pub const NO_PATH: u32 = u32::MAX;

/// Conditions that a request has to match. Of two conditions on one name the last one is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// Its handle: requests are equal if their handles are.
    pub id: RequestId,
    pub conditions: RequestConditions<'a>,
    /// The rank of its path among those of all policies: exact paths first, then regular expressions, then prefixes; of
    /// each the longer first, then by their texts. Without a path, or with an empty one, it is [`NO_PATH`].
    pub path_rank: u32,
    /// How many headers it requires, and how many it excludes.
    pub headers: HeaderCounts,
    /// Whether more than one policy has it.
    pub is_shared: bool,
}

/// How many conditions on headers there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeaderCounts {
    pub required: usize,
    pub excluded: usize,
}

/// The conditions themselves, in a form in which equal ones are equal whatever the order of their lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestConditions<'a> {
    pub path: Option<TextMatch<'a>>,
    pub method: Option<Method>,
    /// By whether the condition is inverted, and by the header's name.
    pub headers: BTreeMap<(bool, &'a Text), ValueMatch<'a>>,
    pub query_parameters: BTreeMap<&'a Text, ValueMatch<'a>>,
}

/// A condition on the value of a header or of a query parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ValueMatch<'a> {
    pub regex: bool,
    pub value: &'a Text,
}

impl RequestConditions<'_> {
    /// How many conditions on headers they have.
    pub fn header_counts(&self) -> HeaderCounts {
        let excluded = self.headers.keys().filter(|(inverted, _)| *inverted).count();
        HeaderCounts { required: self.headers.len() - excluded, excluded }
    }

    /// Whether every request matches them.
    pub fn is_everything(&self) -> bool {
        let Self { path, method, headers, query_parameters } = self;
        path.is_none() && method.is_none() && headers.is_empty() && query_parameters.is_empty()
    }
}

/// The conditions of one policy on requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Requests {
    /// None are given: every request of the sources.
    #[default]
    Any,
    /// An empty list, which drops the conditions on sources as well.
    Dropped,
    /// One of these.
    OneOf {
        /// In the policy's own order.
        list: Box<[RequestId]>,
        /// Policies with the same conditions, in whatever order, have one number.
        set: u32,
    },
}
