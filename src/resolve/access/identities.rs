//! From the source selectors of an AccessPolicy to identities with their trust domains.

use std::collections::BTreeSet;

use crate::diag::FieldPath;
use crate::ids::ClusterObjectRef;
use crate::model::selector::{IdentityMatcher, IdentitySelector, ServiceAccountRefs, ServiceMatcher};
use crate::path;
use crate::plan::{Group, Identities, Plan};
use crate::resolve::refs::Names;
use crate::resolve::verdict::{Part, Problem};

/// The workloads behind the services that a matcher picks.
#[derive(Debug, Default)]
pub(super) struct Behind {
    /// Their identities.
    pub(super) principals: BTreeSet<String>,
    /// Whether there are some without one, since no Istio is known in their cluster.
    pub(super) has_strangers: bool,
}

/// The workloads behind the services that the matcher of each selector picks, if it has one.
pub(super) fn behind<'a>(selectors: &[IdentitySelector], names: &Names<'a>, plan: &Plan<'a>) -> Vec<Option<Behind>> {
    let of = |matcher: &ServiceMatcher| {
        let mut behind = Behind::default();
        for target in names.targets.matched(matcher) {
            let service = &plan[target].known.service;
            let accounts = names.accounts_behind(plan, target);
            match names.trust_domain(&service.cluster) {
                Some(domain) => {
                    let principal = |account: &&str| format!("{domain}/ns/{}/sa/{account}", service.namespace);
                    behind.principals.extend(accounts.iter().map(principal));
                }
                None => behind.has_strangers |= !accounts.is_empty(),
            }
        }
        behind
    };
    selectors.iter().map(|selector| selector.kube_service_matcher.as_ref().map(of)).collect()
}

/// The source selectors of one policy and what they can name.
pub(super) struct Sources<'s, 'a> {
    pub(super) selectors: &'a [IdentitySelector],
    /// Whom their matchers of services name.
    pub(super) behind: &'s [Option<Behind>],
    /// What there is.
    pub(super) names: &'s Names<'a>,
    /// The plan so far.
    pub(super) plan: &'s Plan<'a>,
}

impl<'a> Sources<'_, 'a> {
    /// Whether an account is named without a cluster.
    pub(super) fn depend_on_group(&self) -> bool {
        let refs = self.selectors.iter().filter_map(|s| s.kube_service_account_refs.as_ref());
        refs.flat_map(|refs| &refs.service_accounts).any(|account| account.cluster.is_empty())
    }

    /// The entries of who may call, for targets of a group. Whose identity is not known is a problem.
    pub(super) fn bind(&self, group: Option<Group>, problems: &mut Vec<Problem>) -> Vec<Identities<'a>> {
        let mut out = Vec::new();
        for (i, selector) in self.selectors.iter().enumerate() {
            let at = path!["spec", "sourceSelector", i];
            let IdentitySelector { kube_identity_matcher, kube_service_account_refs, kube_service_matcher: _ } =
                selector;
            let mut principals: Vec<Principal> = Vec::new();
            if let Some(IdentityMatcher { namespaces, clusters }) = kube_identity_matcher {
                if clusters.is_empty() && !namespaces.is_empty() {
                    out.push(Identities { namespaces, principals: Vec::new() });
                }
                let at = at.with("kubeIdentityMatcher").with("clusters");
                for domain in self.trust_domains(clusters.iter().map(|c| &**c), &at, problems) {
                    match namespaces.is_empty() {
                        true => principals.push(Principal::as_written(format!("{domain}/ns/*"))),
                        false => principals
                            .extend(namespaces.iter().map(|n| Principal::as_written(format!("{domain}/ns/{n}/sa/*")))),
                    }
                }
            }
            if let Some(ServiceAccountRefs { service_accounts }) = kube_service_account_refs {
                for (j, account) in service_accounts.iter().enumerate() {
                    let at = at.with("kubeServiceAccountRefs").with("serviceAccounts").with(j);
                    self.accounts(account, group, &at, &mut principals, problems);
                }
            }
            let mut principals = each_once(principals);
            principals.extend(self.behind[i].iter().flat_map(|behind| behind.principals.iter().cloned()));
            if !principals.is_empty() {
                out.push(Identities { namespaces: &[], principals });
            }
        }
        out
    }

    /// The trust domains of clusters. All that have none are one problem.
    fn trust_domains<'c>(
        &self,
        clusters: impl Iterator<Item = &'c str>,
        at: &FieldPath,
        problems: &mut Vec<Problem>,
    ) -> Vec<&'a str> {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for cluster in clusters {
            match self.names.trust_domain(cluster) {
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
                "no Istio is known in {} {}",
                if clusters.len() == 1 { "cluster" } else { "clusters" },
                clusters.join(", ")
            ))
            .maybe_hint(clusters.iter().find_map(|cluster| self.names.near_cluster(cluster)))
    }

    /// The identities of an account reference. Without a cluster it is the account in every cluster of the virtual mesh.
    fn accounts(
        &self,
        account: &ClusterObjectRef,
        group: Option<Group>,
        at: &FieldPath,
        out: &mut Vec<Principal>,
        problems: &mut Vec<Problem>,
    ) {
        let ClusterObjectRef { cluster, namespace, name } = account;
        let clusters: Vec<&str> = match (&**cluster, group) {
            ("", Some(Group::VirtualMesh(id))) => {
                self.plan[id].meshes.iter().map(|mesh| self.plan[self.plan[*mesh].cluster].name.as_str()).collect()
            }
            ("", Some(Group::Cluster(id))) => vec![self.plan[id].name.as_str()],
            // Without a target there is no cluster that could be meant.
            ("", None) => Vec::new(),
            (cluster, _) => vec![cluster],
        };
        for domain in self.trust_domains(clusters.into_iter(), at, problems) {
            let text = match (&**namespace, &**name) {
                ("", _) => format!("{domain}/ns/*"),
                (namespace, "") => format!("{domain}/ns/{namespace}/sa/*"),
                (namespace, name) => format!("{domain}/ns/{namespace}/sa/{name}"),
            };
            out.push(Principal { text, once: cluster.is_empty() });
        }
    }
}

/// An identity.
struct Principal {
    text: String,
    /// Whether it is left out where it is there already. Clusters that share a trust domain share their identities; what the
    /// policy writes twice stays.
    once: bool,
}

impl Principal {
    fn as_written(text: String) -> Self {
        Self { text, once: false }
    }
}

fn each_once(principals: Vec<Principal>) -> Vec<String> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let keep: Vec<bool> = principals.iter().map(|principal| seen.insert(&principal.text) || !principal.once).collect();
    principals.into_iter().zip(keep).filter(|(_, keep)| *keep).map(|(principal, _)| principal.text).collect()
}
