//! Parts of one dimension of requests, and those of them that rules treat alike.

use std::collections::BTreeMap;

/// Some rules of both sides, by position: a bit for each.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleSet(Vec<u64>);

impl RuleSet {
    /// Those of some number of rules that fulfil a condition.
    pub fn of(count: usize, is_in: impl Fn(usize) -> bool) -> Self {
        let mut out = vec![0; count.div_ceil(64)];
        for i in (0..count).filter(|i| is_in(*i)) {
            out[i / 64] |= 1 << (i % 64);
        }
        Self(out)
    }

    /// Those that are in another set too.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }

    /// Whether one of the rules in a range is in it.
    pub fn any(&self, range: std::ops::Range<usize>) -> bool {
        range.into_iter().any(|i| self.0[i / 64] & (1 << (i % 64)) != 0)
    }
}

/// Parts of a dimension that the same rules match.
#[derive(Clone, Debug)]
pub struct Part<T> {
    pub rules: RuleSet,
    pub members: Vec<T>,
}

/// Puts together what the same rules match, in the order of the first member of each.
pub fn alike<T>(members: impl IntoIterator<Item = T>, rules: impl Fn(&T) -> RuleSet) -> Vec<Part<T>> {
    let mut out: Vec<Part<T>> = Vec::new();
    let mut known: BTreeMap<RuleSet, usize> = BTreeMap::new();
    for member in members {
        let rules = rules(&member);
        match known.get(&rules) {
            Some(at) => out[*at].members.push(member),
            None => {
                known.insert(rules.clone(), out.len());
                out.push(Part { rules, members: vec![member] });
            }
        }
    }
    out
}
