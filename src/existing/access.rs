//! AuthorizationPolicies for pods for which one is rendered.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::{listed, named};
use crate::diag::{Code, Diag, Report};
use crate::discover::LabelIndex;
use crate::ids::Text;
use crate::model::existing::Existing;
use crate::plan::{ClusterId, DefaultAccess, Plan};

/// A rendered policy, as far as its pods go.
struct Rendered<'p> {
    /// `service web`, or the gateway's labels.
    what: String,
    /// The namespace of its pods; none for all namespaces.
    namespace: Option<&'p str>,
    selector: &'p BTreeMap<Text, Text>,
    sources: Vec<Text>,
    /// Whether it opens a gateway to every request.
    is_gateway: bool,
}

/// The rendered policies of a cluster by the workloads that they are for.
pub(super) struct Access<'p, 'a> {
    plan: &'p Plan<'a>,
    cluster: ClusterId,
    index: OnceCell<Index<'p>>,
}

/// A namespace, or all of them, and a selector.
type Pods<'p> = (Option<&'p str>, &'p BTreeMap<Text, Text>);

struct Index<'p> {
    rendered: Vec<Rendered<'p>>,
    /// The workloads by their labels: of one namespace, and of all.
    workloads: LabelIndex<'p, Option<&'p str>, usize>,
    in_namespace: BTreeMap<Option<&'p str>, Vec<usize>>,
    /// The policies of each workload.
    of_workload: BTreeMap<usize, Vec<usize>>,
    by_selector: BTreeMap<Pods<'p>, Vec<usize>>,
    /// The policies for pods of one namespace, and of any.
    by_namespace: BTreeMap<Option<&'p str>, BTreeSet<usize>>,
}

impl<'p, 'a> Access<'p, 'a> {
    pub(super) fn new(plan: &'p Plan<'a>, cluster: ClusterId) -> Self {
        Self { plan, cluster, index: OnceCell::new() }
    }

    /// Compares a policy of the cluster's own files that has rules.
    pub(super) fn compare(
        &self,
        object: &Existing,
        selector: &BTreeMap<Text, Text>,
        action: &str,
        report: &mut Report,
    ) {
        let index = self.index.get_or_init(|| Index::new(self.plan, self.cluster));
        let namespace = &*object.key.namespace;
        let is_root = self.plan[self.cluster].meshes.iter().any(|mesh| &**self.plan[*mesh].namespace == namespace);
        let shared = index.shared(Some(namespace).filter(|_| !is_root), selector);
        let (gateways, services): (Vec<&Rendered<'_>>, Vec<&Rendered<'_>>) =
            shared.into_iter().map(|i| &index.rendered[i]).partition(|rendered| rendered.is_gateway);
        if !services.is_empty() && action != "AUDIT" {
            report.push(of_services(object, action, &services));
        }
        if !gateways.is_empty() && action == "ALLOW" {
            report.push(of_gateways(object, &gateways));
        }
    }
}

