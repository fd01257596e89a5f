//! Every case of a decision, made of values: no store, no clock, and one key for what signs.

use age::x25519::Identity;
use sha2::{Digest as _, Sha256};
use time::Duration;

use super::super::key_kind::KeyKind;
use super::super::keys::RsaKey;
use super::super::options::Trusted;
use super::super::private_key::PrivateKey;
use super::super::recipient::RecipientsError;
use super::super::rotation::Stage;
use super::super::secret::KEPT;
use super::super::stored::{AltName, Cacerts};
use super::*;
use crate::ids::ClusterName;
use crate::ids::recipient::NotRecipient;

const SPIFFE: &str = "spiffe://cluster.local/ns/istio-system/sa/istiod";

fn now() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::days(20_000)
}

fn mesh(cluster: &str) -> MeshCa {
    MeshCa {
        mesh: ObjectRef::new("hub", cluster),
        cluster: cluster.into(),
        namespace: "istio-system".to_owned(),
        spiffe: SPIFFE.to_owned(),
        labels: Vec::new(),
    }
}

/// What asks for a root of 365 days and 2048 bits, and for these meshes.
fn asked(clusters: &[&str]) -> Authority {
    let root = GeneratedRoot { ttl_days: 365, key_bits: 2048, organization: "hub".to_owned() };
    Authority {
        virtual_mesh: ObjectRef::new("hub", "all"),
        root: RootSource::Generated(root),
        meshes: clusters.iter().map(|cluster| mesh(cluster)).collect(),
    }
}

fn options() -> Options {
    Options::new("ca")
}

/// One key that can open, and other kinds of keys beside it.
fn sealed_to(left_out: &[&str]) -> SealedTo {
    let left_out = left_out.iter().map(|kind| (*kind).to_owned()).collect();
    Ok(Resolved { keys: vec![Identity::generate().to_public()], left_out })
}

fn nothing(clusters: &[&str]) -> Stored {
    Stored::Nothing {
        root: sealed_to(&[]),
        meshes: clusters.iter().map(|cluster| (mesh(cluster), sealed_to(&[]))).collect(),
    }
}

/// A certificate that began a year before `ends`.
fn certificate(ends: OffsetDateTime) -> Certificate {
    Certificate {
        subject: "O=hub".to_owned(),
        issuer: "O=hub".to_owned(),
        organization: "hub".to_owned(),
        serial: vec![1],
        not_before: ends - Duration::days(365),
        not_after: ends,
        key: KeyKind::Rsa(2048),
        public_key: Vec::new(),
        public_key_info: Vec::new(),
        signs_revocations: true,
        alt_names: Vec::new(),
        der: Vec::new(),
    }
}

fn root(ends: OffsetDateTime, key: Result<SigningKey, Closed>) -> Box<Root> {
    let (certificate, pem) = (certificate(ends), String::new());
    let secret = ObjectRef::new("hub", "all");
    Box::new(Root {
        file: "ca/hub.all/root.yaml".into(),
        secret,
        certificate,
        pem,
        sealed_to: Vec::new(),
        key,
        text: String::new(),
        rotation: None,
    })
}

fn tomorrow() -> OffsetDateTime {
    now() + Duration::days(1)
}

fn key() -> SigningKey {
    PrivateKey::from(RsaKey::generate(2048).expect("a key")).into()
}

fn present(cluster: &str) -> (MeshCa, MeshFile) {
    let alt_names = vec![AltName::Uri(SPIFFE.to_owned())];
    let certificate = Certificate { alt_names, ..certificate(tomorrow()) };
    let (text, secret_type, labels) = (format!("of {cluster}"), "Opaque".to_owned(), Vec::new());
    let annotations = KEPT.map(|kept| (kept.key.to_owned(), kept.value.to_owned())).to_vec();
    (
        mesh(cluster),
        MeshFile::Present(Box::new(Cacerts {
            text,
            certificate,
            stage: Stage::Before,
            bundle: String::new(),
            crls: None,
            sealed_to: Vec::new(),
            secret_type,
            labels,
            annotations,
        })),
    )
}

fn missing(cluster: &str) -> (MeshCa, MeshFile) {
    (mesh(cluster), MeshFile::Missing(sealed_to(&[])))
}

