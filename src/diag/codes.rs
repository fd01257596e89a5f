//! The one table of diagnostic codes: the source of the severities, of `explain CODE` and of docs/diagnostics.md.
//!
//! A code is never reused for something else: a retired one keeps its number, out of the table, with a comment in its place.

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
        "The path exists but cannot be opened or read: permissions, a dangling or circular symbolic link, an error of the disk. Mend it, or name it in `.meshtreeignore`."
    NotText "MT0102" Error Input "a file is not UTF-8 text"
        "Inputs are UTF-8. The position is that of the first byte that is not, or of the first NUL byte, whichever comes first. Re-encode the file, or name it in `.meshtreeignore` if it is no input."
    TooLarge "MT0103" Error Input "a file is larger than is read"
        "Files are read whole, so their size is limited to 256 MiB. Split the file: a dump by namespace or by kind."
    Syntax "MT0104" Error Input "a document is not well-formed YAML or JSON"
        "The parser stopped here. Tabs cannot indent YAML; an unclosed quote or bracket is reported where it opens, if that can be told. Keys of mappings are text, the tags are those of YAML's core schema, and values nest at most 128 levels deep."
    DuplicateKey "MT0105" Error Input "a mapping has a key twice"
        "Which of the two values would be taken depends on the reader, so none is."
    AliasBomb "MT0106" Error Input "aliases expand to far more than the document holds"
        "YAML anchors and aliases that multiply are how a small file becomes gigabytes in memory, and an alias inside its own anchor would never end. Write the values out."
    EmptyFleet "MT0107" Error Input "the fleet has no inputs"
        "No YAML or JSON document was found below the fleet directory. A fleet that renders nothing would delete everything where it is applied, so this is an error."
    UnknownField "MT0201" Error Input "a field that the object's kind does not have"
        "Names are matched exactly, in camelCase or in the snake_case of the API's definition. A field that is not known would be dropped silently, so it is an error."
    WrongType "MT0202" Error Input "a value of the wrong type"
        "The field wants another kind of value: text, a number, true or false, a list or a mapping."
    BadValue "MT0203" Error Input "a value that the field does not take"
        "An enumeration has no such name, a duration is not in Go's form (`2m`, `1h30m`, `100ms`), a number is out of its type's range, or a name is none that Kubernetes or Istio takes."
    MissingField "MT0204" Error Input "a required field is missing"
        "The object cannot be identified or used without it."
    UnknownKind "MT0205" Error Input "an unknown kind of Service Mesh Hub's or meshtree's API groups"
        "Other groups' kinds are skipped and counted, since a fleet may hold anything; a kind of these groups that does not exist is a typing mistake."
    Word11 "MT0206" Warning Input "a word that YAML 1.1 reads as a boolean or a number"
        "Where text is wanted, a bare `y`, `no`, `on` or `009` is taken as the text that stands there. kubectl and other YAML 1.1 readers see a boolean or a number: quote it."
    NotYet "MT0207" Error Input "a field or object that this version does not translate yet"
        "The field is part of the API and was understood, but nothing would come of it, so it is refused instead of dropped."
    BothSpellings "MT0208" Warning Input "a field in camelCase and in snake_case"
        "Both spellings of one field are given; the camelCase one is taken."
    DuplicateObject "MT0301" Error Input "an object is defined twice"
        "Two documents have the same kind, namespace and name. Keep one."
    DuplicateCluster "MT0302" Error Input "two clusters have one name"
        "A cluster is known by its name everywhere, so names are unique in a fleet."
    ClusterMismatch "MT0303" Error Input "an inventory object names another cluster than its path"
        "What is below `clusters/<name>/` is about cluster <name>."
    NoTarget "MT0304" Warning Input "a service with no matching workload"
        "Discovery makes a traffic target of a service only if a workload of the mesh stands behind it. Nothing is rendered for this one and no policy can select it. In the compact form `mesh: true` makes it a target all the same."
    UnknownMesh "MT0305" Error Input "an inventory object refers to a mesh that is not there"
        "A traffic target names the mesh it is part of; that mesh is in none of the forms of inventory."
    Version "MT0306" Error Input "an Istio version that cannot be read or has no profile"
        "What is rendered depends on the version. State it, or the profile, in the settings: `spec.clusters.<name>.istioVersion` or `.profile`."
    TwoControlPlanes "MT0307" Error Input "two control planes in one namespace of one cluster"
        "They would share the names of what is rendered for them. `spec.clusters.<name>.revision` of the settings says which one counts; what is in the other is then in that one."
    AddressCollision "MT0308" Note Input "two services have the same virtual IP"
        "Addresses are hashes of names. The later service in key order takes the next free address."
    NoInventory "MT0309" Error Input "the fleet has no clusters"
        "There are policies, but no inventory: nothing says which meshes and services there are. Put it below `clusters/<name>/`."
    NoGateway "MT0310" Warning Input "a mesh has no ingress gateway"
        "Federation reaches a mesh through its gateway. Without an address nothing of this mesh is federated to others."
    Contradiction "MT0311" Error Input "one fact is stated twice with different values"
        "The forms of inventory can be mixed, and a fact may be repeated. Two that differ cannot both be true, and neither wins by chance: keep the one that is true."
    NoAddress "MT0312" Warning Input "a gateway whose address no file knows"
        "A gateway was found among a cluster's services, but not the address or port at which other clusters reach it. State it in the settings: `spec.clusters.<name>.gateways`."
    TrustDomainAssumed "MT0313" Warning Input "a trust domain that no file knows"
        "It is set in Istio's ConfigMap. Without that `cluster.local` is assumed, and where that is wrong every policy that names a service account refuses all."
    UnknownRevision "MT0314" Warning Input "a label asks for a revision of Istio that is not there"
        "No control plane of the cluster has the revision that a namespace or pod template asks for, so its workloads are in no mesh."
    NoControlPlane "MT0315" Warning Input "a cluster with services and no Istio"
        "Istio is known by its Deployment, its ConfigMap, an IstioOperator, the compact inventory or, beside raw objects, the settings. None of them is there, so nothing of the cluster is in a mesh."
    BesideRaw "MT0316" Error Input "a compact inventory repeats what other forms say"
        "Beside raw Kubernetes objects or what Service Mesh Hub discovered, a compact inventory adds what they cannot say, and nothing else: the cluster domain, and of Istio its version, namespace, revision, trust domain, service account and gateways."
    UnknownInjection "MT0317" Warning Input "workloads of which no file tells whether they are in the mesh"
        "Without pods, injection decides, and that is a matter of the namespace's labels. No file of the cluster describes the namespace, and the pod templates say nothing, so these workloads are taken to be in no mesh."
    UnheardInjection "MT0318" Warning Input "a sidecar is asked for in a way that Istio by itself does not hear"
        "In a namespace that is not labelled, the webhooks that Istio installs listen to the labels `sidecar.istio.io/inject: \"true\"` and `istio.io/rev` of the pod, not to the annotation and to other words for yes. The workload is taken to be in the mesh, as it asks for."
    UnknownReference "MT0401" Error Invalid "a reference to something that does not exist"
        "Services, meshes, clusters and failover services that a policy names must be in the inventory. A service that stands in its files and is in no mesh is no traffic target; the diagnostic says where it stands and why."
    UnknownNamespace "MT0402" Warning Input "a namespace or service account that no inventory knows"
        "It may exist without being part of a mesh, so this is a warning; it is also how a typing mistake looks."
    SelectsNothing "MT0403" Warning Input "a policy that selects nothing"
        "The policy is ACCEPTED and has no effect."
    InvalidPolicy "MT0501" Error Invalid "a policy whose content is INVALID"
        "Service Mesh Hub would have set the policy's state to INVALID, or Istio would have refused what comes of it. Without `--allow-invalid` nothing is rendered."
    Conflict "MT0502" Error Invalid "two policies set one field of one target"
        "The first in key order (name, then namespace) keeps the field; the other is INVALID for that target. Both are named."
    NobodyNamed "MT0503" Error Invalid "a source selector that names nobody"
        "A selector that is written but empty could mean everyone or no one. Leave `sourceSelector` out to allow everyone; name an account or a namespace to allow that."
    NotSelected "MT0504" Error Invalid "a route to a service that federation selectors leave out"
        "The VirtualMesh federates only the services that its selectors pick, and this one is not among them: requests would fail. Add it to the selectors, or route elsewhere."
    NoEffect "MT0601" Warning Input "a field that has no effect here"
        "The field is understood, but for this target, mesh or Istio version nothing comes of it."
    NotFederated "MT0602" Warning Input "a route to a service that is not federated there"
        "The destination is in another cluster, and no virtual mesh makes it known in this one: requests would fail."
    HubNamespace "MT0603" Warning Input "the hub namespace is unknown in a cluster"
        "Failover ServiceEntries are written into the hub namespace. Create it in the cluster, or set `spec.hubNamespace`."
    SamePath "MT0604" Error Input "two objects for one file"
        "Two objects of one cluster have the same kind, namespace and name."
    IstioRefuses "MT0605" Warning Input "something that Istio refuses"
        "Service Mesh Hub accepts the policy and so does this program, but Istio's own validation refuses the whole object for this field, and with it whatever other policies put there."
    OpensMore "MT0606" Warning Input "an access policy that opens more than its service"
        "What is rendered for a service is for the pods that it selects. One that selects none has a rule for its whole namespace, as in Service Mesh Hub."
    EmptySubset "MT0607" Warning Input "a subset without pods"
        "A route sends requests to the pods of a service that have certain labels, and no workload that the inventory knows has them. Such requests are answered with 503."
    NoRecipients "MT0701" Error Refused "no recipients for CA material"
        "Private keys are written only encrypted. Name age recipients in the settings or in `.sops.yaml`."
    CaMissing "MT0702" Error Refused "CA material is missing"
        "It is not in the store and may not be made in this run."
    CaBroken "MT0703" Error Refused "the CA store cannot be used"
        "A file of the store cannot be read or is not what it should be."
    CaExpired "MT0704" Warning Input "CA material does not fit what is asked"
        "What is in the store was made with other options than the policy has now. It stays as it is: nothing is rotated by rendering."
    CaDelivery "MT0705" Note Input "what the delivery of CA material needs"
        "The step that must be done outside of this program for the delivered material to be of use."
    OutputUnsafe "MT0801" Error Refused "the output directory is not safe to write into"
        "It is the file system's root, the home directory, a Git root, a symbolic link, or it holds inputs."
    ForeignFile "MT0802" Error Refused "a file in the way that meshtree did not write"
        "Only what the lock names is ever overwritten or deleted."
    EditedFile "MT0803" Error Refused "a rendered file was edited by hand"
        "It matches neither the lock nor what would be rendered. Move the change into the inputs."
    BadLock "MT0804" Error Refused "the lock cannot be used"
        "It is not in the form this program writes, or it names a path outside of its directory."
    ClusterVanishes "MT0805" Error Refused "a cluster would drop to nothing"
        "Everything that was rendered for the cluster would be deleted."
    WriteFailed "MT0806" Error Io "writing failed"
        "Every file is old or new; run again to complete the tree."
    GitFailed "MT0807" Error Io "git failed"
        "The command and what it said are in the message."
    BadSettings "MT0901" Error Usage "the settings are wrong"
        "`meshtree.yaml` cannot be decoded, or a setting has no such value."
    WrongProgram "MT0902" Error Usage "the settings require another version of meshtree"
        "`spec.requiredVersion` does not admit this version. Versions are kept equal so that everyone renders the same bytes."
    Usage "MT0903" Error Usage "the command line is wrong"
        "See `meshtree help` and the command's own `--help`."
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
