//! From nodes to values, by the JSON rules that Service Mesh Hub's API follows (protobuf's JSON mapping as gogo reads it).
//!
//! A document is decoded whole: every mistake in it is reported, not only the first. There are two kinds of mistake.
//! What cannot be decoded (unknown fields, wrong types, unknown names) goes to the report at once. What can be decoded but
//! makes no sense (a null list element, two variants of a oneof, a number out of range) is a [`Fault`]: it stays with the
//! object, and makes a policy INVALID.

mod macros;
pub mod schema;
mod types;
mod words;

pub use types::{Decode, Field, field_paths, join};
pub(in crate::model) use words::is_number_or_bool;
pub use words::is_spelling;

use crate::diag::{Code, Diag, FieldPath, Place, Pos, Report, Step, nearest};
use crate::ids::Text;
use crate::load::tree::{Entry, Node, Value};

use words::{boolean_of_yaml_11, boolean_of_yaml_12, describe, has_leading_zero, is_word_of_yaml_11, parse_float};

/// Something decodable that makes the object INVALID.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub path: FieldPath,
    /// What was found and what would be right, in the words of a status. Statuses are compared by programs: their texts stay.
    pub message: String,
    /// The same for people.
    pub plain: String,
    /// Whether it is a null where a value is required.
    pub is_null: bool,
}

/// The field that is being decoded, and where findings go.
pub struct Cx<'a> {
    file: &'a Text,
    report: &'a mut Report,
    path: Vec<Step>,
    /// Faults found so far in the object.
    pub faults: Vec<Fault>,
    /// The code under which findings are reported when it is one for all (settings).
    one_code: Option<Code>,
    /// Whether anything of this object could not be decoded.
    pub failed: bool,
}

impl<'a> Cx<'a> {
    /// A decoder for one object of `file`.
    pub fn new(file: &'a Text, report: &'a mut Report) -> Self {
        Self { file, report, path: Vec::new(), faults: Vec::new(), one_code: None, failed: false }
    }

    /// The same, reporting every error under one code.
    pub fn with_code(mut self, code: Code) -> Self {
        self.one_code = Some(code);
        self
    }

    /// Reports a finding at a position of the file.
    pub fn push(&mut self, code: Code, pos: Pos, message: String, hint: Option<String>) {
        let is_error = code.severity() == crate::diag::Severity::Error;
        self.failed |= is_error;
        let code = self.one_code.filter(|_| is_error).unwrap_or(code);
        self.report.push(Diag::new(code, Place::Point(self.file.clone(), pos), message).maybe_hint(hint));
    }

    /// Notes a fault at the field being decoded.
    pub fn fault(&mut self, message: String, plain: String) {
        let path = FieldPath(self.path.clone());
        self.faults.push(Fault { path, message, plain, is_null: false });
    }

    /// Notes a null at the field being decoded, where something has to be.
    pub fn null(&mut self, message: &str, plain: &str) {
        let path = FieldPath(self.path.clone());
        self.faults.push(Fault { path, message: message.to_owned(), plain: plain.to_owned(), is_null: true });
    }

    /// The field being decoded, as people write it.
    pub fn here(&self) -> String {
        if self.path.is_empty() { "the object".into() } else { FieldPath(self.path.clone()).to_string() }
    }

