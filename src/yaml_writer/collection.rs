//! Lists and mappings, entry by entry.

use serde::Serialize;
use serde::ser;

use super::key::Key;
use super::scalar::{indent, scalar};
use super::{Error, Slot, Writer};

/// Keys longer than this need a `?` before them: readers look no further for the colon.
const LONGEST_KEY: usize = 1024;

/// A list or mapping being written. Nothing of it is in the output before its first entry, since until then it is not known
/// whether it is empty.
pub(super) struct Collection<'w, 'a> {
    writer: &'w mut Writer<'a>,
    /// The column of its keys or dashes.
    column: usize,
    empty: bool,
}

impl<'w, 'a> Collection<'w, 'a> {
    /// A collection without entries yet at the position of `writer`; its entries begin in `column`.
    pub(super) fn new(writer: &'w mut Writer<'a>, column: usize) -> Self {
        Self { writer, column, empty: true }
    }

    /// Appends the first key of a mapping and gives the place of its value; nothing more can be added.
    pub(super) fn into_single(mut self, key: &str) -> &'w mut Writer<'a> {
        self.key(key);
        self.writer
    }

    /// Appends a mapping's key; the writer is then where its value goes.
    fn key(&mut self, key: &str) {
        let start = self.begin();
        scalar(key, self.writer.out);
        self.end_key(start);
    }

    /// Ends the key that begins at byte `start`.
    fn end_key(&mut self, start: usize) {
        if self.writer.out.len() - start > LONGEST_KEY {
            self.writer.out.insert_str(start, "? ");
            self.writer.out.push('\n');
            indent(self.column, self.writer.out);
        }
        self.writer.out.push(':');
        self.place(Slot::Key);
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.begin();
        self.writer.out.push_str("- ");
        self.place(Slot::Item);
        value.serialize(&mut *self.writer)
    }

    /// Goes to where the next entry begins and gives that offset. The first one follows a dash on its line.
    fn begin(&mut self) -> usize {
        let first = std::mem::replace(&mut self.empty, false);
        let below = self.writer.slot == Slot::Key;
        if first && below {
            self.writer.out.push('\n');
        }
        if !first || below {
            indent(self.column, self.writer.out);
        }
        self.writer.out.len()
    }

    /// Notes that a key or dash of this collection has been written.
    fn place(&mut self, slot: Slot) {
        self.writer.slot = slot;
        self.writer.column = self.column;
    }

    /// Ends the collection, which is written as `empty` if it had no entries.
    fn close(self, empty: &str) {
        // Without entries, the writer still is where the collection was to go.
        if self.empty {
            self.writer.inline(|out| out.push_str(empty));
        }
    }
}

macro_rules! lists {
    ($($trait:ident $method:ident,)*) => {$(
        impl ser::$trait for Collection<'_, '_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.item(value)
            }

            fn end(self) -> Result<(), Error> {
                self.close("[]");
                Ok(())
            }
        }
    )*};
}

macro_rules! structs {
    ($($trait:ident,)*) => {$(
        impl ser::$trait for Collection<'_, '_> {
            type Ok = ();
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
                self.key(key);
                value.serialize(&mut *self.writer)
            }

            fn end(self) -> Result<(), Error> {
                self.close("{}");
                Ok(())
            }
        }
    )*};
}

lists! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
}

structs! {
    SerializeStruct,
    SerializeStructVariant,
}

impl ser::SerializeMap for Collection<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        let start = self.begin();
        key.serialize(Key { out: self.writer.out })?;
        self.end_key(start);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), Error> {
        self.close("{}");
        Ok(())
    }
}
