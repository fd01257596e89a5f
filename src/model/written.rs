//! Where a field of the model is in the documents that people write.

use crate::diag::{FieldPath, Step};

use super::kind::LATER;
use super::later::PolicyV1;

/// Where a field of the model is in a document of an API version: in the later one a TrafficPolicy's features are below
/// `spec.policy`.
pub(super) fn path_as_written(api_version: &str, mut path: FieldPath) -> FieldPath {
    let is_feature = |step: &Step| matches!(step, Step::Key(key) if PolicyV1::FIELDS.contains(&&**key));
    if api_version == LATER && path.0.get(1).is_some_and(is_feature) {
        path.0.insert(1, Step::from("policy"));
    }
    path
}
