//! Groups meshes into virtual meshes: one for each mesh, the first in key order that is valid.

use std::collections::{BTreeMap, BTreeSet};

use super::meant::Names;
use super::problems::from_faults;
use super::restriction;
use crate::diag::listing::choices;
use crate::diag::{Code, Diag, Report};
use crate::discover::{Inventory, MeshKind};
use crate::ids::ObjectRef;
use crate::model::virtual_mesh::{
    GeneratedRoot, GlobalAccessPolicy, LimitedTrust, MtlsConfig, RootCertificateAuthority, RootSource as WrittenRoot,
    SharedTrust, TrustModel, VirtualMesh as Written,
};
use crate::model::{Kind, Object, Objects};
use crate::objects::names::{self, MAX_NAME};
use crate::path;
use crate::plan::{
    self, MeshId, Part, Plan, Policy, Problem, RootSource, VirtualMesh, VirtualMeshId, VirtualMeshVerdict,
};
use crate::version::Entry;

/// Binds every VirtualMesh, and records for each mesh which one groups it.
pub(super) fn bind<'a>(objects: &'a Objects<Written>, names: &Names<'_, 'a>, plan: &mut Plan<'a>, report: &mut Report) {
    let mut claims: BTreeMap<MeshId, &'a ObjectRef> = BTreeMap::new();
    for object in objects.values() {
        let mut verdict = check_members(object, names.inventory);
        verdict.members.extend(check_name(object, plan));
        verdict.members.extend(restriction::problems(object, names, report));
        let root = bind_root(object, &mut verdict);
        warn_of_nothing(object, &verdict, report);
        let mut meshes = listed(object, &claims, plan, &mut verdict, report);
        let is_applied = verdict.grouping.is_empty() && verdict.members.is_empty() && !meshes.is_empty();
        if is_applied {
            let id = VirtualMeshId::at(plan.virtual_meshes.len());
            for mesh in &meshes {
                claims.insert(*mesh, &object.key);
                plan.meshes[mesh.index()].virtual_mesh = Some(id);
            }
        } else {
            meshes.clear();
        }
        plan.virtual_meshes.push(VirtualMesh {
            policy: Policy::of(Kind::VirtualMesh, object),
            verdict,
            federated: meshes.len() >= 2,
            meshes,
            restriction: None,
            deny_by_default: is_applied && object.spec.global_access_policy == GlobalAccessPolicy::Enabled,
            restarts: is_applied && object.spec.mtls_config.as_ref().is_some_and(|config| config.auto_restart_pods),
            root: root.filter(|_| is_applied),
        });
    }
}

/// The meshes that a VirtualMesh lists, each once. A mesh that another VirtualMesh groups is a problem; the meshes after it are
/// not checked.
fn listed(
    object: &Object<Written>,
    claims: &BTreeMap<MeshId, &ObjectRef>,
    plan: &Plan<'_>,
    verdict: &mut VirtualMeshVerdict,
    report: &mut Report,
) -> Vec<MeshId> {
    let mut meshes: Vec<MeshId> = Vec::new();
    let mut listed: BTreeSet<MeshId> = BTreeSet::new();
    for (i, mesh) in object.spec.meshes.iter().enumerate() {
        let Some(id) = plan.mesh(mesh) else { continue };
        if !listed.insert(id) {
            let message = format!("mesh {mesh} is listed twice in spec.meshes");
            report.push(
                Diag::new(Code::MeshTwice, object.place(path!["spec", "meshes", i]), message)
                    .hint("remove the duplicate"),
            );
        } else {
            meshes.push(id);
        }
        if let Some(owner) = claims.get(&id) {
            verdict.grouping.push(already_grouped(mesh, owner, i));
            break;
        }
    }
    meshes
}

fn already_grouped(mesh: &ObjectRef, owner: &ObjectRef, index: usize) -> Problem {
    let dotted = |key: &ObjectRef| format!("{}.{}", key.name, key.namespace);
    let text =
        format!("Includes a Mesh ({}) that already is grouped in a VirtualMesh ({})", dotted(mesh), dotted(owner));
    Problem { code: Code::Conflict, ..Problem::new(Part::Policy, path!["spec", "meshes", index], text) }
        .plain(format!("mesh {mesh} is already in VirtualMesh {owner}"))
        .hint("remove it from one of them: a mesh can be in one VirtualMesh only")
        .other(owner)
}

/// The names of objects are made of that of the policy, and one of them is not shortened.
fn check_name(object: &Object<Written>, plan: &Plan<'_>) -> Option<Problem> {
    let length = names::federation_filter(&object.key).len();
    let rewrites = |mesh: MeshId| matches!(plan[mesh].entry, Entry::Rewrite { .. });
    let has_filter = || object.spec.meshes.iter().filter_map(|mesh| plan.mesh(mesh)).any(rewrites);
    let text = format!("the name of its EnvoyFilter would have {length} characters, more than {MAX_NAME}");
    let problem = || Problem::new(Part::Policy, path!["metadata", "name"], text).hint("shorten the name of the policy");
    (length > MAX_NAME && has_filter()).then(problem)
}

