//! Documents as objects.

use super::tree::{Entry, Node, ParseError, Value};
use super::yaml::parse;
use super::{DocumentSpan, Files, SourceFile, json};
use crate::diag::{Code, Diag, Origin, Place, Pos, Report};
use crate::ids::Text;

/// One document of a file.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    pub file: &'a SourceFile,
    pub span: &'a DocumentSpan,
}

impl<'a> Document<'a> {
    /// What diagnostics call it.
    pub fn origin(&self) -> Origin {
        Origin { file: self.file.shown.clone(), document: self.span.index, item: None }
    }

    /// Its text, with the directives and the `---` before it.
    pub fn text(&self) -> &'a str {
        &self.file.text[self.span.range.clone()]
    }

    /// Its tree.
    ///
    /// # Errors
    /// Everything that is wrong with its syntax.
    pub fn node(&self) -> Result<Node, Vec<ParseError>> {
        let read = if self.file.relative.ends_with(".json") { json::parse } else { parse };
        read(self.text(), self.span.first_line)
    }

    /// Its object, or those of the `List` that it is. What is wrong is reported and left out.
    pub fn objects(&self, report: &mut Report) -> Vec<(Origin, Node)> {
        match self.node() {
            Ok(node) if node.value == Value::Null => Vec::new(),
            Ok(node) if is_list(&node) || is_typed_list(&node) => self.items(node, report),
            Ok(node) => vec![(self.origin(), node)],
            Err(errors) => {
                errors.into_iter().for_each(|error| report.push(error.diag(self.file.shown.clone())));
                Vec::new()
            }
        }
    }

    fn items(&self, list: Node, report: &mut Report) -> Vec<(Origin, Node)> {
        let wrong =
            |pos, message: &str| Diag::new(Code::WrongType, Place::Point(self.file.shown.clone(), pos), message);
        let head = item_head(&list);
        let Some(items) = into_items(list) else { return Vec::new() };
        let pos = items.pos();
        let items = match items.value {
            Value::List(items) => items,
            Value::Null => Box::default(),
            Value::Plain(_) | Value::Quoted(_) | Value::Map(_) => {
                report.push(wrong(pos, "`items` of a List must be a list"));
                Box::default()
            }
        };
        let mut objects = Vec::with_capacity(items.len());
        for (i, item) in items.into_iter().enumerate() {
            if is_list(&item) {
                report.push(list_in_list(&self.file.shown, item.pos()));
            } else if item.value != Value::Null {
                let item = with_head(item, head.as_ref());
                objects.push((Origin { item: Some(i), ..self.origin() }, item));
            }
        }
        objects
    }
}

/// A `List` as an item of a `List`.
pub(crate) fn list_in_list(file: &Text, pos: Pos) -> Diag {
    let message = "nested List objects are not supported";
    Diag::new(Code::WrongType, Place::Point(file.clone(), pos), message).hint("move its items into the outer List")
}

/// Whether a document is what `kubectl get` prints for several objects.
fn is_list(node: &Node) -> bool {
    let text = |key| node.get(key).and_then(Node::text);
    text("apiVersion") == Some("v1") && text("kind") == Some("List")
}

/// Whether a document is a list of one kind, such as a `PodList`, which the API returns: its items have no apiVersion and kind.
fn is_typed_list(node: &Node) -> bool {
    let has_items = || node.get("items").is_some_and(|items| matches!(items.value, Value::List(_) | Value::Null));
    item_head(node).is_some() && has_items()
}

/// The apiVersion and kind of the items of a list of one kind.
fn item_head(list: &Node) -> Option<[Text; 2]> {
    let text = |key| list.get(key).and_then(Node::text);
    let one = text("kind")?.strip_suffix("List").filter(|one| !one.is_empty())?;
    Some([text("apiVersion")?.into(), one.into()])
}

/// An item with the apiVersion and kind of its list, unless it has its own.
fn with_head(item: Node, head: Option<&[Text; 2]>) -> Node {
    let pos = item.pos();
    match (item.value, head) {
        (Value::Map(entries), Some(head)) => {
            let missing = ["apiVersion", "kind"].into_iter().zip(head);
            let missing = missing.filter(|(key, _)| entries.iter().all(|entry| &*entry.key != *key));
            let missing: Vec<Entry> = missing
                .map(|(key, text)| Entry::new(key.into(), pos, Node::new(pos, Value::Quoted(text.clone()))))
                .collect();
            Node::new(pos, Value::Map(missing.into_iter().chain(entries).collect()))
        }
        (value, _) => Node::new(pos, value),
    }
}

fn into_items(list: Node) -> Option<Node> {
    match list.value {
        Value::Map(entries) => entries.into_iter().find(|entry| &*entry.key == "items").map(|entry| entry.value),
        Value::Null | Value::Plain(_) | Value::Quoted(_) | Value::List(_) => None,
    }
}

impl SourceFile {
    /// Its documents in order.
    pub fn documents(&self) -> impl Iterator<Item = Document<'_>> {
        self.documents.iter().map(|span| Document { file: self, span })
    }
}

impl Files {
    /// The documents of all inputs in order; the settings are not among them.
    pub fn documents(&self) -> impl Iterator<Item = Document<'_>> {
        self.files.iter().flat_map(SourceFile::documents)
    }

    /// The file that is shown under a name, the settings and the templates included.
    pub fn file(&self, shown: &str) -> Option<&SourceFile> {
        match self.files.binary_search_by(|file| (*file.shown).cmp(shown)) {
            Ok(i) => self.files.get(i),
            Err(_) => {
                let others = self.settings.iter().chain(&self.templates);
                others.into_iter().find(|file| *file.shown == *shown)
            }
        }
    }
}
