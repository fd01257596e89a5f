//! Sealed copies for Sealed Secrets, opened by a reader that shares nothing with the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use aes_gcm::aead::Aead;
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use meshtree::ca::{Options, Sealer, TreeBundle, TreeRoots, plan_material, say_roots};
use meshtree::diag::{Code, Report};
use meshtree::model::settings::SealingScope;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize, date_time_ymd};
use serde_yaml::Value;
use time::Duration;

use crate::fixture::{Fleet, issue_time, mesh_file, plan};
use crate::sops_reader;

const COPY: &str = "sealed/istiod-istio-system-kind2.yaml";

/// The key of a controller, which takes a while to make.
fn controller() -> &'static KeyPair {
    static KEY: OnceLock<KeyPair> = OnceLock::new();
    KEY.get_or_init(|| KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key"))
}

/// A certificate of the controller for these years, in a file of the fleet.
pub(crate) fn certificate(fleet: &Fleet, years: (i32, i32)) -> PathBuf {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
    let file = fleet.dir.path().join("sealing-cert.pem");
    fs::write(&file, params.self_signed(controller()).expect("a certificate").pem()).expect("written");
    file
}

/// Options that seal for `kind2`.
fn sealing(options: Options, file: &Path, scope: SealingScope) -> Options {
    Options { sealing: [("kind2".into(), Sealer::new(file, scope))].into(), ..options }
}

/// The entries of a copy, as the controller opens them.
pub(crate) fn opened(copy: &str, label: &str) -> Value {
    let copy: Value = serde_yaml::from_str(copy).expect("YAML");
    let key = PrivateDecryptingKey::from_pkcs8(controller().serialized_der()).expect("a key");
    let key = OaepPrivateDecryptingKey::new(key).expect("a key");
    let entry = |(name, blob): (&Value, &Value)| {
        let blob = BASE64_STANDARD.decode(blob.as_str().expect("text")).expect("Base64");
        let length = usize::from(u16::from_be_bytes([blob[0], blob[1]]));
        let (sealed_key, data) = blob[2..].split_at(length);
        let mut session = vec![0; key.min_output_size()];
        let session =
            key.decrypt(&OAEP_SHA256_MGF1SHA256, sealed_key, &mut session, Some(label.as_bytes())).expect("the label");
        let cipher = Aes256Gcm::new_from_slice(session).expect("32 bytes");
        let plain = cipher.decrypt(&Nonce::from([0; 12]), data).expect("the value");
        (name.clone(), Value::String(String::from_utf8(plain).expect("text")))
    };
    Value::Mapping(copy["spec"]["encryptedData"].as_mapping().expect("entries").iter().map(entry).collect())
}

#[test]
fn a_copy_is_made_when_the_key_is_there_and_copied_from_then_on() {
    let fleet = Fleet::issued();
    let file = certificate(&fleet, (2026, 2036));
    let clusters = plan(&["kind1", "kind2"]);
    let sealed = |options| sealing(options, &file, SealingScope::Strict);
    // It cannot be made without the key, or where nothing may be made.
    let said = fleet.refusal(&clusters, &sealed(fleet.options()), Code::SealedOutdated);
    assert!(said.contains("is missing") && said.contains("`meshtree ca issue`"), "{said}");
    let locked = Options { locked: true, ..sealed(fleet.opening()) };
    assert!(fleet.refusal(&clusters, &locked, Code::SealedOutdated).contains("`--locked`"));

    let material = fleet.render(&clusters, &sealed(fleet.opening()));
    let copy = fleet.read(COPY);
    assert_eq!(material.meshes[1].sealed.as_deref(), Some(&*copy));
    assert_eq!(
        (material.meshes[0].sealed.as_deref(), fleet.path("sealed").read_dir().expect("files").count()),
        (None, 1)
    );
    let document = sops_reader::open(&fleet.read(&mesh_file("kind2")), &fleet.identity);
    assert_eq!(opened(&copy, "istio-system/cacerts"), document["stringData"]);
    let written: Value = serde_yaml::from_str(&copy).expect("YAML");
    assert_eq!(written["spec"]["template"]["metadata"], document["metadata"]);

    let before = fleet.files();
    let again = fleet.render(&clusters, &Options { locked: true, ..sealed(fleet.options()) });
    assert_eq!(again.meshes, material.meshes);
    fleet.render(&clusters, &sealed(fleet.opening()));
    assert_eq!(fleet.files(), before, "nothing is sealed again");

    // Git may check out other line breaks than those that were written.
    for file in [COPY, &mesh_file("kind2"), &mesh_file("kind1"), "root.yaml"] {
        fleet.edit(file, |text| text.replace('\n', "\r\n"));
    }
    let again = fleet.render(&clusters, &Options { locked: true, ..sealed(fleet.options()) });
    assert_eq!(again.meshes, material.meshes);
}

