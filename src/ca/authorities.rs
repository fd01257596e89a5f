//! The authorities of a fleet: what its policies ask, by its settings, and what its tree shows of runs before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use time::{Duration, OffsetDateTime};

use super::custodian::Custodian;
use super::delivery::{self, ObjectName};
use super::identities::Identities;
use super::options::{Options, TreeRoots, Trusted};
use super::pending::{Pending, plan_material};
use super::program::Program;
use super::recipients::Recipients;
use super::restart;
use super::revoke::{CrlOrder, Lists, revocation};
use super::rotate::{Committed, Order, Turn, rotation};
use super::rotation::Phase;
use super::sealer::{Sealer, Sealing};
use super::tree_object;
use super::validity::Soon;
use crate::diag::{Code, Diag, Place, Report};
use crate::ids::{ClusterName, ObjectRef, Text};
use crate::load::{self, CLUSTERS};
use crate::model::existing::{Content, Existing};
use crate::model::settings::{Ca, Delivery, SealingScope};
use crate::model::{Snapshot, hub_namespace};
use crate::path;
use crate::plan::{Authority, CaPlan, Mesh, MeshCa, Plan};
use crate::version::IstioVersion;
use crate::version::table::{CRLS, ROOTS, Roots};

/// A fleet, as far as its keys go.
pub struct Asked<'f> {
    /// Its directory, from which a `.sops.yaml` is searched upwards.
    pub directory: &'f Path,
    /// The directory of its store.
    pub store: PathBuf,
    /// What it says.
    pub snapshot: &'f Snapshot,
    /// What that means.
    pub plan: &'f Plan<'f>,
    /// Where the rendered tree has the file of an object, whether it is there or not.
    pub file_of: &'f dyn Fn(&ClusterName, ObjectName<'_>) -> PathBuf,
}

/// What a run brings along.
pub struct Means {
    /// What opens the private keys that were made before, if anything does.
    pub identities: Identities,
    /// What signs instead of the root's key, if anything does.
    pub signer: Option<Program>,
    /// The flag because of which nothing may be issued, if there is one.
    pub locked: Option<&'static str>,
    /// The time of what will be issued.
    pub now: OffsetDateTime,
    /// Whether a root is issued although the inventory shows another one.
    pub accept_new_root: bool,
    /// Whether a root is delivered that does not follow from the one in the tree.
    pub accept_root_change: bool,
    /// Whether the run is for the store alone.
    pub only_store: bool,
    /// The clusters whose intermediates are renewed, all of them if none is named; nothing if nothing is renewed.
    pub renew: Option<BTreeSet<ClusterName>>,
}

/// A phase of a rotation that a fleet is asked for.
pub struct Asking<'r> {
    /// The VirtualMesh whose root changes.
    pub virtual_mesh: &'r ObjectRef,
    /// The phase.
    pub phase: Phase,
    /// What the clusters have by now.
    pub committed: Committed,
    /// Whether all workloads have been restarted.
    pub restarted: bool,
}

/// Finds out what material there is for a fleet and what is to be issued. Nothing is written.
pub fn authorities(asked: &Asked<'_>, means: Means, report: &mut Report) -> Pending {
    let (ca_plan, now) = (asked.ca_plan(report), means.now);
    plan_material(&ca_plan, &asked.options(means), now, report)
}

/// The store of a fleet, for what is done to it by hand.
pub fn custodian(asked: &Asked<'_>, means: Means, report: &mut Report) -> Custodian {
    let (ca_plan, now) = (asked.ca_plan(report), means.now);
    let too_old = ca_plan.authorities.iter().flat_map(|authority| asked.too_old(authority)).collect();
    Custodian { too_old, ..Custodian::new(ca_plan, asked.options(means), now) }
}

/// Decides what a phase of a rotation takes. Nothing is written; nothing, and the reasons in the report, if it cannot begin.
pub fn turn(asked: &Asked<'_>, means: Means, asking: Asking<'_>, report: &mut Report) -> Option<Turn> {
    let Asking { virtual_mesh, phase, committed, restarted } = asking;
    let authority = asked.authority(virtual_mesh, report)?;
    let order = Order { phase, committed, wait: workload_ttl(Some(&asked.settings())), restarted };
    let now = means.now;
    rotation(&authority, &asked.options(means), &order, now, report)
}

/// CRLs that a fleet is asked for.
pub struct Revoking<'r> {
    /// The VirtualMesh whose CAs sign them.
    pub virtual_mesh: &'r ObjectRef,
    /// The intermediates to revoke, each by its serial number, or by the mesh that signs with it.
    pub revoke: Vec<String>,
    /// For how many days the CRLs count.
    pub days: u32,
    /// Whether an intermediate may be revoked that a mesh signs with now.
    pub cut_off: bool,
    /// Whether the CRLs are taken away instead.
    pub remove: bool,
    /// CRLs that clusters signed with keys that never leave them: names of files and their texts.
    pub given: Vec<(String, String)>,
}

