//! Comments that accept a finding where it is: `# meshtree: allow MT0607 the pods follow on Monday`.
//!
//! Behind a line or above it, the comment covers that line and what is nested in it; at the first line of a document, the whole
//! document. Parsers drop comments, so they are found in the text.

mod lines;

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use super::{Code, Diag, Place, Pos, Report, Severity, nearest};
use crate::ids::Text;
use lines::{Comment, Line, lines};

/// What every comment for this program begins with.
const MARK: &str = "meshtree:";

/// The accepted findings of a fleet.
#[derive(Debug, Default)]
pub struct Allowed {
    files: BTreeMap<Text, BTreeMap<Code, Covers>>,
    /// Comments that are not valid.
    refused: Vec<Diag>,
}

/// The comments of one file that allow one code. What one of them covers is either within what another one covers or apart from it.
#[derive(Debug, Default)]
struct Covers(Vec<Allow>);

/// One comment.
#[derive(Debug)]
struct Allow {
    at: Pos,
    /// The lines that it covers.
    covers: Range<usize>,
    /// The comment within whose lines these are, the narrowest one.
    within: Option<usize>,
    used: Cell<bool>,
}

impl Covers {
    /// Sorts comments by what they cover, the wider first.
    fn new(mut allows: Vec<Allow>) -> Self {
        allows.sort_by_key(|allow| (allow.covers.start, Reverse(allow.covers.end), allow.at.line, allow.at.column));
        let mut open: Vec<usize> = Vec::new();
        for i in 0..allows.len() {
            while open.pop_if(|outer| allows[*outer].covers.end <= allows[i].covers.start).is_some() {}
            allows[i].within = open.last().copied();
            open.push(i);
        }
        Self(allows)
    }

    /// The comments that cover a line.
    fn at(&self, line: usize) -> impl Iterator<Item = &Allow> {
        let last = self.0.partition_point(|allow| allow.covers.start <= line).checked_sub(1);
        let outwards = std::iter::successors(last, |index| self.0[*index].within).map(|index| &self.0[index]);
        outwards.filter(move |allow| allow.covers.contains(&line))
    }
}

impl Allowed {
    /// Reads the comments of a file of this text.
    pub fn read(&mut self, file: &Text, text: &str) {
        if !text.contains(MARK) {
            return;
        }
        let (lines, comments) = lines(text);
        let ends = ends(&lines);
        let mut found: BTreeMap<Code, Vec<Allow>> = BTreeMap::new();
        for Comment { at, text, above } in comments {
            let Some(words) = text.strip_prefix(MARK) else { continue };
            match code(words) {
                Ok(code) => {
                    // A comment below everything covers nothing.
                    let covers = lines.get(above).map_or(0..0, |line| line.number..ends[above] + 1);
                    found.entry(code).or_default().push(Allow { at, covers, within: None, used: Cell::new(false) });
                }
                Err((message, hint)) => {
                    let diag = Diag::new(Code::BadAllow, Place::Point(file.clone(), at), message);
                    self.refused.push(diag.hint(hint));
                }
            }
        }
        if !found.is_empty() {
            let found = found.into_iter().map(|(code, allows)| (code, Covers::new(allows)));
            self.files.entry(file.clone()).or_default().extend(found);
        }
    }

    /// Comments that are not valid. They have no effect.
    pub fn refused(&self) -> &[Diag] {
        &self.refused
    }

    /// Whether a file has any such comment, so that the lines of its findings matter.
    pub fn concerns(&self, file: &Text) -> bool {
        self.files.contains_key(file)
    }

    /// Whether a comment allows this finding, which is at a line of a file. Errors are never allowed.
    pub fn allows(&self, diag: &Diag, file: &Text, line: usize) -> bool {
        if diag.severity == Severity::Error || diag.is_left_out() {
            return false;
        }
        let of_code = self.files.get(file).and_then(|codes| codes.get(&diag.code));
        let mut allowed = false;
        for allow in of_code.into_iter().flat_map(|covers| covers.at(line)) {
            allow.used.set(true);
            allowed = true;
        }
        allowed
    }

    /// Reports the comments that allowed nothing. Every finding has to be known.
    pub fn report_unused(&self, report: &mut Report) {
        for (file, codes) in &self.files {
            let all = codes.iter().flat_map(|(code, covers)| covers.0.iter().map(move |allow| (code, allow)));
            let mut unused: Vec<(&Code, &Allow)> = all.filter(|(_, allow)| !allow.used.get()).collect();
            unused.sort_by_key(|(_, allow)| (allow.at.line, allow.at.column));
            for (code, allow) in unused {
                let message = format!("this comment allows {code}, and there is no such finding here");
                let diag = Diag::new(Code::UnusedAllow, Place::Point(file.clone(), allow.at), message);
                report.push(diag.hint("remove the comment"));
            }
        }
    }
}

/// The code that a comment allows, from its words behind the mark; or what is wrong and what would be right.
fn code(words: &str) -> Result<Code, (String, String)> {
    const FORM: &str = "write `# meshtree: allow CODE REASON`";
    let mut words = words.split_whitespace();
    match words.next() {
        Some("allow") => {}
        Some(other) => return Err((format!("`meshtree: {other}` is not a known comment"), FORM.to_owned())),
        None => return Err(("this comment allows nothing".to_owned(), FORM.to_owned())),
    }
    let Some(word) = words.next() else {
        return Err(("this comment does not name the code that it allows".to_owned(), FORM.to_owned()));
    };
    let Ok(code) = word.trim_end_matches([':', ',']).parse::<Code>() else {
        let near = nearest(word, Code::ALL.iter().map(|code| code.as_str()));
        let hint = near.map_or_else(|| FORM.to_owned(), |near| format!("did you mean {near}?"));
        return Err((format!("{word:?} is not a diagnostic code"), hint));
    };
    if code.severity() == Severity::Error {
        let hint = "fix the cause and remove the comment".to_owned();
        return Err((format!("{code} is an error, and errors cannot be allowed"), hint));
    }
    if code.is_loud() {
        let why = "is about key material or about a service that is opened or shut, and is always reported";
        return Err((format!("{code} {why}"), "remove the comment".to_owned()));
    }
    if !words.any(|word| word.contains(char::is_alphanumeric)) {
        return Err((
            format!("this comment gives no reason for allowing {code}, so it has no effect"),
            FORM.to_owned(),
        ));
    }
    Ok(code)
}

/// For each line, the number of the last line that is nested in it.
fn ends(lines: &[Line]) -> Vec<usize> {
    let mut ends = vec![0; lines.len()];
    let mut open: Vec<usize> = Vec::new();
    let mut last = 0;
    for (index, line) in lines.iter().enumerate() {
        while let Some(outer) = open.pop_if(|outer| !is_nested(line, &lines[*outer])) {
            ends[outer] = last;
        }
        open.push(index);
        last = line.number;
    }
    open.into_iter().for_each(|outer| ends[outer] = last);
    ends
}

/// Whether a line is nested in an earlier one. The elements of a list may be as far to the left as its key.
fn is_nested(line: &Line, outer: &Line) -> bool {
    let is_item_of = line.indent == outer.indent && line.is_item && !outer.is_item;
    line.document == outer.document && (outer.begins_document || line.indent > outer.indent || is_item_of)
}

#[cfg(test)]
mod tests;
