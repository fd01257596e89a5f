//! Sealed Secrets.

use super::Api;

pub(super) const API: Api = Api { version: "bitnami.com/v1alpha1", kinds: &["SealedSecret"], messages: MESSAGES };

const MESSAGES: &str = "
SealedSecret
  encryptedData! {text}
  template Template

Template
  metadata SecretMetadata
  type text

SecretMetadata
  name object-name
  namespace label
  labels {label-value}
  annotations {text}
";
