//! Warns of policies that allow callers of more clusters than they name, since an identity has no cluster: only a trust domain.

use crate::diag::listing::shortened;
use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diag, FieldPath, Report};
use crate::ids::ClusterObjectRef;
use crate::model::access_policy::AccessPolicy as Written;
use crate::model::selector::{IdentityMatcher, IdentitySelector};
use crate::model::{Object, Snapshot};
use crate::path;
use crate::plan::{AccessPolicy, ClusterId, MeshId, Plan, VirtualMesh};
use crate::resolve::meant::Names;
use crate::resolve::select::matched;
use crate::version::Entry;

/// A namespace and an account in it; empty for every one.
type Key<'a> = (&'a str, &'a str);

/// The clusters in which a policy names callers.
struct Named {
    clusters: BTreeSet<ClusterId>,
    is_everywhere: bool,
    /// The field of the first.
    at: FieldPath,
    hint: &'static str,
}

/// Where a policy names which callers.
#[derive(Default)]
struct Callers<'a>(BTreeMap<Key<'a>, Named>);

impl<'a> Callers<'a> {
    /// Adds a cluster that a field names; none for every one.
    fn add(&mut self, key: Key<'a>, cluster: Option<ClusterId>, at: &FieldPath, hint: &'static str) {
        let first = || Named { clusters: BTreeSet::new(), is_everywhere: false, at: at.clone(), hint };
        let named = self.0.entry(key).or_insert_with(first);
        named.is_everywhere |= cluster.is_none();
        named.clusters.extend(cluster);
    }

    /// Whether callers of a cluster are named, by themselves or with others.
    fn includes(&self, (namespace, account): Key<'_>, cluster: ClusterId) -> bool {
        let wider = [(namespace, account), (namespace, ""), ("", "")];
        let named = wider.into_iter().filter_map(|key| self.0.get(&key));
        named.into_iter().any(|named| named.is_everywhere || named.clusters.contains(&cluster))
    }
}

/// Warns of each policy that allows callers of a cluster that it does not name: once, at the first of them.
pub(in crate::resolve) fn warn<'a>(
    snapshot: &'a Snapshot,
    plan: &Plan<'a>,
    names: &Names<'_, 'a>,
    report: &mut Report,
) {
    if !are_shared(plan) {
        return;
    }
    for (object, access) in snapshot.access_policies.values().zip(&plan.access) {
        let callers = callers(object, plan, names);
        if !callers.0.is_empty() {
            let domains = domains(access, plan);
            let found = callers.0.iter().find_map(|(key, named)| describe(*key, named, &callers, &domains, plan));
            let Some((at, message, hint)) = found else { continue };
            let message = format!("AccessPolicy {} {message}", object.key);
            report.push(Diag::new(Code::SharedTrustDomain, object.place(at), message).hint(hint));
        }
    }
}

/// Whether meshes of several clusters have the same trust domain.
fn are_shared(plan: &Plan<'_>) -> bool {
    let mut clusters: BTreeMap<&str, ClusterId> = BTreeMap::new();
    plan.meshes.iter().any(|mesh| *clusters.entry(&mesh.istio.trust_domain).or_insert(mesh.cluster) != mesh.cluster)
}

/// The meshes whose callers are known at the services that a policy is applied to, by trust domain: those under the same root.
/// Where that is not stated, it is for meshes that call each other by SNI, which would not work otherwise.
fn domains<'p>(access: &AccessPolicy<'_>, plan: &'p Plan<'_>) -> BTreeMap<&'p str, BTreeSet<MeshId>> {
    let services = access.verdict.selected.iter().filter(|service| access.verdict.accepts(**service));
    let servers: BTreeSet<MeshId> = services.filter_map(|service| plan[*service].mesh).collect();
    let mut meshes = servers.clone();
    for server in servers {
        let parent = plan[server].virtual_mesh.map(|parent| &plan[parent]);
        let is_sni = matches!(plan[server].entry, Entry::Sni(_));
        let has_root = |VirtualMesh { root, federated, .. }: &&VirtualMesh<'_>| root.is_some() || *federated && is_sni;
        meshes.extend(parent.filter(has_root).iter().flat_map(|parent| &parent.meshes));
    }
    let mut out: BTreeMap<&str, BTreeSet<MeshId>> = BTreeMap::new();
    for mesh in meshes {
        out.entry(&plan[mesh].istio.trust_domain).or_default().insert(mesh);
    }
    out
}

