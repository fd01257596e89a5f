//! What one side lets in and the other does not.

use std::collections::BTreeSet;
use std::ops::Range;

use super::admission::{Admission, Allow};
use super::callers::{CallerPart, Mentioned};
use super::operations::{Cell, Choice, Operations, Product, boxes};
use super::parts::{Part, RuleSet, alike};
use super::paths::{self, Pattern};

/// Which side lets something in that the other refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Revision {
    Before,
    After,
}

/// Requests of some callers that one side alone lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessDifference<'p> {
    pub by: Revision,
    pub callers: Vec<CallerPart<'p>>,
    /// Whether these are all callers there are.
    pub is_everyone: bool,
    pub operations: Vec<Operations>,
}

/// What two admissions differ in.
#[derive(Debug)]
pub struct Comparison<'p> {
    /// Nothing if both let the same in.
    pub differences: Vec<AccessDifference<'p>>,
    /// What they mention of callers, to find the part of each.
    pub mentioned: Mentioned<'p>,
}

/// The parts of all requests.
struct Parts<'p> {
    callers: Vec<Part<CallerPart<'p>>>,
    methods: Vec<Part<Option<&'p str>>>,
    paths: Vec<Part<String>>,
    ports: Vec<Part<Option<u32>>>,
    patterns: BTreeSet<&'p str>,
}

/// Compares two admissions.
pub fn compare<'p>(before: &Admission<'p>, after: &Admission<'p>) -> Comparison<'p> {
    let rules: Vec<&Allow<'p>> = before.allowed.iter().chain(&after.allowed).collect();
    let (first, second) = (0..before.allowed.len(), before.allowed.len()..rules.len());
    let mut mentioned = Mentioned::default();
    rules.iter().flat_map(|rule| rule.callers).for_each(|callers| mentioned.add(callers));
    let parts = Parts::of(&rules, &mentioned);
    let lets_in = |admission: &Admission<'_>, range: &Range<usize>, rules: &RuleSet| match range.is_empty() {
        true => admission.is_open(),
        false => rules.any(range.clone()),
    };
    let mut lost: Vec<(usize, BTreeSet<Cell>)> = Vec::new();
    let mut gained = lost.clone();
    for (i, caller) in parts.callers.iter().enumerate() {
        let (mut less, mut more) = (BTreeSet::new(), BTreeSet::new());
        parts.each_cell(&caller.rules, |cell, rules| {
            match (lets_in(before, &first, rules), lets_in(after, &second, rules)) {
                (true, false) => {
                    less.insert(cell);
                }
                (false, true) => {
                    more.insert(cell);
                }
                (true, true) | (false, false) => {}
            }
        });
        lost.push((i, less));
        gained.push((i, more));
    }
    let mut differences = parts.together(Revision::Before, lost);
    differences.extend(parts.together(Revision::After, gained));
    Comparison { differences, mentioned }
}

