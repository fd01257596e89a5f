//! The words for what is not done: each names the VirtualMesh or mesh, and what would help.

use std::path::Path;

use time::OffsetDateTime;

use super::facts::time;
use super::options::{Options, Trusted};
use super::stored::Broken;
use crate::diag::listing::shortened;
use crate::diag::{Code, Diag, Place, Pos};
use crate::ids::{ClusterName, ObjectRef};
use crate::plan::{Authority, MeshCa};

/// What to do when the root was made with other options.
pub(super) const KEEP_ROOT: &str = "the root stays as it is: rendering never replaces a root. `meshtree ca rotate` does, in three commits between which workloads keep calling each other";
/// What to do when a mesh's Secret was made with other options.
pub(super) const KEEP_MESH: &str =
    "to issue the Secret again under the same root, delete this file and render with an age identity available";

/// What to do when a mesh's Secret was changed.
pub(super) const KEEP_FILE: &str = "restore the file from Git, or add the annotation with `sops edit`";

/// What to do when the root cannot sign at this time.
pub(super) const OTHER_ROOT: &str = "replace the root by one that is valid now, with `meshtree ca rotate`: meshes under different roots do not trust each other";

/// Why nothing is signed here.
pub(super) const OFFLINE: &str = "the private key of the root is not in the CA store";
/// What to do instead.
pub(super) const REQUEST: &str = "run `meshtree ca csr` for a certificate request, `meshtree ca sign` where the root's key is, and `meshtree ca accept`; or let a program sign: `meshtree ca issue --signer PROGRAM`";

/// The same where an intermediate is to be renewed.
pub(super) const REQUEST_AGAIN: &str = "run `meshtree ca csr --renew` for a certificate request, `meshtree ca sign` where the root's key is, and `meshtree ca accept`; or let a program sign: `meshtree ca renew --signer PROGRAM`";

/// A file as a place.
pub(super) fn place(file: &Path) -> Place {
    Place::File(file.display().to_string().into())
}

/// A point in a file as a place.
fn at(file: &Path, pos: Option<Pos>) -> Place {
    let name = file.display().to_string().into();
    pos.map_or_else(|| place(file), |pos| Place::Point(name, pos))
}

/// Names that cannot become names of files.
pub(super) fn bad_names(authority: &Authority) -> Option<Diag> {
    let bad =
        |object: &ObjectRef| !is_name(&object.name) || !is_name(&object.namespace) || object.namespace.contains('.');
    let meshes = authority.meshes.iter().map(|mesh| &mesh.mesh);
    let what = if let Some(object) = [&authority.virtual_mesh].into_iter().chain(meshes.clone()).find(|o| bad(o)) {
        format!(
            "`{}` is not a name that Kubernetes allows, and cannot name a file of the CA store",
            object.to_string().escape_debug()
        )
    } else if let Some(mesh) = repeated(meshes) {
        format!(
            "VirtualMesh {} has two meshes named {mesh}, and the CA store keeps one file per name",
            authority.virtual_mesh
        )
    } else if let Some(mesh) = authority.meshes.iter().find(|mesh| !is_uri(&mesh.spiffe)) {
        format!("mesh {}: its identity cannot be written into a certificate as a URI", mesh.mesh)
    } else {
        return None;
    };
    Some(Diag::new(Code::BadValue, Place::Nowhere, what))
}

fn repeated<'a>(mut meshes: impl Iterator<Item = &'a ObjectRef>) -> Option<&'a str> {
    let mut seen = std::collections::BTreeSet::new();
    meshes.find(|mesh| !seen.insert(&mesh.name)).map(|mesh| &*mesh.name)
}

fn is_name(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    !text.is_empty() && text.bytes().all(inner) && !text.starts_with(['.', '-']) && !text.ends_with(['.', '-'])
}

fn is_uri(text: &str) -> bool {
    text.starts_with("spiffe://") && text.bytes().all(|b| b.is_ascii_graphic())
}

/// The store is gone, the tree shows that there was one.
pub(super) fn delivered(authority: &Authority, meshes: &[&MeshCa], directory: &Path) -> Diag {
    let places: Vec<_> = meshes.iter().map(|mesh| format!("{}/{}", mesh.cluster, mesh.namespace)).collect();
    let message = format!(
        "VirtualMesh {} has nothing in the CA store, but the rendered tree has CA material for {}",
        authority.virtual_mesh,
        shortened(&places)
    );
    Diag::new(Code::CaMissing, place(directory), message).hint(
        "restore the directory from Git: a new root would cut the meshes off from each other. To issue a new root anyway, delete these manifests from the tree first",
    )
}

