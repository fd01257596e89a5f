//! What an object in JSON says that it is, without reading on.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::super::Header;

/// The `apiVersion` and `kind` of an object; none if it has not both.
pub(super) fn header(text: &str) -> Option<Header<'_>> {
    let mut found = PartialHeader::default();
    // An error is the only way to stop the reader once it has both.
    _ = Reader(&mut found).deserialize(&mut serde_json::Deserializer::from_str(text));
    super::known(found.api_version?, found.kind?)
}

#[derive(Default)]
struct PartialHeader<'a> {
    api_version: Option<Cow<'a, str>>,
    kind: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

struct Reader<'f, 'a>(&'f mut PartialHeader<'a>);

impl<'de> DeserializeSeed<'de> for Reader<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Borrowed(key)) = map.next_key()? {
            let text = match &*key {
                "apiVersion" => &mut self.0.api_version,
                "kind" => &mut self.0.kind,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            let Borrowed(value) = map.next_value()?;
            *text = Some(value);
            if self.0.api_version.is_some() && self.0.kind.is_some() {
                return Err(A::Error::custom("both are known"));
            }
        }
        Ok(())
    }
}
