//! Kubernetes, Jobs.

use super::Api;

pub(super) const API: Api = Api { version: "batch/v1", kinds: &["Job"], messages: MESSAGES };

const MESSAGES: &str = "
Job
  backoffLimit count
  template! PodTemplate

PodTemplate
  metadata PodMetadata
  spec! PodSpec

PodMetadata
  annotations {text}
  labels {label-value}

PodSpec
  containers! [Container]
  restartPolicy! Never|OnFailure
  securityContext PodSecurityContext
  serviceAccountName object-name
  volumes [Volume]

PodSecurityContext
  runAsNonRoot bool
  runAsUser count
  seccompProfile SeccompProfile

SeccompProfile
  type! RuntimeDefault|Unconfined

Container
  name! label
  image! text
  command [text]
  env [EnvVar]
  resources Resources
  securityContext SecurityContext
  volumeMounts [VolumeMount]

EnvVar
  name! text
  value text

Resources
  requests {text}

SecurityContext
  allowPrivilegeEscalation bool
  capabilities Capabilities
  readOnlyRootFilesystem bool

Capabilities
  drop [text]

VolumeMount
  name! label
  mountPath! text
  readOnly bool

Volume
  name! label
  one! secret SecretSource / configMap ConfigMapSource / emptyDir EmptyDir

SecretSource
  secretName! object-name
  items [Item]

Item
  key! text
  path! text

ConfigMapSource
  name! object-name

EmptyDir
  medium text
";