/// Decides about CRLs. Nothing is written; nothing, and the reasons in the report, if they cannot be signed.
pub fn lists(asked: &Asked<'_>, means: Means, revoking: Revoking<'_>, report: &mut Report) -> Option<Lists> {
    let Revoking { virtual_mesh, revoke, days, cut_off, remove, given } = revoking;
    let authority = asked.authority(virtual_mesh, report)?;
    let (too_old, now) = (asked.too_old(&authority), means.now);
    let order = CrlOrder { revoke, days, cut_off, remove, too_old, given };
    revocation(&authority, &asked.options(means), &order, now, report)
}

/// How long workloads keep the certificates that they have, by the settings.
pub fn workload_ttl(settings: Option<&Ca>) -> Duration {
    Duration::hours(i64::from(settings.and_then(|ca| ca.workload_ttl_hours).unwrap_or(24)))
}

/// The recipients of the settings, or those of `.sops.yaml`.
pub fn recipients(directory: &Path, written: &[Text]) -> Recipients {
    if written.is_empty() {
        Recipients::from_sops(directory)
    } else {
        Recipients::from_list(written).unwrap_or_else(Recipients::unusable)
    }
}

impl Asked<'_> {
    /// What is asked for a VirtualMesh.
    fn authority(&self, virtual_mesh: &ObjectRef, report: &mut Report) -> Option<Authority> {
        let mut asked = delivery::kept(self.plan, &self.snapshot.settings).authorities.into_iter();
        let found = asked.find(|asked| asked.virtual_mesh == *virtual_mesh && !asked.meshes.is_empty());
        if found.is_none() {
            let message =
                format!("VirtualMesh {virtual_mesh} has no root here: `spec.ca.delivery` leaves `cacerts` to others");
            let hint = "run this where its root is kept";
            report.push(Diag::new(Code::CaMissing, Place::Nowhere, message).hint(hint));
        }
        found
    }

    /// The clusters of an authority whose istiod does not read CRLs.
    fn too_old(&self, authority: &Authority) -> Vec<String> {
        let reads = |mesh: &MeshCa| {
            let known = self.plan.meshes.iter().find(|known| *known.key == mesh.mesh);
            known.and_then(|mesh| IstioVersion::parse(&mesh.istio.version)).and_then(|version| CRLS.at(&version))
                == Some(true)
        };
        authority.meshes.iter().filter(|mesh| !reads(mesh)).map(|mesh| mesh.cluster.to_string()).collect()
    }

    fn settings(&self) -> Ca {
        self.snapshot.settings.ca.clone().unwrap_or_default()
    }

    /// What the settings have kept in the store. Warns of what the tree has and is rendered no longer.
    fn ca_plan(&self, report: &mut Report) -> CaPlan {
        delivery::check(self.snapshot, self.plan, report);
        restart::check(self.snapshot, self.plan, report);
        self.warn_of_leaving(report);
        delivery::kept(self.plan, &self.snapshot.settings)
    }

    fn options(&self, means: Means) -> Options {
        let Asked { directory, store, snapshot, plan: _, file_of: _ } = self;
        let asked = self;
        let Means { identities, signer, locked, now: _, accept_new_root, accept_root_change, only_store, renew } =
            means;
        let Ca { recipients: written, secret_type, warn_before_expiry, .. } = self.settings();
        let mut options = Options::new(store);
        options.locked = locked.is_some();
        options.lock = locked.unwrap_or(options.lock);
        options.identities = identities;
        options.signer = signer;
        options.hub_namespace = hub_namespace(&snapshot.settings).to_string();
        options.places = snapshot
            .virtual_meshes
            .iter()
            .map(|(key, object)| (key.clone(), object.place(path!["spec", "mtlsConfig"])))
            .collect();
        options.delivered = asked.delivered();
        options.trusted = asked.trusted();
        options.tree = asked.tree();
        (options.accept_new_root, options.accept_root_change) = (accept_new_root, accept_root_change);
        (options.only_store, options.renew) = (only_store, renew);
        if let Some(secret_type) = secret_type {
            options.secret_type = secret_type.to_string();
        }
        options.recipients = recipients(directory, &written);
        options.sealing = self.sealing(&delivery::kept(self.plan, &snapshot.settings));
        options.soon = Soon::of(&warn_before_expiry.unwrap_or_default());
        options
    }

    /// What the tree has workloads trust, with the rule by which their istiod changes to something else.
    fn tree(&self) -> BTreeMap<(ClusterName, String), TreeRoots> {
        let of_mesh = |mesh: &Mesh<'_>| {
            let cluster = self.plan[mesh.cluster].name;
            let files = delivery::secret_objects(mesh.namespace).map(|object| (self.file_of)(cluster, object));
            let read = |file: PathBuf| Some((tree_object::bundle(&load::read_file(&file).ok()?)?, file));
            let (bundle, file) = files.filter(|file| file.exists()).find_map(read)?;
            let version = IstioVersion::parse(&mesh.istio.version);
            let by_set = version.as_ref().and_then(|version| ROOTS.at(version)) == Some(Roots::BySet);
            let istio = mesh.istio.version.to_string();
            Some(((cluster.clone(), mesh.namespace.to_string()), TreeRoots { file, bundle, istio, by_set }))
        };
        self.plan.meshes.iter().filter_map(of_mesh).collect()
    }

    /// The meshes, by cluster and namespace, of which the rendered tree shows that material was issued before.
    fn delivered(&self) -> BTreeSet<(ClusterName, String)> {
        let places = self.plan.meshes.iter().map(|mesh| (self.plan[mesh.cluster].name, mesh.namespace));
        let issued = places.filter(|(cluster, namespace)| {
            delivery::was_issued(namespace, |object| (self.file_of)(cluster, object).exists())
        });
        issued.map(|(cluster, namespace)| (cluster.clone(), namespace.to_string())).collect()
    }

    /// What the clusters' own files show of roots that workloads trust already, by cluster and namespace of the control plane.
    fn trusted(&self) -> BTreeMap<(ClusterName, String), Trusted> {
        let mut found = BTreeMap::new();
        for mesh in &self.plan.meshes {
            let cluster = self.plan[mesh.cluster].name;
            let objects = self.snapshot.existing.get(cluster).map_or(&[][..], Vec::as_slice);
            let is_near = |object: &&Existing| object.key.namespace == *mesh.namespace;
            let roots = || objects.iter().filter(|object| matches!(object.content, Content::Roots(_)));
            let secret = || objects.iter().find(|object| object.is_cacerts() && is_near(object));
            // Every namespace has the same roots.
            if let Some(object) = roots().find(is_near).or_else(|| roots().next()).or_else(secret) {
                let Existing { kind, key, content, .. } = object;
                let roots = if let Content::Roots(roots) = content { Some(roots.clone()) } else { None };
                let trusted = Trusted { object: format!("{kind} {key}"), roots };
                found.insert((cluster.clone(), mesh.namespace.to_string()), trusted);
            }
        }
        found
    }

    /// Warns of Secrets that the tree holds and that are no longer rendered. The cluster's own are kept from pruning, so nothing
    /// else shows that the two have parted.
    fn warn_of_leaving(&self, report: &mut Report) {
        let settings = &self.snapshot.settings;
        let asked = self.plan.ca_plan();
        let asked: BTreeSet<_> =
            asked.authorities.iter().flat_map(|asked| &asked.meshes).map(|mesh| &mesh.mesh).collect();
        for mesh in &self.plan.meshes {
            let cluster = self.plan[mesh.cluster].name;
            let (object, is_asked) = (delivery::secret_in(mesh.namespace), asked.contains(mesh.key));
            let form =
                if is_asked { delivery::form(settings.delivery(cluster)) } else { delivery::form(Delivery::Sops) };
            let file = (self.file_of)(cluster, object);
            if is_asked && form.kind == Some(object.kind) || !file.exists() {
                continue;
            }
            let message = format!("Secret cacerts of mesh {} is removed from the tree: {}", mesh.key, form.leaves);
            let place = Place::File(file.display().to_string().into());
            report.push(Diag::new(Code::CertificateLeaves, place, message).hint(form.then));
        }
    }

    /// What seals for the clusters that get sealed copies.
    fn sealing(&self, asked: &CaPlan) -> BTreeMap<ClusterName, Sealing> {
        let settings = &self.snapshot.settings;
        let sealed = settings.ca.as_ref().and_then(|ca| ca.sealed_secret.as_ref());
        let scope = sealed.map_or_else(SealingScope::default, |sealed| sealed.scope);
        let clusters = asked.authorities.iter().flat_map(|asked| &asked.meshes).map(|mesh| &mesh.cluster);
        let clusters: BTreeSet<_> = clusters.filter(|name| settings.delivery(name) == Delivery::SealedSecret).collect();
        let sealing = |cluster: &ClusterName| {
            let written =
                settings.clusters.get(&cluster.0).and_then(|of| of.ca.as_ref()?.sealing_certificate.as_deref());
            let usual = || format!("{CLUSTERS}/{cluster}/{SEALING_CERTIFICATE}");
            let relative = written.map_or_else(usual, str::to_owned);
            let file =
                if self.directory == Path::new(".") { PathBuf::from(relative) } else { self.directory.join(relative) };
            (cluster.clone(), Sealer::new(&file, scope))
        };
        clusters.into_iter().map(sealing).collect()
    }
}

/// The file of a cluster that has its sealing certificate unless the settings name another one.
const SEALING_CERTIFICATE: &str = "sealing-cert.pem";
