//! What others issued: taken into the store by all rules, or refused for what it is; and a root whose key is elsewhere.

use std::fs;
use std::time::Duration;

use meshtree::ca::{Brought, Custodian, Options, Program, RootKey, RootSigner, requests_in};
use meshtree::diag::{Code, Report};
use meshtree::ids::ObjectRef;
use meshtree::plan::{CaPlan, RootSource};
use zeroize::Zeroizing;

use crate::fixture::{Fleet, clusters, entry_of, issue_time, mesh_file, plan};
use crate::given::{given, root};
use crate::sops_reader;

pub(crate) fn custodian(plan: CaPlan, options: Options) -> Custodian {
    Custodian::new(plan, options, issue_time())
}

/// A Secret as kubectl prints it.
fn secret(namespace: &str, entries: &[(&str, &str)]) -> Brought {
    let entries: serde_json::Map<_, _> =
        entries.iter().map(|(key, text)| ((*key).to_owned(), (*text).into())).collect();
    let manifest = serde_json::json!({
        "kind": "Secret",
        "metadata": {"name": "x", "namespace": namespace, "annotations": {"last": "applied"}},
        "type": "certificates.smh.solo.io/issued_certificate",
        "stringData": entries,
    });
    Brought::secret("secret.json", &manifest.to_string()).expect("a Secret")
}

fn adopt(fleet: &Fleet, brought: &Brought, key: RootKey) -> Report {
    let mut report = Report::default();
    let custodian = custodian(given(&["kind1", "kind2"]), fleet.options());
    custodian.adopt_root(None, brought, key, &mut report).expect("a store");
    report
}

/// The only thing that is said.
pub(crate) fn said(report: &Report) -> (Code, String) {
    let [diag] = report.diags() else { panic!("{report:?}") };
    (diag.code, format!("{}\n{}", diag.message, diag.hint.as_deref().unwrap_or_default()))
}

#[test]
fn a_root_is_adopted_in_each_form() {
    let (certificate, key) = root(|_| {});
    let forms = [
        secret("x", &[("root-cert.pem", &certificate), ("key.pem", &key)]),
        secret("x", &[("tls.crt", &certificate), ("tls.key", &key), ("ca.crt", "other")]),
        secret("x", &[("ca-cert.pem", &certificate), ("ca-key.pem", &key), ("root-cert.pem", ""), ("key.pem", "")]),
        Brought::pem(("root.pem", certificate.clone()), Some(("key.pem", Zeroizing::new(key.clone())))),
    ];
    for brought in forms {
        let fleet = Fleet::empty();
        assert!(adopt(&fleet, &brought, RootKey::Sealed).diags().is_empty());
        let text = fleet.read("root.yaml");
        let opened = sops_reader::open(&text, &fleet.identity);
        assert_eq!(opened["stringData"]["key.pem"], key.as_str());
        assert_eq!(opened["stringData"]["root-cert.pem"], certificate.as_str());
        assert_eq!(
            (&opened["metadata"]["name"], &opened["metadata"]["namespace"]),
            (&"company-root".into(), &"pki".into())
        );
        assert!(!text.contains("PRIVATE KEY") && !text.contains("applied"), "nothing else comes along");
        let files = fleet.files();
        assert!(adopt(&fleet, &brought, RootKey::Sealed).diags().is_empty());
        assert_eq!(fleet.files(), files, "it is there already");
    }
}

#[test]
fn what_is_adopted_can_be_built_upon() {
    let (certificate, key) = root(|_| {});
    let fleet = Fleet::empty();
    adopt(&fleet, &secret("x", &[("root-cert.pem", &certificate), ("key.pem", &key)]), RootKey::Sealed);
    assert_eq!(clusters(&fleet.render(&given(&["kind1"]), &fleet.opening()).meshes), ["kind1"]);
}

