//! Binds AccessPolicies: who may call, as identities with their trust domains.

use std::collections::BTreeSet;

use super::plan::{Access, ClusterId, Group, Identities, Plan, TargetId};
use super::refs::Names;
use super::verdict::{Part, Problem, Verdict, with_faults};
use crate::diag::{Code, Diag, FieldPath, Report};
use crate::ids::ClusterObjectRef;
use crate::model::access_policy::AccessPolicy;
use crate::model::selector::{IdentityMatcher, IdentitySelector, ServiceAccountRefs, ServiceMatcher};
use crate::model::{Kind, Object};
use crate::path;

/// Binds one policy. What is wrong with it whatever it is applied to goes into the verdict.
pub(super) fn bind<'a>(
    object: &'a Object<AccessPolicy>,
    names: &Names<'a>,
    plan: &Plan<'a>,
    report: &mut Report,
) -> (Access<'a>, Verdict) {
    let AccessPolicy { source_selector, destination_selector, allowed_paths, allowed_methods, allowed_ports } =
        &object.spec;
    let mut problems: Vec<Problem> = Vec::new();
    if allowed_paths.as_ref().is_some_and(Vec::is_empty) {
        let text = "allowedPaths is an empty list, which could mean no path or any";
        let problem = Problem::new(Part::Policy, path!["spec", "allowedPaths"], text);
        problems.push(problem.hint("leave it out to allow every path"));
    }
    for (i, port) in allowed_ports.iter().enumerate().filter(|(_, port)| !(1..=65535).contains(*port)) {
        let text = format!("allowedPorts[{i}]: {port} is not in the range from 1 to 65535");
        problems.push(Problem::new(Part::Policy, path!["spec", "allowedPorts", i], text));
    }
    problems.extend(check_sources(object, source_selector, names, report));
    let problems = with_faults(&object.faults, problems);
    let selection = names.check_selectors(
        destination_selector,
        &path!["spec", "destinationSelector"],
        |path| object.place(path),
        report,
    );
    let selected = names.targets.select(destination_selector);
    let mut bound = Access {
        key: &object.key,
        named: Kind::AccessPolicy.named(&object.key),
        from: Vec::new(),
        from_by_group: std::collections::BTreeMap::new(),
        methods: allowed_methods.iter().map(|method| method.as_str()).collect(),
        paths: allowed_paths.as_deref().unwrap_or_default(),
        ports: allowed_ports,
    };
    let in_istio: Vec<TargetId> = selected.iter().copied().filter(|target| plan[*target].mesh.is_some()).collect();
    let only_istio = in_istio.len() == selected.len();
    let mut nameless = Vec::new();
    if problems.is_empty() && (only_istio || !in_istio.is_empty()) {
        nameless = bind_identities(&mut bound, &Sources { selectors: source_selector, names, plan }, &in_istio);
    }
    let mut verdict = Verdict { selected, selection, everywhere: problems, ..Verdict::default() };
    // Only an Istio has identities with a trust domain: services of other meshes do not miss them.
    match only_istio || nameless.is_empty() {
        true => verdict.everywhere.extend(nameless),
        false => verdict.at.extend(in_istio.into_iter().map(|target| (target, nameless.clone()))),
    }
    (bound, verdict)
}

/// Binds who may call services of an Istio. Gives the problems of those whose identity is not known.
fn bind_identities<'a>(bound: &mut Access<'a>, sources: &Sources<'_, 'a>, targets: &[TargetId]) -> Vec<Problem> {
    let mut problems = Vec::new();
    if sources.depend_on_group() {
        let plan = sources.plan;
        let groups = targets.iter().map(|target| group(plan, plan[*target].cluster, plan[*target].mesh));
        for group in groups.collect::<BTreeSet<Group>>() {
            match sources.bind(Some(group)) {
                Ok(from) => drop(bound.from_by_group.insert(group, from)),
                Err(problem) => problems.push(problem),
            }
        }
        problems.dedup();
    } else {
        match sources.bind(None) {
            Ok(from) => bound.from = from,
            Err(problem) => problems.push(problem),
        }
    }
    problems
}

