//! Nothing: somebody else puts the Secret into the clusters, so nothing is kept here either.

use super::Form;
use crate::plan::CaPlan;

pub(super) const FORM: Form = Form {
    asked: |_| CaPlan::default(),
    has_secrets: false,
    deliver: |_, _| Vec::new(),
    proof: None,
    leaves: "`spec.ca.delivery` is none",
};