#[test]
fn a_root_that_cannot_serve_is_not_adopted() {
    let (certificate, key) = root(|_| {});
    let (other, stranger) = root(|_| {});
    let (ended, ended_key) = root(|params| params.not_after = issue_time() - time::Duration::days(1));
    let (early, early_key) = root(|params| params.not_before = issue_time() + time::Duration::days(1));
    let both = format!("{certificate}{other}");
    for (brought, expected) in [
        (
            secret("x", &[("root-cert.pem", &certificate), ("key.pem", &stranger)]),
            "`key.pem` of secret.json is not the key of",
        ),
        (secret("x", &[("root-cert.pem", &certificate)]), "has neither `root-cert.pem` and `key.pem` nor"),
        (secret("x", &[("root-cert.pem", &both), ("key.pem", &key)]), "holds more than one certificate"),
        (secret("x", &[("root-cert.pem", &key), ("key.pem", &key)]), "`root-cert.pem` of secret.json is not a PEM"),
        (secret("x", &[("root-cert.pem", &ended), ("key.pem", &ended_key)]), "ended at 2027-01-14T08:00:00Z"),
        (
            secret("x", &[("root-cert.pem", &early), ("key.pem", &early_key)]),
            "is not valid before 2027-01-16T08:00:00Z",
        ),
        (Brought::pem(("root.pem", certificate.clone()), None), "there is no key for the certificate in root.pem"),
    ] {
        let fleet = Fleet::empty();
        let (code, message) = said(&adopt(&fleet, &brought, RootKey::Sealed));
        assert!(code == Code::NotAdopted && message.contains(expected), "{expected}: {message}");
        assert!(fleet.files().is_empty() && !message.contains("PRIVATE"));
    }
}

#[test]
fn a_root_takes_the_place_of_no_other() {
    let fleet = Fleet::issued();
    let (certificate, key) = root(|_| {});
    let brought = secret("x", &[("root-cert.pem", &certificate), ("key.pem", &key)]);
    let before = fleet.files();
    let (code, message) = said(&adopt(&fleet, &brought, RootKey::Sealed));
    assert!(code == Code::CaBroken && message.contains("has another root for VirtualMesh"), "{message}");
    // The root alone was lost: only the one that signed the meshes can come back.
    let text = fleet.read("root.yaml");
    fs::remove_file(fleet.path("root.yaml")).expect("removed");
    let (_, message) = said(&adopt(&fleet, &brought, RootKey::Sealed));
    assert!(message.contains("is not signed by the root"), "{message}");
    let opened = sops_reader::open(&text, &fleet.identity);
    let [certificate, key] =
        ["root-cert.pem", "key.pem"].map(|entry| opened["stringData"][entry].as_str().expect("text"));
    assert!(
        adopt(&fleet, &secret("x", &[("root-cert.pem", certificate), ("key.pem", key)]), RootKey::Sealed)
            .diags()
            .is_empty()
    );
    assert_eq!(fleet.files().len(), before.len());
}