/// What decides which clusters an account without a cluster may be in, for a target.
pub(super) fn group(plan: &Plan<'_>, cluster: ClusterId, mesh: Option<super::plan::MeshId>) -> Group {
    match mesh.and_then(|mesh| plan[mesh].virtual_mesh) {
        Some(virtual_mesh) => Group::VirtualMesh(virtual_mesh),
        None => Group::Cluster(cluster),
    }
}

/// Reports selectors that name nobody, and warns of names that no inventory knows.
fn check_sources(
    object: &Object<AccessPolicy>,
    selectors: &[IdentitySelector],
    names: &Names<'_>,
    report: &mut Report,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (i, selector) in selectors.iter().enumerate() {
        let IdentitySelector { kube_identity_matcher, kube_service_account_refs, kube_service_matcher } = selector;
        let at = path!["spec", "sourceSelector", i];
        let matcher_names =
            kube_identity_matcher.as_ref().is_some_and(|m| !m.namespaces.is_empty() || !m.clusters.is_empty());
        let accounts = kube_service_account_refs.as_ref().map_or(&[][..], |refs| &refs.service_accounts);
        if !matcher_names && accounts.is_empty() && kube_service_matcher.is_none() {
            problems.push(nobody(at.clone(), format!("sourceSelector[{i}] names nobody")));
        }
        if let Some(IdentityMatcher { namespaces, clusters: _ }) = kube_identity_matcher {
            let at = at.with("kubeIdentityMatcher").with("namespaces");
            names.check_namespaces(namespaces, |j| object.place(at.with(j)), report);
        }
        for (j, account) in accounts.iter().enumerate() {
            let at = at.with("kubeServiceAccountRefs").with("serviceAccounts").with(j);
            if *account == ClusterObjectRef::default() {
                problems.push(nobody(at.clone(), format!("serviceAccounts[{j}] of sourceSelector[{i}] names nobody")));
            } else if account.namespace.is_empty() && !account.name.is_empty() {
                let message = format!(
                    "without a namespace the account's name {:?} has no effect: every account of the cluster may call",
                    account.name
                );
                report
                    .push(Diag::new(Code::NoEffect, object.place(at.with("name")), message).hint("add the namespace"));
            }
            names.check_account(account, object.place(at), report);
        }
        if let Some(ServiceMatcher { labels: _, namespaces, clusters }) = kube_service_matcher {
            let at = at.with("kubeServiceMatcher");
            problems.extend(names.check_clusters(clusters, Part::Policy, &at.with("clusters")));
            names.check_namespaces(namespaces, |j| object.place(at.with("namespaces").with(j)), report);
        }
    }
    problems
}

fn nobody(at: FieldPath, text: String) -> Problem {
    let problem = Problem { code: Code::NobodyNamed, ..Problem::new(Part::Policy, at, text) };
    problem.hint("leave sourceSelector out to allow everyone, or name namespaces, clusters or accounts")
}

/// The source selectors of one policy and what they can name.
struct Sources<'s, 'a> {
    selectors: &'a [IdentitySelector],
    names: &'s Names<'a>,
    plan: &'s Plan<'a>,
}

