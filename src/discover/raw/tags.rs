//! Tags of Istio's revisions: by what Istio's charts render for them, or by what asks for them.

use std::collections::BTreeMap;

use super::RawCluster;
use super::control_plane::REVISION;
use crate::ids::Text;
use crate::model::kubernetes::Labels;

/// The label of what a chart renders for a tag.
const TAG: &str = "istio.io/tag";

/// How the names of a tag's Service begin, which the charts render since Istio 1.28.
const SERVICE: &str = "istiod-revision-tag-";

impl RawCluster<'_> {
    /// The revisions that tags point to. What is there counts before what asks for it.
    pub(super) fn tags(&self) -> BTreeMap<Text, Text> {
        let webhooks = self.objects.webhooks.values().map(|raw| &*raw.object.metadata.labels);
        let services = self.objects.services.values().filter(|raw| raw.key.name.starts_with(SERVICE));
        let rendered = webhooks.chain(services.map(|raw| &*raw.object.metadata.labels)).filter_map(of_labels);
        let mut tags = BTreeMap::new();
        for (tag, revision) in rendered.chain(self.sail_tags()).chain(self.tags_of_values()) {
            tags.entry(tag).or_insert(revision);
        }
        tags
    }
}

/// The tag that labels name, and its revision.
fn of_labels(labels: &Labels) -> Option<(Text, Text)> {
    let revision = labels.get(REVISION)?;
    Some((labels.get(TAG)?.clone(), plain(revision)))
}

/// A revision as the rest of discovery knows it: empty for the default.
pub(super) fn plain(revision: &Text) -> Text {
    if &**revision == "default" { "".into() } else { revision.clone() }
}
