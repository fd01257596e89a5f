//! Where two tables of routes treat a request differently.

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use super::search::Source;
use super::search::{Conditions, Found, Known, Search, Wish};
use super::table::{Effect, Line, Table};

/// How many steps it may take to find out whether there is a request that two lines treat differently. Conditions that people can
/// read need a few dozen.
const MOST: usize = 10_000;

/// The same for all lines of two tables.
const MOST_IN_ALL: usize = 200_000;

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

/// Two tables, and what was found about them so far: callers in nearly all clusters have the same routes.
pub struct Pair<'p> {
    before: Table<'p>,
    after: Table<'p>,
    /// None if the tables are the same.
    conditions: Option<Conditions<'p>>,
    /// What was found for callers, by what conditions can tell of them.
    known: BTreeMap<Known, Differences>,
}

impl<'p> Pair<'p> {
    /// Tables to be compared.
    pub fn of(before: Table<'p>, after: Table<'p>) -> Self {
        let is_same = |(one, other): (&Line<'_>, &Line<'_>)| one.when == other.when && one.effect == other.effect;
        let are_same = before.0.len() == after.0.len() && before.0.iter().zip(&after.0).all(is_same);
        let conditions = (!are_same).then(|| Conditions::of([&before, &after]));
        Self { before, after, conditions, known: BTreeMap::new() }
    }

    /// The table before, and the one after.
    pub fn tables(&self) -> (&Table<'p>, &Table<'p>) {
        (&self.before, &self.after)
    }

    /// Whether these are the tables.
    pub fn is_of(&self, before: &Table<'p>, after: &Table<'p>) -> bool {
        self.before == *before && self.after == *after
    }

    /// The requests of some callers that the tables treat differently; of whichever callers if none is given.
    ///
    /// A request is treated differently if it takes a line of one table and another of the other, and they do not do the same. So
    /// each pair of such lines is looked at, and a request is sought that meets both and no line before them. Most pairs have none:
    /// where the second table has the condition of the first line further up, a request that meets it is taken there.
    pub fn differences(&mut self, callers: &[Source<'p>]) -> Differences {
        let Some(conditions) = &self.conditions else { return Differences::default() };
        let tables = [&self.before, &self.after];
        let mut out = Differences::default();
        for known in conditions.callers(callers) {
            let of_caller = self.known.entry(known).or_insert_with_key(|known| {
                let mut comparison = Comparison { tables, conditions, left: MOST_IN_ALL, out: Differences::default() };
                comparison.of_caller(known);
                comparison.out
            });
            out.add(of_caller);
        }
        out
    }
}

impl Differences {
    /// Adds what was found for other callers. A difference that is certain for one of them is certain.
    fn add(&mut self, others: &Self) {
        self.is_given_up |= others.is_given_up;
        for other in &others.found {
            match self.found.iter_mut().find(|one| (one.before, one.after) == (other.before, other.after)) {
                Some(one) => one.is_doubtful &= other.is_doubtful,
                None => self.found.push(*other),
            }
        }
    }
}

struct Comparison<'t, 'p> {
    tables: [&'t Table<'p>; 2],
    conditions: &'t Conditions<'p>,
    left: usize,
    out: Differences,
}

impl Comparison<'_, '_> {
    fn of_caller(&mut self, known: &Known) {
        let fates = [0, 1].map(|side| self.fates(side, known));
        let last = [0, 1].map(|side| self.last(side, &fates));
        for (a, before) in fates[0].iter().enumerate() {
            for (b, after) in fates[1].iter().enumerate().take(last[0][a] + 1) {
                if last[1][b] >= a && !self.is_same(*before, *after) {
                    self.seek([*before, *after], &fates, [a, b], known);
                }
            }
        }
    }

    /// The lines that a caller's requests may take, and the end.
    fn fates(&self, side: usize, known: &Known) -> Vec<Fate> {
        let lines = self.conditions.lines[side].iter().enumerate();
        let possible = lines.filter(|(_, condition)| !self.conditions.is_out(**condition, known));
        possible.map(|(line, _)| Fate::Route(line)).chain([Fate::Refused, Fate::Plain]).collect()
    }

    /// For each fate of a side, the position of the last one in the other table that the same request may have: that of the first line
    /// with the same condition.
    fn last(&self, side: usize, fates: &[Vec<Fate>; 2]) -> Vec<usize> {
        let other = &fates[1 - side];
        let mut first = BTreeMap::new();
        for (at, fate) in other.iter().enumerate() {
            if let Some(condition) = self.condition(1 - side, *fate) {
                first.entry(condition).or_insert(at);
            }
        }
        let of = |fate: &Fate| self.condition(side, *fate).and_then(|condition| first.get(&condition).copied());
        fates[side].iter().map(|fate| of(fate).unwrap_or(other.len())).collect()
    }

    fn condition(&self, side: usize, fate: Fate) -> Option<usize> {
        match fate {
            Fate::Route(line) => Some(self.conditions.lines[side][line]),
            Fate::Refused | Fate::Plain => None,
        }
    }

    /// Whether requests are treated alike. A route that does nothing is like none.
    fn is_same(&self, before: Fate, after: Fate) -> bool {
        let does = |side: usize, fate: Fate| match fate {
            Fate::Route(line) => Some(Cow::Borrowed(&self.tables[side].0[line].effect)),
            Fate::Plain => Some(Cow::Owned(Effect::plain())),
            Fate::Refused => None,
        };
        does(0, before) == does(1, after)
    }

    /// Looks for a request with these fates, which are at these positions.
    fn seek(&mut self, fates: [Fate; 2], sides: &[Vec<Fate>; 2], at: [usize; 2], known: &Known) {
        let condition = |side: usize| self.condition(side, fates[side]);
        let mut met: Vec<usize> = [0, 1].into_iter().filter_map(condition).collect();
        met.dedup();
        let before = |side: usize| sides[side][..at[side]].iter().map(move |fate| (side, *fate));
        let earlier = before(0).chain(before(1));
        let mut avoided: Vec<usize> = earlier.filter_map(|(side, fate)| self.condition(side, fate)).collect();
        avoided.sort_unstable();
        avoided.dedup();
        let has_routes = fates.map(|fate| match fate {
            Fate::Route(_) => None,
            Fate::Refused => Some(true),
            Fate::Plain => Some(false),
        });
        let most = self.left.min(MOST);
        let mut search = Search::new(self.conditions, Wish { met: &met, has_routes }, most);
        let result = search.run(&mut known.clone(), &avoided);
        self.left -= most - search.left;
        match result {
            Found::Nothing => {}
            Found::GivenUp => self.out.is_given_up = true,
            Found::Doubtful | Found::Certain => {
                let ([before, after], is_doubtful) = (fates, result == Found::Doubtful);
                self.out.found.push(Difference { before, after, is_doubtful });
            }
        }
    }
}
