//! The objects of a cluster as an API server has them: services with all that stands behind them, and what nobody asked for.

use serde_json::{Value, json};

/// The kinds in the order in which `kubectl get` prints them when they are named like this.
pub(super) const KINDS: [&str; 8] =
    ["Namespace", "Service", "Deployment", "ReplicaSet", "Pod", "Secret", "Event", "Endpoints"];

/// How many services a namespace has.
const PER_NAMESPACE: usize = 25;

/// How many of a kind there are for some services.
pub(super) fn count(kind: &str, services: usize) -> usize {
    match kind {
        "Namespace" => services.div_ceil(PER_NAMESPACE),
        "Pod" | "Event" => 2 * services,
        _ => services,
    }
}

/// One object of a kind. It depends on nothing but its number.
pub(super) fn object(kind: &str, number: usize) -> Value {
    let service = number / count(kind, 1).max(1);
    let replica = number % count(kind, 1).max(1);
    match kind {
        "Namespace" => namespace(number),
        "Service" => self::service(&Names::of(number)),
        "Deployment" => deployment(&Names::of(number)),
        "ReplicaSet" => replica_set(&Names::of(number)),
        "Pod" => pod(&Names::of(service), replica),
        "Secret" => secret(&Names::of(number)),
        "Event" => event(&Names::of(service), replica),
        _ => endpoints(&Names::of(number)),
    }
}

/// Numbers that look random and are the same on every machine: a step of splitmix64.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Istio and its gateway.
pub(super) fn control_plane() -> [Value; 4] {
    let metadata = |name: &str| json!({"labels": {"app": name}, "name": name, "namespace": "istio-system", "uid": "1"});
    let deployment = |name: &str, labels: Value, image: &str| {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata(name),
            "spec": {"template": {"metadata": {"labels": labels}, "spec": {
                "containers": [{"image": image, "name": "istio"}], "serviceAccountName": format!("{name}-service-account"),
            }}},
        })
    };
    [
        deployment("istiod", json!({"istio": "pilot"}), "docker.io/istio/pilot:1.7.0"),
        deployment("edge", json!({"istio": "ingressgateway"}), "docker.io/istio/proxyv2:1.7.0"),
        json!({
            "apiVersion": "v1", "data": {"mesh": "trustDomain: east\n"}, "kind": "ConfigMap", "metadata": metadata("istio"),
        }),
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": metadata("edge"),
            "spec": {
                "ports": [{"name": "tls", "port": 15443, "protocol": "TCP", "targetPort": 15443}],
                "selector": {"istio": "ingressgateway"}, "type": "LoadBalancer",
            },
            "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}},
        }),
    ]
}

/// What a service and those behind it are called.
struct Names {
    name: String,
    namespace: String,
    version: String,
    hash: String,
    seed: u64,
}

impl Names {
    fn of(service: usize) -> Self {
        let seed = mix(service as u64);
        let names = ["orders", "payments", "catalog", "search", "basket", "ratings"];
        let name = format!("{}-{service}", names[(seed % 6) as usize]);
        let namespace = format!("team-{}", service / PER_NAMESPACE);
        let version = format!("v{}", (seed >> 8) % 3 + 1);
        Self { name, namespace, version, hash: format!("{:010x}", mix(seed) >> 24), seed }
    }

    fn labels(&self) -> Value {
        json!({
            "app": self.name, "version": self.version, "app.kubernetes.io/part-of": self.namespace,
            "app.kubernetes.io/managed-by": "Helm",
        })
    }

    fn metadata(&self, name: &str) -> Value {
        json!({
            "annotations": {"meta.helm.sh/release-name": self.name, "meta.helm.sh/release-namespace": self.namespace},
            "creationTimestamp": "2020-09-07T06:50:36Z",
            "labels": self.labels(),
            "name": name,
            "namespace": self.namespace,
            "resourceVersion": (self.seed % 1_000_000).to_string(),
            "selfLink": format!("/api/v1/namespaces/{}/{name}", self.namespace),
            "uid": uid(self.seed),
        })
    }

    fn owned(&self, name: &str, kind: &str, owner: &str) -> Value {
        let mut metadata = self.metadata(name);
        metadata["ownerReferences"] = json!([{
            "apiVersion": "apps/v1", "blockOwnerDeletion": true, "controller": true, "kind": kind, "name": owner,
            "uid": uid(self.seed + 1),
        }]);
        metadata["labels"]["pod-template-hash"] = self.hash.as_str().into();
        metadata
    }
}

