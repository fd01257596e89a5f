//! Makes the graph of a plan.

mod routes;

use std::collections::BTreeMap;

use super::{Access, CallerNode, Graph, MeshNode, RuleNode, ServiceNode, SettingNode, VirtualMeshNode, WorkloadNode};
use crate::ask::matrix::{Entry, What};
use crate::ask::{By, Evaluator, KnownCallers, Truth, told};
use crate::ids::ClusterObjectRef;
use crate::path;
use crate::plan::{
    AccessId, Callers, ClusterId, Feature, Group, Identity, Rule, ServiceActions, TargetId, VirtualMeshId, WorkloadId,
};
use crate::report::places::Places;
use crate::report::requests::requests;

/// A rule as services refer to it: at some of their ports, if not at all.
type RuleKey = (AccessId, Group, Option<Vec<u32>>);

/// What has been drawn.
struct Builder<'b, 'a> {
    evaluator: &'b Evaluator<'b, 'a>,
    places: &'b Places<'b>,
    known: KnownCallers<'b>,
    graph: Graph,
    policies: BTreeMap<By, usize>,
    sets: BTreeMap<Vec<usize>, usize>,
    rules: BTreeMap<RuleKey, usize>,
    callers: BTreeMap<String, usize>,
}

impl Graph {
    /// The graph of a plan.
    pub fn of(evaluator: &Evaluator<'_, '_>, places: &Places<'_>) -> Self {
        let plan = evaluator.plan;
        let mut build = Builder {
            evaluator,
            places,
            known: KnownCallers::of(plan),
            graph: Self::default(),
            policies: BTreeMap::new(),
            sets: BTreeMap::new(),
            rules: BTreeMap::new(),
            callers: BTreeMap::new(),
        };
        build.graph.clusters = plan.clusters.iter().map(|cluster| cluster.name.to_string()).collect();
        build.meshes();
        build.graph.workloads = WorkloadId::all(plan.workloads.len()).map(|id| workload(evaluator, id)).collect();
        for target in TargetId::all(plan.targets.len()) {
            let service = build.service(target);
            build.graph.services.push(service);
        }
        routes::failovers(&mut build);
        build.graph
    }
}

