//! Values of Istio's charts, which anybody may write in any shape: what is not as the charts expect it counts as absent.

use serde::{Deserialize, Serialize};
use serde_yaml::Value;

use crate::ids::Text;

/// The values with which a chart of Istio is installed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Values(Value);

impl Values {
    /// Reads YAML or JSON; none if it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        // Most are JSON, which is read faster.
        serde_json::from_str(text).ok().or_else(|| serde_yaml::from_str(text).ok()).map(Self)
    }

    /// A value as text, also one that is written like a number or a truth value; none if there is none or it is empty.
    pub fn text(&self, path: &[&str]) -> Option<Text> {
        scalar(self.at(path)).filter(|text| !text.is_empty())
    }

    /// A list of texts.
    pub fn texts(&self, path: &[&str]) -> Vec<Text> {
        self.items(path).filter_map(|item| scalar(&item.0)).collect()
    }

    /// The elements of a list.
    pub fn items(&self, path: &[&str]) -> impl Iterator<Item = Self> {
        self.at(path).as_sequence().into_iter().flatten().cloned().map(Self)
    }

    /// The entries of a mapping that are texts.
    pub fn entries(&self, path: &[&str]) -> impl Iterator<Item = (Text, Text)> {
        let entries = self.at(path).as_mapping().into_iter().flatten();
        entries.filter_map(|(key, value)| Some((scalar(key)?, scalar(value)?)))
    }

    /// A mapping below; none if there is none.
    pub fn below(&self, path: &[&str]) -> Option<Self> {
        Some(self.at(path)).filter(|value| value.is_mapping()).cloned().map(Self)
    }

    /// A value as it is written, null if there is none.
    pub fn value(&self, path: &[&str]) -> &Value {
        self.at(path)
    }

    /// Adds the values of a text, as `--set-string` does: a name with dots, and a value.
    pub fn set(&mut self, name: &str, value: &str) {
        let mut at = &mut self.0;
        for part in name.split('.') {
            if !at.is_mapping() {
                *at = Value::Mapping(serde_yaml::Mapping::new());
            }
            let Value::Mapping(entries) = at else { return };
            at = entries.entry(part.into()).or_insert(Value::Null);
        }
        *at = value.into();
    }

    fn at(&self, path: &[&str]) -> &Value {
        path.iter().fold(&self.0, |value, key| &value[*key])
    }
}

fn scalar(value: &Value) -> Option<Text> {
    match value {
        Value::String(text) => Some((&**text).into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Bool(truth) => Some(truth.to_string().into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_as_expected_is_absent() {
        let values =
            Values::parse("{global: {tag: 1.31.0, proxy: auto, meshID: 7}, revisionTags: [a, [b]]}").expect("YAML");
        assert_eq!(values.text(&["global", "tag"]).as_deref(), Some("1.31.0"));
        assert_eq!(values.text(&["global", "meshID"]).as_deref(), Some("7"));
        assert_eq!(values.text(&["global", "proxy", "clusterDomain"]), None);
        assert_eq!(values.text(&["global"]), None);
        assert_eq!(values.texts(&["revisionTags"]), ["a".into()]);
        assert_eq!(Values::parse("a: ["), None);
    }

    #[test]
    fn a_parameter_takes_the_place_of_a_value() {
        let mut values = Values::parse("{global: {tag: a}, meshConfig: x}").expect("YAML");
        values.set("global.tag", "b");
        values.set("meshConfig.trustDomain", "t");
        assert_eq!(values.text(&["global", "tag"]).as_deref(), Some("b"));
        assert_eq!(values.text(&["meshConfig", "trustDomain"]).as_deref(), Some("t"));
    }
}
