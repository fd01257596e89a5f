//! Binds AccessPolicies: who may call, as identities with their trust domains.

mod check;
pub(super) mod gateways;
mod identities;
pub(super) mod shared;

use std::collections::BTreeSet;

use identities::NamedCallers;

use super::meant::Names;
use super::problems::{keep_first_in_status, with_faults};
use crate::diag::Report;
use crate::model::access_policy::AccessPolicy as Written;
use crate::model::{Kind, Object};
use crate::path;
use crate::plan::{AccessPolicy, CallersByGroup, Group, Operation, Plan, Policy, Problem, TargetId, Verdict};

/// Binds one policy. What is wrong with it whatever it is applied to goes into the verdict.
pub(super) fn bind<'a>(
    object: &'a Object<Written>,
    names: &Names<'_, 'a>,
    plan: &Plan<'a>,
    report: &mut Report,
) -> AccessPolicy<'a> {
    let Written { source_selector, destination_selector, allowed_paths, allowed_methods, allowed_ports } = &object.spec;
    let mut problems = check::check_operation(allowed_paths.as_deref(), allowed_ports);
    problems.extend(check::check_sources(object, source_selector, names, plan, report));
    let selector_path = path!["spec", "destinationSelector"];
    let selection = names.check_selectors(destination_selector, &selector_path, |path| object.place(path), report);
    let selected = names.select(destination_selector);
    let in_istio: Vec<TargetId> = selected.iter().copied().filter(|target| plan[*target].mesh.is_some()).collect();
    // Sources of policies for meshes that get nothing would not be checked anywhere else.
    let only_istio = in_istio.len() == selected.len() || selected.iter().all(|target| plan[*target].is_untranslated());
    let (mut callers, mut nameless, mut alone) = (CallersByGroup::default(), Vec::new(), BTreeSet::new());
    if only_istio || !in_istio.is_empty() {
        let behind = identities::behind(source_selector, names, plan);
        nameless = check::check_behind(object, source_selector, &behind, report);
        let sources = NamedCallers { selectors: source_selector, behind: &behind, names, plan };
        let (bound, unknown) = bind_callers(&sources, &in_istio);
        let is_alone = |(group, callers): (&Group, &Vec<_>)| callers.is_empty().then_some(*group);
        alone = bound.by_group.iter().filter_map(is_alone).collect();
        callers = bound;
        nameless.extend(unknown);
    }
    if !nameless.is_empty() {
        alone.clear();
    }
    let everywhere = with_faults(&object.faults, problems);
    let mut verdict = Verdict { selected, selection, everywhere, ..Verdict::default() };
    // Only Istio has identities with a trust domain: services of other meshes do not need them, and may have callers that
    // Istio does not know.
    match only_istio || nameless.is_empty() {
        true => verdict.everywhere.extend(nameless),
        false => verdict.at.extend(in_istio.iter().map(|target| (*target, nameless.clone()))),
    }
    if verdict.everywhere.is_empty() {
        // A rule without callers would allow everyone.
        let alone = in_istio.iter().filter(|target| alone.contains(&plan.group(**target)));
        alone.for_each(|target| verdict.at.entry(*target).or_default().push(check::nobody_near()));
    }
    AccessPolicy {
        policy: Policy::of(Kind::AccessPolicy, object),
        verdict,
        callers,
        operation: Operation {
            methods: allowed_methods.iter().map(|method| method.as_str()).collect(),
            paths: allowed_paths.as_deref().unwrap_or_default(),
            ports: allowed_ports,
        },
    }
}

/// Binds who may call services of Istio meshes. The second value is the problems of callers without a known identity, each once.
fn bind_callers<'a>(sources: &NamedCallers<'_, 'a>, targets: &[TargetId]) -> (CallersByGroup<'a>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut callers = CallersByGroup::default();
    if sources.depend_on_group() && !targets.is_empty() {
        for group in targets.iter().map(|target| sources.plan.group(*target)).collect::<BTreeSet<Group>>() {
            callers.by_group.insert(group, sources.bind(Some(group), &mut problems));
        }
    } else {
        callers.default = sources.bind(None, &mut problems);
    }
    let mut once: Vec<Problem> = Vec::new();
    for problem in problems {
        if !once.contains(&problem) {
            once.push(problem);
        }
    }
    keep_first_in_status(&mut once);
    (callers, once)
}