#[test]
fn cacerts_of_a_mesh_are_adopted_under_the_root() {
    let first = Fleet::issued();
    let opened = sops_reader::open(&first.read(&mesh_file("kind1")), &first.identity);
    let entry = |name: &str| opened["stringData"][name].as_str().expect("text");
    let entries: Vec<_> =
        ["ca-cert.pem", "ca-key.pem", "cert-chain.pem", "root-cert.pem"].map(|name| (name, entry(name))).into();
    let adopt = |fleet: &Fleet, brought: &Brought| {
        let mut report = Report::default();
        let custodian = custodian(plan(&["kind1", "kind2"]), fleet.options());
        custodian.adopt_mesh(None, "kind1", brought, &mut report).expect("a store");
        report
    };
    fs::remove_file(first.path(&mesh_file("kind1"))).expect("removed");
    assert!(adopt(&first, &secret("istio-system", &entries)).diags().is_empty());
    let text = first.read(&mesh_file("kind1"));
    assert_eq!(sops_reader::open(&text, &first.identity)["stringData"]["ca-key.pem"], entry("ca-key.pem"));
    assert!(text.contains("type: certificates.smh.solo.io/issued_certificate"), "a type cannot be changed in place");
    assert_eq!(entry_of(&text, "root-cert.pem"), entry("root-cert.pem"));

    let (other, key) = root(|_| {});
    for (brought, code, expected) in [
        (
            secret("elsewhere", &entries),
            Code::NotAdopted,
            "of namespace elsewhere, and the control plane of cluster kind1",
        ),
        (
            secret("istio-system", &[("ca-cert.pem", &other), ("ca-key.pem", &key)]),
            Code::NotAdopted,
            "is not signed by the root",
        ),
        (
            secret("istio-system", &[entries[0], ("ca-key.pem", &key)]),
            Code::NotAdopted,
            "is not the key of the certificate",
        ),
        (
            secret(
                "istio-system",
                &[entries[0], entries[1], ("root-cert.pem", &format!("{}{other}", entry("root-cert.pem")))],
            ),
            Code::NotAdopted,
            "trusts other roots than that of VirtualMesh",
        ),
    ] {
        fs::remove_file(first.path(&mesh_file("kind1"))).ok();
        let (found, message) = said(&adopt(&first, &brought));
        assert!(found == code && message.contains(expected), "{expected}: {message}");
    }
    let (code, message) = said(&adopt(&Fleet::empty(), &secret("istio-system", &entries)));
    assert!(code == Code::CaMissing && message.contains("has no root in the CA store"), "{message}");
}

/// Fleet, root certificate and key, with the certificate alone in the store.
pub(crate) fn offline() -> (Fleet, String, String) {
    let (certificate, key) = root(|_| {});
    let fleet = Fleet::empty();
    assert!(
        adopt(&fleet, &Brought::pem(("root.pem", certificate.clone()), None), RootKey::Elsewhere).diags().is_empty()
    );
    (fleet, certificate, key)
}

pub(crate) fn request(fleet: &Fleet, clusters: &[String], renew: bool) -> String {
    let mut report = Report::default();
    let custodian = custodian(given(&["kind1", "kind2"]), fleet.options());
    let requests = custodian.request(None, (clusters, renew), &|_, _| {}, &mut report).expect("requests");
    assert!(report.diags().is_empty(), "{report:?}");
    requests.iter().map(|request| request.pem.as_str()).collect()
}

pub(crate) fn sign(requests: &str, certificate: &str, key: &str) -> String {
    let signer = RootSigner::with_key(certificate, key, issue_time()).expect("a root");
    let signed = requests_in(requests).into_iter().map(|request| match signer.sign(request, 30) {
        Ok(signed) => signed.certificate,
        Err(_) => panic!("not signed"),
    });
    signed.collect()
}

fn accept(fleet: &Fleet, text: &str) -> Report {
    let mut report = Report::default();
    let custodian =
        custodian(given(&["kind1", "kind2"]), Options { identities: Default::default(), ..fleet.options() });
    custodian.accept(None, &[("signed.pem".to_owned(), text.to_owned())], &mut report).expect("a store");
    report
}