/// There is nothing and nothing may be made.
pub(super) fn locked(authority: &Authority, directory: &Path, options: &Options) -> Diag {
    let (lock, store) = (options.lock, options.store.display());
    let message =
        format!("VirtualMesh {} has no CA material, and none may be issued with `{lock}`", authority.virtual_mesh);
    let hint = format!("run `meshtree render` without `{lock}` once, and commit {store}");
    Diag::new(Code::CaMissing, place(directory), message).hint(hint)
}

/// The root is somebody's own, and is not there.
pub(super) fn not_given(authority: &Authority, secret: &ObjectRef, directory: &Path) -> Diag {
    let message =
        format!("VirtualMesh {} has its root in Secret {secret}, which is not in the CA store", authority.virtual_mesh);
    let ObjectRef { namespace, name } = secret;
    let hint = format!(
        "put it there: `kubectl get secret {name} -n {namespace} -o yaml | meshtree ca adopt FLEET --virtual-mesh {} --secret -`; or set `spec.ca.delivery: none` if `cacerts` gets into the clusters another way",
        authority.virtual_mesh
    );
    Diag::new(Code::CaMissing, place(directory), message).hint(hint)
}

/// A mesh has no intermediate, and it cannot be issued.
pub(super) fn missing_mesh(authority: &Authority, mesh: &MeshCa, root: &Path, why: &str) -> Diag {
    let message = format!(
        "mesh {} has no certificate under the root of VirtualMesh {}, and none can be issued: {why}",
        mesh.mesh, authority.virtual_mesh
    );
    Diag::new(Code::CaMissing, place(root), message)
}

/// A mesh's intermediate cannot be renewed.
pub(super) fn not_renewed(mesh: &MeshCa, root: &Path, why: &str) -> Diag {
    let message = format!("the intermediate certificate of mesh {} cannot be renewed: {why}", mesh.mesh);
    Diag::new(Code::CaMissing, place(root), message)
}

/// The key of a mesh's intermediate is in its cluster, so another one is made there.
pub(super) fn renewed_in_cluster(mesh: &MeshCa, file: &Path) -> Diag {
    let hint = format!(
        "run `meshtree ca csr --in-cluster --cluster {0} --image IMAGE`, have the request signed, and run `meshtree ca accept --in-cluster --cluster {0} --image IMAGE --certificate FILE`, as docs/own-root.md describes. To renew the others, name their clusters with --cluster",
        mesh.cluster
    );
    not_renewed(mesh, file, "its private key is in its cluster alone").hint(hint)
}

/// There is no root under which anything could be renewed.
pub(super) fn nothing_to_renew(authority: &Authority, directory: &Path) -> Diag {
    let message = format!("VirtualMesh {} has no CA material to renew", authority.virtual_mesh);
    let hint = "restore the directory from Git, or run `meshtree ca issue` if there never was any";
    Diag::new(Code::CaMissing, place(directory), message).hint(hint)
}

/// What to do when a root's key cannot be opened in this run.
pub(super) fn render_with_identity(root: &Path, lock: Option<&str>) -> String {
    let without = lock.map_or_else(String::new, |lock| format!(" without `{lock}`"));
    with_identity("meshtree render", &without, root, "adds")
}

/// Where to run a command that needs the root's key.
pub(super) fn with_identity(command: &str, without: &str, root: &Path, does: &str) -> String {
    format!(
        "run `{command}`{without} where an age identity that decrypts {} is in SOPS_AGE_KEY, SOPS_AGE_KEY_FILE or the key file of sops, and commit the files that it {does}",
        root.display()
    )
}

/// What shows that a cluster's workloads trust another root.
type Other<'o> = (ClusterName, &'o Trusted);

