//! Which workloads a service selects, without going through all of them for each service.

use std::collections::BTreeMap;

use crate::ids::Text;

/// Labels, a selector.
type Labels = BTreeMap<Text, Text>;

/// Things with labels, found by these.
#[derive(Debug)]
pub struct Behind<'a, T> {
    all: Vec<(&'a Labels, T)>,
    by_label: BTreeMap<(&'a str, &'a str), Vec<usize>>,
}

impl<T> Default for Behind<'_, T> {
    fn default() -> Self {
        Self { all: Vec::new(), by_label: BTreeMap::new() }
    }
}

impl<'a, T> Behind<'a, T> {
    /// Adds a thing.
    pub fn add(&mut self, labels: &'a Labels, thing: T) {
        for (key, value) in labels {
            self.by_label.entry((&**key, &**value)).or_default().push(self.all.len());
        }
        self.all.push((labels, thing));
    }

    /// The things that a selector selects, in the order in which they were added. An empty selector selects nothing.
    pub fn selected<'s>(&'s self, selector: &'s Labels) -> impl Iterator<Item = &'s T> {
        let having = |(key, value): (&'s Text, &'s Text)| -> &'s [usize] {
            self.by_label.get(&(&**key, &**value)).map_or(&[], Vec::as_slice)
        };
        let shortest = selector.iter().map(having).min_by_key(|having| having.len()).unwrap_or_default();
        let selects = move |labels: &Labels| selector.iter().all(|(key, value)| labels.get(key) == Some(value));
        shortest
            .iter()
            .filter_map(|&i| self.all.get(i))
            .filter(move |(labels, _)| selects(labels))
            .map(|(_, thing)| thing)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(text: &str) -> Labels {
        text.split(',').filter_map(|label| label.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect()
    }

    proptest! {
        #[test]
        fn what_is_selected_is_what_has_all_labels(
            all in prop::collection::vec("([abc]=[xy],){0,3}", 0..8),
            selector in "([abc]=[xy],){0,3}",
        ) {
            let (all, selector): (Vec<_>, _) = (all.iter().map(|text| labels(text)).collect(), labels(&selector));
            let mut behind = Behind::default();
            all.iter().enumerate().for_each(|(i, labels)| behind.add(labels, i));
            let found: Vec<usize> = behind.selected(&selector).copied().collect();
            let has = |labels: &Labels| selector.iter().all(|(key, value)| labels.get(key) == Some(value));
            let wanted: Vec<usize> = (0..all.len()).filter(|i| !selector.is_empty() && has(&all[*i])).collect();
            prop_assert_eq!(found, wanted);
        }
    }
}
