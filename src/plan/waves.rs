//! In which order clusters are to get a change: those that are called before those that call them.

use std::collections::BTreeSet;

use super::{ClusterId, Plan};

impl Plan<'_> {
    /// The wave of each cluster, from 0, in the order of their handles. Clusters that call each other, directly or through others,
    /// have the same one.
    pub fn waves(&self) -> Vec<usize> {
        let count = self.clusters.len();
        let calls: Vec<BTreeSet<usize>> = self.cluster_ids().map(|client| self.called_from(client)).collect();
        let reached: Vec<BTreeSet<usize>> = (0..count).map(|from| reached(&calls, from)).collect();
        let mut waves: Vec<Option<usize>> = vec![None; count];
        // What reaches fewer clusters is below; a cluster comes after all that it reaches and that do not reach it.
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|cluster| (reached[*cluster].len(), *cluster));
        for cluster in order {
            let is_below = |other: &&usize| !reached[**other].contains(&cluster);
            let below = reached[cluster].iter().filter(is_below).filter_map(|other| waves[*other]);
            waves[cluster] = Some(below.max().map_or(0, |last| last + 1));
        }
        waves.into_iter().map(Option::unwrap_or_default).collect()
    }

    /// The other clusters of which a cluster knows services.
    fn called_from(&self, client: ClusterId) -> BTreeSet<usize> {
        let meshes = &self[client].meshes;
        let parents: BTreeSet<_> = meshes.iter().filter_map(|mesh| self[*mesh].virtual_mesh).collect();
        let servers = parents.into_iter().flat_map(|parent| self[parent].meshes.iter().copied());
        let is_called = |server: &super::MeshId| {
            let is_known = |mesh: &super::MeshId| {
                self.are_federated(*server, *mesh)
                    && self.reaching(*server, *mesh).any(|target| self.is_known(target, *mesh))
            };
            self[*server].cluster != client && self.is_server(*server) && meshes.iter().any(is_known)
        };
        servers.filter(is_called).map(|server| self[server].cluster.index()).collect()
    }
}

/// A cluster and those that are called from it, directly or through others.
fn reached(calls: &[BTreeSet<usize>], from: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::from([from]);
    let mut left: Vec<usize> = vec![from];
    while let Some(next) = left.pop() {
        left.extend(calls[next].iter().filter(|called| found.insert(**called)));
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::plan::tests::ask_clusters;

    /// The waves of these clusters, each of which is a mesh, with selectors of a virtual mesh over all of them.
    fn waves(clusters: &[&str], selectors: &str) -> Vec<usize> {
        let refs: Vec<String> = clusters
            .iter()
            .map(|name| format!("{{name: istiod-istio-system-{name}, namespace: service-mesh-hub}}"))
            .collect();
        let mesh =
            format!("VirtualMesh all {{meshes: [{}], federation: {{selectors: [{selectors}]}}}}", refs.join(", "));
        ask_clusters(clusters, &[&mesh], |meaning| meaning.plan.waves())
    }

    /// The selector by which a cluster makes its services known to others.
    fn known(of: &str, to: &[&str]) -> String {
        let meshes: Vec<String> = to
            .iter()
            .map(|name| format!("{{name: istiod-istio-system-{name}, namespace: service-mesh-hub}}"))
            .collect();
        let services = format!("destinationSelectors: [{{kubeServiceMatcher: {{clusters: [{of}]}}}}]");
        format!("{{{services}, meshes: [{}]}}", meshes.join(", "))
    }

    #[test]
    fn clusters_that_are_called_are_first() {
        // c calls b, which calls a.
        let chain = [known("a", &["b"]), known("b", &["c"])].join(", ");
        assert_eq!(waves(&["a", "b", "c"], &chain), [0, 1, 2]);
        let reverse = [known("c", &["b"]), known("b", &["a"])].join(", ");
        assert_eq!(waves(&["a", "b", "c"], &reverse), [2, 1, 0]);
    }

    #[test]
    fn clusters_that_call_each_other_are_together() {
        // b and c call each other, and a calls b; d knows nobody.
        let circle = [known("b", &["a", "c"]), known("c", &["b"])].join(", ");
        assert_eq!(waves(&["a", "b", "c", "d"], &circle), [1, 0, 0, 0]);
        assert_eq!(waves(&["a", "b"], "{}"), [0, 0], "everybody knows everybody");
    }
}
