//! Binds AccessPolicies: who may call, as identities with their trust domains.

mod check;
mod identities;

use std::collections::BTreeSet;

use identities::Sources;

use super::refs::Names;
use super::verdict::{Problem, Verdict, keep_first_in_status, with_faults};
use crate::diag::Report;
use crate::model::access_policy::AccessPolicy;
use crate::model::{Kind, Object};
use crate::path;
use crate::plan::{Access, ClusterId, Group, Plan, TargetId};

/// Binds one policy. What is wrong with it whatever it is applied to goes into the verdict.
pub(super) fn bind<'a>(
    object: &'a Object<AccessPolicy>,
    names: &Names<'a>,
    plan: &Plan<'a>,
    report: &mut Report,
) -> (Access<'a>, Verdict) {
    let AccessPolicy { source_selector, destination_selector, allowed_paths, allowed_methods, allowed_ports } =
        &object.spec;
    let mut problems = check::check_operation(allowed_paths.as_deref(), allowed_ports);
    problems.extend(check::check_sources(object, source_selector, names, report));
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
    // Nobody else would look at what is for meshes that get nothing.
    let only_istio = in_istio.len() == selected.len() || selected.iter().all(|target| plan[*target].is_untranslated());
    let mut nameless = Vec::new();
    if only_istio || !in_istio.is_empty() {
        let behind = identities::behind(source_selector, names, plan);
        nameless = check::check_behind(object, source_selector, &behind, report);
        let sources = Sources { selectors: source_selector, behind: &behind, names, plan };
        nameless.extend(bind_identities(&mut bound, &sources, &in_istio));
    }
    let everywhere = with_faults(&object.faults, problems);
    let mut verdict = Verdict { selected, selection, everywhere, ..Verdict::default() };
    // Only an Istio has identities with a trust domain: services of other meshes do not miss them, and may have callers that
    // an Istio does not know.
    match only_istio || nameless.is_empty() {
        true => verdict.everywhere.extend(nameless),
        false => verdict.at.extend(in_istio.into_iter().map(|target| (target, nameless.clone()))),
    }
    (bound, verdict)
}

/// Binds who may call services of an Istio. Gives the problems of those whose identity is not known, each once.
fn bind_identities<'a>(bound: &mut Access<'a>, sources: &Sources<'_, 'a>, targets: &[TargetId]) -> Vec<Problem> {
    let plan = sources.plan;
    let mut problems = Vec::new();
    if sources.depend_on_group() && !targets.is_empty() {
        let groups = targets.iter().map(|target| group(plan, plan[*target].cluster, plan[*target].mesh));
        for group in groups.collect::<BTreeSet<Group>>() {
            let from = sources.bind(Some(group), &mut problems);
            bound.from_by_group.insert(group, from);
        }
    } else {
        bound.from = sources.bind(None, &mut problems);
    }
    let mut once: Vec<Problem> = Vec::new();
    for problem in problems {
        if !once.contains(&problem) {
            once.push(problem);
        }
    }
    keep_first_in_status(&mut once);
    once
}

/// What decides which clusters an account without a cluster may be in, for a target.
pub(super) fn group(plan: &Plan<'_>, cluster: ClusterId, mesh: Option<crate::plan::MeshId>) -> Group {
    match mesh.and_then(|mesh| plan[mesh].virtual_mesh) {
        Some(virtual_mesh) => Group::VirtualMesh(virtual_mesh),
        None => Group::Cluster(cluster),
    }
}
