//! Whether Istio accepts a regular expression: the syntax of RE2 as Go's package `regexp` reads it, with which Istio checks them.
//!
//! A parser of its own, since no crate has this syntax: `regex` accepts sets of classes and `a**`, and refuses `\Q…\E` and a
//! literal `{`. Go's limits on the depth and the size of an expression are left out: no expression that is as short as Istio
//! requires ([`LONGEST`]) exceeds them.

mod class;
mod counts;
mod escape;
mod names;
mod unicode;

use class::class;
use counts::{Counts, counts};
use escape::{Escaped, after_backslash};

/// The length up to which current versions of Istio accept expressions, in bytes.
pub(super) const LONGEST: usize = 1024;

/// What is wrong with an expression.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// A sentence that begins with the part of the expression.
    pub(super) what: String,
    /// What would be right, if there is one answer.
    pub(super) hint: Option<&'static str>,
}

impl Wrong {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None }
    }

    fn hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }
}

/// Checks an expression.
pub(super) fn check(text: &str) -> Result<(), Wrong> {
    let mut parser = Parser { rest: text, open: vec![Group::default()], names: Vec::new(), stacked: None };
    while !parser.rest.is_empty() {
        parser.step()?;
    }
    match parser.open.len() {
        1 => Ok(()),
        _ => Err(Wrong::new("an opening ( is not closed").hint("close it, or write \\( for the character")),
    }
}

struct Parser<'t> {
    rest: &'t str,
    /// The groups that are open, the outermost first.
    open: Vec<Group>,
    /// The names of groups so far.
    names: Vec<&'t str>,
    /// Where a repetition begins to which the next one would be stacked.
    stacked: Option<&'t str>,
}

/// The inside of a group so far. A part is known by how often it is repeated within itself, 1 without repetitions.
#[derive(Default)]
struct Group {
    /// Of all parts but the last one, the one that is repeated most.
    most: u32,
    /// The last part, which a repetition would apply to.
    last: Option<u32>,
}

impl Group {
    /// Adds a part.
    fn add(&mut self, repeated: u32) {
        self.close();
        self.last = Some(repeated);
    }

    /// Begins an alternative, or ends the group.
    fn close(&mut self) {
        self.most = self.most.max(self.last.take().unwrap_or(1));
    }
}

impl<'t> Parser<'t> {
    fn group(&mut self) -> &mut Group {
        if self.open.is_empty() {
            self.open.push(Group::default());
        }
        let last = self.open.len() - 1;
        &mut self.open[last]
    }

    /// Reads one part.
    fn step(&mut self) -> Result<(), Wrong> {
        let stacked = self.stacked.take();
        let Some(next) = self.rest.chars().next() else { return Ok(()) };
        let (here, after) = (self.rest, &self.rest[next.len_utf8()..]);
        self.rest = after;
        match next {
            '(' => return self.open_group(here),
            ')' => return self.close_group(),
            '|' => self.group().close(),
            '*' | '+' | '?' => return self.repeat(here, after, None, stacked),
            '{' => match counts(after) {
                Some((counts, after)) => return self.repeat(here, after, Some(counts), stacked),
                None => self.group().add(1),
            },
            '[' => {
                self.rest = class(after)?;
                self.group().add(1);
            }
            '\\' => match after_backslash(after)? {
                Escaped::One(rest) => {
                    self.rest = rest;
                    self.group().add(1);
                }
                Escaped::Quoted { quoted, rest } => {
                    self.rest = rest;
                    quoted.chars().for_each(|_| self.group().add(1));
                }
            },
            _ => self.group().add(1),
        }
        Ok(())
    }

    /// Opens a group, or reads flags. `here` begins with the bracket.
    fn open_group(&mut self, here: &'t str) -> Result<(), Wrong> {
        let Some(extended) = self.rest.strip_prefix('?') else {
            self.open.push(Group::default());
            return Ok(());
        };
        // Without the P it is a group of later versions only.
        if let Some(named) = extended.strip_prefix("P<") {
            return self.open_named(here, named);
        }
        let end = extended.find(|c: char| !matches!(c, 'i' | 'm' | 's' | 'U' | '-')).unwrap_or(extended.len());
        let (flags, rest) = extended.split_at(end);
        let is_right = match flags.split_once('-') {
            None => true,
            Some((_, off)) => !off.is_empty() && !off.contains('-'),
        };
        match rest.chars().next() {
            Some(':') if is_right => self.open.push(Group::default()),
            Some(')') if is_right => {}
            _ => return Err(unsupported_group(here)),
        }
        self.rest = &rest[1..];
        Ok(())
    }

    fn open_named(&mut self, here: &'t str, named: &'t str) -> Result<(), Wrong> {
        let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
        let Some((name, rest)) = named.split_once('>').filter(|(name, _)| is_name(name)) else {
            return Err(unsupported_group(here));
        };
        if self.names.contains(&name) {
            return Err(Wrong::new(format!("the group name {name} is there twice")));
        }
        self.names.push(name);
        self.open.push(Group::default());
        self.rest = rest;
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), Wrong> {
        if self.open.len() < 2 {
            return Err(Wrong::new("a closing ) has no opening one").hint("remove it, or write \\) for the character"));
        }
        let mut group = self.open.pop().unwrap_or_default();
        group.close();
        self.group().add(group.most);
        Ok(())
    }

    /// Repeats the last part. `here` begins with the repetition, which ends before `after` but for the `?` that makes it lazy.
    fn repeat(
        &mut self,
        here: &'t str,
        after: &'t str,
        counts: Option<Counts>,
        stacked: Option<&'t str>,
    ) -> Result<(), Wrong> {
        let after = after.strip_prefix('?').unwrap_or(after);
        let written = |from: &'t str| &from[..from.len() - after.len()];
        if let Some(first) = stacked {
            let hint = "repeat the part once, or put it in (?:…)";
            return Err(Wrong::new(format!("{} repeats a repetition", written(first))).hint(hint));
        }
        let Some(last) = self.group().last else {
            let hint = "write .* for any text, or a \\ before the character";
            return Err(Wrong::new(format!("{} has nothing before it that it repeats", written(here))).hint(hint));
        };
        if let Some(counts) = counts {
            let repeated = counts.repeated(last).ok_or_else(|| {
                let what = format!("{} is not a valid number of repetitions", written(here));
                Wrong::new(what).hint("use at most 1000, in nested repetitions together, and the lower number first")
            })?;
            self.group().last = Some(repeated);
        }
        (self.stacked, self.rest) = (Some(here), after);
        Ok(())
    }
}

fn unsupported_group(here: &str) -> Wrong {
    let is_look = ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|look| here.starts_with(look));
    let end = here.char_indices().nth(if here.starts_with("(?<") { 4 } else { 3 });
    let written = &here[..end.map_or(here.len(), |(end, _)| end)];
    match is_look {
        true => Wrong::new(format!("{written} looks around, which RE2 does not support"))
            .hint("match the text itself, or exclude it by invertMatch on a header"),
        false => Wrong::new(format!("{written} does not begin a group that RE2 supports")),
    }
}

#[cfg(test)]
mod tests;
