//! Looks for a request that meets some conditions and none of others.

use std::collections::{BTreeMap, BTreeSet};

use regex_lite::Regex;

use super::paths;
use super::routes::{Literal, Matched, Value, Values, Variable, Wanted, literals};
use super::table::Table;
use crate::ids::Text;

/// The conditions of two tables, with each variable, predicate and condition as a number.
pub(super) struct Conditions<'p> {
    variables: Vec<(Variable<'p>, Vec<Value>)>,
    predicates: Vec<Predicate<'p>>,
    /// The predicates of each condition; equal conditions are one.
    all: Vec<Vec<usize>>,
    /// The condition of each line of each table.
    pub(super) lines: [Vec<usize>; 2],
    /// The predicates on callers that the lines of each table have, each list once.
    sources: [Vec<Vec<usize>>; 2],
    /// The variables that say whether a regular expression matches, with what it is compared with, and that of the path.
    matches: Vec<(usize, Matched<'p>)>,
    path: Option<usize>,
}

/// A predicate, with what becomes of it for each value of its variable.
struct Predicate<'p> {
    literal: Literal<'p>,
    variable: usize,
    outcomes: Vec<Outcome>,
}

/// What becomes of a predicate for a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Fails,
    Holds,
    /// It holds if this variable has this value.
    If(usize, usize),
}

/// Whether a predicate holds: not known as long as its variable has no value.
enum Truth {
    Yes,
    No,
    /// It depends on this variable.
    Open(usize),
}

/// The values that are known, by variable.
pub(super) type Known = Vec<Option<usize>>;

/// A caller, as conditions on sources see it: its namespace and its labels.
pub type Source<'p> = (&'p Text, &'p BTreeMap<Text, Text>);

/// What is looked for.
#[derive(Clone, Copy)]
pub(super) struct Wish<'w> {
    /// The conditions that are met.
    pub(super) met: &'w [usize],
    /// For each table: whether one of its lines is for the caller, if that matters.
    pub(super) has_routes: [Option<bool>; 2],
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    /// A request, if regular expressions match as they are assumed to.
    Doubtful,
    Certain,
    /// Nothing, but not everything was looked at.
    GivenUp,
}

/// The indexes of the values of a variable of the kind [`Variable::Matches`].
const EITHER: [Value; 2] = [Value::Is(false), Value::Is(true)];

