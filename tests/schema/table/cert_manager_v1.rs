//! cert-manager.

use super::Api;

pub(super) const API: Api = Api { version: "cert-manager.io/v1", kinds: &["Certificate"], messages: MESSAGES };

const MESSAGES: &str = "
Certificate
  commonName text
  duration text
  isCA bool
  issuerRef! IssuerRef
  privateKey PrivateKey
  secretName! object-name
  secretTemplate SecretTemplate
  subject Subject
  uris [text]
  usages [text]

IssuerRef
  group text
  kind text
  name! text

PrivateKey
  algorithm RSA|ECDSA|ED25519
  rotationPolicy text
  size count

SecretTemplate
  annotations {text}
  labels {label-value}

Subject
  organizations [text]
";
