//! The manifests of a restart: the Job, what it reads, and what it may do.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::secret::{CA_CERT, ROOT_CERT, header};
use super::{RestartObject, hex, targets};
use crate::ids::ObjectRef;
use crate::objects::names::CACERTS;
use crate::plan::{MeshId, Plan, Restarted, Restarts};
use crate::yaml_writer;
use sha2::{Digest, Sha256};

/// The account as which the Job runs, and how the names of its objects begin.
const NAME: &str = "meshtree-restart";
/// Where istiod writes the roots that it trusts, in every namespace.
const ROOTS: &str = "istio-ca-root-cert";
const SCRIPT: &str = include_str!("../../../templates/restart/restart.sh");
/// After everything else that is applied.
const WAVE: (&str, &str) = ("argocd.argoproj.io/sync-wave", "3");
/// The script is not a template of Flux.
const AS_IS: (&str, &str) = ("kustomize.toolkit.fluxcd.io/substitute", "disabled");

/// What all objects of a mesh have in common.
struct Common<'o> {
    /// The namespace of the control plane.
    namespace: &'o str,
    labels: Map<String, Value>,
    virtual_mesh: &'o ObjectRef,
}

/// The objects that restart a mesh.
pub(super) fn of(
    plan: &Plan<'_>,
    id: MeshId,
    (virtual_mesh, certificates): (&ObjectRef, &str),
    image: &str,
) -> Vec<RestartObject> {
    let mesh = &plan[id];
    let labels = plan.labels_of(mesh.cluster).into_iter().map(|(key, value)| (key, value.into())).collect();
    let common = Common { namespace: mesh.namespace, labels, virtual_mesh };
    let restarts = plan.restarts(id);
    let files = json!({"restart.sh": SCRIPT, "targets": targets::list(mesh, &restarts)});
    let spec = job(certificates, image);
    let wave: &[_] = if plan.has_sync_waves { &[WAVE] } else { &[] };
    let mut made = vec![
        common.object(("v1", "ServiceAccount", "ServiceAccount"), None, NAME, &[], json!({})),
        common.object(("v1", "ConfigMap", "ConfigMap"), None, NAME, &[AS_IS], json!({"data": files})),
        common.object(("batch/v1", "Job", "Job.batch"), None, &job_name(&spec), wave, json!({"spec": spec})),
    ];
    for (namespace, rules) in rules(mesh.namespace, &restarts) {
        made.extend(common.rights(&namespace, &rules));
    }
    made.into_iter().flatten().collect()
}

/// A name that changes with the Job: Kubernetes refuses to change one that is there.
fn job_name(spec: &Value) -> String {
    format!("{NAME}-{}", &hex(&Sha256::digest(spec.to_string()))[..12])
}

/// What the Job may do in each namespace: replace the pods of what it is for, and read what istiod has written.
fn rules(control_plane: &str, restarts: &Restarts) -> BTreeMap<String, Value> {
    let mut names: BTreeMap<String, BTreeMap<String, BTreeSet<&str>>> = BTreeMap::new();
    let mut add = |namespace: &str, kind: &str, name| {
        names.entry(namespace.to_owned()).or_default().entry(format!("{kind}s")).or_default().insert(name);
    };
    add(control_plane, "deployment", &*restarts.control_plane);
    for Restarted { namespace, name, kind } in restarts.gateways.iter().chain(&restarts.workloads) {
        add(namespace, kind.suffix(), name);
    }
    let rule = |group: &str, resource: &str, names: Value, verbs: Value| json!({"apiGroups": [group], "resources": [resource], "resourceNames": names, "verbs": verbs});
    let of_namespace = |(namespace, kinds): (String, BTreeMap<String, BTreeSet<&str>>)| {
        let mut rules = vec![rule("", "configmaps", json!([ROOTS]), json!(["get"]))];
        // A rollout is waited for by a list and a watch of this one name.
        let verbs = json!(["get", "list", "patch", "watch"]);
        rules.extend(kinds.iter().map(|(resource, names)| rule("apps", resource, json!(names), verbs.clone())));
        (namespace, json!(rules))
    };
    names.into_iter().map(of_namespace).collect()
}

