//! The one table of diagnostic codes: the source of the severities, of `explain CODE` and of docs/diagnostics.md.
//!
//! A code is never reused: when one is retired, a comment with its number takes its place in the table.

use std::fmt;
use std::str::FromStr;

use super::Severity;

/// The class of exit code an error asks for, in the order of precedence when several apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// A usage or settings error: exit 2.
    Usage,
    /// Unreadable or undecodable input: exit 3.
    Input,
    /// A policy that is INVALID: exit 3, or left out with `--allow-invalid`.
    Invalid,
    /// Refused for safety: exit 4.
    Refused,
    /// An I/O or git error: exit 5.
    Io,
    /// A warning or note that the user raised to an error: exit 1.
    Finding,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::Input | Self::Invalid => 3,
            Self::Refused => 4,
            Self::Io => 5,
            Self::Finding => 1,
        }
    }
}

macro_rules! codes {
    (@is_loud Loud) => { true };
    (@is_loud) => { false };
    ($($name:ident $number:literal $severity:ident $exit:ident $($loud:ident)? $summary:literal $text:literal)*) => {
        /// A kind of diagnostic.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $summary] $name,)*
        }

        impl Code {
            /// Every code, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code as it is printed, such as `MT0101`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $number),* }
            }

            /// The weight it has by itself.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity),* }
            }

            /// The exit code it asks for when it is an error.
            pub fn exit(self) -> Exit {
                match self { $(Self::$name => Exit::$exit),* }
            }

            /// Whether it is always shown: key material is made, replaced or removed, or a service is opened or shut as a whole.
            /// Such a row has `Loud` behind its class.
            pub fn is_loud(self) -> bool {
                match self { $(Self::$name => codes!(@is_loud $($loud)?)),* }
            }

            /// Whether it is about CA material.
            pub fn is_about_certificates(self) -> bool {
                ("MT0701".."MT0720").contains(&self.as_str()) || self == Self::CertificateLeaves
            }

            /// One line that says what it is.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$name => $summary),* }
            }

            /// What it means and what to do, for `explain` and the docs.
            pub fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