impl<'b> Builder<'b, '_> {
    /// The position of a policy.
    fn policy(&mut self, by: By) -> usize {
        let (places, policies) = (self.places, &mut self.graph.policies);
        *self.policies.entry(by).or_insert_with_key(|by| {
            policies.push(places.policy(by));
            policies.len() - 1
        })
    }

    /// The position of a set of clusters.
    fn set(&mut self, clusters: impl IntoIterator<Item = ClusterId>) -> usize {
        let mut set: Vec<usize> = clusters.into_iter().map(ClusterId::index).collect();
        set.sort_unstable();
        set.dedup();
        let sets = &mut self.graph.sets;
        *self.sets.entry(set).or_insert_with_key(|set| {
            sets.push(set.clone());
            sets.len() - 1
        })
    }

    fn meshes(&mut self) {
        let plan = self.evaluator.plan;
        for (id, parent) in VirtualMeshId::all(plan.virtual_meshes.len()).zip(&plan.virtual_meshes) {
            let policy = self.policy(plan.by_mesh(id, path!["metadata", "name"]));
            self.graph.virtual_meshes.push(VirtualMeshNode {
                name: parent.policy.key.to_string(),
                federated: parent.federated,
                denies: parent.deny_by_default,
                policy,
            });
        }
        let mesh = |mesh: &crate::plan::Mesh<'_>| MeshNode {
            cluster: mesh.cluster.index(),
            name: mesh.key.name.to_string(),
            version: mesh.istio.version.to_string(),
            virtual_mesh: mesh.virtual_mesh.map(VirtualMeshId::index),
        };
        self.graph.meshes = plan.meshes.iter().map(mesh).collect();
    }

    fn service(&mut self, target: TargetId) -> ServiceNode {
        let plan = self.evaluator.plan;
        let ClusterObjectRef { cluster: _, namespace, name } = plan.service(target);
        let known_in = self.set(plan.clients(target).map(|mesh| plan[mesh].cluster));
        let (access, by, rules) = self.access(target);
        ServiceNode {
            cluster: plan[target].cluster.index(),
            namespace: namespace.to_string(),
            name: name.to_string(),
            ports: plan[target].known.distinct_ports().map(|port| port.number.to_string()).collect(),
            access,
            by,
            rules,
            workloads: self.evaluator.index.behind(plan, target).map(WorkloadId::index).collect(),
            known_in,
            tables: routes::tables(self, target),
            settings: self.settings(target),
        }
    }

    /// Who may call a service, the policy that opens or shuts it, and its rules.
    fn access(&mut self, target: TargetId) -> (Access, Option<usize>, Vec<usize>) {
        let evaluator = self.evaluator;
        let plan = evaluator.plan;
        let (mut rules, mut by, mut access) = (Vec::new(), None, None);
        for Entry { target: _, workloads: _, what } in evaluator.entries(target) {
            match what {
                What::Everyone(decision) => {
                    let found = match decision.allowed {
                        Truth::Yes => Access::Open,
                        Truth::No => Access::Shut,
                        Truth::Unknown => Access::Unknown,
                    };
                    if found == Access::Open || access.is_none() {
                        access = Some(found);
                        by = told::why(plan, &decision).1.pop().map(|by| self.policy(by));
                    }
                }
                What::Rule { rule, ports, .. } => rules.push(self.rule(plan.group(target), &rule, ports)),
            }
        }
        rules.sort_unstable();
        rules.dedup();
        let is_open = |rule: &usize| {
            let RuleNode { policy: _, callers, what } = &self.graph.rules[*rule];
            callers.is_empty() && what.is_empty()
        };
        let access = match access {
            _ if rules.iter().any(is_open) => Access::Open,
            Some(Access::Shut) | None if !rules.is_empty() => Access::Callers,
            other => other.unwrap_or(Access::Shut),
        };
        (access, by, rules)
    }

    fn rule(&mut self, group: Group, rule: &Rule<'b, 'b>, ports: Option<Vec<u32>>) -> usize {
        let key = (rule.by, group, ports);
        if let Some(known) = self.rules.get(&key) {
            return *known;
        }
        let policy = self.policy(self.evaluator.plan.by_access(rule.by));
        let callers = rule.callers.iter().flat_map(|callers| self.callers(callers)).collect();
        self.graph.rules.push(RuleNode { policy, callers, what: requests(rule.operation, key.2.as_deref()) });
        let position = self.graph.rules.len() - 1;
        self.rules.insert(key, position);
        position
    }

    fn callers(&mut self, callers: &Callers<'b>) -> Vec<usize> {
        match callers {
            Callers::Namespaces(names) => names.iter().map(|name| self.namespace(name)).collect(),
            Callers::Identities(identities) => {
                identities.iter().map(|(identity, name)| self.identity(identity, name)).collect()
            }
        }
    }

    fn namespace(&mut self, name: &str) -> usize {
        self.caller(format!("anyone in namespace {name}"), |_, label| CallerNode {
            label,
            domain: None,
            namespace: Some(name.to_owned()),
            account: None,
            workloads: Vec::new(),
        })
    }

    fn identity(&mut self, identity: Identity<'b>, name: &str) -> usize {
        let (label, domain, namespace, account) = match identity {
            Identity::TrustDomain(domain) => (format!("anyone of trust domain {domain}"), domain, None, None),
            Identity::Namespace { domain, namespace } => {
                (format!("anyone in namespace {namespace} of trust domain {domain}"), domain, Some(namespace), None)
            }
            Identity::Account { domain, namespace, account } => {
                (name.to_owned(), domain, Some(namespace), Some(account))
            }
        };
        self.caller(label, |known, label| {
            let workloads = if account.is_some() { known.of_identity(identity) } else { Vec::new() };
            CallerNode {
                label,
                domain: Some(domain.to_owned()),
                namespace: namespace.map(str::to_owned),
                account: account.map(str::to_owned),
                workloads: workloads.into_iter().map(WorkloadId::index).collect(),
            }
        })
    }

    fn caller(&mut self, label: String, make: impl FnOnce(&KnownCallers<'b>, String) -> CallerNode) -> usize {
        if let Some(known) = self.callers.get(&label) {
            return *known;
        }
        self.graph.callers.push(make(&self.known, label.clone()));
        let position = self.graph.callers.len() - 1;
        self.callers.insert(label, position);
        position
    }

    fn settings(&mut self, target: TargetId) -> Vec<SettingNode> {
        let plan = self.evaluator.plan;
        let ServiceActions { outlier, tls } = plan.service_actions(target);
        let found = [
            outlier.map(|outlier| (Feature::OutlierDetection, outlier.by, "outlier detection".to_owned())),
            tls.map(|tls| (Feature::Mtls, tls.by, format!("TLS mode {}", tls.value.as_str()))),
        ];
        let found = found.into_iter().flatten();
        found
            .map(|(feature, by, text)| SettingNode { text, policy: self.policy(plan.by_traffic(by, Some(feature))) })
            .collect()
    }
}

fn workload(evaluator: &Evaluator<'_, '_>, id: WorkloadId) -> WorkloadNode {
    let ClusterObjectRef { cluster: _, namespace, name } = &evaluator.plan[id].known.controller;
    WorkloadNode {
        cluster: evaluator.plan[id].cluster.index(),
        namespace: namespace.to_string(),
        name: name.to_string(),
        identity: evaluator.plan.principal(id).map(|principal| principal.to_string()),
    }
}
