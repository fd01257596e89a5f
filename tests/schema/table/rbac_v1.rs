//! Kubernetes, access to its API. These kinds have no `spec`.

use super::Api;

pub(super) const API: Api =
    Api { version: "rbac.authorization.k8s.io/v1", kinds: &["Role", "RoleBinding"], messages: MESSAGES };

const MESSAGES: &str = "
Role
  rules! [Rule]

Rule
  apiGroups! [text-or-empty]
  resources! [text]
  resourceNames [object-name]
  verbs! [get|list|patch|watch]

RoleBinding
  roleRef! RoleRef
  subjects! [Subject]

RoleRef
  apiGroup! text
  kind! text
  name! object-name

Subject
  kind! ServiceAccount
  name! object-name
  namespace! label
";
