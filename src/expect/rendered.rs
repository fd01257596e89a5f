//! `rendered`: what is rendered for a cluster.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde_json::Value;

use super::Failure;
use super::context::Cx;
use super::field;
use crate::ask::{By, Evaluator};
use crate::built::{Built, BuiltObjects};
use crate::diag::Place;
use crate::ids::Text;
use crate::load;
use crate::model::policy_test::{Expectation, ExpectationKind, Literal, RenderedTest};
use crate::objects::Object;
use crate::plan::{ClusterId, Plan};
use crate::translate::{Manifest, translate};

/// The objects that expectations are about.
#[derive(Debug, Default)]
pub(super) struct Objects {
    by_cluster: BTreeMap<ClusterId, BTreeMap<String, Rendered>>,
    /// The kinds of objects that no policy asked for.
    kinds: BTreeSet<String>,
}

/// An object, and the policies that it is from.
#[derive(Debug)]
struct Rendered {
    value: Value,
    sources: Vec<Text>,
    /// Where it is asked for, if no policy asks for it.
    place: Option<Place>,
}

impl Objects {
    /// Those that are asked for. Only clusters that are asked for are translated, once each.
    pub(super) fn of<'t>(
        evaluator: &Evaluator<'_, '_>,
        built: &BuiltObjects,
        tests: impl Iterator<Item = &'t Expectation>,
    ) -> Self {
        let mut wanted: BTreeMap<ClusterId, BTreeSet<&str>> = BTreeMap::new();
        for test in tests {
            if let Some(ExpectationKind::Rendered(RenderedTest { cluster, object, .. })) = &test.kind
                && let Some(cluster) = evaluator.index.cluster(cluster)
            {
                wanted.entry(cluster).or_default().insert(object);
            }
        }
        let plan = evaluator.plan;
        let of = |(cluster, wanted): (ClusterId, BTreeSet<&str>)| {
            let mut objects = of_cluster(plan, cluster, &wanted);
            let others = built.of(plan[cluster].name).iter().map(|object| (id(object), object));
            objects.extend(others.filter(|(id, _)| wanted.contains(&**id)).map(|(id, object)| (id, read(object))));
            (cluster, objects)
        };
        let made: Vec<_> = wanted.into_par_iter().map(of).collect();
        let all = plan.clusters.iter().flat_map(|cluster| built.of(cluster.name));
        Self { by_cluster: made.into_iter().collect(), kinds: all.map(|object| kind(object).to_owned()).collect() }
    }
}

/// The kind of an object without its group, as for all others.
fn kind(object: &Built) -> &str {
    object.kind.split('.').next().unwrap_or_default()
}

fn id(object: &Built) -> String {
    format!("{} {}/{}", kind(object), object.namespace, object.name)
}

fn read(object: &Built) -> Rendered {
    // It was written by this program.
    let value = load::strict::yaml(&object.text).unwrap_or_default();
    Rendered { value, sources: object.sources.to_vec(), place: Some(object.place.clone()) }
}

fn of_cluster(plan: &Plan<'_>, cluster: ClusterId, wanted: &BTreeSet<&str>) -> BTreeMap<String, Rendered> {
    let (labels, api) = (plan.labels_of(cluster), plan[cluster].facts.api);
    let mut out = BTreeMap::new();
    translate(plan, cluster, |manifest| {
        let Manifest { namespace, name, spec, sources } = manifest;
        let id = format!("{} {namespace}/{name}", spec.kind().as_str());
        if wanted.contains(&*id) {
            let wave = if plan.has_sync_waves { spec.kind().sync_wave(&name) } else { None };
            let object = Object { namespace, name: &name, api, labels: &labels, wave, spec: &spec };
            // Objects are made of what JSON can hold.
            let value = serde_json::to_value(&object).unwrap_or_default();
            out.insert(id, Rendered { value, sources: sources.to_vec(), place: None });
        }
    });
    out
}

/// What is not as expected.
pub(super) fn compare(cx: &mut Cx<'_, '_, '_>, test: &RenderedTest, objects: &Objects) -> Vec<Failure> {
    let RenderedTest { cluster, object, field, value, absent } = test;
    let is_absent = *absent == Some(true);
    if value.is_some() == is_absent {
        cx.incomplete("set either value or absent: true", "value: what the field is expected to be");
        return Vec::new();
    }
    if !is_name(object, objects) {
        cx.wrong("object", &format!("{object:?} is not the name of an object"), "write KIND NAMESPACE/NAME");
        return Vec::new();
    }
    let path = field.as_ref().map(|text| (text, field::parse(text)));
    let path = match path {
        None => Vec::new(),
        Some((_, Some(path))) => path,
        Some((text, None)) => {
            cx.wrong("field", &format!("{text:?} is not a path of fields"), "write it as spec.http[0].timeout");
            return Vec::new();
        }
    };
    let Some(id) = cx.cluster("cluster", cluster) else { return Vec::new() };
    let known = objects.by_cluster.get(&id).and_then(|objects| objects.get(&**object));
    let found = known.and_then(|known| field::find(&known.value, &path));
    let wanted = value.as_ref().map(|Literal(value)| value);
    let is_equal = match (found, wanted) {
        (None, None) => true,
        (Some(found), Some(wanted)) => field::are_equal(found, wanted),
        (Some(_), None) | (None, Some(_)) => false,
    };
    if is_equal {
        return Vec::new();
    }
    let about = match field {
        Some(field) => format!("{field} of {object} in {cluster}"),
        None => format!("{object} in {cluster}"),
    };
    let shown = |value: Option<&Value>| value.map_or("absent".to_owned(), ToString::to_string);
    let found = match (known, found) {
        (None, _) => "the object is not rendered".to_owned(),
        (Some(_), found) => shown(found),
    };
    let by = known.map(|known| sources(cx.evaluator.plan, known)).unwrap_or_default();
    vec![Failure { about, expected: shown(wanted), found, by }]
}

/// Whether a text is kind, namespace and name.
fn is_name(text: &str, objects: &Objects) -> bool {
    let Some((kind, name)) = text.split_once(' ') else { return false };
    let is_kind = crate::objects::ObjectKind::ALL.iter().any(|known| known.as_str() == kind);
    let is_built = objects.kinds.contains(kind);
    let is_key =
        name.split_once('/').is_some_and(|(namespace, name)| (is_built || !namespace.is_empty()) && !name.is_empty());
    (is_kind || is_built) && is_key
}

/// What an object comes from: policies with their places, or a template.
fn sources(plan: &Plan<'_>, object: &Rendered) -> Vec<By> {
    let names = &object.sources;
    if let Some(place) = &object.place {
        return names.iter().map(|named| By { named: named.clone(), place: place.clone() }).collect();
    }
    let policies = plan.virtual_meshes.iter().map(|mesh| &mesh.policy);
    let policies = policies.chain(plan.failovers.iter().map(|failover| &failover.policy));
    let policies = policies.chain(plan.traffic.iter().map(|traffic| &traffic.policy));
    let policies = policies.chain(plan.access.iter().map(|access| &access.policy));
    let named = policies.filter(|policy| names.contains(&policy.named));
    let by = |policy: &crate::plan::Policy<'_>| By {
        named: policy.named.clone(),
        place: policy.place(crate::path!["metadata", "name"]),
    };
    named.map(by).collect()
}
