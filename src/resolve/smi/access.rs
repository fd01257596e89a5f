//! Binds AccessPolicies for SMI, which can only name service accounts of its own cluster.

use std::collections::{BTreeMap, BTreeSet};

use super::{Accounts, ProblemsAt};
use crate::diag::listing::shortened;
use crate::diag::{Code, Diag, FieldPath, Ground, Report};
use crate::ids::ClusterObjectRef;
use crate::model::Object;
use crate::model::access_policy::AccessPolicy;
use crate::model::selector::IdentitySelector;
use crate::objects::names::{self, MAX_NAME};
use crate::path;
use crate::plan::{AccessId, Account, ClusterId, Grant, Part, Plan, Problem, TargetId, Verdict};
use crate::resolve::meant::{Names, describe_service};
use crate::resolve::select::matched;

/// What a policy allows for each service of an Open Service Mesh that it selects and that it can be applied to, and what is
/// wrong with it for the others.
pub(super) fn bind<'a>(
    object: &'a Object<AccessPolicy>,
    policy: AccessId,
    names: &Names<'_, 'a>,
    plan: &Plan<'a>,
    accounts: &Accounts<'a>,
) -> (Vec<(TargetId, Grant<'a>)>, ProblemsAt) {
    let (mut grants, mut found) = (Vec::new(), Vec::new());
    let verdict = &plan[policy].verdict;
    let selected = super::selected(verdict, plan);
    if selected.is_empty() {
        return (grants, found);
    }
    let callers: Vec<Option<Callers<'a>>> =
        object.spec.source_selector.iter().map(|selector| callers(selector, names, plan)).collect();
    for target in selected {
        let mut problems = Vec::new();
        let account = the_account(accounts.get(&target), &mut problems);
        let sources = CallersOf { target, callers: &callers, plan, problems: &mut problems }.bind(object);
        problems.extend(check_name(object, target, plan));
        if let Some(account) = account.filter(|_| verdict.accepts(target) && problems.is_empty()) {
            grants.push((target, Grant { policy, account, sources }));
        }
        found.push((target, problems));
    }
    (grants, found)
}

/// The one account behind a service.
fn the_account<'a>(accounts: Option<&BTreeSet<&'a str>>, problems: &mut Vec<Problem>) -> Option<&'a str> {
    let at = path!["spec", "destinationSelector"];
    let accounts: Vec<&str> = accounts.into_iter().flatten().copied().collect();
    let (reason, plain, hint) = match accounts.as_slice() {
        [account] => return Some(account),
        [] => (
            "no backing workloads exist".to_owned(),
            "SMI allows calls to a service account, and the service has no workload that runs as one".to_owned(),
            "add the workload to the inventory, or do not select the service",
        ),
        several => (
            format!("workloads belong to {} service accounts", several.len()),
            format!(
                "SMI allows calls to one service account, and the workloads of the service run as {}",
                shortened(several)
            ),
            "run all workloads of the service as one service account",
        ),
    };
    let text = format!("Could not determine ServiceAccount target for TrafficTarget as {reason}");
    let ground = if accounts.is_empty() { Ground::Inventory } else { Ground::Itself };
    problems.push(Problem::new(Part::Policy, at, text).plain(plain).hint(hint).on(ground));
    None
}

fn check_name(object: &Object<AccessPolicy>, target: TargetId, plan: &Plan<'_>) -> Option<Problem> {
    const LAST_PORT: u32 = 65_535;
    let length = names::smi_access_on(plan.service(target), &object.key, LAST_PORT).len();
    let text = format!("the names of its SMI objects would have {length} characters, more than {MAX_NAME}");
    let problem = || Problem::new(Part::Policy, path!["metadata", "name"], text).hint("shorten the name of the policy");
    (length > MAX_NAME).then(problem)
}

/// What a kubeServiceMatcher picks, whatever service is called.
struct Callers<'a> {
    /// The first service that it picks, and the first of another cluster than that one.
    first: Option<TargetId>,
    elsewhere: Option<TargetId>,
    /// The accounts behind the services, if all are of one cluster.
    accounts: BTreeSet<Account<'a>>,
}

fn callers<'a>(selector: &IdentitySelector, names: &Names<'_, 'a>, plan: &Plan<'a>) -> Option<Callers<'a>> {
    let matched = matched(names.index, selector.kube_service_matcher.as_ref()?);
    let first = matched.first().copied();
    let elsewhere =
        matched.iter().copied().find(|target| first.is_some_and(|f| plan[f].cluster != plan[*target].cluster));
    let mut accounts = BTreeSet::new();
    for service in matched.into_iter().filter(|_| elsewhere.is_none()) {
        let namespace = &*plan[service].known.service.namespace;
        let behind = names.index.accounts_behind(plan, service);
        accounts.extend(behind.into_iter().map(|name| Account { namespace, name }));
    }
    Some(Callers { first, elsewhere, accounts })
}

/// Who may call one service.
struct CallersOf<'s, 'a> {
    target: TargetId,
    /// What the matcher of each source selector picks.
    callers: &'s [Option<Callers<'a>>],
    plan: &'s Plan<'a>,
    problems: &'s mut Vec<Problem>,
}

