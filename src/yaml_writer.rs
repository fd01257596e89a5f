//! Writes typed values as YAML, in the format of all output.
//!
//! Block style, two blanks a level, lists at the column of their key, one line a scalar except for multi-line text, `{}` and
//! `[]` for what is empty. No library's writer quotes for both YAML 1.1 and 1.2, keeps this form and is fast enough for a large
//! fleet, hence our own; it writes straight into the buffer, without a tree in between. It keeps nothing of what it writes, so
//! that whoever writes a secret has the only copy: a buffer with enough room for it, wiped when it is dropped.

mod collection;
mod key;
mod scalar;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::Serialize;
use serde::ser;

use collection::Collection;
pub use scalar::scalar;

/// Why a value cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The value's own `Serialize` failed.
    #[error("{0}")]
    Value(String),
    /// A key of a mapping that is neither text nor a whole number nor a boolean.
    #[error("{0} cannot be the key of a mapping")]
    Key(&'static str),
    /// An infinity or NaN, which JSON, and therefore Kubernetes, does not have.
    #[error("{0} is not a valid JSON number")]
    Float(f64),
    /// Raw bytes. Kubernetes requires base64, which the caller must apply.
    #[error("bytes cannot be written as YAML")]
    Bytes,
}

impl ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Value(message.to_string())
    }
}

/// Appends `value` to `out` as one document with a final line break and without `---`; `out` must be empty or end with a line
/// break. Keys are in the order in which `value` gives them.
///
/// # Errors
/// See [`Error`]; `out` is then as it was.
pub fn write<T: Serialize + ?Sized>(value: &T, out: &mut String) -> Result<(), Error> {
    let start = out.len();
    let result = value.serialize(&mut Writer { out, column: 0, slot: Slot::Root });
    if result.is_err() {
        out.truncate(start);
    }
    result
}

/// The name of a newtype struct around lines that [`item`] has written, which are taken as they are.
pub const WRITTEN: &str = "written";

/// The name of a newtype struct around a scalar with a line break behind it that is taken as it is: what was read without quotes, and
/// is to mean the same to whoever reads it next.
pub const PLAIN: &str = "plain";

/// Appends `value` to `out` as an item of a list whose dashes are in `column`.
///
/// # Errors
/// See [`Error`]; `out` is then as it was.
pub fn item<T: Serialize + ?Sized>(value: &T, column: usize, out: &mut String) -> Result<(), Error> {
    let start = out.len();
    scalar::indent(column, out);
    out.push_str("- ");
    let result = value.serialize(&mut Writer { out, column, slot: Slot::Item });
    if result.is_err() {
        out.truncate(start);
    }
    result
}

/// The text before the next value.
#[derive(Clone, Copy, PartialEq)]
enum Slot {
    /// Nothing: it is the document.
    Root,
    /// `key:`
    Key,
    /// `- `
    Item,
    /// Anything: the value is [`WRITTEN`] lines, or [`PLAIN`].
    Lines,
}

/// The position of the next value.
struct Writer<'a> {
    out: &'a mut String,
    /// The column of the key or dash before the value.
    column: usize,
    slot: Slot,
}

impl<'a> Writer<'a> {
    /// Appends a value that fits on the line: `text` writes it.
    fn inline(&mut self, text: impl FnOnce(&mut String)) {
        if self.slot == Slot::Key {
            self.out.push(' ');
        }
        text(self.out);
        self.out.push('\n');
    }

    fn float(&mut self, value: f64, text: &str) -> Result<(), Error> {
        if !value.is_finite() {
            return Err(Error::Float(value));
        }
        self.inline(|out| out.push_str(text));
        Ok(())
    }

    fn list<'w>(&'w mut self) -> Collection<'w, 'a> {
        let column = if self.slot == Slot::Item { self.column + 2 } else { self.column };
        Collection::new(self, column)
    }

    fn map<'w>(&'w mut self) -> Collection<'w, 'a> {
        let column = if self.slot == Slot::Root { self.column } else { self.column + 2 };
        Collection::new(self, column)
    }

    /// Opens the mapping `variant: …` of an enum's variant with content, and returns the position of that content.
    fn variant(&mut self, variant: &str) -> &mut Self {
        self.map().into_single(variant)
    }
}

/// The shortest digits that read back as the same number, as Go's encoding/json writes them: an exponent for the very small
/// and the very large only, with its sign and without padding.
macro_rules! go_float {
    ($value:expr) => {{
        let value = $value;
        let size = value.abs();
        if size != 0.0 && !(1e-6..1e21).contains(&size) {
            let text = format!("{value:e}");
            if size < 1.0 { text } else { text.replace('e', "e+") }
        } else {
            value.to_string()
        }
    }};
}

macro_rules! integers {
    ($($method:ident $type:ty,)*) => {$(
        fn $method(self, value: $type) -> Result<(), Error> {
            self.inline(|out| out.push_str(itoa::Buffer::new().format(value)));
            Ok(())
        }
    )*};
}

impl<'w, 'a> ser::Serializer for &'w mut Writer<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Collection<'w, 'a>;
    type SerializeTuple = Collection<'w, 'a>;
    type SerializeTupleStruct = Collection<'w, 'a>;
    type SerializeTupleVariant = Collection<'w, 'a>;
    type SerializeMap = Collection<'w, 'a>;
    type SerializeStruct = Collection<'w, 'a>;
    type SerializeStructVariant = Collection<'w, 'a>;

    integers! {
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_i128 i128,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_u128 u128,
    }

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.inline(|out| out.push_str(if value { "true" } else { "false" }));
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        self.float(value.into(), &go_float!(value))
    }

    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        self.float(value, &go_float!(value))
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        match self.slot {
            // A block's indentation is relative to the enclosing collection, and readers differ if there is none.
            Slot::Root => {
                self.inline(|out| scalar(value, out));
                return Ok(());
            }
            Slot::Lines => {
                self.out.push_str(value);
                return Ok(());
            }
            Slot::Key => self.out.push(' '),
            Slot::Item => {}
        }
        scalar::value(value, self.column + 2, self.out);
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Error> {
        Err(Error::Bytes)
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.inline(|out| out.push_str("null"));
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<(), Error> {
        if name == PLAIN {
            self.out.push_str(if self.slot == Slot::Key { " " } else { "" });
            self.slot = Slot::Lines;
        }
        if name == WRITTEN {
            self.out.push_str(if self.slot == Slot::Key { "\n" } else { "" });
            self.slot = Slot::Lines;
        }
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self.variant(variant))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Collection<'w, 'a>, Error> {
        Ok(self.list())
    }

    fn serialize_tuple(self, _: usize) -> Result<Collection<'w, 'a>, Error> {
        Ok(self.list())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Collection<'w, 'a>, Error> {
        Ok(self.list())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Collection<'w, 'a>, Error> {
        Ok(self.variant(variant).list())
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Collection<'w, 'a>, Error> {
        Ok(self.map())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Collection<'w, 'a>, Error> {
        Ok(self.map())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Collection<'w, 'a>, Error> {
        Ok(self.variant(variant).map())
    }
}
