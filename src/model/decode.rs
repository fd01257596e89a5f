//! From nodes to values, by the JSON rules that Service Mesh Hub's API follows (protobuf's JSON mapping as gogo reads it).
//!
//! A document is decoded whole: every mistake in it is reported, not only the first. Two kinds of mistake are told apart.
//! What cannot be decoded (unknown fields, wrong types, unknown names) goes to the report at once. What can be decoded but
//! makes no sense (a null list element, two members of one union, a number out of range) is a [`Fault`]: it stays with the
//! object, and makes a policy INVALID.

use std::collections::BTreeMap;

use crate::diag::{Code, Diag, FieldPath, Place, Pos, Report, Step, nearest};
use crate::ids::Text;
use crate::load::yaml::{Entry, Node, Value};

/// Something decodable that makes the object INVALID.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The field it is in.
    pub path: FieldPath,
    /// What was found and what would be right.
    pub message: String,
}

/// Where the decoder stands, and where its findings go.
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
    pub fn fault(&mut self, message: impl Into<String>) {
        self.faults.push(Fault { path: FieldPath(self.path.clone()), message: message.into() });
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

    /// Reports that `node` is not the type the field wants.
    fn wrong_type(&mut self, node: &Node, wanted: &str) {
        let message = format!("{} is {}, where {wanted} is wanted", self.here(), describe(&node.value));
        self.push(Code::WrongType, node.pos, message, None);
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
    /// snake_case; any other is reported with the nearest name.
    pub fn fields<'n, const N: usize>(
        &mut self,
        node: &'n Node,
        names: [&'static str; N],
    ) -> Option<[Option<&'n Node>; N]> {
        let mut found: [Option<&Node>; N] = [None; N];
        for entry in self.map(node)? {
            let Some(index) = names.iter().position(|name| is_spelling(name, &entry.key)) else {
                self.unknown_field(entry, &names);
                continue;
            };
            match found[index] {
                None => found[index] = Some(&entry.value),
                Some(_) => {
                    if entry.key == names[index] {
                        found[index] = Some(&entry.value);
                    }
                    let message = format!("{} is given in camelCase and in snake_case", names[index]);
                    self.push(Code::BothSpellings, entry.key_pos, message, None);
                }
            }
        }
        Some(found)
    }

    /// Reports a field that is none of `names`.
    pub fn unknown_field(&mut self, entry: &Entry, names: &[&str]) {
        let whose = if self.path.is_empty() { String::new() } else { format!(" in {}", self.here()) };
        let hint = match nearest(&entry.key, names.iter().copied()) {
            Some(name) => format!("did you mean {name:?}?"),
            None if names.is_empty() => "the mapping has to be empty".into(),
            None => format!("known here: {}", names.join(", ")),
        };
        self.push(Code::UnknownField, entry.key_pos, format!("unknown field {:?}{whose}", entry.key), Some(hint));
    }

    /// Reports a value that the field does not take.
    pub fn bad_value(&mut self, node: &Node, message: String, hint: Option<String>) {
        self.push(Code::BadValue, node.pos, message, hint);
    }

    /// The text of a scalar. A bare word that YAML 1.1 reads as something else is taken as it stands, with a warning.
    pub fn text(&mut self, node: &Node) -> Option<Text> {
        match &node.value {
            Value::Quoted(text) => Some(text.as_str().into()),
            Value::Plain(text) if is_number_or_bool(text) => {
                let hint = format!("quote it: \"{text}\"");
                let message = format!("{} is {}, where text is wanted", self.here(), describe(&node.value));
                self.push(Code::WrongType, node.pos, message, Some(hint));
                None
            }
            Value::Plain(text) => {
                if is_word_of_yaml_11(text) {
                    let message =
                        format!("{}: other YAML readers do not see the text {text:?} in a bare {text}", self.here());
                    self.push(Code::Word11, node.pos, message, Some(format!("quote it: \"{text}\"")));
                }
                Some(text.as_str().into())
            }
            Value::Null | Value::List(_) | Value::Map(_) => {
                self.wrong_type(node, "text");
                None
            }
        }
    }

    /// `true` or `false`.
    fn boolean(&mut self, node: &Node) -> Option<bool> {
        match &node.value {
            Value::Plain(text) if text == "true" => Some(true),
            Value::Plain(text) if text == "false" => Some(false),
            _ => {
                self.wrong_type(node, "true or false");
                None
            }
        }
    }

    /// A whole number; it may be quoted. One out of the range of its type is a fault.
    fn integer(&mut self, node: &Node, min: i64, max: i64) -> Option<i64> {
        let (Value::Plain(text) | Value::Quoted(text)) = &node.value else {
            self.wrong_type(node, "a whole number");
            return None;
        };
        match text.parse::<i128>() {
            Ok(number) if (i128::from(min)..=i128::from(max)).contains(&number) => i64::try_from(number).ok(),
            Ok(number) => {
                self.fault(format!("{number} is out of range: a number from {min} to {max} is wanted"));
                None
            }
            Err(_) => {
                self.wrong_type(node, "a whole number");
                None
            }
        }
    }

    /// A number; it may be quoted, and quoted it may be NaN or infinite.
    fn number(&mut self, node: &Node) -> Option<f64> {
        let parsed = match &node.value {
            Value::Quoted(text) => match text.as_str() {
                "NaN" => Some(f64::NAN),
                "Infinity" => Some(f64::INFINITY),
                "-Infinity" => Some(f64::NEG_INFINITY),
                _ => parse_float(text),
            },
            Value::Plain(text) => parse_float(text),
            _ => None,
        };
        if parsed.is_none() {
            self.wrong_type(node, "a number");
        }
        parsed
    }

    /// A member of an enumeration, by name or number. An unknown name cannot be decoded; an unknown number is a fault.
    pub fn enumeration<T: Copy>(&mut self, node: &Node, members: &[(&'static str, T)]) -> Option<T> {
        let names = || members.iter().map(|(name, _)| *name);
        match &node.value {
            Value::Plain(text) if text.bytes().all(|b| b.is_ascii_digit() || b == b'-') => {
                let member = text.parse::<usize>().ok().and_then(|number| members.get(number));
                if member.is_none() {
                    let last = members.len() - 1;
                    self.fault(format!("{text} is no number of this enumeration, which goes from 0 to {last}"));
                }
                member.map(|(_, value)| *value)
            }
            Value::Plain(text) | Value::Quoted(text) => {
                let member = members.iter().find(|(name, _)| name == text);
                if member.is_none() {
                    let known = names().collect::<Vec<_>>().join(", ");
                    let hint = match nearest(text, names()) {
                        Some(name) => format!("did you mean {name}? Known: {known}"),
                        None => format!("known: {known}"),
                    };
                    self.bad_value(node, format!("{} has no value {text:?}", self.here()), Some(hint));
                }
                member.map(|(_, value)| *value)
            }
            _ => {
                self.wrong_type(node, "the name of an enumeration's member");
                None
            }
        }
    }

    /// Notes that two members of one union are given. Returns whether that is so.
    pub fn one_of(&mut self, given: &[(&'static str, bool)]) {
        let names: Vec<_> = given.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect();
        if names.len() > 1 {
            self.fault(format!("{} exclude each other: keep one", names.join(" and ")));
        }
    }
}

/// What a value is, for messages.
fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Plain(text) if text == "true" || text == "false" => format!("the boolean {text}"),
        Value::Plain(text) if is_number_or_bool(text) => format!("the number {text}"),
        Value::Plain(text) | Value::Quoted(text) => format!("the text {:?}", shortened(text)),
        Value::List(_) => "a list".into(),
        Value::Map(_) => "a mapping".into(),
    }
}

/// The beginning of a text, enough to recognise it in a message.
fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Whether `key` is `name` in camelCase or in snake_case.
pub fn is_spelling(name: &str, key: &str) -> bool {
    if name == key {
        return true;
    }
    if !key.contains('_') {
        return false;
    }
    let mut expected = name.bytes().flat_map(|b| {
        let underscore = b.is_ascii_uppercase().then_some(b'_');
        underscore.into_iter().chain([b.to_ascii_lowercase()])
    });
    key.bytes().all(|b| expected.next() == Some(b)) && expected.next().is_none()
}

/// Whether a plain scalar is a boolean or a number for every YAML reader.
fn is_number_or_bool(text: &str) -> bool {
    matches!(text, "true" | "false") || (is_json_number(text) && !has_leading_zero(text))
}

/// Whether the text is a number as JSON writes it, a leading zero or plus sign aside.
fn is_json_number(text: &str) -> bool {
    text.bytes().next().is_some_and(|b| b.is_ascii_digit() || b == b'-' || b == b'+')
        && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'))
        && text.parse::<f64>().is_ok()
}

fn has_leading_zero(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '+']);
    digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit()
}

/// Whether a YAML 1.1 reader sees a boolean or a number in this plain scalar, which YAML 1.2's does not or not alike.
fn is_word_of_yaml_11(text: &str) -> bool {
    const WORDS: [&str; 8] = ["y", "n", "yes", "no", "on", "off", "true", "false"];
    if WORDS.iter().any(|word| word.eq_ignore_ascii_case(text)) {
        return true;
    }
    let digits = text.trim_start_matches(['-', '+']);
    let first_is_digit = digits.as_bytes().first().is_some_and(u8::is_ascii_digit);
    let radix = digits.starts_with("0x") || digits.starts_with("0b") || digits.starts_with("0o");
    first_is_digit
        && (has_leading_zero(text) && digits.bytes().all(|b| b.is_ascii_digit() || b == b'_')
            || radix && digits[2..].bytes().all(|b| b.is_ascii_hexdigit() || b == b'_') && digits.len() > 2
            || digits.contains('_') && digits.bytes().all(|b| b.is_ascii_digit() || b == b'_' || b == b'.')
            || digits.contains(':') && digits.split(':').all(|p| p.parse::<f64>().is_ok() && p.len() <= 2))
}

/// A finite number in JSON's form.
fn parse_float(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|n| n.is_finite() && is_json_number(text))
}