#[test]
fn a_root_without_its_key_signs_elsewhere() {
    let (fleet, certificate, key) = offline();
    let refused = fleet.refusal(&given(&["kind1"]), &fleet.opening(), Code::CaMissing);
    assert!(refused.contains("the private key of the root is not in the CA store"), "{refused}");
    assert!(refused.contains("run `meshtree ca csr`"), "{refused}");

    let requests = request(&fleet, &[], false);
    assert_eq!(request(&fleet, &[], false), requests, "a request that is there is given again");
    let signed = sign(&requests, &certificate, &key);
    // The root comes along, as other tools have it.
    assert!(accept(&fleet, &format!("{signed}{certificate}")).diags().is_empty());
    assert!(!fleet.path("requests/istiod-istio-system-kind1.yaml").exists());
    let (pending, report) = fleet.plan(&given(&["kind1", "kind2"]), &fleet.options());
    assert!(report.diags().is_empty(), "{report:?}");
    assert_eq!(clusters(&pending.ready().meshes), ["kind1", "kind2"]);
    // The MAC is right, though nobody who accepted could open anything.
    let opened = sops_reader::open(&fleet.read(&mesh_file("kind2")), &fleet.identity);
    assert!(opened["stringData"]["ca-key.pem"].as_str().is_some_and(|key| key.contains("PRIVATE KEY")));
    let files = fleet.files();
    assert!(accept(&fleet, &signed).diags().is_empty());
    assert_eq!(fleet.files(), files, "they are there already");

    let again = request(&fleet, &["kind1".to_owned()], true);
    assert_ne!(again, requests);
    assert!(accept(&fleet, &sign(&again, &certificate, &key)).diags().is_empty());
    assert_ne!(
        fleet.files()[&fleet.path(&mesh_file("kind1")).strip_prefix(fleet.dir.path()).expect("below").to_path_buf()],
        files[&fleet.path(&mesh_file("kind1")).strip_prefix(fleet.dir.path()).expect("below").to_path_buf()]
    );
}

#[test]
fn only_certificates_for_requests_are_accepted() {
    let (fleet, certificate, key) = offline();
    let (other, other_key) = root(|_| {});
    let requests = request(&fleet, &["kind1".to_owned()], false);
    let before = fleet.files();
    for (text, expected) in [
        (sign(&requests, &other, &other_key), "is not signed by the root"),
        (other.clone(), "is for a key that no request in the CA store has"),
        ("none".to_owned(), "signed.pem is not a PEM certificate"),
    ] {
        let (code, message) = said(&accept(&fleet, &text));
        assert!(code == Code::NotAccepted && message.contains(expected), "{expected}: {message}");
        assert_eq!(fleet.files(), before);
    }
    // A run that was stopped between the two writes leaves the request.
    let signed = sign(&requests, &certificate, &key);
    let left = fleet.read("requests/istiod-istio-system-kind1.yaml");
    accept(&fleet, &signed);
    fs::write(fleet.path("requests/istiod-istio-system-kind1.yaml"), left).expect("a file");
    assert!(accept(&fleet, &signed).diags().is_empty());
    assert!(!fleet.path("requests/istiod-istio-system-kind1.yaml").exists());
}

#[test]
fn a_key_in_the_store_is_not_made_an_offline_one_and_the_reverse_is_possible() {
    let (fleet, certificate, key) = offline();
    let brought = secret("x", &[("root-cert.pem", &certificate), ("key.pem", &key)]);
    assert!(adopt(&fleet, &brought, RootKey::Sealed).diags().is_empty());
    assert!(fleet.read("root.yaml").contains("key.pem: 'ENC["));
    let (_, message) = said(&adopt(&fleet, &brought, RootKey::Elsewhere));
    assert!(message.contains("has the key of this root"), "{message}");
}

