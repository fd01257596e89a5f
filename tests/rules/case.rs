//! The cases with what they say they cover, what was found in them, and what stands in their inputs.

use serde::Deserialize as _;
use serde_json::Value;

use crate::support::cases;

/// One folder of `tests/cases`.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// The rules that its `why.md` names.
    pub(crate) covers: Vec<String>,
    /// Its `diagnostics.txt`.
    pub(crate) diagnostics: String,
    /// Its `status.yaml`.
    pub(crate) status: Value,
    /// The objects of its inputs, as far as they are well-formed.
    pub(crate) objects: Vec<Value>,
}

/// Every case.
pub(crate) fn cases() -> Vec<Case> {
    cases::cases().iter().map(read).collect()
}

fn read(case: &cases::Case) -> Case {
    let name = case.name.clone();
    let why = case.text("why.md").unwrap_or_else(|| panic!("{name} has no why.md"));
    // A case about inputs alone shows no rule of a policy.
    let covers = why.split_once("\ncovers: ").map_or("", |(_, covers)| covers);
    let inputs = case.inputs();
    let inputs = inputs.iter().filter(|(path, _)| !path.starts_with("ca/"));
    Case {
        covers: covers.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect(),
        diagnostics: case.text("diagnostics.txt").unwrap_or_default(),
        status: serde_yaml::from_str(&case.text("status.yaml").unwrap_or_default()).unwrap_or_default(),
        objects: inputs.flat_map(|(_, bytes)| objects(&String::from_utf8_lossy(bytes))).collect(),
        name,
    }
}

/// The objects in a file, Lists taken apart.
fn objects(text: &str) -> Vec<Value> {
    let mut out = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        // What is no YAML is what some cases are about.
        let Ok(value) = Value::deserialize(document) else { break };
        match value["items"].as_array() {
            Some(items) if value["kind"] == "List" => out.extend(items.iter().cloned()),
            _ => out.push(value),
        }
    }
    out
}

impl Case {
    /// The texts of every error in its statuses.
    pub(crate) fn errors(&self) -> Vec<&str> {
        let mut out = Vec::new();
        for item in self.status["items"].as_array().into_iter().flatten() {
            let status = &item["status"];
            let of_all = [&status["errors"], &status["validationErrors"]].into_iter();
            let maps = [&status["trafficTargets"], &status["meshes"]].into_iter();
            let approvals = maps.filter_map(Value::as_object).flatten().map(|(_, approval)| &approval["errors"]);
            let lists = of_all.chain(approvals).filter_map(Value::as_array);
            out.extend(lists.flatten().filter_map(Value::as_str));
        }
        out
    }
}