/// A type that a node can be decoded into.
pub trait Decode: Sized {
    /// Decodes; `None` when the mistake was reported or noted as a fault.
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self>;

    /// The value of a union's member that is given as null.
    fn from_null(cx: &mut Cx<'_>) -> Option<Self> {
        cx.fault("null stands for nothing here: give the member a value or leave it out");
        None
    }
}

/// A type that a field can have: decoded into, with null meaning absent.
pub trait Field {
    /// Takes the field's value.
    fn set(&mut self, node: &Node, cx: &mut Cx<'_>);
}

impl<T: Decode> Field for Option<T> {
    fn set(&mut self, node: &Node, cx: &mut Cx<'_>) {
        *self = if node.value == Value::Null { None } else { T::decode(node, cx) };
    }
}

impl<T: Decode> Field for Vec<T> {
    fn set(&mut self, node: &Node, cx: &mut Cx<'_>) {
        if node.value != Value::Null {
            *self = Self::decode(node, cx).unwrap_or_default();
        }
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        let Value::List(items) = &node.value else {
            cx.wrong_type(node, "a list");
            return None;
        };
        let mut out = Self::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            cx.at(index, |cx| match item.value {
                Value::Null => cx.fault("a list element is null: give it a value or remove it"),
                _ => out.extend(T::decode(item, cx)),
            });
        }
        Some(out)
    }
}

