//! From the source selectors of an AccessPolicy to identities with their trust domains.

use crate::diag::listing::shortened;
use std::collections::{BTreeMap, BTreeSet};

use crate::diag::FieldPath;
use crate::ids::ClusterObjectRef;
use crate::model::selector::{IdentityMatcher, IdentitySelector, ServiceAccountRefs, ServiceMatcher};
use crate::path;
use crate::plan::{Callers, ClusterId, Group, Identities, Identity, Part, Plan, Problem};
use crate::resolve::meant::Names;
use crate::resolve::select::matched;

/// The workloads behind the services that a matcher picks.
#[derive(Debug, Default)]
pub(super) struct Behind<'a> {
    identities: BTreeMap<ClusterId, BTreeSet<Identity<'a>>>,
    /// Whether some have no identity, since no Istio is known in their cluster.
    pub(super) has_strangers: bool,
    /// Whether the matcher names no clusters: then callers that cannot reach a service are not meant.
    is_anywhere: bool,
}

impl<'a> Behind<'a> {
    /// Whether it names anybody.
    pub(super) fn is_someone(&self) -> bool {
        !self.identities.is_empty()
    }

    /// The identities that are meant for services of a group.
    fn identities(&self, group: Option<Group>, plan: &Plan<'a>) -> BTreeSet<Identity<'a>> {
        let group = group.filter(|_| self.is_anywhere);
        let is_meant = |cluster: ClusterId| match group {
            None => true,
            Some(Group::Cluster(own)) => cluster == own,
            Some(Group::VirtualMesh(id)) => plan[id].meshes.iter().any(|mesh| plan[*mesh].cluster == cluster),
        };
        self.identities
            .iter()
            .filter(|(cluster, _)| is_meant(**cluster))
            .flat_map(|(_, found)| found)
            .copied()
            .collect()
    }
}

/// The workloads behind the services that the matcher of each selector picks, if it has one.
pub(super) fn behind<'a>(
    selectors: &[IdentitySelector],
    names: &Names<'_, 'a>,
    plan: &Plan<'a>,
) -> Vec<Option<Behind<'a>>> {
    let of = |matcher: &ServiceMatcher| {
        let mut behind = Behind { is_anywhere: matcher.clusters.is_empty(), ..Behind::default() };
        for target in matched(names.index, matcher) {
            let service = &plan[target].known.service;
            let accounts = names.index.accounts_behind(plan, target);
            match names.index.trust_domain(&service.cluster) {
                Some(domain) if !accounts.is_empty() => {
                    let namespace: &'a str = &service.namespace;
                    let identity = |account| Identity::Account { domain, namespace, account };
                    let found = behind.identities.entry(plan[target].cluster).or_default();
                    found.extend(accounts.into_iter().map(identity));
                }
                Some(_) => {}
                None => behind.has_strangers |= !accounts.is_empty(),
            }
        }
        behind
    };
    selectors.iter().map(|selector| selector.kube_service_matcher.as_ref().map(of)).collect()
}

/// The source selectors of one policy and what they can name.
pub(super) struct NamedCallers<'s, 'a> {
    pub(super) selectors: &'a [IdentitySelector],
    /// The workloads that their service matchers name.
    pub(super) behind: &'s [Option<Behind<'a>>],
    pub(super) names: &'s Names<'s, 'a>,
    pub(super) plan: &'s Plan<'a>,
}

