//! Identifiers shared by every stage: object references and their total order.
//!
//! This module is a leaf: it looks nothing up and imports nothing of the program.

mod duration;
mod sanitize;

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

pub use duration::Duration;
pub use sanitize::sanitize;

/// Shared immutable text. Names occur in many places of the plan, so they are counted, not copied.
pub type Text = Arc<str>;

/// The name of a cluster: the directory below `clusters/`, the name of the `KubernetesCluster`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterName(pub Text);

impl ClusterName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
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
        by_key([&self.name, &self.namespace, ""], [&other.name, &other.namespace, ""])
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
        by_key([&self.name, &self.namespace, &self.cluster], [&other.name, &other.namespace, &other.cluster])
    }
}

impl PartialOrd for ClusterObjectRef {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The order of two keys, each of parts with dots between them.
fn by_key(one: [&str; 3], other: [&str; 3]) -> Ordering {
    for (part, other_part) in one.iter().zip(&other) {
        let common = part.len().min(other_part.len());
        match part.as_bytes()[..common].cmp(&other_part.as_bytes()[..common]) {
            Ordering::Equal if part.len() == other_part.len() => {}
            // Where one of them ends, what comes behind it decides.
            Ordering::Equal => return key_bytes(&one).cmp(key_bytes(&other)),
            decided => return decided,
        }
    }
    Ordering::Equal
}

/// The bytes of a key without building it: the parts with dots between them.
fn key_bytes<'a>(parts: &'a [&'a str; 3]) -> impl Iterator<Item = u8> + 'a {
    let [first, second, third] = parts;
    first.bytes().chain([b'.']).chain(second.bytes()).chain([b'.']).chain(third.bytes())
}

#[cfg(test)]
mod tests {
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

    proptest::proptest! {
        #[test]
        fn any_two_are_ordered_as_their_keys(one in "[ab.-]{0,3}/[ab.-]{0,2}/[ab]?", other in "[ab.-]{0,3}/[ab.-]{0,2}/[ab]?") {
            let read = |text: &str| {
                let parts: Vec<&str> = text.split('/').collect();
                ClusterObjectRef::new(parts[2], parts[1], parts[0])
            };
            let (one, other) = (read(&one), read(&other));
            proptest::prop_assert_eq!(one.cmp(&other), one.key().cmp(&other.key()));
        }
    }
}