impl<'p> Parts<'p> {
    fn of(rules: &[&Allow<'p>], mentioned: &Mentioned<'p>) -> Self {
        let methods: BTreeSet<&'p str> = rules.iter().flat_map(|rule| rule.methods.iter().copied()).collect();
        let patterns: BTreeSet<&'p str> = rules.iter().flat_map(|rule| rule.paths.iter().copied()).collect();
        let ports: BTreeSet<u32> = rules.iter().flat_map(|rule| rule.ports.iter().copied()).collect();
        let count = rules.len();
        let of = |is_in: &dyn Fn(&Allow<'p>) -> bool| RuleSet::of(count, |i| is_in(rules[i]));
        let paths = paths::representatives(patterns.iter().map(|text| Pattern::of_access(text)));
        let matches = |rule: &Allow<'p>, path: &str| {
            rule.paths.is_empty() || rule.paths.iter().any(|text| Pattern::of_access(text).matches(path))
        };
        Self {
            callers: alike(mentioned.parts(), |part| of(&|rule| part.is_among(rule.callers))),
            methods: alike(or_other(methods), |method| {
                of(&|rule| rule.methods.is_empty() || method.is_some_and(|method| rule.methods.contains(&method)))
            }),
            paths: alike(paths, |path| of(&|rule| matches(rule, path))),
            ports: alike(or_other(ports), |port| {
                of(&|rule| rule.ports.is_empty() || port.is_some_and(|port| rule.ports.contains(&port)))
            }),
            patterns,
        }
    }

    /// Calls a function for each cell with the rules that match it.
    fn each_cell(&self, callers: &RuleSet, mut f: impl FnMut(Cell, &RuleSet)) {
        for (m, method) in self.methods.iter().enumerate() {
            let rules = callers.and(&method.rules);
            for (p, path) in self.paths.iter().enumerate() {
                let rules = rules.and(&path.rules);
                for (o, port) in self.ports.iter().enumerate() {
                    f((m, p, o), &rules.and(&port.rules));
                }
            }
        }
    }

    /// The differences of one kind; callers with the same ones are put together.
    fn together(&self, by: Revision, found: Vec<(usize, BTreeSet<Cell>)>) -> Vec<AccessDifference<'p>> {
        let mut by_cells: Vec<(BTreeSet<Cell>, Vec<usize>)> = Vec::new();
        for (caller, cells) in found.into_iter().filter(|(_, cells)| !cells.is_empty()) {
            match by_cells.iter_mut().find(|(known, _)| *known == cells) {
                Some((_, callers)) => callers.push(caller),
                None => by_cells.push((cells, vec![caller])),
            }
        }
        let difference = |(cells, callers): (BTreeSet<Cell>, Vec<usize>)| AccessDifference {
            by,
            is_everyone: callers.len() == self.callers.len(),
            callers: callers.iter().flat_map(|i| self.callers[*i].members.iter().copied()).collect(),
            operations: boxes(&cells).iter().map(|part| self.operations(part)).collect(),
        };
        by_cells.into_iter().map(difference).collect()
    }

    fn operations(&self, (methods, paths, ports): &Product) -> Operations {
        let text = |port: &Option<u32>| port.map(|port| port.to_string());
        Operations {
            methods: choice(&self.methods, methods, |method| method.map(str::to_owned)),
            paths: self.choice_of_paths(paths),
            ports: choice(&self.ports, ports, text),
        }
    }

    /// Some of the paths, by the patterns that they are all of; the others by their representatives.
    fn choice_of_paths(&self, chosen: &BTreeSet<usize>) -> Option<Choice> {
        if chosen.len() == self.paths.len() {
            return None;
        }
        let named = |is_in: &dyn Fn(usize) -> bool| {
            let of = |pattern: &str, i: usize| {
                self.paths[i].members.iter().any(|path| Pattern::of_access(pattern).matches(path))
            };
            let all = |pattern: &&&'p str| (0..self.paths.len()).all(|i| is_in(i) || !of(pattern, i));
            let whole: Vec<&str> = self.patterns.iter().filter(all).copied().collect();
            let is_named = |path: &str| whole.iter().any(|pattern| Pattern::of_access(pattern).matches(path));
            let parts = (0..self.paths.len()).filter(|i| is_in(*i)).flat_map(|i| &self.paths[i].members);
            let left: Vec<String> = parts.filter(|path| !is_named(path)).map(|path| paths::shown(path)).collect();
            (whole.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>(), left)
        };
        let (these, left) = named(&|i| chosen.contains(&i));
        if left.is_empty() {
            return Some(Choice::These(these));
        }
        match named(&|i| !chosen.contains(&i)) {
            (others, none) if none.is_empty() => Some(Choice::AllBut(others)),
            _ => Some(Choice::These(these.into_iter().chain(left).collect())),
        }
    }
}

fn or_other<T: Copy>(known: BTreeSet<T>) -> Vec<Option<T>> {
    known.into_iter().map(Some).chain([None]).collect()
}

/// Some of the values of a dimension of which all but one part are known by name.
fn choice<T>(
    parts: &[Part<Option<T>>],
    chosen: &BTreeSet<usize>,
    text: impl Fn(&Option<T>) -> Option<String>,
) -> Option<Choice> {
    if chosen.len() == parts.len() {
        return None;
    }
    let names = |is_in: &dyn Fn(usize) -> bool| {
        let members = parts.iter().enumerate().filter(|(i, _)| is_in(*i)).flat_map(|(_, part)| &part.members);
        members.map(&text).collect::<Option<Vec<String>>>()
    };
    names(&|i| chosen.contains(&i)).map(Choice::These).or_else(|| names(&|i| !chosen.contains(&i)).map(Choice::AllBut))
}
