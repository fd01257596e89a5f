//! The JSON Schemas of the documents that people write, made of the types that they are decoded into.

use serde_json::{Value as Json, json};

use crate::diag::Report;
use crate::ids::Text;
use crate::load::tree::Node;

use super::decode::schema::{Defs, present};
use super::decode::{Cx, Decode};
use super::envelope::envelope;
use super::kind::{Kind, LATER};
use super::later::{AccessPolicyV1, TrafficPolicyV1, VirtualMeshV1};
use super::meta::{Metadata, header};
use super::{access_policy, compact, failover_service, policy_test, settings, traffic_policy, virtual_mesh};

/// The dialect of JSON Schema.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// A kind of document that people write.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    /// Its name, as in `kind`.
    pub kind: &'static str,
    /// What it is for, in one sentence.
    about: &'static str,
    /// Whether `metadata` is required with a name, and with a namespace.
    named: (bool, bool),
    own: Form,
    /// The form of `v1` of the later group.
    later: Option<Form>,
}

/// A type that a `spec` is decoded into.
#[derive(Clone, Copy, Debug)]
struct Form {
    schema: fn(&mut Defs) -> Json,
    read: fn(&Node, &mut Cx<'_>) -> bool,
}

impl Form {
    const fn of<T: Decode + Default>() -> Self {
        Self { schema: T::schema, read: |node, cx| envelope::<T>(node, cx).is_some() }
    }
}

/// What decoding makes of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It is decoded.
    Whole,
    /// It is decoded, with values that make no sense or that other YAML readers see differently.
    Doubtful,
    /// It cannot be decoded.
    Refused,
}

/// The kinds, as `meshtree schema` lists them.
pub const ALL: [Written; 7] = [
    Written {
        kind: "Settings",
        about: "The settings of a fleet: meshtree.yaml.",
        named: (false, false),
        own: Form::of::<settings::Settings>(),
        later: None,
    },
    Written {
        kind: "Cluster",
        about: "The inventory of one cluster.",
        named: (true, false),
        own: Form::of::<compact::Cluster>(),
        later: None,
    },
    Written {
        kind: "VirtualMesh",
        about: "Meshes that trust each other and know each other's services.",
        named: (true, true),
        own: Form::of::<virtual_mesh::VirtualMesh>(),
        later: Some(Form::of::<VirtualMeshV1>()),
    },
    Written {
        kind: "TrafficPolicy",
        about: "What is done with requests to services.",
        named: (true, true),
        own: Form::of::<traffic_policy::TrafficPolicy>(),
        later: Some(Form::of::<TrafficPolicyV1>()),
    },
    Written {
        kind: "AccessPolicy",
        about: "Who may call services.",
        named: (true, true),
        own: Form::of::<access_policy::AccessPolicy>(),
        later: Some(Form::of::<AccessPolicyV1>()),
    },
    Written {
        kind: "FailoverService",
        about: "A host whose requests go to the first of several services that has healthy pods.",
        named: (true, true),
        own: Form::of::<failover_service::FailoverService>(),
        later: None,
    },
    Written {
        kind: policy_test::KIND,
        about: "What a fleet is expected to do with requests; `meshtree test` compares.",
        named: (true, false),
        own: Form { schema: policy_test::schema, ..Form::of::<policy_test::PolicyTest>() },
        later: None,
    },
];

