//! The order of clusters, which is written beside their trees if the settings ask for it.

use std::collections::BTreeMap;

use crate::fleet::Meaning;
use crate::ids::ClusterName;
use crate::output::Waves;
use crate::render::cluster::is_rendered;

/// The wave of each cluster for which anything is rendered, by name.
pub(super) fn of<'m>(meaning: &'m Meaning<'_>) -> BTreeMap<&'m ClusterName, usize> {
    let plan = &meaning.plan;
    let waves = plan.cluster_ids().zip(plan.waves());
    waves.filter(|(id, _)| is_rendered(plan, &meaning.built, *id)).map(|(id, wave)| (plan[id].name, wave)).collect()
}

/// The file, if the settings ask for it.
pub(super) fn asked(meaning: &Meaning<'_>) -> Option<Waves> {
    let is_asked = meaning.fleet().snapshot.settings.output.as_ref().is_some_and(|output| output.waves);
    is_asked.then(|| Waves::of(of(meaning).into_iter()))
}
