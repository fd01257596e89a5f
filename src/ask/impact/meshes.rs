//! Meshes and virtual meshes, before and after.

use std::collections::{BTreeMap, BTreeSet};

use super::group::Finding;
use super::kinds::Kind;
use super::{Phrase, Sides, Subject};
use crate::ids::ObjectRef;
use crate::plan::{Mesh, Plan, RootSource, VirtualMesh};

/// Finds meshes and virtual meshes that are not as they were.
pub(super) fn changes(sides: &Sides<'_, '_, '_, '_>, out: &mut Vec<Finding>) {
    let (before, after) = (sides.before.plan, sides.after.plan);
    for new in &after.meshes {
        if let Some(old) = before.mesh(new.key) {
            of_mesh(sides, &before[old], new, out);
        }
    }
    members(sides, out);
    let old: BTreeMap<&ObjectRef, &VirtualMesh<'_>> =
        before.virtual_meshes.iter().map(|vm| (vm.policy.key, vm)).collect();
    for new in &after.virtual_meshes {
        let Some(was) = old.get(new.policy.key).and_then(|old| old.root.as_ref()) else { continue };
        let what = match &new.root {
            Some(is) if is == was => continue,
            Some(is) => format!("{} instead of {}", root(is), root(was)),
            None => "no longer has a shared root".to_owned(),
        };
        let causes = sides.causes.among([&*new.policy.named]);
        let subject = Subject::Policy(new.policy.named.to_string());
        out.push(Finding { kind: Kind::Root, subject, phrase: Phrase::about(format!(" {what}")), causes });
    }
}

fn root(root: &RootSource) -> String {
    match root {
        RootSource::Generated(generated) => {
            format!("takes a generated root ({} days, RSA {})", generated.ttl_days, generated.key_bits)
        }
        RootSource::Given(secret) => format!("takes the root of Secret {secret}"),
    }
}

fn of_mesh(sides: &Sides<'_, '_, '_, '_>, old: &Mesh<'_>, new: &Mesh<'_>, out: &mut Vec<Finding>) {
    let mut add = |kind: Kind, what: String| {
        let subject = Subject::Cluster(sides.after.plan[new.cluster].name.to_string());
        out.push(Finding { kind, subject, phrase: Phrase::about(format!(" {what}")), causes: Vec::new() });
    };
    let (was, is) = (&old.istio, &new.istio);
    if was.trust_domain != is.trust_domain {
        add(Kind::TrustDomain, format!("has trust domain {} instead of {}", is.trust_domain, was.trust_domain));
    }
    if was.version != is.version || old.entry != new.entry {
        add(Kind::Version, format!("has Istio {} instead of {}", is.version, was.version));
    }
    let addresses = |mesh: &Mesh<'_>| -> BTreeSet<String> {
        mesh.istio.gateways.iter().map(|gateway| format!("{}:{}", gateway.address, gateway.port)).collect()
    };
    let (was, is) = (addresses(old), addresses(new));
    if was != is {
        let shown = |set: &BTreeSet<String>| match set.is_empty() {
            true => "no address".to_owned(),
            false => set.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
        };
        add(Kind::Gateway, format!("is reached at {} instead of {}", shown(&is), shown(&was)));
    }
}

/// What meshes do with requests to workloads that no policy is for. Where all known workloads have policies, nothing changes for
/// anybody, and it is only worth telling beside something else.
pub(super) fn defaults(sides: &Sides<'_, '_, '_, '_>, out: &mut Vec<Finding>) {
    let denies = |plan: &Plan<'_>, mesh: &Mesh<'_>| {
        let parent = mesh.virtual_mesh.filter(|parent| plan[*parent].deny_by_default);
        parent.map(|parent| plan[parent].policy.named.to_string())
    };
    for new in &sides.after.plan.meshes {
        let Some(old) = sides.before.plan.mesh(new.key) else { continue };
        let (was, is) = (denies(sides.before.plan, &sides.before.plan[old]), denies(sides.after.plan, new));
        let (kind, (before, after)) = match (&was, &is) {
            (Some(_), None) => (
                Kind::DefaultOpen,
                (
                    "any caller may now call workloads without an AccessPolicy in ",
                    ": no VirtualMesh denies by default any longer",
                ),
            ),
            (None, Some(_)) => (
                Kind::DefaultDeny,
                (
                    "no caller may call workloads without an AccessPolicy any longer in ",
                    ": the VirtualMesh denies by default",
                ),
            ),
            (None, None) | (Some(_), Some(_)) => continue,
        };
        let subject = Subject::Cluster(sides.after.plan[new.cluster].name.to_string());
        let causes = sides.causes.among(was.iter().chain(&is).map(String::as_str));
        let phrase = Phrase { before: before.to_owned(), after: after.to_owned() };
        out.push(Finding { kind, subject, phrase, causes });
    }
}

/// Which virtual mesh groups which clusters.
fn members(sides: &Sides<'_, '_, '_, '_>, out: &mut Vec<Finding>) {
    let of = |plan: &Plan<'_>| -> BTreeSet<(String, String)> {
        let grouped = |mesh: &Mesh<'_>| {
            let parent = mesh.virtual_mesh?;
            Some((plan[parent].policy.named.to_string(), plan[mesh.cluster].name.to_string()))
        };
        plan.meshes.iter().filter_map(grouped).collect()
    };
    let (old, new) = (of(sides.before.plan), of(sides.after.plan));
    let mut add = |kind: Kind, verb: &str, pairs: Vec<&(String, String)>| {
        for (parent, cluster) in pairs {
            let causes = sides.causes.among([parent.as_str()]);
            let phrase = Phrase { before: format!("{parent} {verb} "), after: String::new() };
            out.push(Finding { kind, subject: Subject::Cluster(cluster.clone()), phrase, causes });
        }
    };
    add(Kind::Ungrouped, "no longer groups", old.difference(&new).collect());
    add(Kind::Grouped, "now groups", new.difference(&old).collect());
}