impl<V: Decode> Field for BTreeMap<Text, V> {
    fn set(&mut self, node: &Node, cx: &mut Cx<'_>) {
        if node.value == Value::Null {
            return;
        }
        for entry in cx.map(node).unwrap_or_default() {
            let key: Text = entry.key.as_str().into();
            cx.at(&*key.clone(), |cx| match entry.value.value {
                Value::Null => cx.fault("an entry is null: give it a value or remove it"),
                _ => {
                    if let Some(value) = V::decode(&entry.value, cx) {
                        self.insert(key, value);
                    }
                }
            });
        }
    }
}

macro_rules! scalar {
    ($($type:ty, |$node:ident, $cx:ident| $decode:expr;)*) => { $(
        impl Decode for $type {
            fn decode($node: &Node, $cx: &mut Cx<'_>) -> Option<Self> {
                $decode
            }

            fn from_null(_: &mut Cx<'_>) -> Option<Self> {
                Some(Self::default())
            }
        }

        impl Field for $type {
            fn set(&mut self, node: &Node, cx: &mut Cx<'_>) {
                if node.value != Value::Null {
                    *self = <$type>::decode(node, cx).unwrap_or_default();
                }
            }
        }
    )* };
}

scalar! {
    Text, |node, cx| cx.text(node);
    bool, |node, cx| cx.boolean(node);
    u32, |node, cx| cx.integer(node, 0, i64::from(u32::MAX)).and_then(|n| n.try_into().ok());
    i32, |node, cx| cx.integer(node, i64::from(i32::MIN), i64::from(i32::MAX)).and_then(|n| n.try_into().ok());
    f64, |node, cx| cx.number(node);
}