// Blocks: 01 files and syntax, 02 decoding, 03 inventory, 04 references, 05 policies, 06 what is rendered, 07 CA, 08 output, 09 settings.
codes! {
    Unreadable "MT0101" Error Input "a file or directory cannot be read"
        "The path exists but cannot be opened or read: missing permissions, a dangling or circular symbolic link, a file that Git LFS has not downloaded, or a disk error. Fix it, or add the path to `.meshtreeignore`."
    NotText "MT0102" Error Input "a file is not UTF-8 text"
        "Inputs must be UTF-8. The position is that of the first invalid byte or the first NUL byte, whichever comes first. Convert the file to UTF-8, or add it to `.meshtreeignore` if it is not an input."
    TooLarge "MT0103" Error Input "a file is too large"
        "Files are read as a whole, so their size is limited to 256 MiB. Split the file, for example a dump by namespace or by kind."
    Syntax "MT0104" Error Input "a document is not valid YAML or JSON"
        "The parser stopped at this position. YAML cannot be indented with tabs. An unclosed quote or bracket is reported where it opens, if that can be determined. Keys of mappings must be text, tags must be those of YAML's core schema, and values can be nested at most 128 levels deep."
    DuplicateKey "MT0105" Error Input "a duplicate key in a mapping"
        "Readers differ in which of the two values they use, so neither is accepted. Remove one of them."
    AliasBomb "MT0106" Error Input "aliases expand to far more than the document contains"
        "With YAML anchors and aliases that multiply, a small file can need gigabytes of memory, and an alias inside its own anchor would never end. Write the values out."
    EmptyFleet "MT0107" Error Input "the fleet has no inputs"
        "There is no YAML or JSON document below the fleet directory. A fleet that renders nothing would delete everything where it is applied, so this is an error."
    LinkOut "MT0108" Error Input "a symbolic link that leads out of the fleet's repository"
        "Whoever can propose a change can add a link, and diagnostics quote the files that they are about. Links are therefore followed only within the Git repository of the fleet (outside of a repository: within the fleet), never to files of Git itself, and outside the fleet only to directories and `*.yaml`, `*.yml` and `*.json` files. Replace the link by a copy, or add it to `.meshtreeignore`."
    Template "MT0110" Error Input "a template that is not rendered"
        "Files of Helm charts and other templates, with actions such as `{{ .Values.name }}`, are not YAML until they are rendered. They are reported once for each directory. Commit the rendered objects, or add the templates to `.meshtreeignore`."
    NotAnObject "MT0111" Error Input "a file that is not a Kubernetes object"
        "Every document is an object with `apiVersion` and `kind`. Values of Helm charts, data and the like are reported once for each directory. Add them to `.meshtreeignore`."
    HubSettings "MT0112" Warning Input "settings of Service Mesh Hub or Gloo Mesh that change its output"
        "The hub's own Settings object is not read. A field of it changes what the hub would render, so the rendered tree may differ from what the hub does today. The hint says where meshtree has the same setting, if it has one."
    UnendedLine "MT0113" Warning Input "a dump whose last line has no line ending"
        "kubectl ends every line, so this may be a sign of a truncated dump. The part that is read is complete, so it is used."
    UnknownField "MT0201" Error Input "an unknown field"
        "Field names are matched exactly, in camelCase or in the snake_case of the API's definition. An unknown field would be dropped silently, so it is an error."
    WrongType "MT0202" Error Input "a value of the wrong type"
        "The field requires another type of value: text, a number, true or false, a list or a mapping."
    BadValue "MT0203" Error Input "a value that is not valid for its field"
        "The value is unknown to the field's enum, a duration that is not in Go's syntax (`2m`, `1h30m`, `100ms`), a number that is out of range for its type, or a name that Kubernetes or Istio does not accept."
    MissingField "MT0204" Error Input "a required field is missing"
        "Without this field, the object cannot be identified or used."
    UnknownKind "MT0205" Error Input "an unknown kind of Service Mesh Hub's or meshtree's API groups"
        "Kinds of other groups are skipped and counted, because a fleet can contain any manifests. An unknown kind of these groups is a typing mistake."
    Word11 "MT0206" Warning Input "a word that YAML 1.1 reads as a boolean or a number"
        "Where text is expected, a bare `y`, `no`, `on` or `009` is read as that text. kubectl and other YAML 1.1 readers read a boolean or a number. Quote the word."
    NotYet "MT0207" Error Input "a field or object that is not supported"
        "The field or object is part of the API, but meshtree does not translate it. It is an error, because it would be dropped silently otherwise."
    BothSpellings "MT0208" Warning Input "a field in camelCase and in snake_case"
        "The same field is given in both spellings; the camelCase one is used. Remove the other one."
    DuplicateObject "MT0301" Error Input "a duplicate object"
        "Two documents have the same kind, namespace and name. Remove one of them."
    DuplicateCluster "MT0302" Error Input "a duplicate cluster"
        "Clusters are identified by their names, so names must be unique in a fleet."
    ClusterMismatch "MT0303" Error Input "an inventory object names another cluster than its path"
        "Everything below `clusters/<name>/` must describe the cluster <name>."
    NoTarget "MT0304" Warning Input "a service with no matching workload"
        "A service becomes a target of policies only if a workload of the mesh is behind it. Nothing is rendered for this service and no policy can select it. In the compact form, `mesh: true` makes it a target anyway."
    UnknownMesh "MT0305" Error Input "an inventory object refers to an unknown mesh"
        "A traffic target names the mesh that it belongs to, and no form of inventory has that mesh."
    Version "MT0306" Error Input "an Istio version that cannot be read"
        "What is rendered depends on the version. Set it in the settings: `spec.clusters.<name>.istioVersion`."
    TwoControlPlanes "MT0307" Error Input "two control planes in one namespace of one cluster"
        "The objects rendered for them would have the same names. `spec.clusters.<name>.revision` in the settings says which one is used; workloads of the other one then belong to it as well."
    AddressCollision "MT0308" Note Input "two services have the same virtual IP"
        "Virtual IPs are hashes of names. The later service in key order gets the next free address."
    NoInventory "MT0309" Error Input "the fleet has no clusters"
        "There are policies but no inventory, so no meshes and services are known. Put the inventory below `clusters/<name>/`."
    NoGateway "MT0310" Warning Input "a mesh has no ingress gateway"
        "Other clusters reach the services of a mesh through its gateway. Without the gateway's address, no service of this mesh is federated."
    Contradiction "MT0311" Error Input "one fact is stated twice with different values"
        "The forms of inventory can be mixed, and a fact can be repeated with the same value. Two different values cannot both be correct, and meshtree does not choose between them: remove the incorrect one."
    NoAddress "MT0312" Warning Input "a gateway whose address is not in the inventory"
        "A gateway was found among the services of a cluster, but not the address or port at which other clusters reach it. Set it in the settings: `spec.clusters.<name>.gateways`."
    TrustDomainAssumed "MT0313" Warning Input "a trust domain that is not in the inventory"
        "The trust domain is set in Istio's ConfigMap. Without that, `cluster.local` is assumed. If the assumption is wrong, every policy that names a service account refuses all calls."
    UnknownRevision "MT0314" Warning Input "a label names an unknown revision of Istio"
        "No control plane of the cluster has the revision that a namespace or pod template names, so its workloads are in no mesh."
    NoControlPlane "MT0315" Warning Input "a cluster with services but without Istio"
        "Istio is found by its Deployment, its ConfigMap, an IstioOperator, the compact inventory or, beside raw objects, the settings. The cluster has none of these, so none of its services is in a mesh."
    BesideRaw "MT0316" Error Input "a compact inventory repeats what other forms state"
        "Beside raw Kubernetes objects or the objects that Service Mesh Hub discovered, a compact inventory can only add what they cannot express: the cluster domain, and the version, namespace, revision, trust domain, service account, gateways and other gateways of Istio."
    UnknownInjection "MT0317" Warning Input "workloads with unknown injection"
        "Without pods, injection decides whether a workload is in the mesh, and injection depends on the labels of the namespace. No file of the cluster has the namespace, and the pod templates have no injection label or annotation, so these workloads are treated as outside the mesh."
    UnheardInjection "MT0318" Warning Input "a sidecar is requested in a way that Istio ignores by default"
        "In a namespace without an injection label, the webhooks that Istio installs match the pod labels `sidecar.istio.io/inject: \"true\"` and `istio.io/rev`. They ignore the annotation and other words for yes. The workload is treated as part of the mesh, as it requests."
    Kustomized "MT0320" Warning Input "a kustomization that changes the objects it includes"
        "The files of a fleet are read as they are. What kustomize makes of them (another namespace or name, patches, generated or remote objects) is not known, so what is rendered may be for objects that do not exist. Commit the output of `kustomize build` in place of the kustomization's directory."
    UnreadWorkload "MT0321" Warning Input "a service whose pods belong to a workload of a kind that is not read"
        "Deployments, DaemonSets, StatefulSets and Pods are read as workloads. A Rollout of Argo, a Canary of Flagger or a DeploymentConfig of OpenShift is not, so the service seems to have no pods and is not a target of policies. The annotation `discovery.smh.solo.io/enabled: \"true\"` on the Service makes it one."
    EmptyMesh "MT0323" Warning Input "a mesh without services in a cluster that has some"
        "A service is in a mesh if its workloads have a sidecar or would get one. None of the cluster's services has such a workload, so no policy can select any, and nothing is rendered for them. The message gives the reason for one of them; `meshtree inventory show` lists all. Usually the Namespace with its injection label is not in the cluster's files."
    NewerVersion "MT0324" Note Input "an Istio that is newer than the newest version that is known"
        "What is rendered follows from facts of each minor version. A newer one is treated as the newest that is known: check in its release notes that nothing that docs/istio-versions.md lists has changed."
    CannotRewrite "MT0325" Warning Input "profile rewrite for an Istio that cannot use it"
        "Since 1.8.6, 1.9.5 and 1.10 the gateway chooses a cluster before the EnvoyFilter of profile rewrite could change it, and from 1.20 on Istio's proxy does not have the filter. Calls from other clusters are reset. Remove `spec.clusters.<name>.profile`."
    SameName "MT0326" Error Input "two objects of the inventory with one name"
        "Service Mesh Hub gives services, workloads and meshes names of their name, namespace and cluster, joined by dashes, and statuses and policies refer to these. Service `web-api` in namespace `shop` and service `web` in namespace `api-shop` of one cluster have the same name. Only one of the two would be known, and the other one would be left open or could not be called. Rename one of them."
    Disagreement "MT0330" Warning Input "two sources disagree on a fact about Istio"
        "The version, the trust domain and the domain of a cluster can be in several places: the istiod that is there, its ConfigMaps, the objects of Sail Operator, and Argo CD's and Flux' objects with Istio's charts. The first of these that states a fact counts. Two versions usually mean that an upgrade is under way: add the new istiod's objects, or wait until the upgrade is done."
    OtherGateway "MT0331" Note Input "a gateway that other clusters do not use, because another one is meant for them"
        "Several gateways of a mesh could take requests from other clusters. The ones that are meant for it are used: first those with the label `topology.istio.io/network`, then those with the label `istio: eastwestgateway` or an AUTO_PASSTHROUGH listener, then those with port 15443, then those with a port named `tls`. The settings choose others: `spec.clusters.<name>.gateways`."
    OlderVersion "MT0332" Warning Input "an Istio that is older than the oldest version that is known"
        "What is rendered follows from facts of each minor version, from 1.5 on: before, there was no istiod, and AuthorizationPolicies did not exist or had another form. What is rendered for such a cluster was never tried there. Upgrade Istio, or correct the version: the place of this warning is where it was found."
    NoAmbientYet "MT0333" Warning Input "workloads in ambient mode in an Istio that does not have it"
        "Releases of Istio have ambient mode since 1.18. Earlier ones ignore its labels, so the pods have no proxy: policies have no effect on their requests, and services with these pods are not in the mesh. Upgrade Istio, or inject sidecars."
    EmptyFile "MT0334" Warning Input "a file of a cluster without an object"
        "The file is below `clusters/` and has no content, or nothing but comments and `null`, so nothing of the cluster is known from it. Often a dump was redirected to it and failed. Dump the cluster again, or delete the file."
    RemoteControlPlane "MT0335" Warning Input "a cluster whose control plane is in another cluster"
        "The cluster's files install what a cluster needs whose istiod is elsewhere: the profile `remote`, `istiodRemote`, or the address of another istiod. A cluster is a mesh of its own here, with a control plane of its own, since Service Mesh Hub finds a mesh by its control plane. So none of the cluster's services is in a mesh, and nothing is rendered for it."
    AmbientDestination "MT0350" Error Invalid "a destination in another cluster whose pods are in ambient mode"
        "A gateway for requests from other clusters passes them on to pods that have a proxy of their own; a pod in ambient mode does not end Istio's mutual TLS at its ports (istio/istio#60887, #57878). For meshes with trust domains of their own, Istio 1.31 has no other way either (istio/istio#61608). The same holds for every service behind a FailoverService. Give the workloads sidecars, or keep such requests within the cluster."
    NoWaypoint "MT0351" Error Invalid "methods or paths for a service in ambient mode without a waypoint"
        "In ambient mode the proxy of the node decides about connections; only a waypoint sees methods and paths. Istio drops a rule with these for pods without a waypoint, so the policy would let nobody in. Add a waypoint for the namespace or the service (label `istio.io/use-waypoint`), or remove `allowedMethods` and `allowedPaths`."
    AmbientNotFederated "MT0352" Warning Input "services in ambient mode that other clusters cannot call"
        "Nothing is rendered for them in other clusters, since requests would be answered with 503: see MT0350."
    AmbientCallers "MT0353" Warning Input "callers in ambient mode in a virtual mesh"
        "The proxy of the node does not ask a gateway of another cluster by SNI as a sidecar does, so requests of such workloads to `.global` hosts fail. Give workloads that call other clusters sidecars."
    AmbientNoEffect "MT0354" Warning Input "a TrafficPolicy without effect on callers in ambient mode"
        "Routes, timeouts, retries and outlier detection are applied by the caller's sidecar or by a waypoint before the service. Callers in ambient mode have no sidecar. Add a waypoint (label `istio.io/use-waypoint` on the Service or its Namespace); VirtualServices at waypoints are an alpha feature of Istio."
    AmbientSources "MT0355" Warning Input "a sourceSelector at a waypoint"
        "A waypoint drops routes with conditions on the labels of callers (istio/istio#51565), and compares a namespace with its own. Remove `sourceSelector`, or give the callers sidecars."
    UnknownReference "MT0401" Error Invalid "a reference to something that does not exist"
        "Services, meshes, clusters and failover services that a policy refers to must be in the inventory. A service that is in the files but not in a mesh cannot be a target; the diagnostic says where it is defined and why it is not in a mesh."
    UnknownNamespace "MT0402" Warning Input "a namespace or service account that is not in the inventory"
        "It can exist without being part of a mesh, so this is a warning. It can also be a typing mistake."
    SelectsNothing "MT0403" Warning Input "a policy that selects nothing"
        "The policy is ACCEPTED and has no effect."
    InvalidPolicy "MT0501" Error Invalid "a policy whose content is INVALID"
        "Service Mesh Hub would set the policy's state to INVALID, or Istio would refuse the rendered object. Without `--allow-invalid`, nothing is rendered."
    Conflict "MT0502" Error Invalid "two policies set the same field of the same target"
        "The first policy in key order (name, then namespace) keeps the field, and the other one is INVALID for that target. The message names both."
    NobodyNamed "MT0503" Error Invalid "a source selector that names nobody"
        "A source selector that is written but empty could mean everyone or nobody. Leave `sourceSelector` out to allow everyone, or name the accounts or namespaces to allow."
    NotSelected "MT0504" Error Invalid "a route to a service that federation selectors leave out"
        "The VirtualMesh federates only the services that its selectors pick, and this service is not one of them, so requests would fail. Add it to the selectors, or route to another service."
    RestartsIgnored "MT0601" Note Input "automatic restarts have no effect"
        "Service Mesh Hub deletes pods when `autoRestartPods` is set. meshtree only renders manifests, so restart istiod, the gateways and the workloads yourself when `cacerts` changes. Until version 0.1, MT0601 was the code of all findings that now have MT0608 to MT0626."
    NotFederated "MT0602" Warning Input "a route to a service that is not federated there"
        "The destination is in another cluster, and no VirtualMesh federates it to this one, so requests would fail."
    HubNamespace "MT0603" Warning Input "the hub namespace is unknown in a cluster"
        "The ServiceEntries of FailoverServices are rendered in the hub namespace. Create it in the cluster, or set `spec.hubNamespace`."
    SamePath "MT0604" Error Input "two objects for the same file"
        "Two objects of one cluster have the same kind, namespace and name. Rename one of them."
    IstioRefuses "MT0605" Warning Input "a value that Istio refuses"
        "Service Mesh Hub and meshtree accept the policy, but Istio's validation refuses the whole rendered object because of this field, including what other policies add to it."
    OpensMore "MT0606" Warning Input Loud "an access policy that opens more than its service"
        "The AuthorizationPolicy rendered for a service applies to the pods that the service selects. For a service that selects no pods it applies to the whole namespace, as in Service Mesh Hub."
    EmptySubset "MT0607" Warning Input "a subset without pods"
        "A route sends requests to the pods of a service with certain labels, and no workload in the inventory has these labels. Such requests are answered with 503."
    MeshTwice "MT0608" Warning Input "a mesh that is listed twice"
        "A VirtualMesh or FailoverService lists the same mesh twice, and it counts once. The second entry may have been meant to be another mesh."
    BackingTwice "MT0609" Warning Input "a backing service that is listed twice"
        "A FailoverService tries its backing services in order, so a duplicate is tried again after it failed."
    NameWithoutNamespace "MT0610" Warning Input Loud "a service account without a namespace"
        "The account is given by cluster and name. Without a namespace the name has no effect, as in Service Mesh Hub: every account of the cluster may call."
    PartNamesNobody "MT0611" Warning Input "a part of a source selector that names nobody"
        "An element of `sourceSelector` has several parts, and this one names no caller. The other parts still apply."
    OtherMesh "MT0612" Warning Input "a policy for services of an unsupported mesh"
        "All services that the policy selects are in meshes for which nothing is rendered, so the policy has no effect."
    NeverTaken "MT0613" Warning Input "a route that is never taken"
        "An earlier route of the same service matches every request of this one. Istio takes the first route that matches."
    NoPorts "MT0614" Warning Input "a policy for a service without ports"
        "Routes are rendered for the ports of a service, so a service without ports gets none."
    NoSource "MT0615" Warning Input "a policy without callers in the cluster of a service"
        "Routes apply to callers in the cluster of the service and, with profile `sni`, in clusters that know the service; `sourceSelector` selects no source in any of these, so no route is rendered. If that applies to some of the services only, this is a note."
    MatcherTwice "MT0616" Warning Input "a duplicate request matcher"
        "Two matchers of a policy have equal conditions, so the second one never applies."
    ConditionReplaced "MT0617" Warning Input "two conditions on one name in a matcher"
        "Istio accepts one condition for each header or query parameter in a matcher. The last one is used, as in Service Mesh Hub."
    SourcesDropped "MT0618" Warning Input "an empty list of matchers drops conditions on sources"
        "The labels and namespaces of `sourceSelector` are conditions of each matcher. With an empty list of matchers, the policy applies to every caller, as in Service Mesh Hub."
    EmptyShift "MT0619" Warning Input "a traffic shift without destinations"
        "A traffic shift needs destinations. Without them, requests go to the service itself."
    MatchersIgnored "MT0620" Warning Input "request matchers in an Open Service Mesh"
        "A TrafficSplit of the Service Mesh Interface applies to every request to a service, so the matchers are ignored and the policy applies to all requests."
    FeatureIgnored "MT0621" Warning Input "a setting that an Open Service Mesh does not have"
        "The Service Mesh Interface has no such setting. It is ignored for these services, and the rest of the policy applies."
    SharedAccount "MT0622" Warning Input Loud "a service that is opened together with another one"
        "The Service Mesh Interface allows calls to a service account. Two services run as the same account, so an AccessPolicy for one of them opens both."
    PortTwice "MT0623" Warning Input "a port number that a service uses twice"
        "A ServiceEntry lists each port number once. For callers in other clusters, only one protocol is kept."
    OtherHub "MT0624" Warning Input "a KubernetesCluster outside the hub's namespace"
        "Service Mesh Hub reads the KubernetesClusters of its own namespace only. Set `spec.hubNamespace` if the hub runs in this one."
    TargetWithoutService "MT0625" Warning Input "a TrafficTarget without a service"
        "Service Mesh Hub discovered something other than a Kubernetes service, and only services can be targets of policies."
    CertificateLeaves "MT0626" Warning Input Loud "a Secret with a certificate is removed from the tree"
        "The settings no longer deliver the Secret `cacerts` of this mesh, so its file is deleted. It is annotated so that Argo CD and Flux do not prune it from the cluster."
    WouldOverwrite "MT0630" Error Input "an object of the cluster's own files that would be overwritten"
        "The cluster's own files have an object with the kind, namespace and name of one that is rendered, and without the labels of a rendered tree: whichever is applied last replaces the other. Rename or remove it. If the rendered object is to replace it, list it in `spec.clusters.<name>.replaces` of the settings."
    ShutToOutside "MT0631" Warning Input Loud "a service that nobody outside of the mesh can call any more"
        "The VirtualMesh refuses every request that no AccessPolicy allows, and callers outside of the mesh have no identity. Ingress gateways are opened; this service takes requests from outside of its cluster (type LoadBalancer or NodePort, or external IPs) or is an egress gateway, and no AccessPolicy selects its pods, so every request to it is answered with 403. Add the AccessPolicy of the hint, with as many conditions as you like; if the pods are an ingress gateway's, see *Gateways* in inputs.md."
    SameRoutes "MT0632" Warning Input "another VirtualService for the same host"
        "The cluster's own files have a VirtualService for a host for which one is rendered. Inside the mesh Istio uses one of them for a host, the older one, so the routes of the other are never taken. VirtualServices for gateways alone do not count."
    SameDestination "MT0633" Warning Input "another DestinationRule for the same host"
        "The cluster's own files have a DestinationRule for a host for which one is rendered. In one namespace, Istio merges their subsets and uses the traffic policy of the older one. Otherwise callers use the one in their own namespace, then the one in the service's, then the one in the control plane's; and of two hosts of which one is a wildcard, the more specific one."
    SamePods "MT0634" Warning Input "another AuthorizationPolicy for the same pods"
        "The cluster's own files have an AuthorizationPolicy for pods for which one is rendered. Istio allows what any policy with action ALLOW allows, and decides the actions CUSTOM and DENY before. A policy without rules, and one that is for a Gateway or Service by name, is not compared."
    SameListener "MT0635" Warning Input "another Gateway for the same host and port"
        "The cluster's own files have a Gateway with a host on a port of the pods for which one is rendered. Istio uses the server of the older one."
    SameEntry "MT0636" Warning Input "another ServiceEntry for the same host"
        "The cluster's own files have a ServiceEntry for a host for which one is rendered. Istio makes one service of both, of which the older one decides ports and resolution."
    ReplacesNothing "MT0637" Warning Usage "an entry of `replaces` without effect"
        "The settings allow an object to be replaced that is not in the cluster's own files, or of whose name nothing is rendered. Remove the entry, or correct the name."
    Unmatched "MT0640" Warning Input "requests that meet no condition are answered with 404"
        "A service whose routes all have conditions on requests has no route for any other request, and Istio answers these with 404, as it does for what Service Mesh Hub renders. Add a TrafficPolicy without conditions for the service (`requestTimeout: 0s` alone is enough), or set `spec: {routes: {unmatched: service}}` in the settings, which adds the route to the service itself."
    OtherProtocol "MT0641" Warning Input "a route to a port with another protocol"
        "Requests that are called at a port of one protocol, such as gRPC, are sent to a port of another one, such as HTTP or TCP, so they would fail. The protocol of a port is the part of its name before the first hyphen."
    NamedTargetPort "MT0642" Warning Input "an allowed port whose target port is not known"
        "Istio compares `allowedPorts` with the ports of the pods. The port of the service leads to a container port by name, and the inventory does not have one number for that name, so the number of the service's port is rendered. Add the pod template to the inventory, or list the number of the container port."
    PortNotAllowed "MT0643" Warning Input Loud "allowed ports that a service does not have"
        "None of the ports that the policy allows is a port of the service or of its pods, so the policy allows no call of the service."
    GatewayAccess "MT0650" Warning Input "an access policy on the service of a gateway"
        "Requests from other clusters pass through a mesh's gateway still encrypted, so the gateway knows neither caller nor path. A rule for some callers would refuse all of them, so the service of a gateway gets none; rules that limit paths, methods or ports are rendered and can refuse these requests. Put access policies on the services behind the gateway."
    SharedTrustDomain "MT0651" Warning Input "callers of two clusters that cannot be told apart"
        "An account is identified by trust domain, namespace and name. Where several clusters share a trust domain and the root of a VirtualMesh, or where a caller's cluster has the trust domain of the called one, an AccessPolicy that names an account of one cluster also allows the account of the same name in the others. Give each cluster its own trust domain, or name the account in all of them."
    ServedAlready "MT0652" Note Input "a Gateway in the cluster's own files lets requests of other clusters in"
        "Istio's sample for several networks has a Gateway with `tls.mode: AUTO_PASSTHROUGH` and the host `*.local`. Two Gateways that let requests for one host in at the same port of the same pods make two equal filter chains, for which Envoy refuses the whole listener, and every call from other clusters fails. So these hosts are left out of what is rendered. A Gateway that no file of the cluster shows cannot be taken into account: put it into the cluster's files. Before you remove it, render again."
    TrustDomainRefused "MT0665" Warning Input "a trust domain that a mesh refuses"
        "A sidecar accepts certificates of the trust domains that its istiod lists, and refuses all others during the TLS handshake. The meshes of a VirtualMesh have different trust domains, and the mesh configuration of this one does not list that of a caller. Since Istio 1.16.4, 1.17.2 and 1.18, list it in `meshConfig.caCertificates[].trustDomains`, without `pem`; before, set `PILOT_SKIP_VALIDATE_TRUST_DOMAIN` in istiod's environment. Both keep AccessPolicies exact, and `trustDomainAliases` does not."
    TrustDomainsUnchecked "MT0666" Note Input "meshes with different trust domains whose configuration is not in the inventory"
        "Calls between meshes of different trust domains are refused unless the istiod of the called mesh accepts the trust domain of the caller. The ConfigMap `istio` and the Deployment `istiod` would show it, and the inventory does not have both. The hint says what each istiod needs. See MT0665."
    TrustDomainAlias "MT0667" Warning Input "an alias of a trust domain beside an access policy"
        "Istio treats the trust domains in `trustDomainAliases` as its own, also in AuthorizationPolicies: a rule that names an account of one of them allows the account with the same namespace and name of all of them. An AccessPolicy that names accounts of a cluster therefore allows more. `caCertificates[].trustDomains` accepts the certificates and leaves the rules alone."
    ClusterEjected "MT0668" Warning Input "outlier detection that ejects a whole cluster after one error"
        "For callers in other clusters, all pods of a service are behind one endpoint: the gateway of their cluster. With `consecutiveErrors: 1`, one failed request of one pod ejects that endpoint, and callers get 503 or fail over for the whole `baseEjectionTime`."
    ServerNameTooLong "MT0669" Warning Input "a server name that is too long"
        "Callers in other clusters ask the gateway for a service by a server name that holds port, subset and host. Envoy's TLS library refuses names of more than 255 bytes."
    NamesUnresolved "MT0670" Note Input "names of other clusters' services that nothing may resolve"
        "A service of another cluster is called as `web.shop.svc.east.global`. No DNS server knows that name: sidecars answer for it if `ISTIO_META_DNS_CAPTURE` is set, and before Istio 1.8 a CoreDNS with Istio's plugin does. Requests that a TrafficPolicy sends to another cluster are called by the name of the local service and do not need it."
    RouterMode "MT0671" Warning Input "a gateway without the clusters that SNI asks for"
        "In Istio 1.9 and 1.10, a gateway passes on requests from other clusters only if its Deployment has `ISTIO_META_ROUTER_MODE: sni-dnat`. Earlier charts set it, and later versions need it no more. If no file has the Deployment this is a note."
    GatewayPort "MT0672" Warning Input "a gateway's port that its Service does not have"
        "The rendered Gateway listens at the container port of the gateway's pods, and no port of the Service of these pods leads there, so no request arrives. Add the port to the Service, or set `containerPort` of the gateway in the settings."
    ProtocolUnstated "MT0673" Note Input "ports without a protocol"
        "The name of a port up to the first hyphen, or `appProtocol`, states its protocol. Within a cluster Istio detects HTTP by itself where it is not stated. For callers in other clusters the port is TCP: TrafficPolicies have no effect on their requests, and each connection goes to one pod."
    PatchIgnored "MT0674" Warning Input "a patch of an EnvoyFilter that is ignored"
        "An EnvoyFilter in the cluster's own files has a patch that this version of Istio never applies, and nothing reports that at runtime: the patch looks for a filter that no gateway has, or its operation does not exist for what it is applied to. Up to Istio 1.18, `PILOT_ENABLE_LEGACY_AUTO_PASSTHROUGH` in istiod's environment brings the filter `sni_cluster` back, which is not secure."
    PatchRefused "MT0675" Warning Input "a patch of an EnvoyFilter that is refused"
        "An EnvoyFilter in the cluster's own files has a part that Istio refuses when it is applied, or that its proxies refuse: these keep the configuration that they had before, so later changes do not arrive either."
    PatchOrder "MT0676" Note Input "a patch of an EnvoyFilter whose order is not stated"
        "A patch with INSERT_BEFORE, INSERT_AFTER, REPLACE or REMOVE needs what another patch may add. Without `priority`, EnvoyFilters are applied in the order of their creation, which differs between clusters."
    DifferentPorts "MT0677" Warning Input "services in place of each other whose ports are not alike"
        "A traffic shift sends requests to a service of the same name that lacks some of the ports, so requests to these go to the only port that it has; or a service behind a FailoverService speaks another protocol than the FailoverService does."
    PeeredNetworks "MT0678" Warning Input "networks of meshes whose istiods read each other's clusters"
        "A remote Secret makes istiod add the pods of another cluster to services with the same name. The label `topology.istio.io/network` of the control plane's namespace decides whether their addresses are called directly or through a gateway. Where two clusters have the same label or none, pods are called directly, which works in a flat network alone. Policies for one cluster also reach pods of the other."
    ServiceHidden "MT0679" Warning Input "a federated service that its gateway does not see"
        "The gateway builds its listener from the services that are visible in its namespace. The annotation `networking.istio.io/exportTo` of the Service or `defaultServiceExportTo` in the mesh configuration hides this one, so calls from other clusters are reset."
    GatewayBehindRoute "MT0680" Warning Input "a gateway behind a Route of OpenShift"
        "The router of OpenShift chooses the backend by the server name, and accepts none with an underscore. The server names of calls between clusters have several."
    PanicDelaysFailover "MT0681" Warning Input "a share of healthy endpoints below which failover ends"
        "Since Istio 1.31 proxies also know endpoints that are not healthy. With `minHealthPercent`, Envoy sends requests to all of them where fewer than that share are healthy, which is the case when a failover service should fail over."
    SidecarHides "MT0682" Warning Input "a Sidecar that hides parts of a failover service"
        "A failover service in the form of an aggregate consists of clusters of other hosts. A pod whose Sidecar does not list these hosts does not have their clusters, and calls of the failover service fail there."
    GatewayWithoutPods "MT0683" Warning Input "a gateway whose labels no pods have"
        "The rendered Gateway selects pods by the labels of the gateway in the inventory or the settings. The pods of gateways in its namespace are known, and none has these labels, so no proxy takes the Gateway over."
    ProtocolConflict "MT0684" Warning Input "two protocols for one port of the same pods"
        "Two services select the same pods and lead to the same port, and state different protocols. A pod has one listener for a port, so Istio uses one of the protocols for the requests to both services."
    SctpPort "MT0685" Warning Input "an SCTP port that other clusters cannot call"
        "Gateways pass on connections, and Istio has no protocol for SCTP: it refuses a ServiceEntry that names it. The port is left out of everything that other clusters have of the service."
    SctpDestination "MT0686" Warning Input "a destination at an SCTP port"
        "A route of a TrafficPolicy is for requests of HTTP, and a FailoverService forwards connections. Neither exists over SCTP, which goes past Istio's proxies, so requests to this destination fail."
    NoHttp "MT0687" Warning Input "a policy for requests of HTTP on a service that states other protocols"
        "All features of a TrafficPolicy but `outlierDetection` and `mtls` become routes of a VirtualService, which Istio applies to HTTP, HTTP/2 and gRPC. It reads the protocol of a port from `appProtocol` or from the name of the port up to its first hyphen; a port that states none is looked at when it is used. All ports of the service state something else, so the routes are ignored. If HTTP is spoken there, begin the name of the port with `http-`, or set `appProtocol: http`."
    FailoverNotThere "MT0688" Warning Input "a route to a FailoverService that is unknown to its callers"
        "A FailoverService is rendered for the meshes that it lists. Where another mesh has a route to it, the host of the destination does not exist, and requests fail."
    GatewayNeedsMtls "MT0689" Warning Input "a federated service that does not take mutual TLS"
        "Callers in other clusters reach a service by mutual TLS, which the gateway passes on as it is. With `mtls.istio.tlsMode` other than ISTIO_MUTUAL, Istio takes the pods of the service out of the gateway's endpoints, and calls from other clusters fail."
    GatewayUnresolved "MT0690" Warning Input "a gateway with an IPv6 address beside one with a name"
        "All endpoints of a ServiceEntry are resolved in one way: as they are, which a name is not, or by DNS. By DNS, proxies with IPv4 addresses ask for IPv4 alone, so that an IPv6 address is never called, and earlier versions of Envoy refuse it together with the other endpoints. So the IPv6 address is left out."
    AccessWithoutPods "MT0691" Note Input "an access policy on a service without pods"
        "An AuthorizationPolicy applies to the pods that the service selects, and no file of the cluster has pods with these labels, so it protects nothing until there are some. `istioctl analyze` reports it as IST0127."
    NoRecipients "MT0701" Error Refused "no recipients for CA material"
        "Private keys are only written encrypted. List age recipients in the settings or in `.sops.yaml`."
    CaMissing "MT0702" Error Refused "CA material is missing"
        "The CA store does not have the material, and it must not be issued in this run."
    CaBroken "MT0703" Error Refused "the CA store cannot be used"
        "A file in the store cannot be read, or its content is not valid."
    CaExpired "MT0704" Warning Input "CA material does not match the policy"
        "The material in the store was issued with other options than the policy has now. It stays as it is: rendering never rotates CA material."
    CaDelivery "MT0705" Note Input "a step that the delivery of CA material requires"
        "The delivered material has no effect until this step is done outside of meshtree."
    CertificateEnds "MT0706" Warning Input "a CA certificate ends soon"
        "An intermediate ends within 30 days, or a root within 180 days. istiod cannot sign with an intermediate that has ended, and nothing verifies under a root that has. To reissue the intermediate of one mesh under the same root, run `meshtree ca renew` with an age identity available. `spec.ca.warnBeforeExpiry` of the settings changes the days. A root is replaced by a migration: meshes under different roots do not trust each other. Only `check` looks at the time."
    CertificateEnded "MT0707" Warning Input "a CA certificate is not valid at this time"
        "The certificate has ended or has not begun. istiod does not load an intermediate that is not valid, so new workloads get no certificates. Only `check` looks at the time."
    CertificateShort "MT0708" Warning Input "a CA certificate was issued for less time than asked"
        "An intermediate never outlives its root. If it was issued when less than its lifetime was left to the root, it ends with the root. Plan the replacement of the root."
    NewRoot "MT0709" Warning Input Loud "a new root of trust"
        "The CA store and the rendered tree have nothing for the VirtualMesh, so a root and its intermediates are issued. Workloads with certificates from another root are not trusted by those with the new one: if meshes of the VirtualMesh have had `cacerts` before, restore the store instead. `generated.ttlDays` in the VirtualMesh is how long the root lasts. `--quiet` does not hide this warning."
    BadSopsRules "MT0710" Error Refused "`.sops.yaml` cannot be used"
        "Private keys are to be encrypted to the recipients of its creation rules, and the rules cannot be read as sops reads them. Nothing is issued before it is clear who can decrypt it. The file is only read when something is to be issued."
    OtherRoot "MT0711" Error Refused "clusters have another root already"
        "The inventory shows a root that the workloads of a cluster trust: a ConfigMap `istio-ca-root-cert`, which istiod writes into every namespace, or a Secret `cacerts`. Nothing is issued under a root of the CA store then, since calls would fail until every workload had a new certificate. To keep the root, put it into the CA store. To change it, plan for that and add --accept-new-root."
    NewIntermediate "MT0712" Warning Input Loud "a new intermediate under a root of the CA store"
        "A mesh of the VirtualMesh had no intermediate, or `ca renew` was asked for a new one. Its istiod signs with it once it is applied. `--quiet` does not hide this warning."
    EarlierForm "MT0713" Note Input "a CA certificate of an earlier form"
        "The certificate was issued before meshtree gave every root and intermediate the right to sign CRLs and every intermediate a subject. It works, and stays as it is. Without that right, the CA cannot revoke anything, and OpenSSL takes certificates of an issuer without a subject for self-signed ones. `meshtree ca renew` gives an intermediate the present form; a root keeps its form until it is replaced. Only `ca check` and `ca show` report it."
    BadTest "MT0730" Error Input "a test is not valid"
        "A PolicyTest cannot be decoded, or an expectation in it is incomplete. No test of the fleet is run."
    UnknownInTest "MT0731" Error Input "a test names something unknown"
        "An expectation of a PolicyTest names a workload, service, host, port, cluster or policy that the fleet does not have. This is an error of the test, not a failure: no test of the fleet is run."
    NoTests "MT0732" Error Input "the fleet has no tests"
        "`meshtree test` runs the expectations in objects of the kind PolicyTest, and the fleet has none. A run without tests is an error, so that a pipeline does not pass because a file was moved."
    OutputUnsafe "MT0801" Error Refused "the output directory is not safe to write to"
        "The directory is the root of the file system, the home directory, a Git root or a symbolic link, or it contains inputs."
    ForeignFile "MT0802" Error Refused "a file that meshtree did not write is in the way"
        "Only files that the lock lists are ever overwritten or deleted. Move the file."
    EditedFile "MT0803" Error Refused "a rendered file was edited by hand"
        "The file matches neither the lock nor what would be rendered. Move the change into the inputs."
    BadLock "MT0804" Error Refused "the lock cannot be used"
        "The lock does not have the format that meshtree writes, or it names a path outside of its directory."
    ClusterVanishes "MT0805" Error Refused "all files of a cluster would be deleted"
        "Nothing would be rendered for the cluster any more, so everything that was rendered for it would be deleted."
    WriteFailed "MT0806" Error Io "writing failed"
        "Every file is either old or new. Run the command again to complete the tree."
    GitFailed "MT0807" Error Io "git failed"
        "The message shows the command and its output."
    LeftoverFile "MT0808" Warning Io "a generated file that is neither rendered nor in the lock"
        "The file begins as every rendered file does, but the lock of its directory does not list it, so `render` does not delete it, and whoever applies the directory still applies it. This happens when a lock was lost, or when a merge kept files of both sides and the lock of one. Delete it, or use `render --delete-leftovers`. `render --check` exits with 1."
    LockLost "MT0809" Warning Io "the lock of a cluster is missing"
        "The directory has the files that would be rendered, but no `.meshtree.lock`. Without it, a file that is not rendered any more is recognized only by its first line. Commit the lock: a rule such as `.*` in `.gitignore`, or an artifact without hidden files, leaves it out."
    NewFleet "MT0810" Note Input "the revision does not have the fleet"
        "`diff --git` compares with a commit in which the directory of the fleet is missing or has no inputs, so everything is shown as added."
    BrokenBase "MT0811" Warning Input "the inputs of the revision cannot be rendered"
        "`diff --git` renders the inputs of the revision. These have errors, so the inputs of today are compared with the rendered tree that was committed with them. Differences that the tree already had from its inputs are part of the result."
    BadSettings "MT0901" Error Usage "the settings are not valid"
        "`meshtree.yaml` cannot be decoded, or a setting does not accept its value."
    WrongProgram "MT0902" Error Usage "the settings require another version of meshtree"
        "`spec.requiredVersion` does not allow this version. Everyone uses the same version so that everyone renders the same bytes."
    Usage "MT0903" Error Usage "the command line is not valid"
        "See `meshtree help`, or `--help` of the command."
    UnusedAllow "MT0904" Warning Input "an `allow` comment without a finding"
        "`# meshtree: allow CODE REASON` accepts a finding at its line or in what is nested there, and there is none with this code. Remove the comment, so that it does not hide a later finding."
    BadAllow "MT0905" Warning Input "an `allow` comment that is not valid"
        "The comment has no effect. Its form is `# meshtree: allow CODE REASON`. The reason is required, one comment names one code, and errors and findings that are always reported cannot be allowed."
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Code {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(text)).ok_or(())
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_ordered() {
        let numbers: Vec<_> = Code::ALL.iter().map(|c| c.as_str()).collect();
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(numbers, sorted);
    }
}
