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
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::Input | Self::Invalid => 3,
            Self::Refused => 4,
            Self::Io => 5,
        }
    }
}

macro_rules! codes {
    ($($name:ident $number:literal $severity:ident $exit:ident $summary:literal $text:literal)*) => {
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
        "The path exists but cannot be opened or read: missing permissions, a dangling or circular symbolic link, or a disk error. Fix it, or add the path to `.meshtreeignore`."
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
    Version "MT0306" Error Input "an Istio version that cannot be read or has no profile"
        "What is rendered depends on the version. Set the version or the profile in the settings: `spec.clusters.<name>.istioVersion` or `.profile`."
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
        "Beside raw Kubernetes objects or the objects that Service Mesh Hub discovered, a compact inventory can only add what they cannot express: the cluster domain, and the version, namespace, revision, trust domain, service account and gateways of Istio."
    UnknownInjection "MT0317" Warning Input "workloads with unknown injection"
        "Without pods, injection decides whether a workload is in the mesh, and injection depends on the labels of the namespace. No file of the cluster has the namespace, and the pod templates have no injection label or annotation, so these workloads are treated as outside the mesh."
    UnheardInjection "MT0318" Warning Input "a sidecar is requested in a way that Istio ignores by default"
        "In a namespace without an injection label, the webhooks that Istio installs match the pod labels `sidecar.istio.io/inject: \"true\"` and `istio.io/rev`. They ignore the annotation and other words for yes. The workload is treated as part of the mesh, as it requests."
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
    NoEffect "MT0601" Warning Input "a field that has no effect here"
        "The field is valid, but it has no effect for this target, mesh or Istio version."
    NotFederated "MT0602" Warning Input "a route to a service that is not federated there"
        "The destination is in another cluster, and no VirtualMesh federates it to this one, so requests would fail."
    HubNamespace "MT0603" Warning Input "the hub namespace is unknown in a cluster"
        "The ServiceEntries of FailoverServices are rendered in the hub namespace. Create it in the cluster, or set `spec.hubNamespace`."
    SamePath "MT0604" Error Input "two objects for the same file"
        "Two objects of one cluster have the same kind, namespace and name. Rename one of them."
    IstioRefuses "MT0605" Warning Input "a value that Istio refuses"
        "Service Mesh Hub and meshtree accept the policy, but Istio's validation refuses the whole rendered object because of this field, including what other policies add to it."
    OpensMore "MT0606" Warning Input "an access policy that opens more than its service"
        "The AuthorizationPolicy rendered for a service applies to the pods that the service selects. For a service that selects no pods it applies to the whole namespace, as in Service Mesh Hub."
    EmptySubset "MT0607" Warning Input "a subset without pods"
        "A route sends requests to the pods of a service with certain labels, and no workload in the inventory has these labels. Such requests are answered with 503."
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
        "An intermediate ends within 30 days, or a root within 180 days. istiod cannot sign with an intermediate that has ended, and nothing verifies under a root that has. To reissue the intermediate of one mesh under the same root, delete its file in the CA store and render with an age identity available. A root is replaced by a migration: meshes under different roots do not trust each other. Only `check` looks at the time."
    CertificateEnded "MT0707" Warning Input "a CA certificate is not valid at this time"
        "The certificate has ended or has not begun. istiod does not load an intermediate that is not valid, so new workloads get no certificates. Only `check` looks at the time."
    CertificateShort "MT0708" Warning Input "a CA certificate was issued for less time than asked"
        "An intermediate never outlives its root. If it was issued when less than its lifetime was left to the root, it ends with the root. Plan the replacement of the root."
    NewRoot "MT0709" Warning Input "a new root of trust"
        "The CA store and the rendered tree have nothing for the VirtualMesh, so a root and its intermediates are issued. Workloads with certificates from another root are not trusted by those with the new one: if meshes of the VirtualMesh have had `cacerts` before, restore the store instead. `--quiet` does not hide this warning."
    BadSopsRules "MT0710" Error Refused "`.sops.yaml` cannot be used"
        "Private keys are to be encrypted to the recipients of its creation rules, and the rules cannot be read as sops reads them. Nothing is issued before it is clear who can decrypt it. The file is only read when something is to be issued."
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
    BadSettings "MT0901" Error Usage "the settings are not valid"
        "`meshtree.yaml` cannot be decoded, or a setting does not accept its value."
    WrongProgram "MT0902" Error Usage "the settings require another version of meshtree"
        "`spec.requiredVersion` does not allow this version. Everyone uses the same version so that everyone renders the same bytes."
    Usage "MT0903" Error Usage "the command line is not valid"
        "See `meshtree help`, or `--help` of the command."
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
