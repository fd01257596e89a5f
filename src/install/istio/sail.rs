//! As an Istio of Sail Operator, which installs no gateways: these have values of their chart.

use serde_json::json;

use super::{Wanted, charts, values};
use crate::built::BuiltObjects;
use crate::install::Manifest;
use crate::install::asked::{Asked, Setting};

pub(super) fn add(asked: &Asked<'_, '_>, setting: &Setting, wanted: &Wanted<'_>, built: &mut BuiltObjects) {
    let mut values = values::istiod(wanted);
    // The operator sets this itself, from `namespace`.
    if let Some(global) = values.get_mut("global").and_then(serde_json::Value::as_object_mut) {
        global.remove("istioNamespace");
    }
    // With this strategy, the revision is the name.
    let name = wanted.revision.as_deref().unwrap_or("default");
    let spec = json!({
        "namespace": wanted.namespace,
        "updateStrategy": {"type": "InPlace"},
        "values": values,
        "version": format!("v{}", wanted.release),
    });
    let object = Manifest::new("sailoperator.io/v1", "Istio", "", name).with("spec", spec);
    built.add(asked.name, [asked.object(setting, object)]);
    charts::add(asked, setting, wanted, charts::gateways(wanted), built);
}
