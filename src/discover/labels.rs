//! An index that finds what a label selector matches without checking everything.

use std::collections::BTreeMap;

use crate::ids::Text;

/// Things with labels by the place they are in, each place on its own, in the order in which they were added.
#[derive(Debug)]
pub struct LabelIndex<'a, P, T> {
    /// By value, key and place: values differ where keys do not, so that a comparison seldom goes on.
    by_label: BTreeMap<(&'a str, &'a str, P), Vec<Entry<'a, T>>>,
}

#[derive(Debug)]
struct Entry<'a, T> {
    labels: &'a BTreeMap<Text, Text>,
    thing: T,
}

impl<P: Ord, T> Default for LabelIndex<'_, P, T> {
    fn default() -> Self {
        Self { by_label: BTreeMap::new() }
    }
}

impl<'a, P: Ord + Copy, T: Copy> LabelIndex<'a, P, T> {
    /// Adds a thing.
    pub fn add(&mut self, place: P, labels: &'a BTreeMap<Text, Text>, thing: T) {
        for (key, value) in labels {
            self.by_label.entry((value, key, place)).or_default().push(Entry { labels, thing });
        }
    }

    /// The things of a place that have all labels of a selector. A selector without labels picks nothing: a Service
    /// without a selector has no pods.
    ///
    /// Only the things with the rarest of the labels are checked.
    pub fn picked<'s>(
        &'s self,
        place: P,
        selector: &'s BTreeMap<Text, Text>,
    ) -> impl Iterator<Item = T> + use<'s, P, T> {
        let by_label: &'s BTreeMap<(&'s str, &'s str, P), Vec<Entry<'s, T>>> = &self.by_label;
        let with = |(key, value): (&'s Text, &'s Text)| -> &'s [Entry<'s, T>] {
            by_label.get(&(&**value, &**key, place)).map_or(&[], Vec::as_slice)
        };
        let fewest = selector.iter().map(with).min_by_key(|list| list.len()).unwrap_or_default();
        let is_picked = |labels: &BTreeMap<Text, Text>| selector.iter().all(|(k, v)| labels.get(k) == Some(v));
        fewest.iter().filter(move |entry| is_picked(entry.labels)).map(|entry| entry.thing)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels() -> impl Strategy<Value = BTreeMap<Text, Text>> {
        let text = |pattern| proptest::string::string_regex(pattern).expect("a pattern").prop_map(Text::from);
        prop::collection::btree_map(text("[ab]"), text("[xy]"), 0..3)
    }

    proptest! {
        /// The index finds what a check of everything finds.
        #[test]
        fn nothing_is_missed(things in prop::collection::vec((0..2, labels()), 0..12), place in 0..3, selector in labels()) {
            let mut index = LabelIndex::default();
            for (i, (place, labels)) in things.iter().enumerate() {
                index.add(*place, labels, i);
            }
            let has_all = |labels: &BTreeMap<Text, Text>| selector.iter().all(|(k, v)| labels.get(k) == Some(v));
            let picked = |(at, labels): &(i32, BTreeMap<Text, Text>)| *at == place && has_all(labels);
            let all = things.iter().enumerate().filter(|(_, thing)| picked(thing) && !selector.is_empty());
            let wanted: Vec<usize> = all.map(|(i, _)| i).collect();
            prop_assert_eq!(index.picked(place, &selector).collect::<Vec<_>>(), wanted);
        }
    }
}