impl Common<'_> {
    /// An object, in the namespace of the control plane if no other one is given. The kind is its API, its name there, and what the lock
    /// calls it.
    fn object(
        &self,
        (api, kind, known): (&str, &str, &'static str),
        namespace: Option<&str>,
        name: &str,
        annotations: &[(&str, &str)],
        content: Value,
    ) -> Option<RestartObject> {
        let namespace = namespace.unwrap_or(self.namespace);
        let mut metadata = json!({"name": name, "namespace": namespace});
        if !self.labels.is_empty() {
            metadata["labels"] = self.labels.clone().into();
        }
        if !annotations.is_empty() {
            metadata["annotations"] =
                annotations.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        }
        let mut object = json!({"apiVersion": api, "kind": kind, "metadata": metadata});
        if let (Some(object), Value::Object(content)) = (object.as_object_mut(), content) {
            object.extend(content);
        }
        let mut text = format!("# {}\n", header(self.virtual_mesh));
        yaml_writer::write(&object, &mut text).ok()?;
        let (namespace, name, virtual_mesh) = (namespace.to_owned(), name.to_owned(), self.virtual_mesh.clone());
        Some(RestartObject { kind: known, namespace, name, text, virtual_mesh })
    }

    /// The Role and the RoleBinding in a namespace. Two control planes may have workloads in one, so each has names of its own.
    fn rights(&self, namespace: &str, rules: &Value) -> [Option<RestartObject>; 2] {
        const API: &str = "rbac.authorization.k8s.io/v1";
        let name = format!("{NAME}-{}", self.namespace);
        let role = json!({"rules": rules});
        let binding = json!({
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": self.namespace}],
        });
        let of = Some(namespace);
        [
            self.object((API, "Role", "Role.rbac.authorization.k8s.io"), of, &name, &[], role),
            self.object((API, "RoleBinding", "RoleBinding.rbac.authorization.k8s.io"), of, &name, &[], binding),
        ]
    }
}

/// The Job. It never goes by itself: whoever applies the tree would create it again, and it would restart everything again.
fn job(certificates: &str, image: &str) -> Value {
    let mount = |name: &str, path: &str| json!({"name": name, "mountPath": path, "readOnly": true});
    let item = |entry: &str| json!({"key": entry, "path": entry});
    json!({
        "backoffLimit": 6,
        "template": {
            "metadata": {
                "annotations": {"sidecar.istio.io/inject": "false"},
                "labels": {"istio.io/dataplane-mode": "none", "sidecar.istio.io/inject": "false"},
            },
            "spec": {
                "restartPolicy": "Never",
                "serviceAccountName": NAME,
                "securityContext": {
                    "runAsNonRoot": true,
                    "runAsUser": 65532,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [{
                    "name": "restart",
                    "image": image,
                    "command": ["sh", "/restart/restart.sh"],
                    "env": [{"name": "CERTIFICATES", "value": certificates}, {"name": "HOME", "value": "/tmp"}],
                    "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}},
                    "securityContext": {
                        "allowPrivilegeEscalation": false,
                        "capabilities": {"drop": ["ALL"]},
                        "readOnlyRootFilesystem": true,
                    },
                    "volumeMounts": [
                        mount("cacerts", "/cacerts"),
                        mount("restart", "/restart"),
                        {"name": "tmp", "mountPath": "/tmp"},
                    ],
                }],
                "volumes": [
                    // The certificates alone. The pod starts when the Secret is there.
                    {"name": "cacerts", "secret": {"secretName": CACERTS, "items": [item(CA_CERT), item(ROOT_CERT)]}},
                    {"name": "restart", "configMap": {"name": NAME}},
                    {"name": "tmp", "emptyDir": {}},
                ],
            },
        },
    })
}
