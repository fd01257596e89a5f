//! Every rule of the pages about policies and of docs/osm.md and every row of docs/differences.md has an ID, and a case that
//! covers it. A case lists what it covers at the end of its `why.md`, which is checked against its inputs and diagnostics.

mod support;

#[path = "rules/case.rs"]
mod case;
#[path = "rules/page.rs"]
mod page;
#[path = "rules/tables.rs"]
mod tables;
#[path = "rules/texts.rs"]
mod texts;
#[path = "rules/uses.rs"]
mod uses;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use case::{Case, cases};
use meshtree::plan::{Feature, SmiSupport};
use page::{Rule, codes, rules};
use uses::uses;

/// Fails with every finding, a line each.
fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
}

fn covering<'c>(cases: &'c [Case], id: &str) -> Vec<&'c Case> {
    cases.iter().filter(|case| case.covers.iter().any(|covered| covered == id)).collect()
}

#[test]
fn ids_are_unique_and_alike() {
    let rules = rules();
    let mut seen = BTreeMap::new();
    let mut wrong = Vec::new();
    for Rule { id, page, .. } in &rules {
        if let Some(first) = seen.insert(id, page) {
            wrong.push(format!("{id} is in {first} and again in {page}"));
        }
        let is_word = |part: &str| {
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            !part.is_empty() && part.bytes().all(plain) && !part.starts_with('-') && !part.ends_with('-')
        };
        // Rules are `subject.word`, differences one word, so that neither can be mistaken for the other.
        let parts = id.split('.').count();
        let fits = if *page == "docs/differences.md" { parts == 1 } else { parts > 1 };
        if !fits || !id.split('.').all(is_word) {
            wrong.push(format!("{page}: {id} is not a valid ID"));
        }
    }
    assert!(rules.len() > 250, "{}", rules.len());
    none(wrong);
}

/// A rule has a subject of its own: nothing in it relies on the rule before it.
#[test]
fn rules_can_be_read_alone() {
    let leans =
        ["so", "nor", "it", "they", "its", "their", "this", "these", "the same", "as above", "and", "also", "then"];
    let mut wrong = Vec::new();
    for Rule { id, page, text, is_item, .. } in rules() {
        let lower = text.to_lowercase();
        let leans_on = |word: &&&str| lower.strip_prefix(**word).is_some_and(|rest| rest.starts_with([' ', ',', '(']));
        // The subject of a row may be its first cell.
        let leans = leans.iter().filter(|word| is_item || ["the same", "as above"].contains(*word));
        let words: Vec<&&str> = leans.filter(leans_on).collect();
        let begins = text.starts_with(['`', '[', '"']) || text.starts_with(char::is_uppercase);
        if !words.is_empty() || text.starts_with(['…', '(']) || is_item && !(begins && text.ends_with('.')) {
            wrong.push(format!("{page}: {id} is not a sentence of its own: {text}"));
        }
    }
    none(wrong);
}

#[test]
fn every_rule_is_covered() {
    let (rules, cases) = (rules(), cases());
    let known: BTreeSet<&str> = rules.iter().map(|rule| &*rule.id).collect();
    let mut wrong = Vec::new();
    for case in &cases {
        let mut seen = BTreeSet::new();
        for id in &case.covers {
            if !known.contains(&**id) {
                wrong.push(format!("{} covers {id}, which no page names", case.name));
            }
            if !seen.insert(id) {
                wrong.push(format!("{} covers {id} twice", case.name));
            }
        }
    }
    for rule in &rules {
        let by = covering(&cases, &rule.id);
        if by.is_empty() {
            wrong.push(format!("{}: no case covers {}", rule.page, rule.id));
        }
        if let Some(shown_by) = &rule.shown_by
            && !by.iter().any(|case| case.name == *shown_by)
        {
            wrong.push(format!("{}: {} is shown by {shown_by}, which does not cover it", rule.page, rule.id));
        }
    }
    none(wrong);
}

/// A case that covers a field has it in its inputs, and every field of a rule is in those of some case.
#[test]
fn covered_fields_are_used() {
    let cases = cases();
    let mut wrong = Vec::new();
    for Rule { id, page, heading, fields, .. } in rules().iter().filter(|rule| !rule.fields.is_empty()) {
        let by = covering(&cases, id);
        let used = |case: &Case, field: &String| case.objects.iter().any(|object| uses(object, (page, heading), field));
        for case in by.iter().filter(|case| !fields.iter().any(|field| used(case, field))) {
            wrong.push(format!("{} covers {id} and has none of {fields:?}", case.name));
        }
        for field in fields.iter().filter(|field| !by.iter().any(|case| used(case, field))) {
            wrong.push(format!("{page}: no case that covers {id} has {field}"));
        }
    }
    none(wrong);
}

/// A rule that ends in a diagnostic names its code, and a case that covers it has the code.
#[test]
fn diagnostics_of_rules_are_seen() {
    let cases = cases();
    let mut wrong = Vec::new();
    for Rule { id, page, text, .. } in rules() {
        let codes = codes(&text);
        let speaks_of_one = ["INVALID", " warning", " error", " note "].iter().any(|word| text.contains(word));
        if speaks_of_one && codes.is_empty() {
            wrong.push(format!("{page}: {id} does not say under which code it is reported"));
        }
        let by = covering(&cases, &id);
        for code in codes.iter().filter(|code| !by.iter().any(|case| case.diagnostics.contains(&format!("[{code}]")))) {
            wrong.push(format!("{page}: no case that covers {id} has {code}"));
        }
    }
    none(wrong);
}

/// The cases and the page that are about every feature know each of them.
#[test]
fn every_feature_is_in_the_cases_and_pages_of_all() {
    let inputs = |name: &str| -> String {
        let files = support::cases::case(name).inputs();
        files.into_values().map(|bytes| String::from_utf8(bytes).expect("text")).collect()
    };
    let together = inputs("traffic-policy/every-feature");
    let conflicts = inputs("routes/conflict-of-every-feature");
    let osm = fs::read_to_string(support::project().join("docs/osm.md")).expect("readable");
    let mut wrong = Vec::new();
    for feature in Feature::ALL {
        let field = feature.written();
        let times = |text: &str| text.matches(&format!("{field}:")).count();
        if times(&together) == 0 {
            wrong.push(format!("traffic-policy/every-feature has no {field}"));
        }
        if times(&conflicts) < 2 {
            wrong.push(format!("routes/conflict-of-every-feature has no two policies with {field}"));
        }
        if feature.smi() != SmiSupport::Translated && !osm.contains(&format!("`{field}`")) {
            wrong.push(format!("docs/osm.md does not mention {field}"));
        }
    }
    none(wrong);
}