fn uid(seed: u64) -> String {
    format!("{:08x}-29e1-d5ac-d465-{:012x}", seed & 0xffff_ffff, seed >> 16)
}

fn namespace(number: usize) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {
            "creationTimestamp": "2020-09-07T06:50:36Z", "labels": {"istio-injection": "enabled"},
            "name": format!("team-{number}"), "resourceVersion": "4114", "uid": uid(number as u64),
        },
        "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
    })
}

fn service(names: &Names) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": names.metadata(&names.name),
        "spec": {
            "clusterIP": "10.96.17.4",
            "ports": [
                {"name": "http", "port": 8080, "protocol": "TCP", "targetPort": 8080},
                {"name": "grpc", "port": 9090, "protocol": "TCP", "targetPort": "grpc"},
            ],
            "selector": {"app": names.name}, "sessionAffinity": "None", "type": "ClusterIP",
        },
        "status": {"loadBalancer": {}},
    })
}

fn container(names: &Names) -> Value {
    json!({
        "env": [
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}},
            {"name": "DATABASE_URL", "value": format!("postgres://db.{}.svc:5432/{}", names.namespace, names.name)},
            {"name": "LOG_LEVEL", "value": "info"},
            {"name": "FEATURES", "value": "on"},
        ],
        "image": format!("registry.example.com/{}/{}:1.{}.0", names.namespace, names.name, names.seed % 40),
        "imagePullPolicy": "IfNotPresent",
        "livenessProbe": probe("/healthz"), "name": "app",
        "ports": [{"containerPort": 8080, "name": "http", "protocol": "TCP"},
            {"containerPort": 9090, "name": "grpc", "protocol": "TCP"}],
        "readinessProbe": probe("/ready"),
        "resources": {"limits": {"cpu": "1", "memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "256Mi"}},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        "volumeMounts": [{"mountPath": "/etc/config", "name": "config", "readOnly": true}],
    })
}

fn probe(path: &str) -> Value {
    json!({
        "failureThreshold": 3, "httpGet": {"path": path, "port": 8080, "scheme": "HTTP"}, "periodSeconds": 10,
        "successThreshold": 1, "timeoutSeconds": 1,
    })
}

fn pod_spec(names: &Names) -> Value {
    json!({
        "containers": [container(names)], "dnsPolicy": "ClusterFirst", "restartPolicy": "Always",
        "schedulerName": "default-scheduler", "securityContext": {}, "serviceAccount": names.name,
        "serviceAccountName": names.name, "terminationGracePeriodSeconds": 30,
        "volumes": [{"configMap": {"defaultMode": 420, "name": names.name}, "name": "config"}],
    })
}

fn deployment(names: &Names) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": names.metadata(&names.name),
        "spec": {
            "progressDeadlineSeconds": 600, "replicas": 2, "revisionHistoryLimit": 10,
            "selector": {"matchLabels": {"app": names.name, "version": names.version}},
            "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}, "type": "RollingUpdate"},
            "template": {
                "metadata": {"creationTimestamp": null, "labels": names.labels()}, "spec": pod_spec(names),
            },
        },
        "status": {
            "availableReplicas": 2,
            "conditions": [{
                "lastTransitionTime": "2020-09-07T06:51:36Z", "lastUpdateTime": "2020-09-07T06:51:36Z",
                "message": "Deployment has minimum availability.", "reason": "MinimumReplicasAvailable",
                "status": "True", "type": "Available",
            }],
            "observedGeneration": 1, "readyReplicas": 2, "replicas": 2, "updatedReplicas": 2,
        },
    })
}

fn replica_set(names: &Names) -> Value {
    let name = format!("{}-{}", names.name, names.hash);
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": names.owned(&name, "Deployment", &names.name),
        "spec": {
            "replicas": 2, "selector": {"matchLabels": {"app": names.name, "pod-template-hash": names.hash}},
            "template": {
                "metadata": {"creationTimestamp": null, "labels": names.labels()}, "spec": pod_spec(names),
            },
        },
        "status": {"availableReplicas": 2, "fullyLabeledReplicas": 2, "observedGeneration": 1, "replicas": 2},
    })
}

