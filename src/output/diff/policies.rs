//! Which policies caused a difference.

use std::collections::BTreeSet;

use super::View;
use super::cause::{Cause, Fate};
use super::inputs::Inputs;
use crate::templates::is_template;

/// What is known of the policies of both sides, each named as objects name their sources: `TrafficPolicy shop/web`.
#[derive(Debug, Clone, Default)]
pub struct Policies {
    /// Those of the old side, unless it is only a tree.
    pub before: Option<BTreeSet<String>>,
    /// Those of the new side.
    pub after: BTreeSet<String>,
    /// Those of both sides that differ.
    pub changed: BTreeSet<String>,
    /// The other inputs that differ.
    pub inputs: Inputs,
}

impl Policies {
    /// The causes of a difference of an object. Inventory and settings are only looked at if no policy is written differently.
    pub(super) fn behind(&self, cluster: &str, old: Option<&View<'_>>, new: Option<&View<'_>>) -> Vec<Cause> {
        let sources = |side: Option<&View<'_>>| side.map(|view| view.sources.to_vec()).unwrap_or_default();
        let mut causes = self.causes(&sources(old), &sources(new));
        if !causes.iter().any(Cause::is_written) && !self.inputs.is_empty() {
            let object = new.or(old).map_or("", |view| view.object);
            let texts: Vec<_> = old.into_iter().chain(new).map(|view| view.content.text()).collect();
            let texts = texts.iter().map(|text| &**text);
            let is_templated = sources(old).iter().chain(&sources(new)).any(|source| is_template(source));
            causes.extend(self.inputs.behind(cluster, (object, is_templated), texts));
        }
        causes
    }

    /// The policies among the causes, from the sources on both sides.
    fn causes(&self, old: &[String], new: &[String]) -> Vec<Cause> {
        let sources: BTreeSet<&String> = old.iter().chain(new).collect();
        // That nothing applies to an object which is not there goes without saying.
        let is_whole = old.is_empty() || new.is_empty();
        let cause = |source: &String| {
            let change = self.fate(source, old.contains(source), new.contains(source))?;
            if is_whole && matches!(change, Fate::Left | Fate::Joined) {
                return None;
            }
            Some(Cause::policy(change, source))
        };
        let mut causes: Vec<Cause> = sources.into_iter().filter_map(cause).collect();
        causes.sort();
        causes
    }

    fn fate(&self, source: &str, was_source: bool, is_source: bool) -> Option<Fate> {
        let is_there = self.after.contains(source);
        if !is_there && !was_source || source.starts_with("Service ") {
            return None;
        }
        if !is_there {
            return (!is_source).then_some(Fate::Removed);
        }
        if self.changed.contains(source) {
            return Some(Fate::Changed);
        }
        match (was_source, is_source) {
            (true, false) => Some(Fate::Left),
            (false, true) => match &self.before {
                Some(before) if !before.contains(source) => Some(Fate::Added),
                // A tree does not list the policies that nothing came from.
                Some(_) | None => Some(Fate::Joined),
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_of_a_difference() {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let policies = Policies {
            before: Some(set(&["T a/gone", "T a/left", "T a/same", "T a/edited", "T a/joined"])),
            after: set(&["T a/left", "T a/same", "T a/edited", "T a/joined", "T a/new"]),
            changed: set(&["T a/edited"]),
            inputs: Inputs::default(),
        };
        let old = list(&["T a/gone", "T a/left", "T a/same", "T a/edited", "Service a/x"]);
        let new = list(&["T a/same", "T a/edited", "T a/joined", "T a/new"]);
        let told = |policies: &Policies| -> Vec<String> {
            policies.causes(&old, &new).iter().map(ToString::to_string).collect()
        };
        let wanted = [
            "T a/gone removed",
            "T a/left no longer applies",
            "T a/edited changed",
            "T a/joined now applies",
            "T a/new added",
        ];
        assert_eq!(told(&policies), wanted);
        // A tree shows which policies objects came from, and not whether a policy differs.
        let of_tree = Policies { before: None, changed: BTreeSet::new(), ..policies };
        let wanted =
            ["T a/gone removed", "T a/left no longer applies", "T a/joined now applies", "T a/new now applies"];
        assert_eq!(told(&of_tree), wanted);
        let added = of_tree.causes(&[], &new);
        assert_eq!(added, []);
        let removed: Vec<Cause> = of_tree.causes(&old, &[]);
        assert_eq!(removed, [Cause::policy(Fate::Removed, "T a/gone")]);
    }
}
