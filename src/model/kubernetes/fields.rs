//! How single fields are read: null means absent, and is never taken for the text `null`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::EnvVar;
use crate::ids::Text;

/// The flags of Istio that are read: of a control plane and of a gateway.
pub(super) const FLAGS: [&str; 2] = ["PILOT_SKIP_VALIDATE_TRUST_DOMAIN", "ISTIO_META_ROUTER_MODE"];

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

/// Variables of an environment that are flags of Istio's; all others, which may be many, are left out.
pub(super) fn flags<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<EnvVar>, D::Error> {
    let mut found: Vec<EnvVar> = list(from)?;
    found.retain(|variable| FLAGS.contains(&&*variable.name));
    found.shrink_to_fit();
    Ok(found)
}

/// A text, also one that is written like a number or a truth value; anything else is no text at all.
pub(super) fn loose<'de, D: Deserializer<'de>>(from: D) -> Result<Text, D::Error> {
    from.deserialize_any(LooseVisitor)
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
        Ok(text.into())
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Text, E> {
        Ok(truth.to_string().into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Text, E> {
        Ok(number.to_string().into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Text, E> {
        Ok(number.to_string().into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Text, E> {
        Ok(number.to_string().into())
    }

    fn visit_unit<E: Error>(self) -> Result<Text, E> {
        Ok(Text::default())
    }

    fn visit_none<E: Error>(self) -> Result<Text, E> {
        Ok(Text::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Text, D::Error> {
        from.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Text, A::Error> {
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Text, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Text::default())
    }
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

#[cfg(test)]
mod tests {
    use crate::model::kubernetes::Container;

    #[test]
    fn flags_of_istio_are_kept_however_they_are_written() {
        let env = |text: &str| -> Vec<(String, String)> {
            let container: Container = serde_yaml::from_str(text).expect("YAML");
            container.env.iter().map(|flag| (flag.name.to_string(), flag.value.to_string())).collect()
        };
        let flag = |value: &str| vec![("PILOT_SKIP_VALIDATE_TRUST_DOMAIN".to_owned(), value.to_owned())];
        for (value, wanted) in [
            ("'true'", "true"),
            ("true", "true"),
            ("1", "1"),
            ("1.5", "1.5"),
            ("null", ""),
            ("{a: [b]}", ""),
            ("[a, {b: c}]", ""),
        ] {
            let text = format!(
                "env:\n- name: PATH\n  value: /bin\n- name: PILOT_SKIP_VALIDATE_TRUST_DOMAIN\n  value: {value}\n"
            );
            assert_eq!(env(&text), flag(wanted), "{value}");
        }
        let elsewhere = "env: [{name: PILOT_SKIP_VALIDATE_TRUST_DOMAIN, valueFrom: {fieldRef: {fieldPath: a}}}, null]";
        assert_eq!(env(elsewhere), flag(""));
        assert_eq!(env("env: null"), []);
    }
}