impl Written {
    /// The API versions in which it can be written, the usual one first.
    fn versions(self) -> Vec<&'static str> {
        let known = Kind::VERSIONS.iter().filter(|(kind, _)| kind.as_str() == self.kind);
        let versions: Vec<&'static str> = known.map(|(_, version)| *version).collect();
        if versions.is_empty() { vec![policy_test::API_VERSION] } else { versions }
    }

    /// The kind of a document, if it is one of these in a version that is known.
    pub fn of(node: &Node) -> Option<Self> {
        let (api_version, kind) = header(node);
        ALL.into_iter().find(|written| written.kind == kind && written.versions().contains(&api_version))
    }

    /// What decoding makes of a document of this kind. The schema accepts what is whole, and refuses what is refused.
    pub fn read(self, node: &Node, file: &Text) -> Reading {
        let mut report = Report::default();
        let mut cx = Cx::new(file, &mut report);
        let form = self.later.filter(|_| header(node).0 == LATER).unwrap_or(self.own);
        let is_read = (form.read)(node, &mut cx) && self.is_named(node);
        match (is_read && !cx.failed, cx.faults.is_empty()) {
            (false, _) => Reading::Refused,
            (true, true) if report.diags().is_empty() => Reading::Whole,
            (true, _) => Reading::Doubtful,
        }
    }

    /// Whether a document has the name and namespace without which it is not read.
    fn is_named(self, node: &Node) -> bool {
        let has = |field: &str| {
            let text = node.get("metadata").and_then(|metadata| metadata.get(field)).and_then(Node::text);
            text.is_some_and(|text| !text.is_empty())
        };
        (!self.named.0 || has("name")) && (!self.named.1 || has("namespace"))
    }

    /// The schema of a file with one document of this kind.
    pub fn schema(self) -> Json {
        let mut defs = Defs::default();
        let mut schema = self.document(&mut defs);
        schema["$schema"] = DIALECT.into();
        schema["$defs"] = defs.into_json();
        schema
    }

    /// The schema of a document, whose messages go to `defs`.
    fn document(self, defs: &mut Defs) -> Json {
        let spec = (self.own.schema)(defs);
        let mut required = vec!["apiVersion", "kind"];
        required.extend(self.named.0.then_some("metadata"));
        required.extend((self.kind == policy_test::KIND).then_some("spec"));
        let mut schema = json!({
            "title": format!("{} of {}", self.kind, self.versions().join(" or ")),
            "description": self.about,
            "type": "object",
            "properties": {
                "apiVersion": one_of(&self.versions()),
                "kind": {"const": self.kind},
                "metadata": self.metadata(defs),
                "spec": spec,
                "status": {},
            },
            "required": required,
            "additionalProperties": false,
        });
        if let Some(later) = self.later {
            let own = std::mem::replace(&mut schema["properties"]["spec"], json!({}));
            schema["if"] = json!({"properties": {"apiVersion": {"const": LATER}}});
            schema["then"] = json!({"properties": {"spec": (later.schema)(defs)}});
            schema["else"] = json!({"properties": {"spec": own}});
        }
        schema
    }

    fn metadata(self, defs: &mut Defs) -> Json {
        let mut schema = Metadata::schema(defs);
        let mut required = Vec::new();
        for (field, wanted) in [("name", self.named.0), ("namespace", self.named.1)] {
            if wanted {
                let mut text = present(schema["properties"][field].take());
                text["minLength"] = 1.into();
                schema["properties"][field] = text;
                required.push(field);
            }
        }
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        schema
    }
}

/// The schema of any file of a fleet: what a document has to be follows from its kind, and objects of other groups may be anything.
pub fn any() -> Json {
    let mut defs = Defs::default();
    let documents: Vec<(Written, Json)> = ALL.iter().map(|written| (*written, written.document(&mut defs))).collect();
    let mut defs = defs.into_json();
    let mut rules = Vec::new();
    for (written, document) in documents {
        let name = format!("{} document", written.kind);
        rules.push(json!({
            "if": {
                "properties": {"apiVersion": one_of(&written.versions()), "kind": {"const": written.kind}},
                "required": ["apiVersion", "kind"],
            },
            "then": {"$ref": format!("#/$defs/{name}")},
        }));
        defs[name] = document;
    }
    rules.extend(GROUPS.iter().map(|group| {
        let kinds: Vec<&str> = ALL.iter().filter(|one| one.versions().contains(group)).map(|one| one.kind).collect();
        json!({
            "if": {"properties": {"apiVersion": {"const": group}}, "required": ["apiVersion"]},
            "then": {"properties": {"kind": {"enum": kinds}}},
        })
    }));
    json!({
        "$schema": DIALECT,
        "title": "A file of a meshtree fleet",
        "type": "object",
        "properties": {"apiVersion": {"type": "string"}, "kind": {"type": "string"}},
        "allOf": rules,
        "$defs": defs,
    })
}

/// The API versions all of whose kinds are known.
const GROUPS: [&str; 4] =
    [policy_test::API_VERSION, "networking.smh.solo.io/v1alpha2", "networking.mesh.gloo.solo.io/v1alpha2", LATER];

fn one_of(versions: &[&str]) -> Json {
    match versions {
        [one] => json!({"const": one}),
        _ => json!({"enum": versions}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_that_people_write_has_one() {
        let kinds: Vec<&str> = ALL.iter().map(|written| written.kind).collect();
        for kind in Kind::ALL.iter().filter(|kind| kind.is_policy()) {
            assert!(kinds.contains(&kind.as_str()), "{}", kind.as_str());
        }
        for group in GROUPS {
            assert!(ALL.iter().any(|written| written.versions().contains(&group)), "{group}");
        }
    }
}
