//! Callers in words.

use std::collections::{BTreeMap, BTreeSet};

use crate::ask::space::{AccessDifference, CallerPart, Mentioned};
use crate::ask::{Evaluator, Principal};
use crate::ids::ClusterObjectRef;
use crate::plan::{Group, Plan, WorkloadId};

/// How many names are listed before the others are counted.
pub(super) const MOST: usize = 3;

/// The workloads of each group of clusters whose callers reach each other, by identity.
#[derive(Debug, Default)]
pub(super) struct Known<'p>(BTreeMap<Group, BTreeMap<Principal<'p>, Vec<&'p ClusterObjectRef>>>);

impl<'p> Known<'p> {
    pub(super) fn of(evaluator: &Evaluator<'p, '_>) -> Self {
        let plan: &'p Plan<'_> = evaluator.plan;
        let mut out: BTreeMap<Group, BTreeMap<Principal<'p>, Vec<&'p ClusterObjectRef>>> = BTreeMap::new();
        for (id, workload) in WorkloadId::all(plan.workloads.len()).zip(&plan.workloads) {
            let Some(principal) = plan.principal(id) else { continue };
            let group = workload.mesh.and_then(|mesh| plan[mesh].virtual_mesh);
            let group = group.map_or(Group::Cluster(workload.cluster), Group::VirtualMesh);
            out.entry(group).or_default().entry(principal).or_default().push(&workload.known.controller);
        }
        Self(out)
    }

    /// The workloads of a group that are among callers of a difference.
    fn among(
        &self,
        group: Group,
        parts: &BTreeSet<CallerPart<'p>>,
        mentioned: &Mentioned<'p>,
    ) -> Vec<&'p ClusterObjectRef> {
        let all = self.0.get(&group).into_iter().flatten();
        all.filter(|(one, _)| parts.contains(&mentioned.part_of(**one)))
            .flat_map(|(_, found)| found.iter().copied())
            .collect()
    }

    /// The callers of a difference, as the subject of a sentence.
    pub(super) fn words(&self, group: Group, difference: &AccessDifference<'p>, mentioned: &Mentioned<'p>) -> String {
        if difference.is_everyone {
            return "any caller".to_owned();
        }
        let parts: BTreeSet<CallerPart<'p>> = difference.callers.iter().copied().collect();
        let names = listed(&self.among(group, &parts, mentioned), "workloads");
        let has_nobody = parts.contains(&CallerPart::Nobody);
        let is_rest = parts.contains(&CallerPart::Others { domain: None, namespace: None });
        match (names.is_empty(), has_nobody, is_rest) {
            (_, true, true) if !names.is_empty() => format!("any other caller ({names} among them)"),
            (_, true, true) => "any other caller".to_owned(),
            (false, true, false) => format!("{names} and callers without an identity"),
            (false, false, _) => names,
            (true, true, false) => "callers without an identity".to_owned(),
            (true, false, _) => unknown(&parts),
        }
    }
}

/// Callers of which the inventory knows no workload.
fn unknown(parts: &BTreeSet<CallerPart<'_>>) -> String {
    let one = |part: &CallerPart<'_>| match part {
        CallerPart::Nobody => "callers without an identity".to_owned(),
        CallerPart::One(principal) => principal.to_string(),
        CallerPart::Others { domain, namespace } => match (domain, namespace) {
            (None, None) => "identities of other trust domains".to_owned(),
            (Some(domain), None) => format!("other namespaces of trust domain {domain}"),
            (None, Some(namespace)) => format!("namespace {namespace} of other trust domains"),
            (Some(domain), Some(namespace)) => format!("other accounts of {domain}/ns/{namespace}"),
        },
    };
    let names: Vec<String> = parts.iter().map(one).collect();
    let shown = &names[..names.len().min(MOST)];
    let more = match names.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more} (no known workload)", shown.join(", "))
}

/// Objects by namespace and name with the clusters that have them: the first ones, and how many more there are.
pub(super) fn listed(objects: &[&ClusterObjectRef], noun: &str) -> String {
    let mut by_name: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for ClusterObjectRef { cluster, namespace, name } in objects {
        by_name.entry((namespace, name)).or_default().insert(cluster);
    }
    let one = |((namespace, name), clusters): (&(&str, &str), &BTreeSet<&str>)| {
        let shown: Vec<&str> = clusters.iter().take(MOST).copied().collect();
        let more = clusters.len() - shown.len();
        let more = if more == 0 { String::new() } else { format!(" and {more} more clusters") };
        format!("{namespace}/{name} ({}{more})", shown.join(", "))
    };
    let shown: Vec<String> = by_name.iter().take(MOST).map(one).collect();
    match (shown.as_slice(), by_name.len() - shown.len()) {
        ([], _) => String::new(),
        ([init @ .., last], 0) if !init.is_empty() => format!("{} and {last}", init.join(", ")),
        (all, 0) => all.join(", "),
        (all, more) => format!("{} and {more} more {noun}", all.join(", ")),
    }
}