/// Defines a message: a struct whose fields are decoded by name, each absent one at its default.
///
/// `field: Type = "jsonName"` is a plain field. After a semicolon, `oneof field: Enum { "jsonName" => Variant(Type), … }` is a union
/// and defines its enum; a member marked `or null` is selected with its default by null.
#[macro_export]
macro_rules! message {
    (
        $(#[$meta:meta])*
        $name:ident {
            $($(#[$field_meta:meta])* $field:ident : $type:ty = $json:literal,)*
            $(; $(#[$oneof_meta:meta])* oneof $oneof:ident : $enum:ident {
                $($(#[$member_meta:meta])* $member:literal => $variant:ident($inner:ty) $(or $null:ident)?,)*
            })*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            $($(#[$oneof_meta])* pub $oneof: Option<$enum>,)*
        }

        $(
            $(#[$oneof_meta])*
            #[derive(Clone, Debug, PartialEq)]
            pub enum $enum { $($(#[$member_meta])* $variant($inner),)* }
        )*

        impl $crate::model::decode::Decode for $name {
            fn decode(
                node: &$crate::load::yaml::Node,
                cx: &mut $crate::model::decode::Cx<'_>,
            ) -> Option<Self> {
                let mut out = Self::default();
                let message = &mut out;
                let found = cx.fields(node, [$($json,)* $($($member,)*)*])?;
                let mut fields = found.iter().copied();
                $(
                    if let Some(node) = fields.next().flatten() {
                        cx.at($json, |cx| $crate::model::decode::Field::set(&mut message.$field, node, cx));
                    }
                )*
                $(
                    let mut given: Vec<(&'static str, bool)> = Vec::new();
                    $(
                        let member = fields.next().flatten();
                        given.push(($member, member.is_some()));
                        if let Some(node) = member {
                            let value = cx.at($member, |cx| match node.value {
                                $($crate::load::yaml::Value::Null if stringify!($null) == "null" => Some(<$inner>::default()),)?
                                $crate::load::yaml::Value::Null => <$inner as $crate::model::decode::Decode>::from_null(cx),
                                _ => <$inner as $crate::model::decode::Decode>::decode(node, cx),
                            });
                            message.$oneof = value.map($enum::$variant).or(message.$oneof.take());
                        }
                    )*
                    cx.one_of(&given);
                )*
                debug_assert!(fields.next().is_none() && *message == *message, "every field has been taken");
                Some(out)
            }
        }
    };
}

/// Defines an enumeration whose members are known by name and by number, from 0 in the order given.
#[macro_export]
macro_rules! enumeration {
    ($(#[$meta:meta])* $name:ident { $($(#[$member_meta:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { #[default] $($(#[$member_meta])* $variant,)* }

        impl $name {
            /// The member's name in the API.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl $crate::model::decode::Decode for $name {
            fn decode(
                node: &$crate::load::yaml::Node,
                cx: &mut $crate::model::decode::Cx<'_>,
            ) -> Option<Self> {
                cx.enumeration(node, &[$(($text, Self::$variant)),*])
            }

            fn from_null(_: &mut $crate::model::decode::Cx<'_>) -> Option<Self> {
                Some(Self::default())
            }
        }

        impl $crate::model::decode::Field for $name {
            fn set(&mut self, node: &$crate::load::yaml::Node, cx: &mut $crate::model::decode::Cx<'_>) {
                if node.value != $crate::load::yaml::Value::Null {
                    *self = <Self as $crate::model::decode::Decode>::decode(node, cx).unwrap_or_default();
                }
            }
        }
    };
}