#[test]
fn a_copy_is_made_again_when_what_it_is_made_of_changes() {
    let fleet = Fleet::issued();
    let file = certificate(&fleet, (2026, 2036));
    let clusters = plan(&["kind1", "kind2"]);
    let strict = |options| sealing(options, &file, SealingScope::Strict);
    fleet.render(&clusters, &strict(fleet.opening()));
    let first = fleet.read(COPY);
    for (scope, label) in [(SealingScope::NamespaceWide, "istio-system"), (SealingScope::ClusterWide, "")] {
        let wide = |options| sealing(options, &file, scope);
        assert!(fleet.refusal(&clusters, &wide(fleet.options()), Code::SealedOutdated).contains("is out of date"));
        fleet.render(&clusters, &wide(fleet.opening()));
        let copy = fleet.read(COPY);
        assert!(copy.contains(&format!("sealedsecrets.bitnami.com/{}: 'true'", scope.as_str())), "{copy}");
        opened(&copy, label);
    }
    // Another certificate, though of the same key.
    certificate(&fleet, (2026, 2037));
    assert!(fleet.refusal(&clusters, &strict(fleet.options()), Code::SealedOutdated).contains("is out of date"));
    fleet.render(&clusters, &strict(fleet.opening()));
    assert_ne!(fleet.read(COPY), first);
    // A renewed intermediate is sealed at once, for its key is there.
    let renew = Some(["kind2".into()].into());
    let mut report = Report::default();
    let later = issue_time() + Duration::days(100);
    let pending = plan_material(&clusters, &Options { renew, ..strict(fleet.opening()) }, later, &mut report);
    pending.issue().expect("renewed");
    let document = sops_reader::open(&fleet.read(&mesh_file("kind2")), &fleet.identity);
    assert_eq!(opened(&fleet.read(COPY), "istio-system/cacerts"), document["stringData"]);
    fleet.render(&clusters, &Options { locked: true, ..strict(fleet.options()) });
}

#[test]
fn a_copy_that_does_not_say_its_roots_is_told_and_gets_to_say_them() {
    let fleet = Fleet::issued();
    let file = certificate(&fleet, (2026, 2036));
    let clusters = plan(&["kind1", "kind2"]);
    let strict = |options| sealing(options, &file, SealingScope::Strict);
    fleet.render(&clusters, &strict(fleet.opening()));
    let copy = fleet.read(COPY);
    // As it was made before copies said it.
    let is_roots = |line: &&str| line.trim_start().starts_with("meshtree.io/root-certificates-sha256:");
    let silent: String = copy.lines().filter(|line| !is_roots(line)).map(|line| format!("{line}\n")).collect();
    fleet.edit(COPY, |_| silent.clone());
    let said = |options: &Options| {
        let (pending, report) = fleet.plan(&clusters, options);
        assert!(!pending.is_refused());
        report.diags().iter().map(|diag| (diag.code, diag.message.clone())).collect::<Vec<_>>()
    };
    let locked = Options { locked: true, ..strict(fleet.options()) };
    let (code, message) = said(&locked).pop().expect("a warning");
    assert!(code == Code::RootsUnsaid && message.starts_with("the sealed copy of cacerts of mesh"), "{message}");

    let store = fleet.dir.path().join("ca");
    assert_eq!(say_roots(&store, &store).expect("written"), [fleet.path(COPY)]);
    assert_eq!(fleet.read(COPY), copy, "as if it had been sealed now");
    assert!(say_roots(&store, &store).expect("nothing").is_empty() && said(&locked).is_empty());
    // A copy of another Secret is left to who seals it again.
    fleet.edit(COPY, |_| silent.replacen("sealed-content-sha256: ", "sealed-content-sha256: 0", 1));
    assert!(say_roots(&store, &store).expect("nothing").is_empty());

    // The same of a tree: it is told once something else is to be rendered.
    let tree = |text: &str| {
        let bundle = TreeBundle::Unsaid(text.to_owned());
        let roots =
            TreeRoots { file: "rendered/kind1/x.yaml".into(), bundle, istio: "1.20.0".to_owned(), by_set: true };
        Options { tree: [(("kind2".into(), "istio-system".to_owned()), roots)].into(), ..fleet.options() }
    };
    assert!(said(&tree(&silent)).is_empty());
    let other = silent.replacen("sealed-content-sha256: ", "sealed-content-sha256: 0", 1);
    let (code, message) = said(&tree(&other)).pop().expect("a warning");
    assert!(code == Code::RootsUnsaid && message.starts_with("a SealedSecret in the tree is of other"), "{message}");
}

#[test]
fn nothing_is_sealed_to_a_certificate_that_cannot_be_used() {
    let fleet = Fleet::issued();
    let clusters = plan(&["kind1", "kind2"]);
    let file = certificate(&fleet, (2020, 2021));
    let strict = |options| sealing(options, &file, SealingScope::Strict);
    let said = fleet.refusal(&clusters, &strict(fleet.opening()), Code::BadSealingCertificate);
    assert!(said.contains("has expired, at 2021-01-01") && said.contains("kubeseal --fetch-cert"), "{said}");
    // Neither is an intermediate issued that could not be sealed.
    fs::remove_file(fleet.path(&mesh_file("kind2"))).expect("removed");
    let (pending, report) = fleet.plan(&clusters, &strict(fleet.opening()));
    assert!(pending.is_refused() && pending.to_issue().is_empty(), "{report:?}");
    for (text, says) in [
        ("", "has no certificate in PEM"),
        (&*controller().serialize_pem(), "has a private key in it"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be read"),
    ] {
        fs::write(&file, text).expect("written");
        let (_, what) = Sealer::new(&file, SealingScope::Strict).expect_err("refused");
        assert!(what.contains(says), "{what}");
    }
    fs::remove_file(&file).expect("removed");
    assert_eq!(Sealer::new(&file, SealingScope::Strict).expect_err("refused").1, "is missing");
}
