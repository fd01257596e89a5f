//! What could not be read. References to it seem to lead nowhere, which must not be reported as a mistake of its own.

use std::collections::{BTreeMap, BTreeSet};

use super::kind::Kind;
use super::meta::{peek, peek_text};
use crate::diag::listing::choices;
use crate::diag::{Ground, nearest};
use crate::ids::ObjectRef;
use crate::load::tree::Node;

/// The objects that the inputs hold and that were not understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Whether something about the clusters is among them.
    pub inventory: bool,
    policies: BTreeMap<Kind, Lost>,
}

/// The objects of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Lost {
    named: BTreeSet<ObjectRef>,
    /// Whether there are some whose name is unknown, too.
    nameless: bool,
}

impl Unread {
    /// What a file may hold if nothing of it could be read: any policy. Whether it could be inventory is for the caller to say.
    pub fn any_policy() -> Self {
        let mut out = Self::default();
        Kind::ALL.into_iter().filter(|kind| kind.is_policy()).for_each(|kind| out.add(kind, None));
        out
    }

    /// What an object is by what can be read of it.
    pub(super) fn of_node(node: &Node) -> Self {
        let Some(name) = peek_text(node, "kind") else { return Self::any_policy() };
        let metadata = peek(node, "metadata");
        let text = |field: &str| metadata.and_then(|metadata| peek_text(metadata, field));
        let key = text("namespace").zip(text("name"));
        let key = key.map(|(namespace, name)| ObjectRef { namespace: namespace.into(), name: name.into() });
        let mut out = Self::default();
        if let Some(kind) = meant(name) {
            out.add(kind, key);
        }
        out
    }

    /// What a text that cannot be parsed seems to hold: the kinds that it names.
    pub(super) fn of_text(text: &str) -> Self {
        let mut names = named_kinds(text).peekable();
        if names.peek().is_none() {
            return Self::any_policy();
        }
        let mut out = Self::default();
        names.filter_map(meant).for_each(|kind| out.add(kind, None));
        out
    }

    /// Adds an object, by its name if that is known.
    pub(super) fn add(&mut self, kind: Kind, key: Option<ObjectRef>) {
        if !kind.is_policy() {
            self.inventory = true;
            return;
        }
        let lost = self.policies.entry(kind).or_default();
        match key {
            Some(key) => drop(lost.named.insert(key)),
            None => lost.nameless = true,
        }
    }

    /// Adds all of another one.
    pub fn append(&mut self, other: Self) {
        let Self { inventory, policies } = other;
        self.inventory |= inventory;
        for (kind, Lost { named, nameless }) in policies {
            let lost = self.policies.entry(kind).or_default();
            lost.named.extend(named);
            lost.nameless |= nameless;
        }
    }

    /// Whether a policy of a kind is among them.
    pub fn has(&self, kind: Kind) -> bool {
        self.policies.contains_key(&kind)
    }

    /// Whether a policy may be among them.
    pub fn may_have(&self, kind: Kind, key: &ObjectRef) -> bool {
        self.policies.get(&kind).is_some_and(|lost| lost.nameless || lost.named.contains(key))
    }

    /// Whether a finding with this ground may disappear once everything can be read.
    pub fn leaves_in_doubt(&self, ground: Ground) -> bool {
        match ground {
            Ground::Itself => false,
            Ground::Inventory => self.inventory,
            Ground::Federation => self.inventory || self.has(Kind::VirtualMesh),
            Ground::Unread => true,
        }
    }

    /// The policies in words; empty without any.
    pub fn policies(&self) -> String {
        let of_kind = |(kind, lost): (&Kind, &Lost)| {
            let article = if *kind == Kind::AccessPolicy { "an" } else { "a" };
            let nameless = lost.nameless.then(|| format!("{article} {}", kind.as_str()));
            lost.named.iter().map(|key| kind.named(key).to_string()).chain(nameless).collect::<Vec<_>>()
        };
        choices(self.policies.iter().flat_map(of_kind))
    }
}

/// The kind with that name, or with the nearest one.
fn meant(name: &str) -> Option<Kind> {
    let near = nearest(name, Kind::ALL.into_iter().map(Kind::as_str))?;
    Kind::ALL.into_iter().find(|kind| kind.as_str() == near)
}

/// The words behind `kind:` in a text, however it is quoted.
fn named_kinds(text: &str) -> impl Iterator<Item = &str> {
    let is_quote = |c: char| matches!(c, '"' | '\'');
    memchr::memmem::find_iter(text.as_bytes(), "kind").filter_map(move |at| {
        if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            return None;
        }
        let value = text[at + "kind".len()..].trim_start_matches(is_quote).trim_start_matches(' ').strip_prefix(':')?;
        let value = value.trim_start_matches([' ', '\t']).trim_start_matches(is_quote);
        let end = value.find(|c: char| !c.is_alphanumeric()).unwrap_or(value.len());
        (end > 0).then(|| &value[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_in_text_that_is_no_yaml() {
        let found = |text| named_kinds(text).collect::<Vec<_>>();
        assert_eq!(found("kind: VirtualMesh\n- {\"kind\" : 'Mesh'}\nmankind: x\nkind:\n"), ["VirtualMesh", "Mesh"]);
    }

    #[test]
    fn what_is_not_known_may_be_any_policy() {
        assert_eq!(Unread::of_text("a: [\n"), Unread::any_policy());
        assert_eq!(Unread::of_text("kind: Deployment\n\ta: ["), Unread::default());
        let meshes = Unread::of_text("kind: VirtualMsh\n\ta: [");
        assert!(meshes.has(Kind::VirtualMesh) && !meshes.inventory && !meshes.has(Kind::TrafficPolicy));
    }
}
