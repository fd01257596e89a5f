//! A store that is issued once for all tests, since keys take long to make; every test works on a copy.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::SystemTime;

use age::secrecy::ExposeSecret as _;
use age::x25519::Identity;
use meshtree::ca::{CaMaterial, Identities, MeshMaterial, Options, Pending, Recipients, plan_material};
use meshtree::diag::{Code, Report};
use meshtree::ids::ObjectRef;
use meshtree::plan::{Authority, CaPlan, GeneratedRoot, MeshCa, RootSource};
use time::{Duration, OffsetDateTime};
use walkdir::WalkDir;
use zeroize::Zeroizing;

pub(crate) const HUB: &str = "service-mesh-hub";
pub(crate) const AUTHORITY: &str = "ca/service-mesh-hub.virtual-mesh";

/// The moment of issue: 2027-01-15T08:00:00Z and a fraction that certificates cannot hold.
pub(crate) fn issue_time() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_800_000_000).expect("a time") + Duration::milliseconds(123)
}

pub(crate) fn mesh(cluster: &str) -> MeshCa {
    MeshCa {
        mesh: ObjectRef::new(HUB, format!("istiod-istio-system-{cluster}")),
        cluster: cluster.into(),
        namespace: "istio-system".to_owned(),
        spiffe: format!("spiffe://{cluster}/ns/istio-system/sa/istiod-service-account"),
        labels: vec![
            ("owner.networking.smh.solo.io".to_owned(), HUB.to_owned()),
            ("cluster.multicluster.solo.io".to_owned(), cluster.to_owned()),
            ("odd".to_owned(), "yes".to_owned()),
        ],
    }
}

pub(crate) fn plan(clusters: &[&str]) -> CaPlan {
    CaPlan {
        authorities: vec![Authority {
            virtual_mesh: ObjectRef::new(HUB, "virtual-mesh"),
            root: RootSource::Generated(GeneratedRoot { ttl_days: 500, key_bits: 2048, organization: HUB.to_owned() }),
            meshes: clusters.iter().map(|cluster| mesh(cluster)).collect(),
        }],
    }
}

/// Makes sure that nothing is said but that a root is new, or that an intermediate ends with it.
pub(crate) fn only_a_new_root(report: &Report) {
    assert!(
        report
            .diags()
            .iter()
            .all(|diag| matches!(diag.code, Code::NewRoot | Code::NewIntermediate | Code::CertificateShort)),
        "{report:?}"
    );
}

/// How the root of a plan's only authority is made.
pub(crate) fn generated(plan: &mut CaPlan) -> &mut GeneratedRoot {
    match &mut plan.authorities[0].root {
        RootSource::Generated(root) => root,
        RootSource::Given(secret) => panic!("a root from Secret {secret}"),
    }
}

/// A fleet's directory of its own, with an age identity to go with it.
pub(crate) struct Fleet {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) identity: Identity,
}

impl Fleet {
    /// A fleet with no store yet.
    pub(crate) fn empty() -> Self {
        Self { dir: tempfile::tempdir().expect("a directory"), identity: Identity::generate() }
    }

    /// A fleet whose store has `kind1` and `kind2`.
    pub(crate) fn issued() -> Self {
        static ISSUED: OnceLock<Fleet> = OnceLock::new();
        let first = ISSUED.get_or_init(|| {
            let fleet = Self::empty();
            let (pending, report) = fleet.plan(&plan(&["kind1", "kind2"]), &fleet.options());
            only_a_new_root(&report);
            pending.issue().expect("issued");
            fleet
        });
        let copy = Self { dir: tempfile::tempdir().expect("a directory"), identity: first.identity.clone() };
        for (path, (bytes, _)) in first.files() {
            let to = copy.dir.path().join(path);
            fs::create_dir_all(to.parent().expect("a parent")).expect("a directory");
            fs::write(to, bytes).expect("a file");
        }
        copy
    }

    /// Options with the identity's recipient, and nothing to decrypt with.
    pub(crate) fn options(&self) -> Options {
        let recipients = Recipients::from_list(&[self.identity.to_public().to_string()]).expect("a recipient");
        Options { recipients, ..Options::new(self.dir.path().join("ca")) }
    }

    /// Options with the identity too.
    pub(crate) fn opening(&self) -> Options {
        let text = Some(Zeroizing::new(self.identity.to_string().expose_secret().to_owned()));
        Options { identities: Identities { text, ..Identities::default() }, ..self.options() }
    }

    pub(crate) fn plan(&self, plan: &CaPlan, options: &Options) -> (Pending, Report) {
        let mut report = Report::default();
        let pending = plan_material(plan, options, issue_time(), &mut report);
        (pending, report)
    }

    /// Plans and issues what must succeed without a word.
    pub(crate) fn render(&self, plan: &CaPlan, options: &Options) -> CaMaterial {
        let (pending, report) = self.plan(plan, options);
        only_a_new_root(&report);
        pending.issue().expect("material")
    }

    /// What is said of a plan that must be refused with this code; nothing may change on the disk.
    pub(crate) fn refusal(&self, plan: &CaPlan, options: &Options, code: Code) -> String {
        let before = self.files();
        let (pending, report) = self.plan(plan, options);
        assert!(pending.is_refused() && report.has_errors());
        pending.issue().expect_err("refused");
        assert_eq!(self.files(), before);
        let said: Vec<_> = report
            .diags()
            .iter()
            .inspect(|diag| assert_eq!(diag.code, code, "{diag:?}"))
            .map(|diag| format!("{}\n{}\n", diag.message, diag.hint.as_deref().unwrap_or_default()))
            .collect();
        said.concat()
    }

    /// Every file below the fleet, with its content and when it was written.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
        let entries = WalkDir::new(self.dir.path()).into_iter().map(|entry| entry.expect("an entry"));
        entries
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                let path = entry.path().strip_prefix(self.dir.path()).expect("below").to_path_buf();
                let written = entry.metadata().expect("metadata").modified().expect("a time");
                (path, (fs::read(entry.path()).expect("a file"), written))
            })
            .collect()
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.dir.path().join(AUTHORITY).join(file)
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).expect("a file")
    }

    /// Changes a file of the store.
    pub(crate) fn edit(&self, file: &str, change: impl FnOnce(String) -> String) {
        let (before, path) = (self.read(file), self.path(file));
        let after = change(before.clone());
        assert_ne!(before, after, "the edit of {file} did nothing");
        fs::write(path, after).expect("a file");
    }

    /// The value of an entry in a Secret of the store, as it stands there.
    pub(crate) fn entry(&self, file: &str, entry: &str) -> String {
        entry_of(&self.read(file), entry)
    }
}

pub(crate) fn entry_of(manifest: &str, entry: &str) -> String {
    let value: serde_yaml::Value = serde_yaml::from_str(manifest).expect("YAML");
    value["stringData"][entry].as_str().expect("an entry").to_owned()
}

pub(crate) fn clusters(meshes: &[MeshMaterial]) -> Vec<&str> {
    meshes.iter().map(|mesh| mesh.cluster.as_str()).collect()
}

pub(crate) fn remove(path: &Path) {
    if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.expect("removed");
}

pub(crate) fn mesh_file(cluster: &str) -> String {
    format!("meshes/istiod-istio-system-{cluster}.yaml")
}