    /// Decodes what is one step further in.
    pub fn at<T>(&mut self, step: impl Into<Step>, decode: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step.into());
        let out = decode(self);
        self.path.pop();
        out
    }

    /// Reports that `node` does not have the type of the field.
    pub(super) fn wrong_type(&mut self, node: &Node, wanted: &str) {
        self.wrong_type_meant(node, wanted, None);
    }

    /// Reports the same of a number, with the number that was probably meant.
    fn not_a_number(&mut self, node: &Node, wanted: &str) {
        let percent = match &node.value {
            Value::Plain(text) | Value::Quoted(text) => text.strip_suffix('%').map(str::trim_end),
            _ => None,
        };
        let hint =
            percent.filter(|number| parse_float(number).is_some()).map(|number| format!("did you mean {number}?"));
        self.wrong_type_meant(node, wanted, hint);
    }

    fn wrong_type_meant(&mut self, node: &Node, wanted: &str, hint: Option<String>) {
        let message = format!("{} must be {wanted}, not {}", self.here(), describe(&node.value));
        self.push(Code::WrongType, node.pos(), message, hint);
    }

    /// The entries of a mapping; anything else is reported.
    pub fn map<'n>(&mut self, node: &'n Node) -> Option<&'n [Entry]> {
        match &node.value {
            Value::Map(entries) => Some(entries),
            _ => {
                self.wrong_type(node, "a mapping");
                None
            }
        }
    }

    /// The values of the named fields of a mapping, in the order of `names`. A field may be written in camelCase or in
    /// snake_case; any other is reported with what was probably meant. `paths` adds the paths of what the fields hold.
    pub fn fields<'n, const N: usize>(
        &mut self,
        node: &'n Node,
        names: [&'static str; N],
        paths: fn(&str, &mut Vec<String>),
    ) -> Option<[Option<&'n Node>; N]> {
        let mut found: [Option<&Node>; N] = [None; N];
        let mut unknown: Vec<&Entry> = Vec::new();
        if let (Value::List(_), [only]) = (&node.value, names.as_slice()) {
            let here = self.here();
            let hint = format!("write {}: {{{only}: […]}}", here.rsplit('.').next().unwrap_or_default());
            self.wrong_type_meant(node, "a mapping", Some(hint));
            return None;
        }
        for entry in self.map(node)? {
            let Some(index) = names.iter().position(|name| is_spelling(name, &entry.key)) else {
                unknown.push(entry);
                continue;
            };
            match found[index] {
                None => found[index] = Some(&entry.value),
                Some(_) => {
                    if *entry.key == *names[index] {
                        found[index] = Some(&entry.value);
                    }
                    let message =
                        format!("duplicate field {}: it is written in camelCase and in snake_case", names[index]);
                    self.push(Code::BothSpellings, entry.key_pos(), message, None);
                }
            }
        }
        if !unknown.is_empty() {
            let absent = names.iter().zip(found).filter(|(_, found)| found.is_none()).map(|(name, _)| *name);
            let (levels, below) = words::missing_levels(&unknown, absent, paths);
            self.missing_level(&below.iter().map(|i| unknown[*i]).collect::<Vec<_>>(), &levels);
            let others = unknown.iter().enumerate().filter(|(i, _)| !below.contains(i));
            others.for_each(|(_, entry)| self.unknown_field(entry, &names));
        }
        Some(found)
    }

    /// Reports fields that are one level too high, as one mistake.
    fn missing_level(&mut self, unknown: &[&Entry], levels: &[&str]) {
        let ([first, ..], [level, ..]) = (unknown, levels) else { return };
        let keys: Vec<&str> = unknown.iter().map(|entry| &*entry.key).collect();
        let (fields, belong) = if keys.len() == 1 { ("field", "belongs") } else { ("fields", "belong") };
        let levels_text = levels.join(" or ");
        let message = format!("{fields} {} in {} {belong} below {levels_text}", keys.join(", "), self.here());
        let content: Vec<String> = keys.iter().map(|key| format!("{key}: …")).collect();
        let hint = format!("write {level}: {{{}}}", content.join(", "));
        self.push(Code::UnknownField, first.key_pos(), message, Some(hint));
    }

    /// Reports a field that is not one of `names`.
    pub fn unknown_field(&mut self, entry: &Entry, names: &[&str]) {
        let whose = if self.path.is_empty() { String::new() } else { format!(" in {}", self.here()) };
        let near = nearest(&entry.key, names.iter().copied()).or_else(|| words::part_of(&entry.key, names));
        let hint = match near {
            Some(name) => format!("did you mean {name:?}?"),
            None if names.is_empty() => "leave the mapping empty".into(),
            None => format!("known fields: {}", names.join(", ")),
        };
        self.push(Code::UnknownField, entry.key_pos(), format!("unknown field {:?}{whose}", entry.key), Some(hint));
    }

    /// Reports a value that the field does not accept.
    pub fn bad_value(&mut self, node: &Node, message: String, hint: Option<String>) {
        self.push(Code::BadValue, node.pos(), message, hint);
    }

    /// Warns of a bare scalar in which other YAML readers see something other than its text.
    pub(super) fn warn_of_bare(&mut self, node: &Node, text: &str) {
        let message = format!("{}: other YAML readers do not read the unquoted {text} as text", self.here());
        self.push(Code::Word11, node.pos(), message, Some(format!("quote it: \"{text}\"")));
    }

    /// The text of a scalar. A bare word that YAML 1.1 reads as something else is taken as text, with a warning.
    pub fn text(&mut self, node: &Node) -> Option<Text> {
        match &node.value {
            Value::Quoted(text) => Some(text.clone()),
            Value::Plain(text) if is_number_or_bool(text) => {
                let hint = format!("quote it: \"{text}\"");
                let message = format!("{} must be text, not {}", self.here(), describe(&node.value));
                self.push(Code::WrongType, node.pos(), message, Some(hint));
                None
            }
            Value::Plain(text) => {
                if is_word_of_yaml_11(text) {
                    self.warn_of_bare(node, text);
                }
                Some(text.clone())
            }
            Value::Null | Value::List(_) | Value::Map(_) => {
                self.wrong_type(node, "text");
                None
            }
        }
    }

    /// `true` or `false`. What kubectl reads so is taken as that, with a warning where other readers see text.
    fn boolean(&mut self, node: &Node) -> Option<bool> {
        let Value::Plain(text) = &node.value else {
            self.wrong_type(node, "true or false");
            return None;
        };
        let meant = boolean_of_yaml_12(text);
        if meant.is_some() {
            return meant;
        }
        let Some(meant) = boolean_of_yaml_11(text) else {
            self.wrong_type(node, "true or false");
            return None;
        };
        let message = format!(
            "{}: kubectl reads the unquoted {text} as {meant}, other YAML readers read it as text",
            self.here()
        );
        self.push(Code::Word11, node.pos(), message, Some(format!("write {meant}")));
        Some(meant)
    }

    /// A whole number; it may be quoted. One out of the range of its type is a fault.
    fn integer(&mut self, node: &Node, min: i64, max: i64) -> Option<i64> {
        let (Value::Plain(text) | Value::Quoted(text)) = &node.value else {
            self.wrong_type(node, "a whole number");
            return None;
        };
        if self.is_ambiguous(node) {
            return None;
        }
        match text.parse::<i128>() {
            Ok(number) if (i128::from(min)..=i128::from(max)).contains(&number) => i64::try_from(number).ok(),
            Ok(number) => {
                let status = format!("{number} is out of range: a number from {min} to {max} is wanted");
                self.fault(status, format!("{number} is out of range ({min}–{max})"));
                None
            }
            Err(_) => {
                self.not_a_number(node, "a whole number");
                None
            }
        }
    }

    /// Reports a bare whole number with a leading zero. Returns whether it is one.
    fn is_ambiguous(&mut self, node: &Node) -> bool {
        let Value::Plain(text) = &node.value else { return false };
        let ambiguous = has_leading_zero(text) && text.parse::<i128>().is_ok();
        if ambiguous {
            let message = format!("{}: YAML readers disagree on the number {text}, some read it as octal", self.here());
            self.bad_value(node, message, Some("remove the leading zero".into()));
        }
        ambiguous
    }

    /// A number; it may be quoted, and quoted it may be NaN or infinite.
    fn number(&mut self, node: &Node) -> Option<f64> {
        if self.is_ambiguous(node) {
            return None;
        }
        let parsed = match &node.value {
            Value::Quoted(text) => match &**text {
                "NaN" => Some(f64::NAN),
                "Infinity" => Some(f64::INFINITY),
                "-Infinity" => Some(f64::NEG_INFINITY),
                _ => parse_float(text),
            },
            Value::Plain(text) => parse_float(text),
            _ => None,
        };
        if parsed.is_none() {
            self.not_a_number(node, "a number");
        }
        parsed
    }

    /// A value of an enum, by name or number. An unknown name cannot be decoded; an unknown number is a fault.
    pub fn enumeration<T: Copy>(&mut self, node: &Node, members: &[(&'static str, T)]) -> Option<T> {
        let names = || members.iter().map(|(name, _)| *name);
        if self.is_ambiguous(node) {
            return None;
        }
        match &node.value {
            Value::Plain(text) if text.bytes().all(|b| b.is_ascii_digit() || b == b'-') => {
                let member = text.parse::<usize>().ok().and_then(|number| members.get(number));
                if member.is_none() {
                    let last = members.len() - 1;
                    let status = format!("{text} is no number of this enumeration, which goes from 0 to {last}");
                    self.fault(status, format!("{text} is not a value of this enum (0–{last})"));
                }
                member.map(|(_, value)| *value)
            }
            Value::Plain(text) | Value::Quoted(text) => {
                let member = members.iter().find(|(name, _)| **name == **text);
                if member.is_none() {
                    let known = names().collect::<Vec<_>>().join(", ");
                    let hint = match nearest(text, names()) {
                        Some(name) => format!("did you mean {name}? Known values: {known}"),
                        None => format!("known values: {known}"),
                    };
                    self.bad_value(node, format!("unknown value {text:?} of {}", self.here()), Some(hint));
                }
                member.map(|(_, value)| *value)
            }
            _ => {
                self.wrong_type(node, "the name of an enum value");
                None
            }
        }
    }

    /// Notes a fault if more than one variant of a oneof is given.
    pub fn one_of(&mut self, given: &[(&'static str, bool)]) {
        let names: Vec<_> = given.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect();
        if names.len() > 1 {
            let both = names.join(" and ");
            self.fault(format!("{both} exclude each other: keep one"), format!("set only one of {both}"));
        }
    }
}
