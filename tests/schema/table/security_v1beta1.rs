//! Istio 1.7, security.

use super::Api;

pub(super) const API: Api = Api {
    version: "security.istio.io/v1beta1",
    kinds: &["AuthorizationPolicy", "PeerAuthentication"],
    messages: MESSAGES,
};

const MESSAGES: &str = "
AuthorizationPolicy
  selector PodSelector
  rules [Rule]

PodSelector
  matchLabels {label-value}

Rule
  from [From]
  to [To]
  when [Condition]

Condition
  key! source.principal
  values [text]

From
  source! Source

Source
  one! principals [text] / namespaces [label]

To
  operation! Operation

Operation
  methods [GET|POST|PUT|DELETE|HEAD|CONNECT|OPTIONS|TRACE|PATCH]
  paths [text]
  ports [port-text]

PeerAuthentication
  mtls! MutualTls

MutualTls
  mode! STRICT|PERMISSIVE
";