/// What a policy names, by caller.
fn callers<'a>(object: &'a Object<Written>, plan: &Plan<'a>, names: &Names<'_, 'a>) -> Callers<'a> {
    let mut out = Callers::default();
    for (i, selector) in object.spec.source_selector.iter().enumerate() {
        let at = path!["spec", "sourceSelector", i];
        let IdentitySelector { kube_identity_matcher, kube_service_account_refs, kube_service_matcher } = selector;
        if let Some(IdentityMatcher { namespaces, clusters }) = kube_identity_matcher {
            let at = at.with("kubeIdentityMatcher").with("clusters");
            for cluster in clusters.iter().filter_map(|cluster| names.index.cluster(cluster)) {
                let mut add = |namespace| out.add((namespace, ""), Some(cluster), &at, LIST);
                match namespaces.is_empty() {
                    true => add(""),
                    false => namespaces.iter().for_each(|namespace| add(namespace)),
                }
            }
        }
        let accounts = kube_service_account_refs.iter().flat_map(|refs| &refs.service_accounts);
        for (j, ClusterObjectRef { cluster, namespace, name }) in accounts.enumerate() {
            let at = at.with("kubeServiceAccountRefs").with("serviceAccounts").with(j);
            let known = names.index.cluster(cluster);
            if cluster.is_empty() || known.is_some() {
                // Without a namespace the name has no effect.
                out.add((namespace, if namespace.is_empty() { "" } else { name }), known, &at, LEAVE_OUT);
            }
        }
        if let Some(matcher) = kube_service_matcher {
            let at = at.with("kubeServiceMatcher").with("clusters");
            for target in matched(names.index, matcher) {
                let cluster = (!matcher.clusters.is_empty()).then_some(plan[target].cluster);
                let namespace: &'a str = &plan[target].known.service.namespace;
                let accounts = names.index.accounts_behind(plan, target);
                accounts.into_iter().for_each(|account| out.add((namespace, account), cluster, &at, LIST));
            }
        }
    }
    out
}

/// What is wrong with what is named of some callers: the field, the message without its subject, and the hint.
fn describe(
    key: Key<'_>,
    named: &Named,
    callers: &Callers<'_>,
    domains: &BTreeMap<&str, BTreeSet<MeshId>>,
    plan: &Plan<'_>,
) -> Option<(FieldPath, String, &'static str)> {
    named.clusters.iter().find_map(|cluster| {
        // Of several meshes, the last one's domain counts.
        let domain = &*plan[*plan[*cluster].meshes.last()?].istio.trust_domain;
        let alike = domains.get(domain)?.iter().map(|mesh| plan[*mesh].cluster);
        let others: BTreeSet<ClusterId> = alike.filter(|other| !callers.includes(key, *other)).collect();
        let names: Vec<&str> = others.iter().map(|other| plan[*other].name.as_str()).collect();
        let what = match key {
            ("", _) => "every account".to_owned(),
            (namespace, "") => format!("every account of namespace {namespace}"),
            (namespace, account) => format!("service account {account} of namespace {namespace}"),
        };
        let clusters = if names.len() == 1 { "cluster" } else { "clusters" };
        let message = format!(
            "names {what} of cluster {}, and allows the same of {clusters} {} too, because they share the trust domain {domain}",
            plan[*cluster].name,
            shortened(&names)
        );
        (!names.is_empty()).then(|| (named.at.clone(), message, named.hint))
    })
}

const LIST: &str = "give each cluster its own trust domain, or list all of these clusters if all are meant";
const LEAVE_OUT: &str =
    "give each cluster its own trust domain, or leave clusterName out if the accounts of all are meant";