#[test]
fn a_key_that_a_cluster_keeps() {
    let (fleet, certificate, key) = offline();
    let mut report = Report::default();
    let custodian = custodian(given(&["kind1", "kind2"]), fleet.options());
    let job = custodian.request_in_cluster(None, "kind1", "registry/ca@sha256:1", &mut report).expect("manifests");
    let job = job.expect("manifests");
    assert!(
        job.contains("URI = spiffe://kind1/ns/istio-system/sa/istiod-service-account\n")
            && job.contains("O = Company\n")
    );
    // The request of kind2 stands in for the one that the Job prints.
    let requests = request(&fleet, &["kind2".to_owned()], false);
    let signed = sign(&requests, &certificate, &key);
    let accepted = custodian.accept_in_cluster(None, "kind1", ("signed.pem", &signed), &mut report).expect("a store");
    assert!(accepted.is_none());
    assert!(
        said(&report).1.contains("is for `spiffe://kind2/ns/istio-system/sa/istiod-service-account`, and the mesh in")
    );
    let mut report = Report::default();
    let accepted = custodian.accept_in_cluster(None, "kind2", ("signed.pem", &signed), &mut report).expect("a store");
    let (mesh, text) = accepted.expect("accepted");
    assert_eq!(text, fleet.read(&mesh_file("kind2")));
    assert!(
        text.contains("meshtree.io/private-key: in-cluster") && !text.contains("ca-key.pem") && !text.contains("sops:")
    );
    let install = meshtree::ca::installation(&mesh, &text, "registry/ca@sha256:1").expect("manifests");
    assert!(install.contains("name: meshtree-ca-install") && install.contains("cacerts-next"));
    let may = |verb: &str| install.contains(&format!("  - {verb}\n"));
    assert!(["create", "get", "patch", "delete"].into_iter().all(may) && !may("list"), "{install}");
    let asked = given(&["kind2"]);
    let (pending, report) = fleet.plan(&asked, &fleet.options());
    assert!(report.diags().is_empty(), "{report:?}");
    assert_eq!(clusters(&pending.ready().meshes), ["kind2"]);
    fleet.edit(&mesh_file("kind2"), |text| text.replace("stringData:\n", "stringData:\n  ca-key.pem: x\n"));
    let said = fleet.refusal(&asked, &fleet.options(), Code::CaBroken);
    assert!(
        said.contains("`stringData.ca-key.pem` is there, although the annotation meshtree.io/private-key"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn a_program_signs() {
    let (fleet, _, key) = offline();
    let file = fleet.dir.path().join("key.pem");
    fs::write(&file, key).expect("a file");
    if crate::openssl::openssl_in(fleet.dir.path(), &["version"]).is_none() {
        return;
    }
    let program = |hash: &str| {
        let command = ["openssl", "dgst", hash, "-sign"].map(Into::into).into_iter();
        let command = command.chain([file.clone().into_os_string()]).collect();
        Options { signer: Program::new(command, Duration::from_secs(60)), ..fleet.options() }
    };
    let material = fleet.render(&given(&["kind1"]), &program("-sha256"));
    assert_eq!(clusters(&material.meshes), ["kind1"]);
    let before = fleet.files();
    let (pending, _) = fleet.plan(&given(&["kind1", "kind2"]), &program("-sha512"));
    let error = pending.issue().expect_err("another hash");
    assert!(error.to_string().contains("the signer `openssl` printed what is not a signature"), "{error}");
    assert_eq!((error.code(), fleet.files()), (Code::SignerFailed, before));
}

#[test]
fn the_virtual_mesh_is_named_where_there_are_several() {
    let (certificate, _) = root(|_| {});
    let fleet = Fleet::empty();
    let mut asked = given(&["kind1"]);
    let mut second = asked.authorities[0].clone();
    second.virtual_mesh = ObjectRef::new("hub", "other");
    second.root = RootSource::Given(ObjectRef::new("pki", "other-root"));
    asked.authorities.push(second);
    let brought = Brought::pem(("root.pem", certificate), None);
    let adopt = |name: Option<&str>| {
        let mut report = Report::default();
        let custodian = custodian(asked.clone(), fleet.options());
        custodian.adopt_root(name, &brought, RootKey::Elsewhere, &mut report).expect("a store");
        report
    };
    for name in [None, Some("hub/none")] {
        let (code, message) = said(&adopt(name));
        assert!(code == Code::Usage && message.contains("service-mesh-hub/virtual-mesh"), "{message}");
    }
    assert!(adopt(Some("hub/other")).diags().is_empty());
    assert!(fleet.dir.path().join("ca/hub.other/root.yaml").exists());
}
