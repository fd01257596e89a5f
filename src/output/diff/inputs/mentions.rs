//! The clusters, services and service accounts that a rendered text mentions.

use std::collections::BTreeSet;

/// What an object mentions.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Mentions<'t> {
    pub(super) clusters: BTreeSet<&'t str>,
    /// Namespace and name.
    pub(super) services: BTreeSet<(&'t str, &'t str)>,
    /// Namespace and name.
    pub(super) accounts: BTreeSet<(&'t str, &'t str)>,
}

impl<'t> Mentions<'t> {
    /// What an object of a cluster mentions on either side: the first two labels of every host, and what principals name.
    pub(super) fn of(
        cluster: &'t str,
        object: &'t str,
        texts: impl Iterator<Item = &'t str>,
        is_cluster: impl Fn(&str) -> bool,
    ) -> Self {
        let mut found = Self { clusters: BTreeSet::from([cluster]), ..Self::default() };
        if let Some((namespace, name)) = object.split(' ').nth(1).and_then(|key| key.split_once('/')) {
            found.services.insert((namespace, name));
            found.host(name, &is_cluster);
        }
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/' | '_');
        for word in texts.flat_map(|text| text.split(move |c: char| !is_word(c))).filter(|word| !word.is_empty()) {
            let mut parts = word.split('/');
            while let Some(part) = parts.next() {
                if part != "ns" {
                    found.host(part, &is_cluster);
                } else if let (Some(namespace), Some("sa"), Some(name)) = (parts.next(), parts.next(), parts.next()) {
                    found.accounts.insert((namespace, name));
                }
            }
        }
        found
    }

    fn host(&mut self, host: &'t str, is_cluster: &impl Fn(&str) -> bool) {
        let mut labels = host.split('.');
        if let (Some(name), Some(namespace)) = (labels.next(), labels.next()) {
            self.services.insert((namespace, name));
        }
        self.clusters.extend(host.split('.').filter(|label| is_cluster(label)));
    }

    /// Whether the object is in a cluster or mentions it.
    pub(super) fn is_near(&self, cluster: &str) -> bool {
        self.clusters.contains(cluster)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_principals_and_the_object_itself() {
        let text = "hosts:\n- reviews.shop.svc.west.global\nprincipals:\n- cluster.local/ns/shop/sa/web\n";
        let object = "AuthorizationPolicy shop/ratings";
        let found = Mentions::of("east", object, [text].into_iter(), |word| ["west", "north"].contains(&word));
        assert_eq!(found.clusters, BTreeSet::from(["east", "west"]));
        assert!(found.services.contains(&("shop", "reviews")) && found.services.contains(&("shop", "ratings")));
        assert_eq!(found.accounts, BTreeSet::from([("shop", "web")]));
        assert!(found.is_near("west") && !found.is_near("north"));
    }
}