impl<'a> Sources<'_, 'a> {
    /// Whether an account is named without a cluster.
    fn depend_on_group(&self) -> bool {
        let refs = self.selectors.iter().filter_map(|s| s.kube_service_account_refs.as_ref());
        refs.flat_map(|refs| &refs.service_accounts).any(|account| account.cluster.is_empty())
    }

    /// The entries of who may call.
    fn bind(&self, group: Option<Group>) -> Result<Vec<Identities<'a>>, Problem> {
        let mut out = Vec::new();
        for (i, selector) in self.selectors.iter().enumerate() {
            let at = path!["spec", "sourceSelector", i];
            let IdentitySelector { kube_identity_matcher, kube_service_account_refs, kube_service_matcher } = selector;
            let mut principals = Vec::new();
            if let Some(IdentityMatcher { namespaces, clusters }) = kube_identity_matcher {
                if clusters.is_empty() && !namespaces.is_empty() {
                    out.push(Identities { namespaces, principals: Vec::new() });
                }
                let at = at.with("kubeIdentityMatcher").with("clusters");
                let domains = self.trust_domains(clusters.iter().map(|c| &**c), &at)?;
                for domain in domains {
                    match namespaces.is_empty() {
                        true => principals.push(format!("{domain}/ns/*")),
                        false => principals.extend(namespaces.iter().map(|n| format!("{domain}/ns/{n}/sa/*"))),
                    }
                }
            }
            if let Some(ServiceAccountRefs { service_accounts }) = kube_service_account_refs {
                for (j, account) in service_accounts.iter().enumerate() {
                    let at = at.with("kubeServiceAccountRefs").with("serviceAccounts").with(j);
                    self.accounts(account, group, &at, &mut principals)?;
                }
            }
            if let Some(matcher) = kube_service_matcher {
                self.behind(matcher, &at.with("kubeServiceMatcher"), &mut principals)?;
            }
            if !principals.is_empty() {
                out.push(Identities { namespaces: &[], principals });
            }
        }
        Ok(out)
    }

    /// The trust domains of clusters. All that have none are one problem.
    fn trust_domains<'c>(
        &self,
        clusters: impl Iterator<Item = &'c str>,
        at: &FieldPath,
    ) -> Result<Vec<&'a str>, Problem> {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for cluster in clusters {
            match self.names.trust_domain(cluster) {
                Some(domain) => found.push(domain),
                None => missing.push(cluster),
            }
        }
        if missing.is_empty() { Ok(found) } else { Err(self.no_trust_domain(&missing, at)) }
    }

    fn no_trust_domain(&self, clusters: &[&str], at: &FieldPath) -> Problem {
        let lines: String = clusters.iter().map(|c| format!("\t* Trust domain not found for cluster {c}\n")).collect();
        let text = match clusters {
            [_] => format!("1 error occurred:\n{lines}\n"),
            _ => format!("{} errors occurred:\n{lines}\n", clusters.len()),
        };
        Problem::unknown(Part::Access, at.clone(), text)
            .plain(format!("no Istio is known in cluster {}", clusters.join(", ")))
            .maybe_hint(clusters.iter().find_map(|cluster| self.names.near_cluster(cluster)))
    }

    /// The identities of an account reference. Without a cluster it is the account in every cluster of the virtual mesh.
    fn accounts(
        &self,
        account: &ClusterObjectRef,
        group: Option<Group>,
        at: &FieldPath,
        out: &mut Vec<String>,
    ) -> Result<(), Problem> {
        let ClusterObjectRef { cluster, namespace, name } = account;
        let clusters: Vec<&str> = match (&**cluster, group) {
            ("", Some(Group::VirtualMesh(id))) => {
                self.plan[id].meshes.iter().map(|mesh| self.plan[self.plan[*mesh].cluster].name.as_str()).collect()
            }
            ("", Some(Group::Cluster(id))) => vec![self.plan[id].name.as_str()],
            (cluster, _) => vec![cluster],
        };
        for domain in self.trust_domains(clusters.into_iter(), at)? {
            let principal = match (&**namespace, &**name) {
                ("", _) => format!("{domain}/ns/*"),
                (namespace, "") => format!("{domain}/ns/{namespace}/sa/*"),
                (namespace, name) => format!("{domain}/ns/{namespace}/sa/{name}"),
            };
            // Clusters that share a trust domain share their identities: one mention is enough.
            if !cluster.is_empty() || !out.contains(&principal) {
                out.push(principal);
            }
        }
        Ok(())
    }

    /// The identities of the workloads behind the services that a matcher picks.
    fn behind(&self, matcher: &ServiceMatcher, at: &FieldPath, out: &mut Vec<String>) -> Result<(), Problem> {
        let mut principals = BTreeSet::new();
        for target in self.names.targets.matched(matcher) {
            let service = &self.plan[target].known.service;
            let Some(domain) = self.names.trust_domain(&service.cluster) else { continue };
            let accounts = self.names.accounts_behind(self.plan, target);
            principals.extend(accounts.iter().map(|account| format!("{domain}/ns/{}/sa/{account}", service.namespace)));
        }
        if principals.is_empty() {
            return Err(nobody(at.clone(), format!("{at} matches no service with a workload, so it names nobody")));
        }
        out.extend(principals);
        Ok(())
    }
}