/// What is decided, a line a step.
fn steps(asked: &Authority, stored: Stored, options: &Options) -> Vec<String> {
    let line = |step: Step| match step {
        Step::Keep(MeshMaterial { mesh, manifest, issued, .. }) => {
            assert!(!issued);
            format!("keep {} ({manifest})", mesh.name)
        }
        Step::IssueRoot(NewRoot { directory, meshes, recipients, .. }) => {
            assert!(recipients.len() == 1 && meshes.iter().all(|mesh| mesh.recipients.len() == 1));
            let meshes: Vec<_> = meshes.iter().map(|new| &*new.mesh.mesh.name).collect();
            format!("issue {} for {}", directory.display(), meshes.join(" and "))
        }
        Step::IssueIntermediate(NewIntermediate { directory, signer, mesh, .. }) => {
            assert_eq!(mesh.recipients.len(), 1);
            format!("issue {} in {} by {}", mesh.mesh.mesh.name, directory.display(), signer.file.display())
        }
        // Copies are decided about once all of this is.
        Step::Seal(_) => unreachable!("nothing is sealed yet"),
        Step::Note(diag) => format!("note {}", diag.message),
        Step::Refuse(diag) => format!("refuse {}", diag.message),
    };
    decide(asked, stored, options, now()).into_iter().map(line).collect()
}

#[test]
fn what_is_nowhere_is_made_at_once() {
    let clusters = ["east", "west"];
    assert_eq!(
        steps(&asked(&clusters), nothing(&clusters), &options()),
        [
            "note VirtualMesh hub/all has no CA material: a new root of trust is issued for it, which ends at 2025-10-04T00:00:00Z",
            "issue ca/hub.all for east and west"
        ]
    );
}

#[test]
fn nothing_is_made_of_what_was_delivered_is_somebodys_own_or_may_not_be() {
    let clusters = ["east", "west"];
    let delivered = [("west".into(), "istio-system".to_owned())].into();
    let options = Options { delivered, ..options() };
    assert_eq!(
        steps(&asked(&clusters), nothing(&clusters), &options),
        [
            "refuse VirtualMesh hub/all has nothing in the CA store, but the rendered tree has CA material for west/istio-system"
        ]
    );
    let given = Authority { root: RootSource::Given(ObjectRef::new("pki", "root")), ..asked(&clusters) };
    assert_eq!(
        steps(&given, nothing(&clusters), &Options::new("ca")),
        ["refuse VirtualMesh hub/all has its root in Secret pki/root, which is not in the CA store"]
    );
    let locked = Options { locked: true, ..Options::new("ca") };
    assert_eq!(
        steps(&asked(&clusters), nothing(&clusters), &locked),
        ["refuse VirtualMesh hub/all has no CA material, and none may be issued with `--locked`"]
    );
}

fn unusable() -> RecipientsError {
    RecipientsError::BadRules { file: ".sops.yaml".into(), pos: None, what: "path_regex `(`: no".to_owned() }
}

#[test]
fn nothing_is_made_for_recipients_that_were_refused_before() {
    let refused = || Err(NotRecipient::PrivateKey.into());
    let stored = Stored::Nothing { root: refused(), meshes: vec![(mesh("east"), refused())] };
    assert!(steps(&asked(&["east"]), stored, &options()).is_empty());
}

#[test]
fn nothing_is_made_that_nobody_could_open() {
    let stored = Stored::Nothing {
        root: sealed_to(&["pgp"]),
        meshes: vec![(mesh("east"), Ok(Resolved::default())), (mesh("west"), Err(unusable()))],
    };
    assert_eq!(
        steps(&asked(&["east", "west"]), stored, &options()),
        [
            "note private keys are encrypted to the age recipients of the creation rule only, not to its other keys (pgp)",
            "refuse VirtualMesh hub/all requires CA material, and there are no age recipients to encrypt its private keys to",
            "refuse path_regex `(`: no",
        ]
    );
}

#[test]
fn what_there_is_stays_as_it_is() {
    let stored = || Stored::Root(root(tomorrow(), Err(Closed::Unneeded)), vec![present("east"), present("west")]);
    let kept = ["keep east (of east)", "keep west (of west)"];
    for options in [options(), Options { locked: true, ..options() }] {
        assert_eq!(steps(&asked(&["east", "west"]), stored(), &options), kept);
    }
    let changed = Options { secret_type: "istio.io/ca-root".to_owned(), ..options() };
    let note = "note the Secret's type is `Opaque`, the settings ask for `istio.io/ca-root`";
    assert_eq!(steps(&asked(&["east", "west"]), stored(), &changed), [note, kept[0], note, kept[1]]);
    let expired = Stored::Root(root(now(), Err(Closed::Unneeded)), vec![present("east")]);
    assert_eq!(
        steps(&asked(&["east"]), expired, &options()),
        kept[..1],
        "a root that has expired is delivered as it is"
    );
}

