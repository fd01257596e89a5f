//! The tree of a document from the parser's events, without recursion: what nests too deeply is refused, not followed.

use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Marker, Parser, StrInput};

use super::budget::{Budget, measure, weight};
use super::indent::{Added, Indented, indented};
use super::other_readers::{OtherReaders, line_break};
use super::scalar::{self, Key, Name};
use super::wording;
use crate::diag::{Code, Pos};
use crate::ids::Text;
use crate::load::tree::{Entry, MAX_DEPTH, MAX_ERRORS, Node, ParseError, Shared, Value, in_order, unique};

/// Reads the one document in `text`. What libyaml reads and the parser refuses, since a line in quotes or brackets is not
/// indented enough, is indented and read again.
pub(super) fn document(text: &str, first_line: usize) -> Result<Node, Vec<ParseError>> {
    if let Some(error) = line_break(text, first_line) {
        return Err(vec![error]);
    }
    let is_syntax = |errors: &[ParseError]| errors.iter().any(|error| error.code == Code::Syntax);
    let errors = match read(text, first_line, &Added::new()) {
        Err(errors) if is_syntax(&errors) => errors,
        read => return read,
    };
    let Some(Indented { text, added }) = indented(text) else { return Err(errors) };
    match read(&text, first_line, &added) {
        // Their lines would be those of a text that nobody has written.
        Err(again) if is_syntax(&again) => Err(errors),
        read => read,
    }
}

/// Reads the one document in `text`, to some of whose lines blanks were added.
fn read(text: &str, first_line: usize, added: &Added) -> Result<Node, Vec<ParseError>> {
    let mut builder = Builder::new(first_line, added);
    let mut parser = Parser::new_from_str(text);
    if let Err(error) = builder.run(&mut parser, text) {
        builder.give_up(error);
    }
    let empty = Node::new(Pos { line: first_line, column: 1 }, Value::Null);
    if builder.errors.is_empty() {
        return Ok(builder.root.unwrap_or(empty));
    }
    let errors = in_order(builder.errors);
    Err(wording::template(text, first_line, &errors).map_or(errors, |template| vec![template]))
}

/// A list or mapping that has begun and not ended.
struct Frame {
    pos: Pos,
    anchor: usize,
    content: Content,
}

/// What a [`Frame`] has so far, from an index on of what the builder collects.
enum Content {
    List { from: usize },
    Map { from: usize, key: Option<Key>, merges: Vec<(Pos, Node)> },
}

/// The state between two events.
struct Builder<'a> {
    first_line: usize,
    added: &'a Added,
    frames: Vec<Frame>,
    /// The items of all lists that have not ended, those of the innermost last. Collected in one place, each list gets the room it
    /// needs and no more.
    items: Vec<Node>,
    /// The entries of all mappings that have not ended.
    entries: Vec<Entry>,
    anchors: BTreeMap<usize, Anchored>,
    root: Option<Node>,
    errors: Vec<ParseError>,
    budget: Budget,
    shared: Shared,
}

/// A value that aliases may copy.
struct Anchored {
    node: Node,
    weight: usize,
    height: usize,
}

type Step = Result<(), ParseError>;

impl<'a> Builder<'a> {
    fn new(first_line: usize, added: &'a Added) -> Self {
        Self {
            first_line,
            added,
            frames: Vec::new(),
            items: Vec::new(),
            entries: Vec::new(),
            anchors: BTreeMap::new(),
            root: None,
            errors: Vec::new(),
            budget: Budget::default(),
            shared: Shared::new(),
        }
    }

    /// Takes events until the stream ends or cannot go on.
    fn run(&mut self, parser: &mut Parser<'_, StrInput<'_>>, text: &str) -> Step {
        let mut others = OtherReaders::of(text);
        let unended = (!text.ends_with('\n')).then(|| text.chars().count());
        while self.errors.len() < MAX_ERRORS
            && let Some(event) = parser.next_event()
        {
            let (event, span) = event.map_err(|error| {
                let open = self.frames.last().map(|frame| frame.pos);
                wording::syntax(text, self.first_line, &error, open)
            })?;
            let event = match event {
                Event::Scalar(block, style, anchor, tag) if unended.is_some_and(|end| span.end.index() >= end) => {
                    Event::Scalar(scalar::without_line_end(block, style, text), style, anchor, tag)
                }
                event => event,
            };
            let pos = self.pos(span.start);
            self.errors.extend(others.check(&event, span, pos));
            self.event(event, pos)?;
        }
        Ok(())
    }

    /// Takes an error that ends the document; unfinished collections are checked as far as they were read.
    fn give_up(&mut self, error: ParseError) {
        while let Some(frame) = self.frames.pop() {
            if let Content::Map { from, key: _, merges: _ } = frame.content {
                self.unique(from);
            }
        }
        self.errors.push(error);
    }

