//! Keys of mappings. Whatever the type of a key in Rust, it is text in JSON, and so it is here.

use serde::Serialize;
use serde::ser::{Impossible, Serializer};

use super::Error;
use super::scalar::{scalar, single_quoted};

/// Writes one key.
pub(super) struct Key<'a> {
    pub(super) out: &'a mut String,
}

macro_rules! integers {
    ($($method:ident $type:ty,)*) => {$(
        fn $method(self, value: $type) -> Result<(), Error> {
            single_quoted(itoa::Buffer::new().format(value), self.out);
            Ok(())
        }
    )*};
}

macro_rules! refused {
    ($($method:ident($($type:ty),*) -> $ok:ty, $what:literal;)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<$ok, Error> {
            Err(Error::Key($what))
        }
    )*};
}

impl Serializer for Key<'_> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Impossible<(), Error>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Impossible<(), Error>;
    type SerializeStruct = Impossible<(), Error>;
    type SerializeStructVariant = Impossible<(), Error>;

    integers! {
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_i128 i128,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_u128 u128,
    }

    refused! {
        serialize_f32(f32) -> (), "a float";
        serialize_f64(f64) -> (), "a float";
        serialize_bytes(&[u8]) -> (), "a run of bytes";
        serialize_none() -> (), "null";
        serialize_unit() -> (), "null";
        serialize_unit_struct(&'static str) -> (), "null";
        serialize_seq(Option<usize>) -> Self::SerializeSeq, "a list";
        serialize_tuple(usize) -> Self::SerializeTuple, "a list";
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct, "a list";
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant, "a mapping";
        serialize_map(Option<usize>) -> Self::SerializeMap, "a mapping";
        serialize_struct(&'static str, usize) -> Self::SerializeStruct, "a mapping";
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant, "a mapping";
    }

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.serialize_str(if value { "true" } else { "false" })
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        scalar(value, self.out);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Error> {
        Err(Error::Key("a mapping"))
    }
}
