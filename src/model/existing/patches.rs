//! The patches of an EnvoyFilter, as far as versions of Istio differ in what they make of them.

use super::Content;
use super::lenient::{Value, Wire, list, text};
use crate::ids::Text;

/// A patch of an EnvoyFilter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FilterPatch {
    /// `CLUSTER`, `NETWORK_FILTER` and so on.
    pub apply_to: Text,
    /// `MERGE`, `INSERT_AFTER` and so on.
    pub operation: Text,
    /// The network filter that it looks for; empty if none is named.
    pub filter: Text,
    /// The names and types in what it adds.
    pub uses: Vec<Text>,
}

pub(super) fn envoy_filter(wire: &Wire) -> Content {
    let spec = &wire.spec;
    let patches = list(&spec["configPatches"]).iter().map(patch).collect();
    Content::EnvoyFilter { patches, has_priority: spec["priority"].as_i64().is_some_and(|priority| priority != 0) }
}

fn patch(value: &Value) -> FilterPatch {
    let of = |value: &Value| text(value).unwrap_or_default();
    let mut uses = Vec::new();
    names(&value["patch"]["value"], &mut uses);
    FilterPatch {
        apply_to: of(&value["applyTo"]),
        operation: of(&value["patch"]["operation"]),
        filter: of(&value["match"]["listener"]["filterChain"]["filter"]["name"]),
        uses,
    }
}

/// The names and types in a part of Envoy's configuration. Its depth is that of a document, which is limited.
fn names(value: &Value, out: &mut Vec<Text>) {
    match value {
        Value::Mapping(entries) => {
            for (key, value) in entries {
                match (key.as_str(), value.as_str()) {
                    (Some("@type" | "type_url" | "typeUrl" | "name"), Some(name)) => out.push(name.into()),
                    _ => names(value, out),
                }
            }
        }
        Value::Sequence(elements) => elements.iter().for_each(|element| names(element, out)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_is_what_it_looks_for_and_what_it_uses() {
        let spec = "configPatches:\n- applyTo: NETWORK_FILTER\n  match: {listener: {filterChain: {filter: {name: a}}}}\n  \
                    patch:\n    operation: INSERT_AFTER\n    value: {name: b, typed_config: {'@type': c, list: [{name: d}]}}\n- 5\n";
        let uses = ["b", "c", "d"].map(Text::from).to_vec();
        let (apply_to, operation) = ("NETWORK_FILTER".into(), "INSERT_AFTER".into());
        let wanted = vec![FilterPatch { apply_to, operation, filter: "a".into(), uses }, FilterPatch::default()];
        let spec = serde_yaml::from_str(spec).expect("YAML");
        let found = envoy_filter(&Wire { spec, ..Wire::default() });
        assert_eq!(found, Content::EnvoyFilter { patches: wanted, has_priority: false });
    }
}
