//! Where two tables of routes treat a request differently.

use std::collections::{BTreeMap, BTreeSet};

use regex_lite::Regex;

use super::paths;
use super::routes::{Literal, Matched, Value, Values, Variable, Wanted, literals};
use super::table::{Effect, Table};
use crate::ids::Text;

/// How many parts are looked at before the comparison is given up. Tables that people can read need far fewer.
const MOST: usize = 200_000;

/// What becomes of a request at a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// The route at this position is taken.
    Route(usize),
    /// None is taken, and the request is refused.
    Refused,
    /// The caller has no routes: the request goes to the service itself.
    Plain,
}

/// A request that two tables treat differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    pub before: Fate,
    pub after: Fate,
    /// Whether there is such a request only if regular expressions match as they are assumed to.
    pub is_doubtful: bool,
}

/// What two tables differ in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// One for each pair of what becomes of a request.
    pub found: Vec<Difference>,
    /// Whether there were too many parts to look at.
    pub is_given_up: bool,
}

/// Whether there may be no such request: whether a text matches a regular expression is assumed, and something else is known of the
/// same text. That some text matches one, and that some matches none, is certain enough.
fn is_doubtful(example: &BTreeMap<Variable<'_>, Value>) -> bool {
    let mut assumed: BTreeMap<Matched<'_>, Vec<bool>> = BTreeMap::new();
    for (variable, value) in example {
        if let (Variable::Matches(_, subject), Value::Is(matches)) = (variable, value) {
            assumed.entry(*subject).or_default().push(*matches);
        }
    }
    let has_prefix = |subject: &Matched<'_>| match (subject, example.get(&Variable::Path)) {
        (Matched::Path, Some(Value::Text(text))) => !paths::is_any(text),
        _ => false,
    };
    assumed.iter().any(|(subject, all)| all.contains(&true) && (all.len() > 1 || has_prefix(subject)))
}

/// The predicates of each line of a table.
type Conditions<'p> = Vec<Vec<Literal<'p>>>;

struct Walk<'t, 'p> {
    tables: [&'t Table<'p>; 2],
    conditions: [Conditions<'p>; 2],
    values: Values<'p>,
    /// Regular expressions by their texts, where they can be compiled.
    regexes: BTreeMap<&'p str, Option<Regex>>,
    known: BTreeMap<Variable<'p>, Value>,
    /// The position of each pair among the differences that are found.
    pairs: BTreeMap<(Fate, Fate), usize>,
    left: usize,
    out: Differences,
}

/// A caller, as conditions on sources see it: its namespace and its labels.
pub type Source<'p> = (&'p Text, &'p BTreeMap<Text, Text>);

/// What conditions can tell of a caller.
pub type Caller<'p> = BTreeMap<Variable<'p>, Value>;

/// The callers that the conditions of two tables tell apart; whichever if no source is given or no condition is on sources.
pub fn callers<'p>(before: &Table<'p>, after: &Table<'p>, sources: &[Source<'p>]) -> Vec<Caller<'p>> {
    let lines = before.0.iter().chain(&after.0);
    let asked: BTreeSet<Variable<'p>> = lines
        .filter(|line| line.when.source.is_some())
        .flat_map(|line| literals(&line.when))
        .filter(Literal::is_source)
        .map(|literal| literal.variable)
        .collect();
    if asked.is_empty() || sources.is_empty() {
        return vec![Caller::new()];
    }
    let value = |(namespace, labels): &Source<'p>, variable: Variable<'p>| match variable {
        Variable::SourceLabel(key) => labels.get(key).map_or(Value::Absent, |value| Value::Text(value.to_string())),
        _ => Value::Text(namespace.to_string()),
    };
    let of = |source: &Source<'p>| asked.iter().map(|variable| (*variable, value(source, *variable))).collect();
    let all: BTreeSet<Caller<'p>> = sources.iter().map(of).collect();
    all.into_iter().collect()
}

/// The requests of some callers that two tables treat differently.
pub fn compare<'p>(before: &Table<'p>, after: &Table<'p>, callers: &[Caller<'p>]) -> Differences {
    let conditions = |table: &Table<'p>| table.0.iter().map(|line| literals(&line.when)).collect();
    let mut walk = Walk {
        tables: [before, after],
        conditions: [conditions(before), conditions(after)],
        values: Values::of([before, after]),
        regexes: BTreeMap::new(),
        known: BTreeMap::new(),
        pairs: BTreeMap::new(),
        left: MOST,
        out: Differences::default(),
    };
    walk.compile();
    for known in callers {
        walk.known = known.clone();
        walk.step([(0..before.0.len()).collect(), (0..after.0.len()).collect()], &mut Vec::new());
    }
    walk.out
}

