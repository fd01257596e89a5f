//! External Secrets Operator.

use super::Api;

pub(super) const API: Api = Api { version: "external-secrets.io/v1", kinds: &["ExternalSecret"], messages: MESSAGES };

const MESSAGES: &str = "
ExternalSecret
  data [Entry]
  refreshPolicy text
  secretStoreRef StoreRef
  target Target

Entry
  remoteRef! RemoteRef
  secretKey! text

RemoteRef
  key! text
  property text

StoreRef
  kind text
  name object-name

Target
  creationPolicy text
  deletionPolicy text
  name object-name
  template Template

Template
  engineVersion text
  metadata SecretMetadata
  type text

SecretMetadata
  annotations {text}
  labels {label-value}
";