fn pod(names: &Names, replica: usize) -> Value {
    let set = format!("{}-{}", names.name, names.hash);
    let mut spec = pod_spec(names);
    spec["containers"].as_array_mut().into_iter().for_each(|containers| containers.push(sidecar(names)));
    spec["initContainers"] = json!([{
        "args": ["istio-iptables", "-p", "15001", "-z", "15006", "-u", "1337", "-m", "REDIRECT", "-i", "*", "-x", ""],
        "image": "docker.io/istio/proxyv2:1.7.0", "imagePullPolicy": "IfNotPresent", "name": "istio-init",
        "resources": {"limits": {"cpu": "2", "memory": "1Gi"}},
        "securityContext": {"capabilities": {"add": ["NET_ADMIN", "NET_RAW"], "drop": ["ALL"]}, "runAsUser": 0},
    }]);
    spec["nodeName"] = format!("node-{}", names.seed % 12).into();
    let condition = |of: &str| {
        json!({
            "lastProbeTime": null, "lastTransitionTime": "2020-09-07T06:51:36Z", "status": "True", "type": of,
        })
    };
    let conditions = ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map(condition);
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": names.owned(&format!("{set}-{replica:05x}"), "ReplicaSet", &set),
        "spec": spec,
        "status": {
            "conditions": conditions,
            "hostIP": "172.18.0.2", "phase": "Running", "podIP": "10.1.0.5", "podIPs": [{"ip": "10.1.0.5"}],
            "qosClass": "Burstable", "startTime": "2020-09-07T06:50:40Z",
        },
    })
}

fn sidecar(names: &Names) -> Value {
    let field = |name: &str, path: &str| json!({"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}});
    json!({
        "args": ["proxy", "sidecar", "--domain", "$(POD_NAMESPACE).svc.cluster.local", "--serviceCluster",
            format!("{}.{}", names.name, names.namespace), "--proxyLogLevel=warning", "--trust-domain=cluster.local"],
        "env": [
            field("POD_NAME", "metadata.name"), field("POD_NAMESPACE", "metadata.namespace"),
            field("INSTANCE_IP", "status.podIP"), field("HOST_IP", "status.hostIP"),
            {"name": "PROXY_CONFIG", "value": "{\"proxyMetadata\":{\"DNS_AGENT\":\"\"}}\n"},
            {"name": "ISTIO_META_POD_PORTS", "value": "[\n    {\"name\":\"http\",\"containerPort\":8080}\n]"},
            {"name": "ISTIO_META_WORKLOAD_NAME", "value": names.name},
        ],
        "image": "docker.io/istio/proxyv2:1.7.0", "imagePullPolicy": "IfNotPresent", "name": "istio-proxy",
        "ports": [{"containerPort": 15090, "name": "http-envoy-prom", "protocol": "TCP"}],
        "resources": {"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "10m", "memory": "40Mi"}},
        "securityContext": {"allowPrivilegeEscalation": false, "privileged": false, "runAsUser": 1337},
        "volumeMounts": [
            {"mountPath": "/var/run/secrets/istio", "name": "istiod-ca-cert"},
            {"mountPath": "/etc/istio/proxy", "name": "istio-envoy"},
        ],
    })
}

fn secret(names: &Names) -> Value {
    let token = format!("{:032x}", u128::from(names.seed)).repeat(24);
    json!({
        "apiVersion": "v1", "data": {"token": token}, "kind": "Secret",
        "metadata": names.metadata(&format!("{}-token", names.name)), "type": "Opaque",
    })
}

fn event(names: &Names, number: usize) -> Value {
    json!({
        "apiVersion": "v1", "count": 1, "firstTimestamp": "2020-09-07T06:51:36Z",
        "involvedObject": {"kind": "Pod", "name": names.name, "namespace": names.namespace},
        "kind": "Event", "lastTimestamp": "2020-09-07T06:51:36Z",
        "message": "Readiness probe failed: Get \"http://10.1.0.5:15021/healthz/ready\": dial tcp: connection refused",
        "metadata": names.metadata(&format!("{}.{number:x}", names.name)), "reason": "Unhealthy",
        "source": {"component": "kubelet", "host": "node-1"}, "type": "Warning",
    })
}

fn endpoints(names: &Names) -> Value {
    let address = |i: usize| {
        json!({
            "ip": format!("10.1.{i}.5"), "nodeName": format!("node-{i}"),
            "targetRef": {"kind": "Pod", "name": names.name, "namespace": names.namespace, "uid": uid(names.seed)},
        })
    };
    json!({
        "apiVersion": "v1", "kind": "Endpoints", "metadata": names.metadata(&names.name),
        "subsets": [{
            "addresses": [address(0), address(1)],
            "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}, {"name": "grpc", "port": 9090, "protocol": "TCP"}],
        }],
    })
}
