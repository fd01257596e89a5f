//! From a path of fields to the place in the file.

use super::{Entry, Node, Value};
use crate::diag::{FieldPath, Pos, Step};

/// Where `path` leads in `node`: the key of a mapping's entry, the beginning of a list's element.
///
/// What the file does not have is reported at the nearest enclosing thing that it has.
pub fn find(node: &Node, path: &FieldPath) -> Option<Pos> {
    let mut at = node;
    let mut pos = node.pos();
    for step in &path.0 {
        let next = match (step, &at.value) {
            (Step::Key(name), Value::Map(entries)) => entry(entries, name).map(|entry| (entry.key_pos(), &entry.value)),
            (Step::Index(index), Value::List(items)) => items.get(*index).map(|item| (item.pos(), item)),
            (Step::Key(_), _) | (Step::Index(_), _) => None,
        };
        match next {
            Some((found, inner)) => (pos, at) = (found, inner),
            None => break,
        }
    }
    Some(pos)
}

/// The entry of a field, whose name a file may also spell in snake_case.
fn entry<'a>(entries: &'a [Entry], name: &str) -> Option<&'a Entry> {
    let exact = entries.iter().find(|entry| *entry.key == *name);
    exact.or_else(|| entries.iter().find(|entry| entry.key.contains('_') && camel(&entry.key) == name))
}

/// The camelCase spelling of a name in snake_case, as protobuf's JSON form makes it.
fn camel(name: &str) -> String {
    let mut spelled = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        match c {
            '_' => upper = true,
            c if upper => {
                spelled.extend(c.to_uppercase());
                upper = false;
            }
            c => spelled.push(c),
        }
    }
    spelled
}