#[test]
fn a_secret_that_pruning_would_delete_is_reported() {
    let (mesh, found) = present("east");
    let MeshFile::Present(mut cacerts) = found else { panic!("it is there") };
    cacerts.annotations[0].1 = "Replace=true,Prune=false".to_owned();
    cacerts.annotations.pop();
    let stored = Stored::Root(root(tomorrow(), Err(Closed::Unneeded)), vec![(mesh, MeshFile::Present(cacerts))]);
    assert_eq!(
        steps(&asked(&["east"]), stored, &options()),
        [
            "note the Secret does not have the annotation kustomize.toolkit.fluxcd.io/prune: disabled, so removing it from the tree deletes it in the cluster",
            "keep east (of east)",
        ]
    );
}

#[test]
fn a_mesh_joins_under_a_root_that_can_sign() {
    let stored = Stored::Root(root(tomorrow(), Ok(key())), vec![missing("east"), present("west"), missing("north")]);
    assert_eq!(
        steps(&asked(&["east", "west", "north"]), stored, &options()),
        [
            "keep west (of west)",
            "note the intermediate certificate of mesh hub/east is issued under the root of VirtualMesh hub/all, and ends at 2024-10-05T00:00:00Z",
            "note the intermediate certificate of mesh hub/east lasts 1 day instead of 365: it ends with its root",
            "issue east in ca/hub.all by ca/hub.all/root.yaml",
            "note the intermediate certificate of mesh hub/north is issued under the root of VirtualMesh hub/all, and ends at 2024-10-05T00:00:00Z",
            "note the intermediate certificate of mesh hub/north lasts 1 day instead of 365: it ends with its root",
            "issue north in ca/hub.all by ca/hub.all/root.yaml",
        ]
    );
}

#[test]
fn a_mesh_does_not_join_under_a_root_that_cannot() {
    let refused = |ends, key, options: &Options| {
        let stored = Stored::Root(root(ends, key), vec![missing("east"), present("west")]);
        steps(&asked(&["east", "west"]), stored, options)
    };
    let because = |why: &str| {
        let message = "mesh hub/east has no certificate under the root of VirtualMesh hub/all, and none can be issued";
        ["keep west (of west)".to_owned(), format!("refuse {message}: {why}")]
    };
    let locked = Options { locked: true, ..options() };
    let no_key = || Err(Closed::Because("no identity".to_owned()));
    assert_eq!(refused(tomorrow(), no_key(), &options()), because("no identity"));
    assert_eq!(refused(now(), no_key(), &options()), because("the root that would sign it has expired"));
    assert_eq!(
        refused(now() + Duration::days(366), no_key(), &options()),
        because("the root that would sign it is not valid before 2024-10-05T00:00:00Z")
    );
    assert_eq!(refused(now(), no_key(), &locked), because("nothing may be issued in this run (`--locked`)"));
    assert_eq!(
        refused(tomorrow(), Err(Closed::Broken("has a MAC that does not match".to_owned())), &options()),
        ["keep west (of west)", "refuse root.yaml has a MAC that does not match"]
    );
}

/// What shows that workloads of a cluster trust the roots with these hashes.
fn trusting(cluster: &str, roots: Option<Vec<[u8; 32]>>) -> Options {
    let trusted = Trusted { object: "ConfigMap istio-system/istio-ca-root-cert".to_owned(), roots };
    Options { trusted: [((cluster.into(), "istio-system".to_owned()), trusted)].into(), ..options() }
}

