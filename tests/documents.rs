//! The JSON Schemas of documents: they decide about fields and types as decoding does, on every document of the tests.
//!
//! `UPDATE=1 cargo test --test documents` writes `schemas/`.

mod support;

use std::collections::BTreeMap;
use std::fs;

use meshtree::diag::Report;
use meshtree::load::SourceFile;
use meshtree::load::tree::{Node, Value};
use meshtree::model::schema::{ALL, Reading, Written, any};
use serde_json::Value as Json;
use support::validity::is_valid;
use support::{Tree, cases, directories, project, tree};

/// A schema with the file of `schemas/` that it is.
fn published() -> BTreeMap<String, Json> {
    let file = |written: &Written| {
        let words = written.kind.chars().enumerate().map(|(i, c)| match c.is_ascii_uppercase() && i > 0 {
            true => format!("-{}", c.to_ascii_lowercase()),
            false => c.to_ascii_lowercase().to_string(),
        });
        words.collect::<String>() + ".json"
    };
    let mut out: BTreeMap<String, Json> = ALL.iter().map(|written| (file(written), written.schema())).collect();
    out.insert("fleet.json".to_owned(), any());
    out
}

#[test]
fn the_published_schemas_are_those_of_the_program() {
    for (file, schema) in published() {
        let path = project().join("schemas").join(&file);
        let text = serde_json::to_string_pretty(&schema).expect("JSON") + "\n";
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &text).expect("written");
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert!(found == text, "schemas/{file} is out of date: UPDATE=1 cargo test --test documents");
    }
}

/// A node as an editor sees it: plain scalars by YAML 1.2.
fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Quoted(text) => text.to_string().into(),
        Value::Plain(text) => match serde_json::from_str(text.strip_prefix('+').unwrap_or(text)) {
            Ok(scalar @ (Json::Number(_) | Json::Bool(_))) => scalar,
            _ if matches!(&**text, "True" | "TRUE") => true.into(),
            _ if matches!(&**text, "False" | "FALSE") => false.into(),
            _ => text.to_string().into(),
        },
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(entries) => entries.iter().map(|entry| (entry.key.to_string(), json(&entry.value))).collect(),
    }
}

/// The files of all cases, fleets and examples.
fn corpus() -> Vec<(String, Tree)> {
    let mut out: Vec<(String, Tree)> = Vec::new();
    out.extend(cases::cases().into_iter().map(|case| (case.name.clone(), tree(&case.dir.join("in")))));
    for folder in ["tests/fleets", "examples"] {
        let named = |dir: std::path::PathBuf| (dir.display().to_string(), tree(&dir));
        out.extend(directories(&project().join(folder)).into_iter().map(named));
    }
    out
}

/// Calls `check` with every document of the corpus that has a schema.
fn each_document(mut check: impl FnMut(&str, Written, &Node, Reading)) {
    for (name, files) in corpus() {
        for (path, bytes) in files.into_iter().filter(|(path, _)| !path.starts_with("rendered/")) {
            let is_input = meshtree::load::is_input(path.as_ref());
            let Some(text) = String::from_utf8(bytes).ok().filter(|_| is_input) else { continue };
            let file = SourceFile::new(path.clone(), path.clone(), text);
            for document in file.documents() {
                for (_, node) in document.objects(&mut Report::default()) {
                    let Some(written) = Written::of(&node) else { continue };
                    let at = format!("{name}: {path}:{}", node.pos().line);
                    check(&at, written, &node, written.read(&node, &file.shown));
                }
            }
        }
    }
}

#[test]
fn schemas_decide_as_decoding_does() {
    let everything = any();
    let schemas: BTreeMap<&str, Json> = ALL.iter().map(|written| (written.kind, written.schema())).collect();
    let mut counts: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    each_document(|at, written, node, reading| {
        let schema = &schemas[written.kind];
        let document = json(node);
        let is_accepted = is_valid(schema, schema, &document);
        assert_eq!(is_accepted, is_valid(&everything, &everything, &document), "{at}: two schemas of one kind differ");
        match (reading, is_accepted) {
            (Reading::Whole, false) => wrong.push(format!("{at}: valid, and the schema refuses it")),
            (Reading::Refused, true) => wrong.push(format!("{at}: not decoded, and the schema accepts it")),
            _ => *counts.entry((written.kind, is_accepted)).or_default() += 1,
        }
    });
    assert!(wrong.is_empty(), "{}\n{counts:?}", wrong.join("\n"));
    for written in ALL {
        assert!(counts.contains_key(&(written.kind, true)), "no {} is accepted: {counts:?}", written.kind);
    }
    assert!(
        counts.iter().filter(|((_, accepted), _)| !accepted).map(|(_, count)| count).sum::<usize>() > 30,
        "{counts:?}"
    );
}
