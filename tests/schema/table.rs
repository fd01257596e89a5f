//! The messages that are written, as Istio and the Service Mesh Interface define them: every field that a message may have
//! here, with its type and what validation asks of it. There is a table for each API version, and another version of an API
//! is another table: what it shares with its neighbour is written in both, since either may change alone.
//!
//! A message is a name, below it a line for each field: `name type`. `[…]` is a list and `{…}` a map from text. `!` after the
//! name: the field has to be there, and not be empty. `one a / b / c`: one of these, and not two. A type in lower case is one
//! of `scalars.rs`. The `spec` of a kind is the message of that name.

#[path = "table/access_v1alpha2.rs"]
mod access_v1alpha2;
#[path = "table/batch_v1.rs"]
mod batch_v1;
#[path = "table/bitnami_v1alpha1.rs"]
mod bitnami_v1alpha1;
#[path = "table/cert_manager_v1.rs"]
mod cert_manager_v1;
#[path = "table/external_secrets_v1.rs"]
mod external_secrets_v1;
#[path = "table/networking_v1.rs"]
mod networking_v1;
#[path = "table/networking_v1alpha3.rs"]
mod networking_v1alpha3;
#[path = "table/networking_v1beta1.rs"]
mod networking_v1beta1;
#[path = "table/rbac_v1.rs"]
mod rbac_v1;
#[path = "table/security_v1.rs"]
mod security_v1;
#[path = "table/security_v1beta1.rs"]
mod security_v1beta1;
#[path = "table/specs_v1alpha3.rs"]
mod specs_v1alpha3;
#[path = "table/split_v1alpha2.rs"]
mod split_v1alpha2;

/// A version of an API.
pub(crate) struct Api {
    pub(crate) version: &'static str,
    /// The kinds that are written.
    pub(crate) kinds: &'static [&'static str],
    pub(crate) messages: &'static str,
}

/// Every API version that is written.
pub(crate) const APIS: [Api; 13] = [
    access_v1alpha2::API,
    batch_v1::API,
    bitnami_v1alpha1::API,
    cert_manager_v1::API,
    external_secrets_v1::API,
    networking_v1::API,
    networking_v1alpha3::API,
    networking_v1beta1::API,
    rbac_v1::API,
    security_v1::API,
    security_v1beta1::API,
    specs_v1alpha3::API,
    split_v1alpha2::API,
];

/// What every object has, whatever its API.
pub(crate) const METADATA: &str = "
Metadata
  name! object-name
  namespace! label
  labels {label-value}
  annotations {text}
";