/// The clusters whose workloads trust another root, each with what shows it.
fn listed(others: &[Other<'_>]) -> String {
    let one = |(cluster, trusted): &Other<'_>| format!("{cluster} ({})", trusted.object);
    shortened(&others.iter().map(one).collect::<Vec<_>>())
}

/// Workloads trust another root already.
pub(super) fn other_root(authority: &Authority, others: &[Other<'_>], place: Place) -> Diag {
    let message = format!(
        "VirtualMesh {}: nothing is issued, since clusters have another root already: {}",
        authority.virtual_mesh,
        listed(others)
    );
    Diag::new(Code::OtherRoot, place, message).hint(
        "to keep the root that they have, put it into the CA store: `meshtree ca adopt FLEET --secret FILE`. With a root of the CA store, calls there fail until every workload has a new certificate: plan that, then run again with --accept-new-root",
    )
}

/// A root is about to be made, and with it a trust that nothing else shares.
pub(super) fn new_root(
    authority: &Authority,
    ends: OffsetDateTime,
    others: &[Other<'_>],
    place: Place,
    directory: &Path,
) -> Diag {
    let message = format!(
        "VirtualMesh {} has no CA material: a new root of trust is issued for it, which ends at {}",
        authority.virtual_mesh,
        time(ends)
    );
    let trust = if others.is_empty() {
        "workloads under different roots do not trust each other".to_owned()
    } else {
        let clusters = listed(others);
        format!(
            "calls fail until every workload has a new certificate in the clusters that have another root: {clusters}"
        )
    };
    let hint = format!(
        "to have it last longer or shorter, set `spec.mtlsConfig.shared.rootCertificateAuthority.generated.ttlDays` before it is issued. If the meshes have had `cacerts` before, restore {} from Git instead: {trust}",
        directory.display()
    );
    Diag::new(Code::NewRoot, place, message).hint(hint)
}

/// An intermediate is about to be made under a root of the store.
pub(super) fn new_intermediate(
    authority: &Authority,
    mesh: &MeshCa,
    (ends, former): (OffsetDateTime, Option<OffsetDateTime>),
    file: &Path,
) -> Diag {
    let (again, virtual_mesh) = (if former.is_some() { " again" } else { "" }, &authority.virtual_mesh);
    let message = format!(
        "the intermediate certificate of mesh {} is issued{again} under the root of VirtualMesh {virtual_mesh}, and ends at {}",
        mesh.mesh,
        time(ends)
    );
    let hint = match former {
        None => {
            "calls to and from workloads with certificates from another root fail until istiod and then they have been restarted"
        }
        Some(former) if former >= ends => {
            "it does not last longer than the one before, since the root ends then: replace the root with `meshtree ca rotate`"
        }
        Some(_) => "the certificate before it stays valid until its own end, so workloads keep calling each other",
    };
    Diag::new(Code::NewIntermediate, place(file), message).hint(hint)
}

/// The CRLs of an authority are not all that proxies would ask for.
pub(super) fn uncovered(authority: &Authority, directory: &Path, what: &str) -> Diag {
    let message = format!("VirtualMesh {} has CRLs that are not complete: {what}", authority.virtual_mesh);
    let hint = "run `meshtree ca crl` with an age identity available, which signs all of them again and keeps what is revoked; `meshtree ca crl --remove` takes them away";
    Diag::new(Code::CrlsRefused, place(directory), message).hint(hint)
}

/// A mesh would get an intermediate without a CRL.
pub(super) fn joins_without_crl(authority: &Authority, directory: &Path, mesh: &MeshCa) -> Diag {
    let message = format!(
        "VirtualMesh {} has CRLs, and mesh {}, which has no intermediate yet, would get one without a CRL",
        authority.virtual_mesh, mesh.mesh
    );
    let hint = "run `meshtree ca issue` and `meshtree ca crl` with an age identity available, then render";
    Diag::new(Code::CrlsRefused, place(directory), message).hint(hint)
}

/// A file of the store cannot be used.
pub(super) fn broken(Broken { file, pos, what, hint }: &Broken) -> Diag {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    Diag::new(Code::CaBroken, at(file, *pos), format!("{name} {what}")).hint(*hint)
}

/// A file of the store was made for other options than those of now.
pub(super) fn changed(file: &Path, change: String, hint: &str) -> Diag {
    Diag::new(Code::CaExpired, place(file), change).hint(hint)
}

/// Nobody could open what would be written.
pub(super) fn no_recipients(authority: &Authority, place: Place) -> Diag {
    let message = format!(
        "VirtualMesh {} requires CA material, and there are no age recipients to encrypt its private keys to",
        authority.virtual_mesh
    );
    Diag::new(Code::NoRecipients, place, message).hint(
        "add to `meshtree.yaml`:\nspec:\n  ca: {recipients: [age1…]}\nwhere age1… is the public key that `age-keygen -o key.txt` prints; keep key.txt out of Git. The creation rules of a `.sops.yaml` are used as well",
    )
}

/// A `.sops.yaml` cannot be used.
pub(super) fn bad_rules(file: &Path, pos: Option<Pos>, what: &str) -> Diag {
    Diag::new(Code::BadSopsRules, at(file, pos), what)
        .hint("change the file, or list the recipients in `spec.ca.recipients` of meshtree.yaml")
}

/// Keys that SOPS would have used too.
pub(super) fn left_out(file: Option<&Path>, kinds: &[String]) -> Diag {
    let message = format!(
        "private keys are encrypted to the age recipients of the creation rule only, not to its other keys ({})",
        kinds.join(", ")
    );
    Diag::new(Code::CaDelivery, file.map_or(Place::Nowhere, place), message)
        .hint("`sops updatekeys` adds them to a file of the store")
}