/// Whether a predicate holds: not known as long as its variable has no value.
enum Holds<'p> {
    Yes,
    No,
    /// It depends on this variable.
    Open(Variable<'p>),
}

impl<'p> Walk<'_, 'p> {
    fn compile(&mut self) {
        let texts = self.conditions.iter().flatten().flatten().filter_map(|literal| match literal.wanted {
            Wanted::Regex(text, _) => Some(text),
            Wanted::Exact(_) | Wanted::Prefix(_) | Wanted::Present => None,
        });
        // Envoy compares the whole text.
        self.regexes = texts.map(|text| (text, Regex::new(&format!("^(?:{text})$")).ok())).collect();
    }

    /// Looks at the requests of which `known` is known. `lines` are the lines of each table that may be taken; `skipped` are lines
    /// of the first table that are alike in both, so that requests which meet them are treated alike.
    fn step(&mut self, lines: [Vec<usize>; 2], skipped: &mut Vec<usize>) {
        if self.left == 0 {
            self.out.is_given_up = true;
            return;
        }
        self.left -= 1;
        let mut lines = [self.possible(0, &lines[0]), self.possible(1, &lines[1])];
        let depth = skipped.len();
        while let ([a, ..], [b, ..]) = (lines[0].as_slice(), lines[1].as_slice()) {
            if !self.are_alike(*a, *b) {
                break;
            }
            skipped.push(*a);
            lines[0].remove(0);
            lines[1].remove(0);
        }
        let is_settled = self.takes_all(skipped) || lines.iter().all(Vec::is_empty) && self.ends_alike();
        if !is_settled {
            self.split_or_compare(lines, skipped);
        }
        skipped.truncate(depth);
    }

    /// Whether lines of both tables have the same conditions and do the same.
    fn are_alike(&self, a: usize, b: usize) -> bool {
        let [first, second] = &self.conditions;
        first[a] == second[b] && self.tables[0].0[a].effect == self.tables[1].0[b].effect
    }

    /// Whether every request that is looked at meets one of some lines of the first table.
    fn takes_all(&self, lines: &[usize]) -> bool {
        lines
            .iter()
            .any(|line| self.conditions[0][*line].iter().all(|literal| matches!(self.holds(literal), Holds::Yes)))
    }

    /// Whether both tables end alike where no line is left: the conditions on callers decide, of whichever lines.
    fn ends_alike(&self) -> bool {
        let sources = |side: usize| -> BTreeSet<Vec<Literal<'p>>> {
            let of = |literals: &Vec<Literal<'p>>| literals.iter().copied().filter(Literal::is_source).collect();
            self.conditions[side].iter().map(of).collect()
        };
        sources(0) == sources(1)
    }

    /// The lines that requests may meet of which this is known.
    fn possible(&self, side: usize, lines: &[usize]) -> Vec<usize> {
        let may =
            |line: &usize| !self.conditions[side][*line].iter().any(|literal| matches!(self.holds(literal), Holds::No));
        lines.iter().copied().filter(may).collect()
    }

    fn split_or_compare(&mut self, lines: [Vec<usize>; 2], skipped: &mut Vec<usize>) {
        // A line that only one table has is decided first: where it is not met, the tables are alike.
        let sides = if self.is_common(&lines) { [1, 0] } else { [0, 1] };
        let open = sides.into_iter().find_map(|side| self.open_of(side, &lines[side]));
        let Some(variable) = open else {
            let fates = [self.fate(0, &lines[0]), self.fate(1, &lines[1])];
            return self.compare_fates(fates, skipped);
        };
        for value in self.values.values(variable).to_vec() {
            self.known.insert(variable, value);
            self.step(lines.clone(), skipped);
        }
        self.known.remove(&variable);
    }

    /// Whether the second table has the line that the first one tries next.
    fn is_common(&self, lines: &[Vec<usize>; 2]) -> bool {
        lines[0].first().is_some_and(|a| lines[1].iter().any(|b| self.are_alike(*a, *b)))
    }

    /// The variable on which it depends what becomes of requests at a table.
    fn open_of(&self, side: usize, lines: &[usize]) -> Option<Variable<'p>> {
        match lines.first() {
            Some(first) => self.open_in(&self.conditions[side][*first]),
            // Whether there are routes for the caller at all depends on the conditions on callers of every line.
            None => {
                let sources = |literals: &Vec<Literal<'p>>| {
                    literals.iter().copied().filter(Literal::is_source).collect::<Vec<_>>()
                };
                let all: Vec<Vec<Literal<'p>>> = self.conditions[side].iter().map(sources).collect();
                let is_met = |literals: &Vec<Literal<'p>>| {
                    literals.iter().all(|literal| matches!(self.holds(literal), Holds::Yes))
                };
                let is_out = |literals: &Vec<Literal<'p>>| {
                    literals.iter().any(|literal| matches!(self.holds(literal), Holds::No))
                };
                if all.iter().any(is_met) {
                    return None;
                }
                all.iter().filter(|literals| !is_out(literals)).find_map(|literals| self.open_in(literals))
            }
        }
    }

    fn open_in(&self, literals: &[Literal<'p>]) -> Option<Variable<'p>> {
        literals.iter().find_map(|literal| match self.holds(literal) {
            Holds::Open(variable) => Some(variable),
            Holds::Yes | Holds::No => None,
        })
    }

    /// What becomes of requests at a table where nothing that matters is open.
    fn fate(&self, side: usize, lines: &[usize]) -> Fate {
        if let Some(first) = lines.first() {
            return Fate::Route(*first);
        }
        let is_for_caller = |literals: &Vec<Literal<'p>>| {
            literals
                .iter()
                .filter(|literal| literal.is_source())
                .all(|literal| matches!(self.holds(literal), Holds::Yes))
        };
        if self.conditions[side].iter().any(is_for_caller) { Fate::Refused } else { Fate::Plain }
    }

    fn compare_fates(&mut self, [before, after]: [Fate; 2], skipped: &[usize]) {
        // A route that does nothing is like none.
        let does = |side: usize, fate: Fate| match fate {
            Fate::Route(line) => Some(self.tables[side].0[line].effect.clone()),
            Fate::Plain => Some(Effect::plain()),
            Fate::Refused => None,
        };
        let is_same = does(0, before) == does(1, after);
        let known = self.pairs.get(&(before, after)).copied();
        if is_same || known.is_some_and(|at| !self.out.found[at].is_doubtful) {
            return;
        }
        // The request must not meet a line that both tables have before.
        let Some(example) = self.avoiding(skipped) else { return };
        let difference = Difference { before, after, is_doubtful: is_doubtful(&example) };
        match known {
            None => {
                self.pairs.insert((before, after), self.out.found.len());
                self.out.found.push(difference);
            }
            Some(at) if !difference.is_doubtful => self.out.found[at] = difference,
            Some(_) => {}
        }
    }

    /// A request like those that are looked at that meets none of some lines of the first table.
    fn avoiding(&mut self, lines: &[usize]) -> Option<BTreeMap<Variable<'p>, Value>> {
        if self.left == 0 {
            self.out.is_given_up = true;
            return None;
        }
        self.left -= 1;
        let lines = self.possible(0, lines);
        let Some(first) = lines.first() else { return Some(self.known.clone()) };
        let variable = self.open_in(&self.conditions[0][*first])?;
        let mut found = None;
        for value in self.values.values(variable).to_vec() {
            self.known.insert(variable, value);
            found = self.avoiding(&lines);
            if found.is_some() {
                break;
            }
        }
        self.known.remove(&variable);
        found
    }

    fn holds(&self, literal: &Literal<'p>) -> Holds<'p> {
        let Literal { variable, wanted, inverted } = *literal;
        let Some(value) = self.known.get(&variable) else { return Holds::Open(variable) };
        let holds = match (wanted, value) {
            (Wanted::Exact(wanted), Value::Text(text)) => text == wanted,
            (Wanted::Prefix(wanted), Value::Text(text)) => text.starts_with(wanted),
            (Wanted::Present, value) => *value != Value::Absent,
            (_, Value::Absent) => false,
            (Wanted::Regex(regex, subject), value) => match self.matches(regex, subject, value) {
                Ok(matches) => matches,
                Err(open) => return Holds::Open(open),
            },
            (Wanted::Exact(_) | Wanted::Prefix(_), Value::Other | Value::Is(_)) => false,
        };
        if holds == inverted { Holds::No } else { Holds::Yes }
    }

    /// Whether a regular expression matches a value; the variable that says so where the value is not known in full.
    fn matches(&self, regex: &'p str, subject: Matched<'p>, value: &Value) -> Result<bool, Variable<'p>> {
        if let Value::Text(text) = value
            && !paths::is_many(text)
            && let Some(Some(compiled)) = self.regexes.get(regex)
        {
            return Ok(compiled.is_match(text));
        }
        let variable = Variable::Matches(regex, subject);
        match self.known.get(&variable) {
            Some(Value::Is(matches)) => Ok(*matches),
            _ => Err(variable),
        }
    }
}
