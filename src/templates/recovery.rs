//! Goes on after a mistake: what is wrong is taken out of a copy of the template, so that one run shows the next mistake as well.
//! What such a copy gives is never used.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use minijinja::{Environment, Error, Value};

use super::engine::environment;
use super::library::Library;
use super::undefined::innermost;

/// Copies of templates with nothing in the place of each mistake.
#[derive(Default)]
pub(super) struct Recovery {
    environment: Option<Environment<'static>>,
    sources: BTreeMap<String, String>,
    /// What was taken out: the template and the position in it.
    taken: BTreeSet<(String, usize)>,
}

impl Recovery {
    /// The texts of templates, as far as they differ from those of the files.
    pub(super) fn sources<'s>(&'s self, library: &'s Library<'_>) -> impl Fn(&str) -> Option<&'s str> {
        |name| {
            let copy = self.sources.get(name).map(String::as_str);
            copy.or_else(|| library.files.get(name).map(|file| file.text.as_str()))
        }
    }

    /// Takes out what an error is about. Whether that was possible, and more mistakes may show.
    pub(super) fn take_out(&mut self, error: &Error, library: &Library<'_>) -> bool {
        let error = innermost(error);
        let (Some(name), Some(range)) = (error.name(), error.range()) else { return false };
        if self.taken.contains(&(name.to_owned(), range.start)) {
            return self.environment.is_some();
        }
        let Some(text) = self.sources(library)(name).and_then(|text| without(text, range.start)) else { return false };
        let copies = self.environment.get_or_insert_with(|| copies(library));
        if copies.add_template_owned(name.to_owned(), text.clone()).is_err() {
            return false;
        }
        self.sources.insert(name.to_owned(), text);
        self.taken.insert((name.to_owned(), range.start))
    }

    /// Renders a copy.
    pub(super) fn render(&self, name: &str, context: &Value) -> Result<String, Error> {
        let Some(environment) = &self.environment else { return Ok(String::new()) };
        environment.get_template(name)?.render(context.clone())
    }
}

fn copies(library: &Library<'_>) -> Environment<'static> {
    let mut copies = environment();
    for (name, file) in &library.files {
        // One that cannot be parsed was reported when it was read.
        let _ = copies.add_template_owned((*name).to_owned(), file.text.clone());
    }
    copies
}

/// A template without the expression of the tag that a position is in; nothing if the rest would make no sense without it.
fn without(text: &str, at: usize) -> Option<String> {
    let Range { start, end } = tag(text, at)?;
    let inside = &text[start + 2..end - 2];
    if text[start..].starts_with("{{") {
        return Some(replaced(text, start + 2..end - 2, "0"));
    }
    let words = inside.trim_start_matches(['-', '+']).trim_start();
    let keyword = words.split(|c: char| !c.is_ascii_alphabetic()).next()?;
    let body = end - 2 - words.len();
    match keyword {
        "if" | "elif" => Some(replaced(text, body + keyword.len()..end - 2, " 0")),
        "for" => {
            let list = words.find(" in ")? + " in ".len();
            Some(replaced(text, body + list..end - 2, "[]"))
        }
        "include" => Some(replaced(text, body..end - 2, "set _ = 0")),
        _ => None,
    }
}

/// The tag around a position.
fn tag(text: &str, at: usize) -> Option<Range<usize>> {
    let before = text.get(..text.len().min(at + 2))?;
    let start = before.rfind("{{").max(before.rfind("{%"))?;
    let close = if text[start..].starts_with("{{") { "}}" } else { "%}" };
    let end = start + text[start..].find(close)? + close.len();
    (at < end && end >= start + 4).then_some(start..end)
}

/// A text with something else in a place, with the same lines and, if there is room, at the same columns.
fn replaced(text: &str, range: Range<usize>, with: &str) -> String {
    let old = &text[range.clone()];
    // What controls white space stays.
    let control = old.trim_end().chars().next_back().filter(|c| *c == '-' || *c == '+');
    let mut new = String::from(with);
    let lines = old.matches('\n').count();
    let room = old.len().saturating_sub(with.len() + lines + usize::from(control.is_some()));
    new.push_str(&" ".repeat(room));
    new.push_str(&"\n".repeat(lines));
    new.extend(control);
    [&text[..range.start], &new, &text[range.end..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_emptied() {
        for (text, wanted) in [
            ("a: {{ x.y }}\nb: 1", Some("a: {{0    }}\nb: 1")),
            ("{{ x.y\n -}}", Some("{{0    \n-}}")),
            ("{% if x.y %}z{% endif %}", Some("{% if 0   %}z{% endif %}")),
            ("{%- for a in x.y -%}z{% endfor %}", Some("{%- for a in []  -%}z{% endfor %}")),
            ("{% set a = x.y %}", None),
        ] {
            let at = text.find("x.y").expect("the expression");
            assert_eq!(without(text, at).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn an_include_becomes_a_tag_that_does_nothing() {
        let text = "{% include \"lib/none.j2\" %}\n";
        let found = without(text, 3).expect("another text");
        let mut environment = environment();
        environment.add_template_owned("x", found).expect("a template");
        assert_eq!(environment.get_template("x").and_then(|x| x.render(())).expect("an output"), "");
    }
}
