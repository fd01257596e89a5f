//! Identifiers shared by every stage: object references and their total order.
//!
//! This module is a leaf: it looks nothing up and imports nothing of the program.

pub mod dns;
mod duration;
pub mod recipient;
mod sanitize;

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

pub use duration::Duration;
pub use sanitize::sanitize;

/// Shared immutable text. Names occur in many places of the plan, so they are counted, not copied.
pub type Text = Arc<str>;

/// The policies that an object comes from, each such as `TrafficPolicy shop/web`.
pub type Provenance = Arc<[Text]>;

/// The name of a cluster: the directory below `clusters/`, the name of the `KubernetesCluster`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterName(pub Text);

impl ClusterName {
    /// The rule for valid names, as a hint.
    pub const RULE: &'static str =
        "use lower-case letters and digits with `-` and `.` between them, at most 63 characters";

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there can be such a cluster: an object of that name, and a label with it on all that is rendered.
    pub fn is_valid(&self) -> bool {
        self.0.len() <= 63 && dns::is_subdomain(&self.0)
    }
}

impl From<&str> for ClusterName {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for ClusterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An object of the management side: a policy, a mesh, a traffic target.
///
/// Ordered by its key `<name>.<namespace>.` compared as bytes, which is Service Mesh Hub's order of every collection:
/// the name decides before the namespace, and `a-b` comes before `a` since `-` is less than `.`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ObjectRef {
    /// The object's namespace.
    pub namespace: Text,
    /// The object's name.
    pub name: Text,
}

impl ObjectRef {
    /// A reference from its two parts.
    pub fn new(namespace: impl Into<Text>, name: impl Into<Text>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }

    /// The key under which statuses and error texts name the object: `<name>.<namespace>.`.
    pub fn key(&self) -> String {
        format!("{}.{}.", self.name, self.namespace)
    }
}

/// Shown as people write it: `<namespace>/<name>`.
impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl Ord for ObjectRef {
    fn cmp(&self, other: &Self) -> Ordering {
        compare_keys([&self.name, &self.namespace, ""], [&other.name, &other.namespace, ""])
    }
}

impl PartialOrd for ObjectRef {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// An object inside one of the clusters: a service, a service account, a workload's controller.
///
/// Ordered by its key `<name>.<namespace>.<cluster>` compared as bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClusterObjectRef {
    /// The name of the cluster.
    pub cluster: Text,
    /// The object's namespace.
    pub namespace: Text,
    /// The object's name.
    pub name: Text,
}

impl ClusterObjectRef {
    /// A reference from its three parts.
    pub fn new(cluster: impl Into<Text>, namespace: impl Into<Text>, name: impl Into<Text>) -> Self {
        Self { cluster: cluster.into(), namespace: namespace.into(), name: name.into() }
    }

    /// The key under which error texts name the object: `<name>.<namespace>.<cluster>`.
    pub fn key(&self) -> String {
        format!("{}.{}.{}", self.name, self.namespace, self.cluster)
    }
}

/// Shown as people read it: `<cluster>/<namespace>/<name>`.
impl fmt::Display for ClusterObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.cluster, self.namespace, self.name)
    }
}

impl Ord for ClusterObjectRef {
    fn cmp(&self, other: &Self) -> Ordering {
        compare_keys([&self.name, &self.namespace, &self.cluster], [&other.name, &other.namespace, &other.cluster])
    }
}

impl PartialOrd for ClusterObjectRef {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Compares keys without building them: the bytes of the parts with dots between them.
fn compare_keys([first, second, third]: [&str; 3], [other, before, last]: [&str; 3]) -> Ordering {
    compare_joined([first, ".", second, ".", third], [other, ".", before, ".", last])
}

/// Compares the texts that parts make when they are joined, without joining them.
pub fn compare_joined<const N: usize>(ours: [&str; N], theirs: [&str; N]) -> Ordering {
    for (i, (one, other)) in ours.iter().zip(&theirs).enumerate() {
        let common = one.len().min(other.len());
        match one.as_bytes()[..common].cmp(&other.as_bytes()[..common]) {
            Ordering::Equal if one.len() == other.len() => {}
            // One part begins with the other: what comes behind it decides, which is in the next parts or the end.
            Ordering::Equal => return bytes(&ours[i..]).cmp(bytes(&theirs[i..])),
            decided => return decided,
        }
    }
    Ordering::Equal
}

fn bytes<'a>(parts: &'a [&'a str]) -> impl Iterator<Item = u8> + 'a {
    parts.iter().flat_map(|part| part.bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn order_is_the_order_of_keys() {
        let mut refs = [
            ObjectRef::new("z", "a"),
            ObjectRef::new("a", "a-b"),
            ObjectRef::new("a", "a"),
            ObjectRef::new("a", "a.b"),
            ObjectRef::new("", "a"),
        ];
        refs.sort();
        let keys: Vec<_> = refs.iter().map(ObjectRef::key).collect();
        let mut sorted = keys.clone();
        sorted.sort();
        assert_eq!(keys, sorted);
        assert_eq!(keys[0], "a-b.a.");
    }

    proptest! {
        #[test]
        fn comparing_is_comparing_keys(texts in prop::array::uniform6("[-a.]{0,3}")) {
            let [a, b, c, d, e, f] = texts.each_ref().map(String::as_str);
            let (one, other) = (ObjectRef::new(a, b), ObjectRef::new(c, d));
            prop_assert_eq!(one.cmp(&other), one.key().cmp(&other.key()));
            let (one, other) = (ClusterObjectRef::new(a, b, c), ClusterObjectRef::new(d, e, f));
            prop_assert_eq!(one.cmp(&other), one.key().cmp(&other.key()));
        }
    }
}
