//! What differs in the inventory and the settings, and which objects that can concern.

mod mentions;
mod settings;

use std::collections::{BTreeMap, BTreeSet};

use super::cause::{Cause, Fate};
use crate::discover::{Change, Inventory, LabelIndex, Workload, differences};
use crate::fleet::Fleet;
use crate::ids::{ClusterName, ObjectRef};
use mentions::Mentions;

/// The inputs that differ between two fleets, other than policies.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    changes: Vec<InputChange>,
    index: Index,
}

/// One of them.
#[derive(Debug, Clone)]
struct InputChange {
    cause: Cause,
    /// Where it is, unless it is everywhere.
    cluster: Option<String>,
}

/// The changes by what an object mentions if they can concern it.
#[derive(Debug, Clone, Default)]
struct Index {
    /// The clusters of all changes.
    names: BTreeSet<String>,
    everywhere: Vec<usize>,
    /// Only objects with key material.
    secrets: Vec<usize>,
    /// Only objects of the fleet's own templates.
    templates: Vec<usize>,
    clusters: BTreeMap<String, Vec<usize>>,
    /// Services by namespace and name, with the workloads behind them.
    services: BTreeMap<(String, String), Vec<usize>>,
    /// Workloads by namespace and service account.
    accounts: BTreeMap<(String, String), Vec<usize>>,
}