/// Checks that every member exists and is an Istio mesh.
fn check_members(object: &Object<Written>, inventory: &Inventory) -> VirtualMeshVerdict {
    let Written { meshes, mtls_config: _, federation: _, global_access_policy: _ } = &object.spec;
    let mut verdict = VirtualMeshVerdict {
        grouping: from_faults(&object.faults).collect(),
        is_empty: meshes.is_empty(),
        ..VirtualMeshVerdict::default()
    };
    for (i, key) in meshes.iter().enumerate() {
        let at = path!["spec", "meshes", i];
        match inventory.meshes.get(key).map(|mesh| &mesh.kind) {
            Some(MeshKind::Istio(_)) => {}
            Some(MeshKind::Osm(_) | MeshKind::Other(_)) => {
                let text = format!("non-istio mesh {} cannot be used in virtual mesh", key.key());
                let plain = format!("mesh {key} is not an Istio mesh, so a VirtualMesh cannot group it");
                verdict.members.push(Problem::new(Part::Policy, at, text).plain(plain));
            }
            None => {
                let text = format!("*v1alpha2.Mesh with id {} not found", key.key());
                let known: BTreeMap<String, &ObjectRef> =
                    inventory.meshes.keys().map(|known| (known.to_string(), known)).collect();
                let near = crate::diag::nearest(&key.to_string(), known.keys().map(String::as_str));
                verdict.meant.extend(near.and_then(|near| known.get(near)).map(|near| (*near).clone()));
                let all = || choices(known.keys());
                let hint = near.map_or_else(|| format!("known meshes: {}", all()), |n| format!("did you mean {n}?"));
                let problem = Problem::unknown(Part::Policy, at, text).plain(format!("unknown mesh {key}"));
                verdict.members.push(problem.hint(hint));
                continue;
            }
        }
        verdict.known.insert(key.clone());
    }
    verdict
}

/// Where the root comes from: it is generated by default, and there is none without `mtlsConfig`.
fn bind_root(object: &Object<Written>, verdict: &mut VirtualMeshVerdict) -> Option<RootSource> {
    let Written { meshes: _, mtls_config, federation: _, global_access_policy: _ } = &object.spec;
    let MtlsConfig { auto_restart_pods: _, trust_model } = mtls_config.as_ref()?;
    let at = path!["spec", "mtlsConfig"];
    let generated = match trust_model {
        None => &GeneratedRoot::default(),
        Some(TrustModel::Limited(LimitedTrust {})) => {
            let text = "limited trust was never implemented";
            let plain = "limited trust is not supported: Service Mesh Hub never implemented it";
            verdict.members.push(Problem::new(Part::Policy, at.with("limited"), text).plain(plain).hint("use shared"));
            return None;
        }
        Some(TrustModel::Shared(SharedTrust { root_certificate_authority })) => match root_certificate_authority {
            None | Some(RootCertificateAuthority { source: None }) => &GeneratedRoot::default(),
            Some(RootCertificateAuthority { source: Some(WrittenRoot::Generated(generated)) }) => generated,
            Some(RootCertificateAuthority { source: Some(WrittenRoot::Secret(secret)) }) => {
                return check_secret(secret, verdict);
            }
        },
    };
    Some(check_generated(generated, verdict))
}

/// The Secret with the root has to be named; the CA store checks whether it exists.
fn check_secret(secret: &ObjectRef, verdict: &mut VirtualMeshVerdict) -> Option<RootSource> {
    if secret.name.is_empty() || secret.namespace.is_empty() {
        let at = path!["spec", "mtlsConfig", "shared", "rootCertificateAuthority", "secret"];
        let text = "the Secret of the root certificate is not named";
        verdict.members.push(
            Problem::new(Part::Policy, at, text)
                .plain("rootCertificateAuthority.secret requires a name and a namespace")
                .hint("set both, or use generated to create a root"),
        );
        return None;
    }
    Some(RootSource::Given(secret.clone()))
}

/// The sizes of a generated root's key, in bits.
pub const KEY_SIZES: [u32; 3] = [2048, 3072, 4096];

/// How long a generated root may be valid, in days.
const LONGEST_TTL: u32 = 36_500;

/// The root to generate. If its options are not valid the VirtualMesh is INVALID, and no root is generated.
fn check_generated(generated: &GeneratedRoot, verdict: &mut VirtualMeshVerdict) -> RootSource {
    let GeneratedRoot { ttl_days, rsa_key_size_bytes, org_name } = generated;
    let at = path!["spec", "mtlsConfig", "shared", "rootCertificateAuthority", "generated"];
    let given = |number: u32, default: u32| if number == 0 { default } else { number };
    let (ttl_days, key_bits) = (given(*ttl_days, 365), given(*rsa_key_size_bytes, 4096));
    let mut problem = |field: &str, text: String, plain: String, hint: &str| {
        verdict.members.push(Problem::new(Part::Policy, at.with(field), text).plain(plain).hint(hint));
    };
    if !KEY_SIZES.contains(&key_bits) {
        let text = match key_bits {
            // The wording is the reference's, its spelling included.
            0..2048 => {
                format!("requested key size does not meet the minimum requied size of 2048 (requested: {key_bits})")
            }
            _ => format!("requested key size {key_bits} is not one that can be made"),
        };
        let plain = format!("rsaKeySizeBytes {key_bits} is not a supported key size");
        problem("rsaKeySizeBytes", text, plain, "set the size in bits: 2048, 3072 or 4096");
    }
    if ttl_days > LONGEST_TTL {
        let plain = format!("ttlDays {ttl_days} is out of range (1–{LONGEST_TTL})");
        problem(
            "ttlDays",
            format!("{ttl_days} days are more than a hundred years"),
            plain,
            "remove it for the default of 365 days",
        );
    }
    let organization = if org_name.is_empty() { "service-mesh-hub".to_owned() } else { org_name.to_string() };
    RootSource::Generated(plan::GeneratedRoot { ttl_days, key_bits, organization })
}

fn warn_of_nothing(object: &Object<Written>, verdict: &VirtualMeshVerdict, report: &mut Report) {
    if verdict.is_empty && verdict.grouping.is_empty() {
        let message = format!("VirtualMesh {} lists no meshes, so it has no effect", object.key);
        report.push(Diag::new(Code::SelectsNothing, object.place(path!["spec", "meshes"]), message));
    }
}
