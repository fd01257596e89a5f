//! The PolicyTests of a fleet, decoded when they are asked for.

use rayon::prelude::*;

use super::{API_VERSION, KIND, PolicyTest};
use crate::diag::{Code, Diag, FieldPath, Origin, Place, Pos, Report};
use crate::ids::Text;
use crate::load::tree::{Node, Value};
use crate::load::{Document, Files};
use crate::model::decode::Cx;
use crate::model::envelope::envelope;
use crate::path;

/// One PolicyTest.
#[derive(Clone, Debug)]
pub struct TestFile {
    pub name: Text,
    pub origin: Origin,
    pub spec: PolicyTest,
    /// Where each of its expectations is.
    pub at: Vec<Pos>,
}

impl TestFile {
    /// A field as the place of a diagnostic.
    pub fn place(&self, path: FieldPath) -> Place {
        Place::Field(self.origin.clone(), path)
    }
}

/// Whether the text of a document is a PolicyTest as people write one, without reading more of it than its lines.
pub fn is_test(text: &str) -> bool {
    let has = |line: &str| text.match_indices(line).any(|(at, _)| is_line(text, at, line.len()));
    has("kind: PolicyTest") && has("apiVersion: meshtree.io/v1alpha1")
}

/// Whether some bytes of a text are a line of it, but for a comment.
fn is_line(text: &str, at: usize, length: usize) -> bool {
    let begins = at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n');
    let rest = text[at + length..].lines().next().unwrap_or_default();
    begins && (rest.trim().is_empty() || rest.trim_start().starts_with('#') && rest.starts_with([' ', '\t']))
}

/// The PolicyTests at some origins, in order. What cannot be decoded is reported and left out.
pub fn read(sources: &Files, origins: &[Origin], report: &mut Report) -> Vec<TestFile> {
    let mut documents: Vec<Origin> = origins.iter().map(|origin| Origin { item: None, ..origin.clone() }).collect();
    documents.dedup();
    let read = |origin: &Origin| {
        let mut findings = Report::default();
        let objects = sources.document(origin).map(|document| objects(&document, &mut findings)).unwrap_or_default();
        let wanted = objects.into_iter().filter(|(origin, _)| origins.contains(origin));
        let tests: Vec<TestFile> = wanted.filter_map(|(origin, node)| decode(origin, &node, &mut findings)).collect();
        (tests, findings)
    };
    let mut out = Vec::new();
    for (tests, findings) in documents.par_iter().map(read).collect::<Vec<_>>() {
        report.append(findings);
        out.extend(tests);
    }
    out
}

fn objects(document: &Document<'_>, report: &mut Report) -> Vec<(Origin, Node)> {
    let mut findings = Report::default();
    let objects = document.objects(&mut findings);
    report.append(findings.under(Code::BadTest));
    objects
}

fn decode(origin: Origin, node: &Node, report: &mut Report) -> Option<TestFile> {
    let mut cx = Cx::new(&origin.file, report).with_code(Code::BadTest);
    let decoded = envelope::<PolicyTest>(node, &mut cx);
    let (faults, failed) = (std::mem::take(&mut cx.faults), cx.failed);
    for fault in &faults {
        let place = Place::Field(origin.clone(), fault.path.clone());
        report.push(Diag::new(Code::BadTest, place, format!("{}: {}", fault.path, fault.plain)));
    }
    let (metadata, spec) = decoded.filter(|_| !failed && faults.is_empty())?;
    let Some(name) = metadata.name.filter(|name| !name.is_empty()) else {
        let place = Place::Field(origin, path!["metadata"]);
        let message = format!("{KIND} has no metadata.name");
        report.push(Diag::new(Code::BadTest, place, message).hint("set a name, which reports show"));
        return None;
    };
    let at = positions(node);
    if at.is_empty() {
        let place = Place::Field(origin.clone(), path!["spec", "tests"]);
        let message = format!("{KIND} {name} of {API_VERSION} has no tests");
        report.push(Diag::new(Code::BadTest, place, message).hint("list expectations in spec.tests"));
    }
    Some(TestFile { name, origin, spec, at })
}

/// Where each expectation is.
fn positions(node: &Node) -> Vec<Pos> {
    let tests = node.get("spec").and_then(|spec| spec.get("tests")).map(|tests| &tests.value);
    match tests {
        Some(Value::List(items)) => items.iter().map(Node::pos).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_test;

    #[test]
    fn tests_are_recognised_by_their_lines() {
        let text = "# x\napiVersion: meshtree.io/v1alpha1 # y\nkind: PolicyTest\nspec: {}\n";
        assert!(is_test(text) && is_test(&text.replace('\n', "\r\n")));
        for (from, to) in [("kind", " kind"), ("PolicyTest", "PolicyTests"), ("v1alpha1", "v1"), ("meshtree", "x")] {
            assert!(!is_test(&text.replacen(from, to, 1)), "{to}");
        }
    }
}
