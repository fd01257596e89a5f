//! Which policy something comes from.

use crate::diag::{FieldPath, Origin, Place};
use crate::ids::{ObjectRef, Text};
use crate::model::{Kind, Object, place_of};

/// A policy's identity: how output names it, and where it is written.
#[derive(Clone, Debug)]
pub struct Policy<'a> {
    pub key: &'a ObjectRef,
    pub kind: Kind,
    /// How headers, the lock and diffs name it: `TrafficPolicy shop/web`.
    pub named: Text,
    /// The API version under which it is written.
    pub api_version: &'static str,
    origin: &'a Origin,
}

impl<'a> Policy<'a> {
    /// The identity of an object of a kind.
    pub fn of<T>(kind: Kind, object: &'a Object<T>) -> Self {
        let named = kind.named(&object.key);
        Self { key: &object.key, kind, named, api_version: object.api_version, origin: &object.origin }
    }

    /// Where a field of the policy is written.
    pub fn place(&self, path: FieldPath) -> Place {
        place_of(self.origin, self.api_version, path)
    }
}