fn of_services(object: &Existing, action: &str, services: &[&Rendered<'_>]) -> Diag {
    let (what, by) = (whats(services), sources(services));
    let lost = match action {
        "ALLOW" => {
            format!("Istio allows a request that either it or {by} allows, so the restrictions of each are lost")
        }
        _ => format!("Istio decides it first, so what {by} allows is lost where it refuses"),
    };
    let message = format!("{} with action {action} selects the pods of {what} as well: {lost}", named(object));
    let hint = "move its rules into an AccessPolicy and remove it, or narrow its selector";
    Diag::new(Code::SamePods, object.place.clone(), message).hint(hint)
}

fn of_gateways(object: &Existing, gateways: &[&Rendered<'_>]) -> Diag {
    let message = format!(
        "{} with action ALLOW selects the pods of {} as well: {} opens them to every request, so its restrictions are lost",
        named(object),
        whats(gateways),
        sources(gateways)
    );
    let hint = "turn it into a policy with action DENY and the opposite conditions, which Istio decides first";
    Diag::new(Code::SamePods, object.place.clone(), message).hint(hint)
}

fn whats(rendered: &[&Rendered<'_>]) -> String {
    listed(rendered.iter().map(|rendered| rendered.what.clone()).collect())
}

fn sources(rendered: &[&Rendered<'_>]) -> String {
    let all: BTreeSet<&Text> = rendered.iter().flat_map(|rendered| &rendered.sources).collect();
    listed(all.into_iter().map(ToString::to_string).collect())
}

impl<'p> Index<'p> {
    fn new<'a>(plan: &'p Plan<'a>, cluster: ClusterId) -> Self {
        let mut out = Self {
            rendered: rendered(plan, cluster),
            workloads: LabelIndex::default(),
            in_namespace: BTreeMap::new(),
            of_workload: BTreeMap::new(),
            by_selector: BTreeMap::new(),
            by_namespace: BTreeMap::new(),
        };
        for (i, workload) in plan.workloads.iter().enumerate().filter(|(_, workload)| workload.cluster == cluster) {
            let namespace: &'p str = &workload.known.controller.namespace;
            for place in [Some(namespace), None] {
                out.workloads.add(place, &workload.known.labels, i);
                out.in_namespace.entry(place).or_default().push(i);
            }
        }
        for i in 0..out.rendered.len() {
            let (namespace, selector) = (out.rendered[i].namespace, out.rendered[i].selector);
            for workload in out.picked(namespace, selector) {
                out.of_workload.entry(workload).or_default().push(i);
            }
            out.by_selector.entry((namespace, selector)).or_default().push(i);
            for place in [namespace, None] {
                out.by_namespace.entry(place).or_default().insert(i);
            }
        }
        out
    }

    /// The workloads that a policy selects; all of its namespace if it has no selector.
    fn picked(&self, namespace: Option<&str>, selector: &BTreeMap<Text, Text>) -> Vec<usize> {
        if selector.is_empty() {
            return self.in_namespace.get(&namespace).cloned().unwrap_or_default();
        }
        self.workloads.picked(namespace, selector).collect()
    }

    /// The rendered policies that are for some of the pods of a selector.
    fn shared(&self, namespace: Option<&str>, selector: &BTreeMap<Text, Text>) -> BTreeSet<usize> {
        let picked = self.picked(namespace, selector);
        let mut out: BTreeSet<usize> =
            picked.iter().filter_map(|workload| self.of_workload.get(workload)).flatten().copied().collect();
        // Pods that no file has are the same if the selectors are, or if one of them is everything.
        for place in [namespace, None] {
            out.extend(self.by_selector.get(&(place, selector)).into_iter().flatten());
        }
        if selector.is_empty() {
            out.extend(self.by_namespace.get(&namespace).into_iter().flatten());
        }
        out
    }
}

/// The policies that are rendered for pods: those of services with access policies, and those that open gateways.
fn rendered<'p>(plan: &'p Plan<'_>, cluster: ClusterId) -> Vec<Rendered<'p>> {
    let mut out = Vec::new();
    for target in plan[cluster].targets.iter().filter(|target| !plan[**target].access.is_empty()) {
        let bound = &plan[*target];
        let service = &bound.known.service;
        out.push(Rendered {
            what: format!("service {} in namespace {}", service.name, service.namespace),
            namespace: Some(&service.namespace),
            selector: &bound.known.selector,
            sources: bound.access.iter().map(|by| plan[*by].policy.named.clone()).collect(),
            is_gateway: false,
        });
    }
    for mesh in &plan[cluster].meshes {
        let DefaultAccess::Deny { by, gateways, others } = plan.default_access(*mesh) else { continue };
        let of = |what, namespace, selector| {
            let sources = vec![plan[by].policy.named.clone()];
            Rendered { what, namespace, selector, sources, is_gateway: true }
        };
        out.extend(gateways.iter().map(|gateway| of(format!("gateway {}", gateway.address), None, &gateway.labels)));
        out.extend(others.iter().map(|pods| {
            of(format!("gateway {} in namespace {}", pods.name, pods.namespace), Some(&*pods.namespace), &*pods.labels)
        }));
    }
    out
}