#[test]
fn nothing_is_made_over_a_root_that_workloads_trust() {
    let clusters = ["east", "west"];
    let refused = |roots| steps(&asked(&clusters), nothing(&clusters), &trusting("west", roots));
    let message = "refuse VirtualMesh hub/all: nothing is issued, since clusters have another root already: west (ConfigMap istio-system/istio-ca-root-cert)";
    assert_eq!(refused(Some(vec![[1; 32]])), [message]);
    assert_eq!(refused(None), [message], "a Secret that is not read");
    let accepting = Options { accept_new_root: true, ..trusting("west", None) };
    assert_eq!(steps(&asked(&clusters), nothing(&clusters), &accepting)[1], "issue ca/hub.all for east and west");
    assert_eq!(steps(&asked(&["east"]), nothing(&["east"]), &trusting("west", None)).len(), 2, "of another mesh");
}

#[test]
fn a_mesh_joins_if_its_workloads_trust_the_root() {
    let joins = |roots| {
        let stored = Stored::Root(root(tomorrow(), Ok(key())), vec![missing("east")]);
        steps(&asked(&["east"]), stored, &trusting("east", roots)).last().cloned().unwrap_or_default()
    };
    let refused = "refuse VirtualMesh hub/all: nothing is issued, since clusters have another root already: east (ConfigMap istio-system/istio-ca-root-cert)";
    let issued = "issue east in ca/hub.all by ca/hub.all/root.yaml";
    assert_eq!(joins(Some(vec![[1; 32]])), refused);
    // The root of these tests is empty, and this is the SHA-256 of nothing.
    assert_eq!(joins(Some(vec![[1; 32], Sha256::digest(b"").into()])), issued);
    assert_eq!(joins(None), issued, "a Secret that may be this one's");
}

fn renewed(cluster: &str) -> (MeshCa, MeshFile) {
    let (mesh, found) = present(cluster);
    let MeshFile::Present(cacerts) = found else { panic!("it is there") };
    (mesh, MeshFile::Renewed(cacerts, sealed_to(&[])))
}

#[test]
fn what_is_renewed_is_said_with_both_ends() {
    let renewing = Options { renew: Some([ClusterName::from("east")].into()), ..options() };
    let later = now() + Duration::days(200);
    let stored = || Stored::Root(root(later, Ok(key())), vec![renewed("east"), present("west"), missing("north")]);
    assert_eq!(
        steps(&asked(&["east", "west", "north"]), stored(), &renewing),
        [
            "keep west (of west)",
            "note the intermediate certificate of mesh hub/east is issued again under the root of VirtualMesh hub/all, and ends at 2025-04-22T00:00:00Z",
            "note the intermediate certificate of mesh hub/east lasts 200 days instead of 365: it ends with its root",
            "issue east in ca/hub.all by ca/hub.all/root.yaml",
        ],
        "and none for a mesh that was not named"
    );
    let hints = |ends| -> Vec<String> {
        let stored = Stored::Root(root(ends, Ok(key())), vec![renewed("east")]);
        let hint = |step: Step| if let Step::Note(diag) = step { diag.hint } else { None };
        decide(&asked(&["east"]), stored, &renewing, now()).into_iter().filter_map(hint).collect()
    };
    assert!(hints(later)[0].starts_with("the certificate before it stays valid"));
    assert!(hints(tomorrow())[0].starts_with("it does not last longer than the one before"));
}

#[test]
fn what_cannot_be_renewed_is_refused() {
    let renewing = Options { renew: Some([].into()), ..options() };
    let said = |stored| steps(&asked(&["east"]), stored, &renewing);
    assert_eq!(said(nothing(&["east"])), ["refuse VirtualMesh hub/all has no CA material to renew"]);
    let closed = Stored::Root(root(tomorrow(), Err(Closed::Because("no identity".to_owned()))), vec![renewed("east")]);
    let message = "refuse the intermediate certificate of mesh hub/east cannot be renewed: no identity";
    assert_eq!(said(closed), [message]);
}

#[test]
fn what_is_broken_is_refused_and_the_rest_looked_at() {
    let broken = |name: &str| Broken::new(Path::new(name), "is not a Secret");
    let east = (mesh("east"), MeshFile::Broken(broken("meshes/east.yaml")));
    let stored = Stored::Root(root(tomorrow(), Err(Closed::Unneeded)), vec![east, present("west")]);
    assert_eq!(
        steps(&asked(&["east", "west"]), stored, &options()),
        ["refuse east.yaml is not a Secret", "keep west (of west)"]
    );
    let stored = Stored::Broken(broken("root.yaml"));
    assert_eq!(steps(&asked(&["east"]), stored, &options()), ["refuse root.yaml is not a Secret"]);
}
