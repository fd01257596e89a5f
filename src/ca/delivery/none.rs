//! Nothing: somebody else puts the Secret into the clusters, or no Secret is needed, so nothing is kept here either.

use super::{Form, STAYS};

/// Somebody else brings the Secret.
pub(super) const FORM: Form =
    Form { is_kept: false, kind: None, text: |_, _| None, leaves: "`spec.ca.delivery` is none", then: STAYS };

/// istio-csr signs in the place of istiod.
pub(super) const ISTIO_CSR: Form = Form {
    leaves: "`delivery` is istio-csr",
    then: "delete the Secret in the cluster once every istiod is configured for istio-csr; until then it is in use",
    ..FORM
};
