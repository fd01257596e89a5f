//! Which fields of an object are read, for leaving out all others before it is parsed. What is not here is not seen in YAML.

use crate::load::pieces::Below::{All, Fields};
use crate::load::pieces::{Below, Kept};

const METADATA: (&str, Below) = (
    "metadata",
    Fields(&[
        ("name", All),
        ("namespace", All),
        ("uid", All),
        ("labels", All),
        (
            "annotations",
            Fields(&[
                ("sidecar.istio.io/inject", All),
                ("discovery.smh.solo.io/enabled", All),
                ("discovery.mesh.gloo.solo.io/enabled", All),
                ("helm.sh/hook", All),
                ("argocd.argoproj.io/hook", All),
                ("openservicemesh.io/sidecar-injection", All),
                ("inject.istio.io/templates", All),
                ("ambient.istio.io/redirection", All),
                ("networking.istio.io/exportTo", All),
            ]),
        ),
        ("ownerReferences", Fields(&[("kind", All), ("name", All), ("controller", All)])),
    ]),
);

const PORTS: (&str, Below) = ("ports", Fields(&[("name", All), ("containerPort", All)]));

const CONTAINER: Below = Fields(&[("name", All), ("image", All), ("args", All), PORTS, ("restartPolicy", All)]);

/// A container with its environment. Pods repeat what is in the templates that they come from, so of those it is not read.
const CONTAINER_WITH_FLAGS: Below = Fields(&[
    ("name", All),
    ("image", All),
    ("args", All),
    PORTS,
    ("restartPolicy", All),
    ("env", Fields(&[("name", All), ("value", All)])),
]);

/// An object of which only the metadata is read.
pub(super) const PLAIN: Kept = &[METADATA];

/// A pod.
pub(super) const POD: Kept = &[
    METADATA,
    (
        "spec",
        Fields(&[
            ("containers", CONTAINER),
            ("initContainers", CONTAINER),
            ("nodeName", All),
            ("serviceAccountName", All),
            ("serviceAccount", All),
            ("hostNetwork", All),
        ]),
    ),
];

/// What makes pods.
pub(super) const CONTROLLER: Kept = &[METADATA, ("spec", Fields(&[("template", Fields(POD))]))];

/// What makes pods, with the environment of these.
pub(super) const CONTROLLER_WITH_FLAGS: Kept = &[
    METADATA,
    (
        "spec",
        Fields(&[(
            "template",
            Fields(&[
                METADATA,
                (
                    "spec",
                    Fields(&[
                        ("containers", CONTAINER_WITH_FLAGS),
                        ("initContainers", CONTAINER_WITH_FLAGS),
                        ("nodeName", All),
                        ("serviceAccountName", All),
                        ("serviceAccount", All),
                        ("hostNetwork", All),
                    ]),
                ),
            ]),
        )]),
    ),
];

/// A workload of which only the names and labels are read.
pub(super) const OTHER: Kept = &[
    METADATA,
    (
        "spec",
        Fields(&[
            ("template", Fields(PLAIN)),
            ("targetRef", Fields(&[("name", All)])),
            ("workloadRef", Fields(&[("name", All)])),
        ]),
    ),
];

/// A service.
pub(super) const SERVICE: Kept = &[
    METADATA,
    (
        "spec",
        Fields(&[
            ("type", All),
            ("selector", All),
            (
                "ports",
                Fields(&[
                    ("name", All),
                    ("port", All),
                    ("protocol", All),
                    ("appProtocol", All),
                    ("targetPort", All),
                    ("nodePort", All),
                ]),
            ),
            ("clusterIP", All),
            ("loadBalancerIP", All),
            ("externalIPs", All),
        ]),
    ),
    ("status", Fields(&[("loadBalancer", Fields(&[("ingress", Fields(&[("ip", All), ("hostname", All)]))]))])),
];

/// A node.
pub(super) const NODE: Kept = &[
    METADATA,
    (
        "status",
        Fields(&[("addresses", Fields(&[("type", All), ("address", All)])), ("images", Fields(&[("names", All)]))]),
    ),
];

/// A ConfigMap of Istio.
pub(super) const CONFIG_MAP: Kept =
    &[METADATA, ("data", Fields(&[("mesh", All), ("merged-values", All), ("values", All)]))];

/// An IstioOperator.
pub(super) const OPERATOR: Kept = &[METADATA, ("spec", All)];

/// What installs Istio: an object of Sail Operator, Argo CD or Flux.
pub(super) const INSTALL: Kept =
    &[METADATA, ("spec", All), ("status", Fields(&[("activeRevisionName", All), ("istioRevision", All)]))];
