//! Lists and mappings, entry by entry.

use serde::Serialize;
use serde::ser;

use super::key::Key;
use super::scalar::{indent, scalar};
use super::{Error, Slot, Writer};

/// Keys longer than this need a `?` before them: readers do not look for the colon after this length.
const LONGEST_KEY: usize = 1024;

/// A list or mapping that is being written. It writes nothing before its first entry, since an empty one has another form.
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

    /// Appends the first key of a mapping and returns the position of its value; no more entries can be added.
    pub(super) fn into_single(mut self, key: &str) -> &'w mut Writer<'a> {
        self.key(key);
        self.writer
    }

    /// Appends a mapping's key; the writer is then at the position of its value.
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

    /// Moves to the start of the next entry and returns its offset. The first entry follows a dash on its line.
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

    /// Records that a key or dash of this collection was written.
    fn place(&mut self, slot: Slot) {
        self.writer.slot = slot;
        self.writer.column = self.column;
    }

    /// Ends the collection, which is written as `empty` if it has no entries.
    fn close(self, empty: &str) {
        // Without entries, the writer is still at the position of the collection.
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