impl<'a> NamedCallers<'_, 'a> {
    /// Whether accounts or the workloads behind services are named without a cluster.
    pub(super) fn depend_on_group(&self) -> bool {
        if self.behind.iter().flatten().any(|behind| behind.is_anywhere) {
            return true;
        }
        let refs = self.selectors.iter().filter_map(|s| s.kube_service_account_refs.as_ref());
        refs.flat_map(|refs| &refs.service_accounts).any(|account| account.cluster.is_empty())
    }

    /// Who may call targets of a group. A caller without a known identity is a problem.
    pub(super) fn bind(&self, group: Option<Group>, problems: &mut Vec<Problem>) -> Vec<Callers<'a>> {
        let mut out = Vec::new();
        for (i, selector) in self.selectors.iter().enumerate() {
            let at = path!["spec", "sourceSelector", i];
            let IdentitySelector { kube_identity_matcher, kube_service_account_refs, kube_service_matcher: _ } =
                selector;
            let mut named: Vec<Named<'a>> = Vec::new();
            if let Some(IdentityMatcher { namespaces, clusters }) = kube_identity_matcher {
                if clusters.is_empty() && !namespaces.is_empty() {
                    out.push(Callers::Namespaces(namespaces));
                }
                let at = at.with("kubeIdentityMatcher").with("clusters");
                for domain in self.trust_domains(clusters.iter().map(|c| &**c), &at, problems) {
                    let in_namespace = |namespace: &'a crate::ids::Text| Identity::Namespace { domain, namespace };
                    match namespaces.is_empty() {
                        true => named.push(Named::as_written(Identity::TrustDomain(domain))),
                        false => named.extend(namespaces.iter().map(in_namespace).map(Named::as_written)),
                    }
                }
            }
            if let Some(ServiceAccountRefs { service_accounts }) = kube_service_account_refs {
                for (j, account) in service_accounts.iter().enumerate() {
                    let at = at.with("kubeServiceAccountRefs").with("serviceAccounts").with(j);
                    self.accounts(account, group, &at, &mut named, problems);
                }
            }
            let mut identities = each_once(named);
            identities.extend(self.behind[i].iter().flat_map(|behind| behind.identities(group, self.plan)));
            if !identities.is_empty() {
                out.push(Callers::Identities(Identities::new(identities)));
            }
        }
        out
    }

    /// The trust domains of clusters. All clusters without one are reported as one problem.
    fn trust_domains<'c>(
        &self,
        clusters: impl Iterator<Item = &'c str>,
        at: &FieldPath,
        problems: &mut Vec<Problem>,
    ) -> Vec<&'a str> {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for cluster in clusters {
            match self.names.index.trust_domain(cluster) {
                Some(domain) => found.push(domain),
                None if missing.contains(&cluster) => {}
                None => missing.push(cluster),
            }
        }
        if !missing.is_empty() {
            problems.push(self.no_trust_domain(&missing, at));
        }
        found
    }

    fn no_trust_domain(&self, clusters: &[&str], at: &FieldPath) -> Problem {
        let lines: String = clusters.iter().map(|c| format!("\t* Trust domain not found for cluster {c}\n")).collect();
        let text = match clusters {
            [_] => format!("1 error occurred:\n{lines}\n"),
            _ => format!("{} errors occurred:\n{lines}\n", clusters.len()),
        };
        Problem::unknown(Part::Access, at.clone(), text)
            .plain(format!(
                "no Istio mesh is known in {} {}",
                if clusters.len() == 1 { "cluster" } else { "clusters" },
                shortened(clusters)
            ))
            .maybe_hint(clusters.iter().find_map(|cluster| self.names.near_cluster(cluster)))
    }

    /// The identities of an account reference. Without a cluster it is the account in every cluster of the virtual mesh.
    fn accounts(
        &self,
        account: &'a ClusterObjectRef,
        group: Option<Group>,
        at: &FieldPath,
        out: &mut Vec<Named<'a>>,
        problems: &mut Vec<Problem>,
    ) {
        let ClusterObjectRef { cluster, namespace, name } = account;
        let clusters: Vec<&str> = match (&**cluster, group) {
            ("", Some(Group::VirtualMesh(id))) => {
                self.plan[id].meshes.iter().map(|mesh| self.plan[self.plan[*mesh].cluster].name.as_str()).collect()
            }
            ("", Some(Group::Cluster(id))) => vec![self.plan[id].name.as_str()],
            // Without a target, no cluster can be inferred.
            ("", None) => Vec::new(),
            (cluster, _) => vec![cluster],
        };
        for domain in self.trust_domains(clusters.into_iter(), at, problems) {
            let identity = match (&**namespace, &**name) {
                ("", _) => Identity::TrustDomain(domain),
                (namespace, "") => Identity::Namespace { domain, namespace },
                (namespace, account) => Identity::Account { domain, namespace, account },
            };
            out.push(Named { identity, once: cluster.is_empty() });
        }
    }
}

/// An identity that a policy names.
struct Named<'a> {
    identity: Identity<'a>,
    /// Whether a duplicate is left out. Clusters that share a trust domain share their identities; an identity that the policy
    /// itself lists twice stays.
    once: bool,
}

impl<'a> Named<'a> {
    fn as_written(identity: Identity<'a>) -> Self {
        Self { identity, once: false }
    }
}

fn each_once(named: Vec<Named<'_>>) -> Vec<Identity<'_>> {
    let mut seen: BTreeSet<Identity<'_>> = BTreeSet::new();
    named.into_iter().filter(|Named { identity, once }| seen.insert(*identity) || !once).map(|n| n.identity).collect()
}
