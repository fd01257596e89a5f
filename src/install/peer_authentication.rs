//! What all workloads of a mesh accept: a PeerAuthentication in the namespace of its control plane.

use serde_json::json;

use super::Manifest;
use super::asked::Asked;
use crate::built::BuiltObjects;
use crate::model::settings::MutualTls;
use crate::plan::MeshId;

/// The name under which Istio takes it for that of the mesh.
const NAME: &str = "default";

/// Adds those of a cluster's meshes.
pub(super) fn add(asked: &Asked<'_, '_>, built: &mut BuiltObjects) {
    let Some(mode) = asked.chosen.peer_authentication.filter(|mode| *mode != MutualTls::None) else { return };
    let setting = asked.setting("peerAuthentication", |objects| objects.peer_authentication.is_some());
    let api = asked.plan[asked.cluster].facts.api;
    let object = |mesh: MeshId| {
        let object = Manifest::new(api.security(), "PeerAuthentication", asked.plan[mesh].namespace, NAME);
        asked.object(&setting, object.with("spec", json!({"mtls": {"mode": mode.as_str()}})))
    };
    built.add(asked.name, asked.meshes().map(object));
}
