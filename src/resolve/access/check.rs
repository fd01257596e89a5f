//! What is wrong with the source selectors of an AccessPolicy, whatever it is applied to.

use super::identities::Behind;
use crate::diag::{Code, Diag, FieldPath, Ground, Report};
use crate::ids::{ClusterObjectRef, Text};
use crate::model::Object;
use crate::model::access_policy::AccessPolicy;
use crate::model::selector::{IdentityMatcher, IdentitySelector, ServiceMatcher};
use crate::path;
use crate::plan::{Part, Plan, Problem};
use crate::resolve::meant::Names;

/// Checks the allowed paths and ports.
pub(super) fn check_operation(paths: Option<&[Text]>, ports: &[u32]) -> Vec<Problem> {
    let mut problems = Vec::new();
    if paths.is_some_and(<[_]>::is_empty) {
        let text = "allowedPaths is an empty list, which could mean no path or any";
        let problem = Problem::new(Part::Policy, path!["spec", "allowedPaths"], text);
        let problem = problem.plain("allowedPaths is empty, which could mean no paths or all paths");
        problems.push(problem.hint("remove it to allow every path"));
    }
    for (i, port) in ports.iter().enumerate().filter(|(_, port)| !(1..=65535).contains(*port)) {
        let text = format!("allowedPorts[{i}]: {port} is not in the range from 1 to 65535");
        let plain = format!("allowedPorts[{i}] {port} is out of range (1–65535)");
        problems.push(Problem::new(Part::Policy, path!["spec", "allowedPorts", i], text).plain(plain));
    }
    problems
}

/// Reports selectors that name nobody, and warns of names that are not in the inventory.
pub(super) fn check_sources<'a>(
    object: &Object<AccessPolicy>,
    selectors: &[IdentitySelector],
    names: &Names<'_, 'a>,
    plan: &Plan<'a>,
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
            } else if account.namespace.is_empty() && account.cluster.is_empty() {
                // Without a namespace the reference names every account, and without a cluster too it names everyone.
                let text = format!(
                    "serviceAccounts[{j}] of sourceSelector[{i}] has neither namespace nor cluster, which would be everyone"
                );
                let plain = format!(
                    "serviceAccounts[{j}] of sourceSelector[{i}] has neither namespace nor clusterName, so it would allow everyone"
                );
                problems.push(Problem::new(Part::Policy, at.clone(), text).plain(plain).hint("add the namespace"));
            } else if account.namespace.is_empty() && !account.name.is_empty() {
                let message = format!(
                    "service account {:?} has no namespace, so its name has no effect: every account of the cluster may call",
                    account.name
                );
                report.push(
                    Diag::new(Code::NameWithoutNamespace, object.place(at.with("name")), message)
                        .hint("add the namespace"),
                );
            }
            names.check_account(plan, account, object.place(at), report);
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
    problem.hint("remove sourceSelector to allow everyone, or name namespaces, clusters or accounts")
}

/// Parts of selectors that name nobody: a problem if their selector has no other parts, otherwise a warning.
pub(super) fn check_behind(
    object: &Object<AccessPolicy>,
    selectors: &[IdentitySelector],
    behind: &[Option<Behind>],
    report: &mut Report,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (i, (selector, behind)) in selectors.iter().zip(behind).enumerate() {
        let IdentitySelector { kube_identity_matcher, kube_service_account_refs, kube_service_matcher: _ } = selector;
        let at = path!["spec", "sourceSelector", i];
        let names_place = |m: &IdentityMatcher| !m.namespaces.is_empty() || !m.clusters.is_empty();
        let by_place = kube_identity_matcher.as_ref().map(names_place);
        let by_account = kube_service_account_refs.as_ref().map(|refs| !refs.service_accounts.is_empty());
        let by_service = behind.as_ref().map(Behind::is_someone);
        let no_service = match behind.as_ref().is_some_and(|behind| behind.has_strangers) {
            true => (
                "matches workloads in clusters without an Istio alone",
                "only matches workloads in clusters without Istio",
            ),
            false => ("matches no service with a workload", "matches no service with a workload"),
        };
        let parts = [
            (by_place, "kubeIdentityMatcher", ("is empty", "is empty")),
            (by_account, "kubeServiceAccountRefs", ("is empty", "is empty")),
            (by_service, "kubeServiceMatcher", no_service),
        ];
        let someone = parts.iter().any(|(names, ..)| *names == Some(true));
        for (_, part, (why, plain)) in parts.iter().filter(|(names, ..)| *names == Some(false)) {
            let at = at.with(*part);
            let (text, message) =
                (format!("{at} {why}, so it names nobody"), format!("{at} {plain}, so it names nobody"));
            match someone {
                true => report.push(Diag::new(Code::PartNamesNobody, object.place(at), message).hint("remove it")),
                false if *part == "kubeServiceMatcher" => {
                    problems.push(nobody(at, text).plain(message).on(Ground::Inventory))
                }
                // A selector with empty parts only is already reported.
                false => {}
            }
        }
    }
    problems
}

/// The problem of services that no caller can reach whom the source selectors name.
pub(super) fn nobody_near() -> Problem {
    let text = "sourceSelector names no workload that could call from a cluster of the service's VirtualMesh";
    let plain = "sourceSelector names only workloads of clusters that are in no VirtualMesh with it";
    let problem =
        Problem { code: Code::NobodyNamed, ..Problem::new(Part::Policy, path!["spec", "sourceSelector"], text) };
    let hint = "group their meshes in one VirtualMesh, or select only services that these workloads can reach";
    problem.plain(plain).hint(hint).on(Ground::Federation)
}