impl Inputs {
    /// What differs from an earlier fleet.
    pub fn between(before: &Fleet, after: &Fleet) -> Self {
        let mut inputs = Self::default();
        for (name, scope) in settings::changed(&before.snapshot.settings, &after.snapshot.settings) {
            let cause = Cause { change: Fate::Changed, source: format!("settings {name}"), facts: Vec::new() };
            match scope {
                settings::Scope::Everywhere => inputs.add(cause, None, |index| &mut index.everywhere),
                settings::Scope::Templates => inputs.add(cause, None, |index| &mut index.templates),
                settings::Scope::Secrets => inputs.add(cause, None, |index| &mut index.secrets),
                settings::Scope::Cluster(name) => inputs.add_cluster(cause, name),
            }
        }
        inputs.add_inventory([&before.inventory, &after.inventory]);
        inputs
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// What can have caused a difference of an object in a cluster, with its text on each side that has it, and whether a template
    /// of the fleet gives it.
    pub(super) fn behind<'t>(
        &self,
        cluster: &'t str,
        (object, is_templated): (&'t str, bool),
        texts: impl Iterator<Item = &'t str>,
    ) -> Vec<Cause> {
        let Index { names, everywhere, secrets, templates, clusters, services, accounts } = &self.index;
        let found = Mentions::of(cluster, object, texts, |word| names.contains(word));
        let mut behind: BTreeSet<usize> = everywhere.iter().copied().collect();
        if object.starts_with("Secret ") {
            behind.extend(secrets);
        }
        if is_templated {
            behind.extend(templates);
        }
        behind.extend(found.clusters.iter().filter_map(|name| clusters.get(*name)).flatten());
        let owned = |(namespace, name): &(&str, &str)| ((*namespace).to_owned(), (*name).to_owned());
        behind.extend(found.services.iter().filter_map(|key| services.get(&owned(key))).flatten());
        behind.extend(found.accounts.iter().filter_map(|key| accounts.get(&owned(key))).flatten());
        let changes = behind.into_iter().map(|index| &self.changes[index]);
        let is_near = |change: &&InputChange| change.cluster.as_ref().is_none_or(|name| found.is_near(name));
        changes.filter(is_near).map(|change| change.cause.clone()).collect()
    }

    fn add(&mut self, cause: Cause, cluster: Option<String>, list: impl FnOnce(&mut Index) -> &mut Vec<usize>) {
        list(&mut self.index).push(self.changes.len());
        self.push(cause, cluster);
    }

    fn push(&mut self, cause: Cause, cluster: Option<String>) {
        self.index.names.extend(cluster.clone());
        self.changes.push(InputChange { cause, cluster });
    }

    fn add_cluster(&mut self, cause: Cause, cluster: String) {
        self.add(cause, Some(cluster.clone()), |index| index.clusters.entry(cluster).or_default());
    }

    fn add_inventory(&mut self, sides: [&Inventory; 2]) {
        let mut workloads = Vec::new();
        for (subject, change) in by_subject(differences(sides[0], sides[1])) {
            let Some((kind, key)) = subject.split_once(' ') else { continue };
            let cause = Cause { source: subject.clone(), ..change };
            let [first, second, third] = parts(key);
            match kind {
                "cluster" => self.add_cluster(cause, key.to_owned()),
                // A cluster that is new, or gone, says everything about what is in it.
                "mesh" => {
                    let key = ObjectRef::new(first, second);
                    let mesh = sides.iter().find_map(|side| side.meshes.get(&key));
                    if let Some(mesh) = mesh.filter(|mesh| is_lasting(sides, mesh.cluster.as_str())) {
                        self.add_cluster(cause, mesh.cluster.to_string());
                    }
                }
                "service" if is_lasting(sides, first) => {
                    let key = (second.to_owned(), third.to_owned());
                    self.add(cause, Some(first.to_owned()), |index| index.services.entry(key).or_default());
                }
                "workload" => workloads.push((ObjectRef::new(first, second), cause)),
                // A namespace alone changes nothing that is rendered.
                _ => {}
            }
        }
        self.add_workloads(sides, workloads);
    }

    /// Workloads are seen in what is rendered for their services and their accounts.
    fn add_workloads(&mut self, sides: [&Inventory; 2], changed: Vec<(ObjectRef, Cause)>) {
        let mut by_label: LabelIndex<'_, (&str, &str), usize> = LabelIndex::default();
        for (key, cause) in changed {
            let found: Vec<&Workload> = sides.iter().filter_map(|side| side.workloads.get(&key)).collect();
            let Some(first) = found.first().filter(|first| is_lasting(sides, &first.controller.cluster)) else {
                continue;
            };
            let index = self.changes.len();
            // An account is as it was if only its workload has other labels.
            let is_account = cause.change != Fate::Changed || cause.facts.contains(&"service account");
            self.push(cause, Some(first.controller.cluster.to_string()));
            for workload in found {
                let Workload { controller, labels, service_account, .. } = workload;
                by_label.add((&*controller.cluster, &*controller.namespace), labels, index);
                if is_account {
                    let account = (controller.namespace.to_string(), service_account.to_string());
                    self.index.accounts.entry(account).or_default().push(index);
                }
            }
        }
        for target in sides.iter().flat_map(|side| side.targets.values()) {
            let service = &target.service;
            let behind: Vec<usize> =
                by_label.picked((&*service.cluster, &*service.namespace), &target.selector).collect();
            if !behind.is_empty() {
                let key = (service.namespace.to_string(), service.name.to_string());
                self.index.services.entry(key).or_default().extend(behind);
            }
        }
    }
}

/// Whether both sides have a cluster.
fn is_lasting(sides: [&Inventory; 2], cluster: &str) -> bool {
    sides.iter().all(|side| side.clusters.contains_key(&ClusterName::from(cluster)))
}

/// The changes of each subject as one, in the order of their subjects.
fn by_subject(changes: Vec<Change>) -> BTreeMap<String, Cause> {
    let mut out: BTreeMap<String, Cause> = BTreeMap::new();
    for Change { subject, fact, old, new } in changes {
        let change = match (fact, &old, &new) {
            (Some(_), ..) => Fate::Changed,
            (None, None, _) => Fate::Added,
            (None, Some(_), _) => Fate::Removed,
        };
        let cause = out.entry(subject).or_insert_with(|| Cause::policy(change, ""));
        cause.facts.extend(fact);
    }
    out
}

/// The parts of a key, of which a missing one is empty.
fn parts(key: &str) -> [&str; 3] {
    let mut parts = key.split('/');
    [(); 3].map(|()| parts.next().unwrap_or_default())
}