impl<'p> Conditions<'p> {
    pub(super) fn of(tables: [&Table<'p>; 2]) -> Self {
        let mut reading = Reading { values: Values::of(tables), ..Reading::default() };
        let mut numbers: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        let lines = tables.map(|table| {
            let of_line = |line: &super::table::Line<'p>| {
                let condition: Vec<usize> =
                    literals(&line.when).into_iter().map(|one| reading.predicate(one)).collect();
                let next = numbers.len();
                *numbers.entry(condition).or_insert(next)
            };
            table.0.iter().map(of_line).collect::<Vec<_>>()
        });
        let mut all = vec![Vec::new(); numbers.len()];
        numbers.into_iter().for_each(|(condition, number)| all[number] = condition);
        let Reading { variables, predicates, .. } = reading;
        let sources = [0, 1].map(|side: usize| {
            let is_source = |predicate: &usize| predicates[*predicate].literal.variable.is_source();
            let of = |line: &usize| all[*line].iter().copied().filter(is_source).collect::<Vec<_>>();
            let mut found: Vec<Vec<usize>> = lines[side].iter().map(of).collect();
            found.sort_unstable();
            found.dedup();
            found
        });
        let matched = |(number, (variable, _)): (usize, &(Variable<'p>, Vec<Value>))| match variable {
            Variable::Matches(_, subject) => Some((number, *subject)),
            _ => None,
        };
        let matches = variables.iter().enumerate().filter_map(matched).collect();
        let path = variables.iter().position(|(variable, _)| *variable == Variable::Path);
        Self { variables, predicates, all, lines, sources, matches, path }
    }

    /// What conditions can tell of callers, each once; nothing if there are none or no condition is on callers.
    pub(super) fn callers(&self, sources: &[Source<'p>]) -> BTreeSet<Known> {
        let nothing = vec![None; self.variables.len()];
        let is_source = |(variable, _): &(Variable<'p>, Vec<Value>)| variable.is_source();
        if sources.is_empty() || !self.variables.iter().any(is_source) {
            return BTreeSet::from([nothing]);
        }
        sources
            .iter()
            .map(|source| self.variables.iter().map(|variable| value_of(source, variable)).collect())
            .collect()
    }

    /// Whether a condition cannot be met.
    pub(super) fn is_out(&self, condition: usize, known: &Known) -> bool {
        self.all[condition].iter().any(|predicate| matches!(self.truth(*predicate, known), Truth::No))
    }

    fn truth(&self, predicate: usize, known: &Known) -> Truth {
        let Predicate { literal: _, variable, outcomes } = &self.predicates[predicate];
        match known[*variable].map(|value| outcomes[value]) {
            None => Truth::Open(*variable),
            Some(Outcome::Fails) => Truth::No,
            Some(Outcome::Holds) => Truth::Yes,
            Some(Outcome::If(variable, wanted)) => match known[variable] {
                None => Truth::Open(variable),
                Some(value) if value == wanted => Truth::Yes,
                Some(_) => Truth::No,
            },
        }
    }

    /// Whether all predicates hold.
    fn all_hold(&self, predicates: &[usize], known: &Known) -> Truth {
        let mut open = None;
        for predicate in predicates {
            match self.truth(*predicate, known) {
                Truth::Yes => {}
                Truth::No => return Truth::No,
                Truth::Open(variable) => open = open.or(Some(variable)),
            }
        }
        open.map_or(Truth::Yes, Truth::Open)
    }

    /// Whether a table has a line for the caller.
    fn has_routes(&self, side: usize, known: &Known) -> Truth {
        let mut open = None;
        for predicates in &self.sources[side] {
            match self.all_hold(predicates, known) {
                Truth::Yes => return Truth::Yes,
                Truth::No => {}
                Truth::Open(variable) => open = open.or(Some(variable)),
            }
        }
        open.map_or(Truth::No, Truth::Open)
    }

    /// Whether there may be no such request: whether a text matches a regular expression is assumed, and something else is known of
    /// the same text. That some text matches one, and that some matches none, is certain enough.
    fn is_doubtful(&self, known: &Known) -> bool {
        let assumed = |subject: Matched<'p>| {
            self.matches.iter().filter(move |(variable, other)| *other == subject && known[*variable].is_some())
        };
        let has_prefix = |subject: Matched<'p>| {
            let path = self.path.filter(|_| subject == Matched::Path);
            let value = path.and_then(|path| self.variables[path].1.get(known[path]?));
            matches!(value, Some(Value::Text(text)) if !paths::is_any(text))
        };
        let is_assumed = |(variable, _): &&(usize, Matched<'p>)| known[*variable] == Some(1);
        let mut all = self.matches.iter().filter(is_assumed);
        all.any(|(_, subject)| assumed(*subject).nth(1).is_some() || has_prefix(*subject))
    }
}

/// The index of the value that a caller has for a variable.
fn value_of<'p>((namespace, labels): &Source<'p>, (variable, values): &(Variable<'p>, Vec<Value>)) -> Option<usize> {
    let text = match variable {
        Variable::SourceNamespace => Some(*namespace),
        Variable::SourceLabel(key) => labels.get(*key),
        _ => return None,
    };
    // A text that no condition mentions is like any other.
    let otherwise = if text.is_some() { Value::Other } else { Value::Absent };
    let is_it = |value: &Value| matches!((value, text), (Value::Text(value), Some(text)) if **value == **text);
    values.iter().position(is_it).or_else(|| values.iter().position(|value| *value == otherwise))
}

/// Numbers variables and predicates.
#[derive(Default)]
struct Reading<'p> {
    values: Values<'p>,
    variables: Vec<(Variable<'p>, Vec<Value>)>,
    numbers: BTreeMap<Variable<'p>, usize>,
    predicates: Vec<Predicate<'p>>,
    known: BTreeMap<Literal<'p>, usize>,
    /// Regular expressions by their texts, where they can be compiled.
    regexes: BTreeMap<&'p str, Option<Regex>>,
}

impl<'p> Reading<'p> {
    fn variable(&mut self, variable: Variable<'p>) -> usize {
        if let Some(known) = self.numbers.get(&variable) {
            return *known;
        }
        let values = match variable {
            Variable::Matches(..) => EITHER.to_vec(),
            _ => self.values.values(variable).to_vec(),
        };
        let number = self.variables.len();
        self.variables.push((variable, values));
        self.numbers.insert(variable, number);
        number
    }

    fn predicate(&mut self, literal: Literal<'p>) -> usize {
        if let Some(known) = self.known.get(&literal) {
            return *known;
        }
        let variable = self.variable(literal.variable);
        let values = self.variables[variable].1.clone();
        let outcomes = values.iter().map(|value| self.outcome(literal, value)).collect();
        let number = self.predicates.len();
        self.predicates.push(Predicate { literal, variable, outcomes });
        self.known.insert(literal, number);
        number
    }

    fn outcome(&mut self, Literal { variable: _, wanted, inverted }: Literal<'p>, value: &Value) -> Outcome {
        let holds = match (wanted, value) {
            (Wanted::Exact(wanted), Value::Text(text)) => text == wanted,
            (Wanted::Prefix(wanted), Value::Text(text)) => text.starts_with(wanted),
            (Wanted::Present, value) => *value != Value::Absent,
            (_, Value::Absent) => false,
            (Wanted::Regex(regex, subject), value) => match self.matches(regex, value) {
                Some(matches) => matches,
                None => return Outcome::If(self.variable(Variable::Matches(regex, subject)), usize::from(!inverted)),
            },
            (Wanted::Exact(_) | Wanted::Prefix(_), Value::Other | Value::Is(_)) => false,
        };
        if holds == inverted { Outcome::Fails } else { Outcome::Holds }
    }

    /// Whether a regular expression matches a value, if that is known in full.
    fn matches(&mut self, regex: &'p str, value: &Value) -> Option<bool> {
        let Value::Text(text) = value else { return None };
        if paths::is_many(text) {
            return None;
        }
        // Envoy compares the whole text.
        let compiled = self.regexes.entry(regex).or_insert_with(|| Regex::new(&format!("^(?:{regex})$")).ok());
        compiled.as_ref().map(|compiled| compiled.is_match(text))
    }
}

/// A search for one request.
pub(super) struct Search<'s, 'p> {
    pub(super) conditions: &'s Conditions<'p>,
    pub(super) wish: Wish<'s>,
    /// How many steps it may take; what is left afterwards.
    pub(super) left: usize,
    found: Found,
}

impl<'s, 'p> Search<'s, 'p> {
    pub(super) fn new(conditions: &'s Conditions<'p>, wish: Wish<'s>, left: usize) -> Self {
        Self { conditions, wish, left, found: Found::Nothing }
    }

    /// Looks for a request that meets what is wished for and none of some conditions.
    pub(super) fn run(&mut self, known: &mut Known, avoided: &[usize]) -> Found {
        self.step(known, avoided);
        self.found
    }

    /// Whether the search is over.
    fn step(&mut self, known: &mut Known, avoided: &[usize]) -> bool {
        if self.left == 0 {
            if self.found == Found::Nothing {
                self.found = Found::GivenUp;
            }
            return true;
        }
        self.left -= 1;
        // What more is assumed makes no request certain.
        if self.found == Found::Doubtful && self.conditions.is_doubtful(known) {
            return false;
        }
        match self.wanted(known) {
            Truth::No => return false,
            Truth::Open(variable) => return self.split(variable, None, known, avoided),
            Truth::Yes => {}
        }
        let mut left = Vec::with_capacity(avoided.len());
        // The condition with the fewest open predicates is the hardest to avoid.
        let mut hardest: Option<(usize, usize)> = None;
        for condition in avoided {
            match self.open(*condition, known) {
                None => {}
                Some((0, _)) => return false,
                Some((open, predicate)) => {
                    left.push(*condition);
                    hardest = hardest.filter(|(fewest, _)| *fewest <= open).or(Some((open, predicate)));
                }
            }
        }
        let Some((open, predicate)) = hardest else {
            let is_doubtful = self.conditions.is_doubtful(known);
            self.found = if is_doubtful { Found::Doubtful } else { Found::Certain };
            return !is_doubtful;
        };
        let Truth::Open(variable) = self.conditions.truth(predicate, known) else { return false };
        self.split(variable, Some((predicate, open == 1)), known, &left)
    }

    /// How many predicates of a condition are open, and one of them; none if the condition is not met.
    fn open(&self, condition: usize, known: &Known) -> Option<(usize, usize)> {
        let (mut count, mut first) = (0, 0);
        for predicate in self.conditions.all[condition].iter().rev() {
            match self.conditions.truth(*predicate, known) {
                Truth::Yes => {}
                Truth::No => return None,
                Truth::Open(_) => (count, first) = (count + 1, *predicate),
            }
        }
        Some((count, first))
    }

    /// Whether what is wished for holds.
    fn wanted(&self, known: &Known) -> Truth {
        let mut open = None;
        for (side, wish) in self.wish.has_routes.iter().enumerate() {
            let Some(wish) = wish else { continue };
            match self.conditions.has_routes(side, known) {
                Truth::Open(variable) => open = open.or(Some(variable)),
                Truth::Yes if !*wish => return Truth::No,
                Truth::No if *wish => return Truth::No,
                Truth::Yes | Truth::No => {}
            }
        }
        for condition in self.wish.met {
            match self.conditions.all_hold(&self.conditions.all[*condition], known) {
                Truth::Yes => {}
                Truth::No => return Truth::No,
                Truth::Open(variable) => open = open.or(Some(variable)),
            }
        }
        open.map_or(Truth::Yes, Truth::Open)
    }

    /// Goes on with each value of a variable, first with those for which a predicate fails, and with these alone if it has to.
    fn split(
        &mut self,
        variable: usize,
        predicate: Option<(usize, bool)>,
        known: &mut Known,
        avoided: &[usize],
    ) -> bool {
        let mut values: Vec<usize> = (0..self.conditions.variables[variable].1.len()).collect();
        let predicate = predicate.map(|(predicate, must_fail)| (&self.conditions.predicates[predicate], must_fail));
        if let Some((predicate, must_fail)) = predicate.filter(|(predicate, _)| predicate.variable == variable) {
            values.retain(|value| !must_fail || predicate.outcomes[*value] != Outcome::Holds);
            values.sort_by_key(|value| predicate.outcomes[*value] != Outcome::Fails);
        }
        let is_over = values.into_iter().any(|value| {
            known[variable] = Some(value);
            self.step(known, avoided)
        });
        known[variable] = None;
        is_over
    }
}