impl<'a> CallersOf<'_, 'a> {
    fn bind(mut self, object: &'a Object<AccessPolicy>) -> Vec<Account<'a>> {
        let mut out = Vec::new();
        let selectors = &object.spec.source_selector;
        if selectors.is_empty() {
            let plain = "SMI cannot allow every caller";
            let hint = "name accounts in sourceSelector, or select only services of Istio meshes";
            self.refuse(path!["spec", "sourceSelector"], "SMI does not support access for every source", plain, hint);
        }
        for (i, selector) in selectors.iter().enumerate() {
            let at = path!["spec", "sourceSelector", i];
            let IdentitySelector { kube_identity_matcher, kube_service_account_refs, kube_service_matcher } = selector;
            if kube_identity_matcher.is_some() {
                let text = "SMI does not support KubeIdentityMatcher for IdentitySelectors";
                let plain = "SMI can only name service accounts, not namespaces or clusters";
                self.refuse(at.with("kubeIdentityMatcher"), text, plain, "use kubeServiceAccountRefs");
            }
            let refs = kube_service_account_refs.iter().flat_map(|refs| &refs.service_accounts);
            for (j, account) in refs.enumerate() {
                let at = at.with("kubeServiceAccountRefs").with("serviceAccounts").with(j);
                out.extend(self.account(account, &at));
            }
            if kube_service_matcher.is_some()
                && let Some(callers) = self.callers.get(i).and_then(Option::as_ref)
            {
                out.extend(self.behind(callers, &at.with("kubeServiceMatcher")));
            }
        }
        let mut seen = BTreeSet::new();
        out.retain(|account| seen.insert(*account));
        out
    }

    fn refuse(&mut self, at: FieldPath, text: &str, plain: &str, hint: &str) {
        let plain = format!("Open Service Mesh uses SMI, and {plain}");
        self.problems.push(Problem::new(Part::Policy, at, text).plain(plain).hint(hint));
    }

    fn refuse_other_cluster(&mut self, at: FieldPath, what: &str, hint: &str) {
        let plain = format!("SMI can only name service accounts of the service's own cluster: {what}");
        self.refuse(at, "SMI identity sources cannot be multi cluster", &plain, hint);
    }

    /// A named account. Without a cluster it is in the cluster of the service.
    fn account(&mut self, account: &'a ClusterObjectRef, at: &FieldPath) -> Option<Account<'a>> {
        let ClusterObjectRef { cluster, namespace, name } = account;
        let own = self.plan.service(self.target).cluster.clone();
        if !cluster.is_empty() && **cluster != *own {
            let hint = format!("name accounts of cluster {own}, or do not select services of that cluster");
            self.refuse_other_cluster(at.with("clusterName"), &format!("this one is in cluster {cluster}"), &hint);
            return None;
        }
        if namespace.is_empty() || name.is_empty() {
            let text = "SMI does not support ServiceAccount references without a name and a namespace";
            let plain = "SMI requires the name and the namespace of a service account";
            self.refuse(at.clone(), text, plain, "set both");
            return None;
        }
        Some(Account { namespace, name })
    }

    /// The accounts behind the services that a matcher picks.
    fn behind<'c>(
        &mut self,
        callers: &'c Callers<'a>,
        at: &FieldPath,
    ) -> impl Iterator<Item = Account<'a>> + use<'c, 'a> {
        let Callers { first, elsewhere, accounts } = callers;
        let cluster = self.plan[self.target].cluster;
        let other = [first, elsewhere].into_iter().flatten().find(|service| self.plan[**service].cluster != cluster);
        if let Some(other) = other {
            let own = self.plan[cluster].name;
            let what = format!("the matcher selects {}", describe_service(self.plan.service(*other)));
            self.refuse_other_cluster(at.clone(), &what, &format!("add clusters: [{own}] to the matcher"));
        } else if accounts.is_empty() {
            let text = format!("{at} matches no service with a workload, so it names nobody");
            let problem = Problem { code: Code::NobodyNamed, ..Problem::new(Part::Policy, at.clone(), text) }
                .on(Ground::Inventory);
            self.problems.push(problem.hint("name accounts in kubeServiceAccountRefs"));
        }
        let is_named = other.is_none();
        accounts.iter().copied().filter(move |_| is_named)
    }
}

/// The pods of a namespace that run as one account: cluster, namespace, account.
type Pods<'a> = (ClusterId, &'a str, &'a str);

/// The services of an Open Service Mesh by the pods behind them, in key order.
pub(super) type ByAccount<'a> = BTreeMap<Pods<'a>, Vec<TargetId>>;

fn pods<'a>(plan: &Plan<'a>, target: TargetId, account: &'a str) -> Pods<'a> {
    (plan[target].cluster, &plan[target].known.service.namespace, account)
}

/// The services by the accounts behind them.
pub(super) fn by_account<'a>(accounts: &Accounts<'a>, plan: &Plan<'a>) -> ByAccount<'a> {
    let mut out = ByAccount::new();
    for (target, behind) in accounts {
        for account in behind {
            out.entry(pods(plan, *target, account)).or_default().push(*target);
        }
    }
    out
}

/// Warns when a policy opens a service that it does not select, since both run as one account.
pub(super) fn warn_of_shared_accounts(
    object: &Object<AccessPolicy>,
    plan: &Plan<'_>,
    by_account: &ByAccount<'_>,
    (grants, verdict): (&[(TargetId, Grant<'_>)], &Verdict),
    report: &mut Report,
) {
    let mut looked_at: BTreeSet<Pods<'_>> = BTreeSet::new();
    let opened = grants.iter().find_map(|(target, grant)| {
        let pods = pods(plan, *target, grant.account);
        // The result for one service is the same for all that run as the same account.
        let others = by_account.get(&pods).filter(|_| looked_at.insert(pods))?;
        let other = others.iter().find(|other| verdict.selected.binary_search(other).is_err())?;
        Some((grant.account, *target, *other))
    });
    let Some((account, target, other)) = opened else { return };
    let message = format!(
        "{} is opened together with {}: SMI allows calls to a service account, and both run as {account}",
        describe_service(plan.service(other)),
        describe_service(plan.service(target)),
    );
    let diag = Diag::new(Code::SharedAccount, object.place(path!["spec", "destinationSelector"]), message);
    report.push(diag.hint("give each service its own service account"));
}
