//! docs/statuses.md lists every text that an error of a status can have: each is in the status of a case, and every error in
//! the status of a case is one of them.

use crate::case::cases;
use crate::none;
use crate::page::{code_spans, read};

/// The texts in the first column of the page's tables, with the headings under which they stand. `<…>` stands for anything.
fn texts() -> Vec<(String, String)> {
    let page = read("docs/statuses.md");
    let mut out = Vec::new();
    let (mut heading, mut in_texts) = (String::new(), false);
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            title.clone_into(&mut heading);
        }
        if !line.starts_with('|') {
            in_texts = false;
        } else if in_texts && !line.starts_with("|--") {
            let first = line.split(" | ").next().unwrap_or_default();
            let text = code_spans(first).first().copied().unwrap_or_else(|| panic!("no text: {line}"));
            out.push((heading.clone(), text.replace("\\n", "\n").replace("\\t", "\t")));
        }
        in_texts |= line.starts_with("| text |");
    }
    out
}

/// Whether a text is of a form in which `<…>` stands for anything but nothing.
fn is_of_form(form: &str, text: &str) -> bool {
    let (before, rest) = match form.find('<').filter(|at| !form[*at..].starts_with("<nil>")) {
        Some(at) => form.split_at(at),
        None => return form == text,
    };
    let Some((_, after)) = rest.split_once('>') else { return form == text };
    let Some(text) = text.strip_prefix(before) else { return false };
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    ends.into_iter().any(|end| is_of_form(after, &text[end..]))
}

#[test]
fn every_error_is_listed_and_every_listed_one_is_seen() {
    let (texts, cases) = (texts(), cases());
    assert!(texts.len() > 60, "{}", texts.len());
    let mut seen = vec![false; texts.len()];
    let mut wrong = Vec::new();
    for case in &cases {
        for error in case.errors() {
            let forms = texts.iter().enumerate().filter(|(_, (_, form))| is_of_form(form, error));
            let forms: Vec<usize> = forms.map(|(i, _)| i).collect();
            forms.iter().for_each(|form| seen[*form] = true);
            if forms.is_empty() {
                wrong.push(format!("{}: docs/statuses.md does not list {error:?}", case.name));
            }
        }
    }
    for ((heading, text), _) in texts.iter().zip(&seen).filter(|(_, seen)| !**seen) {
        wrong.push(format!("docs/statuses.md, {heading}: no case has {text:?}"));
    }
    none(wrong);
}

#[test]
fn forms() {
    assert!(is_of_form("a <x> b", "a c b") && is_of_form("a <x>", "a c b") && is_of_form("<a>-<b>.", "x-y-z."));
    assert!(!is_of_form("a <x> b", "a  b") && !is_of_form("a <x>", "a ") && !is_of_form("a", "a b"));
    assert!(is_of_form("type <nil>", "type <nil>") && !is_of_form("type <nil>", "type x"));
    assert!(is_of_form("resource *v1.ObjectRef <<policy>.>. x", "resource *v1.ObjectRef <a.b.>. x"));
}
