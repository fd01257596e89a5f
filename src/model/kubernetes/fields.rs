//! How single fields are read: null means absent, and is never taken for the text `null`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::ids::Text;

/// Labels, a selector.
pub type Labels = BTreeMap<Text, Text>;

/// A port by number or by name.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum PortRef {
    /// By number.
    Number(u32),
    /// By the name of a container's port.
    Name(Text),
}

/// A value whose null is its default.
pub(super) fn nullable<'de, T: Deserialize<'de> + Default, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

/// A list that may be null; null elements are left out.
pub(super) fn list<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    let items = Option::<Vec<Option<T>>>::deserialize(from)?.unwrap_or_default();
    Ok(items.into_iter().flatten().collect())
}

/// Texts by name; a null value is the empty text, as it is for the API server. A duplicate name is an error: the
/// reader of the tree reports it, since it knows the place.
pub(super) fn shared<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<Labels>, D::Error> {
    Ok(Option::<Texts>::deserialize(from)?.map(|Texts(texts)| texts.into()).unwrap_or_default())
}

struct Texts(Labels);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping of names to text")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
        let mut texts = Labels::new();
        while let Some((name, text)) = map.next_entry::<Text, Option<Text>>()? {
            if let Some(twice) = texts.insert(name, text.unwrap_or_default()) {
                return Err(A::Error::custom(format!("duplicate name, first with {twice:?}")));
            }
        }
        Ok(Texts(texts))
    }
}

impl<'de> Deserialize<'de> for PortRef {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(PortVisitor)
    }
}

struct PortVisitor;

impl Visitor<'_> for PortVisitor {
    type Value = PortRef;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the number or the name of a port")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<PortRef, E> {
        u32::try_from(number).map(PortRef::Number).map_err(|_| E::custom(format!("port {number} is out of range")))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<PortRef, E> {
        u32::try_from(number).map(PortRef::Number).map_err(|_| E::custom(format!("port {number} is out of range")))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<PortRef, E> {
        Ok(text.parse().map_or_else(|_| PortRef::Name(text.into()), PortRef::Number))
    }
}