    fn event(&mut self, event: Event<'_>, pos: Pos) -> Step {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(ParseError::new(Code::Syntax, pos, "a second document begins without `---`"))
            }
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar::value(&text, style, tag.as_deref(), pos, &mut self.shared)
                    .map_err(|error| self.errors.push(error));
                let value = value.unwrap_or(Value::Null);
                self.budget.written += weight(&value);
                self.done(Node::new(pos, value), anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                self.errors.extend(scalar::wrong_tag(tag.as_deref(), "seq", pos));
                self.open(pos, anchor, Content::List { from: self.items.len() })
            }
            Event::MappingStart(anchor, tag) => {
                self.errors.extend(scalar::wrong_tag(tag.as_deref(), "map", pos));
                let from = self.entries.len();
                self.open(pos, anchor, Content::Map { from, key: None, merges: Vec::new() })
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(id) => self.alias(id, pos),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    fn open(&mut self, pos: Pos, anchor: usize, content: Content) -> Step {
        if self.frames.len() >= MAX_DEPTH {
            return Err(too_deep(pos));
        }
        self.budget.written += 1;
        self.frames.push(Frame { pos, anchor, content });
        Ok(())
    }

    fn close(&mut self) -> Step {
        let Some(Frame { pos, anchor, content }) = self.frames.pop() else { return Ok(()) };
        let value = match content {
            Content::List { from } => Value::List(self.items.drain(from..).collect()),
            Content::Map { from, key: _, merges } => {
                let entries = self.unique(from);
                Value::Map(self.merge(entries, merges).into())
            }
        };
        self.done(Node::new(pos, value), anchor)
    }

    /// The entries from an index on, each key once. Keys of a whole document that come again may be those of a second object.
    fn unique(&mut self, from: usize) -> Vec<Entry> {
        let entries = self.entries.split_off(from);
        if !self.frames.is_empty() {
            return unique(entries, &mut self.errors);
        }
        let heads: Vec<Pos> = entries.iter().filter(|entry| is_head(&entry.key)).map(Entry::key_pos).collect();
        let mut found = Vec::new();
        let entries = unique(entries, &mut found);
        if found.iter().any(|error| heads.contains(&error.pos)) {
            found = wording::second_objects(found);
        }
        self.errors.append(&mut found);
        entries
    }

    /// Puts a finished value where it belongs, and aside if an anchor names it.
    fn done(&mut self, node: Node, anchor: usize) -> Step {
        if anchor != 0 {
            let (weight, height) = measure(&node);
            self.budget.copy(weight, node.pos())?;
            self.anchors.insert(anchor, Anchored { node: node.clone(), weight, height });
        }
        match self.frames.last_mut().map(|frame| &mut frame.content) {
            None => self.root = Some(node),
            Some(Content::List { from: _ }) => self.items.push(node),
            Some(Content::Map { from, key, merges }) => match key.take() {
                None => *key = Some(Key::from(node, &mut self.errors)),
                Some(Key { pos, name: Name::Merge }) => merges.push((pos, node)),
                Some(Key { pos, name: Name::Text(key) }) => match repeated(&self.entries[*from..], &key) {
                    Some(first) => self.errors.push(ParseError::duplicate(&key, pos, first)),
                    None => self.entries.push(Entry::new(key, pos, node)),
                },
                Some(Key { pos: _, name: Name::Wrong }) => {}
            },
        }
        Ok(())
    }

    fn alias(&mut self, id: usize, pos: Pos) -> Step {
        let Some((weight, height)) = self.anchors.get(&id).map(|anchored| (anchored.weight, anchored.height)) else {
            return Err(ParseError::new(Code::AliasBomb, pos, "an alias inside the value that it refers to"));
        };
        if self.frames.len() + height > MAX_DEPTH {
            return Err(too_deep(pos));
        }
        // The budget comes before the copy, which is what it guards.
        self.budget.copy(weight, pos)?;
        let value = self.anchors.get(&id).map_or(Value::Null, |anchored| anchored.node.value.clone());
        self.done(Node::new(pos, value), 0)
    }

    /// The entries followed by those of `<<` whose keys are not given; of duplicates the first counts.
    fn merge(&mut self, mut entries: Vec<Entry>, merges: Vec<(Pos, Node)>) -> Vec<Entry> {
        let mut merges = merges.into_iter();
        let Some((first, merged)) = merges.next() else { return entries };
        self.errors.extend(merges.map(|(pos, _)| ParseError::duplicate("<<", pos, first)));
        let pos = merged.pos();
        let sources = match merged.value {
            Value::List(items) => items,
            value => Box::new([Node::new(pos, value)]),
        };
        let mut keys: BTreeSet<Text> = entries.iter().map(|entry| entry.key.clone()).collect();
        for source in sources {
            let pos = source.pos();
            let Value::Map(more) = source.value else {
                let message = "`<<` requires a mapping or a list of mappings";
                self.errors.push(ParseError::new(Code::Syntax, pos, message));
                continue;
            };
            entries.extend(more.into_iter().filter(|entry| keys.insert(entry.key.clone())));
        }
        entries
    }

    fn pos(&self, mark: Marker) -> Pos {
        let added = self.added.get(&mark.line()).copied().unwrap_or_default();
        Pos { line: mark.line() + self.first_line - 1, column: mark.col().saturating_sub(added) + 1 }
    }
}

/// Where a key is already, if that is seen at a glance: a file of nothing but repetitions ends here, before it fills the memory.
fn repeated(entries: &[Entry], key: &str) -> Option<Pos> {
    let seen = [entries.first(), entries.last()];
    let found = seen.into_iter().flatten().find(|entry| *entry.key == *key && !is_head(key));
    found.map(Entry::key_pos)
}

/// Whether a key says what an object is: no object has it twice.
fn is_head(key: &str) -> bool {
    matches!(key, "apiVersion" | "kind")
}

fn too_deep(pos: Pos) -> ParseError {
    ParseError::new(Code::Syntax, pos, format!("values are nested deeper than {MAX_DEPTH} levels here"))
}
