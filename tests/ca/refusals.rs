//! What is refused: every time with what is wrong and what would help, and with nothing written.

use std::fs;

use meshtree::ca::Options;
use meshtree::diag::Code;

use crate::fixture::{AUTHORITY, Fleet, entry_of, mesh_file, plan, remove};
use crate::sops_reader;

#[test]
fn nobody_to_encrypt_to() {
    let fleet = Fleet::empty();
    let options = Options::new(fleet.dir.path().join("ca"));
    let said = fleet.refusal(&plan(&["kind1", "kind2"]), &options, Code::NoRecipients);
    assert!(said.contains("\nspec:\n  ca: {recipients: [age1…]}\n"), "{said}");
    assert!(
        said.contains("age-keygen -o key.txt") && said.matches("no age recipients to encrypt").count() == 1,
        "{said}"
    );
}

#[test]
fn locked_with_nothing_there() {
    let fleet = Fleet::empty();
    let said = fleet.refusal(&plan(&["kind1"]), &Options { locked: true, ..fleet.options() }, Code::CaMissing);
    assert!(said.contains("VirtualMesh service-mesh-hub/virtual-mesh has no CA material"), "{said}");
    assert!(said.contains("run `meshtree render` without `--locked`"), "{said}");
}

#[test]
fn a_tree_that_has_what_the_store_lost() {
    let fleet = Fleet::empty();
    let mut options = fleet.options();
    options.delivered.insert(("kind2".into(), "istio-system".to_owned()));
    let said = fleet.refusal(&plan(&["kind1", "kind2"]), &options, Code::CaMissing);
    assert!(said.contains("the rendered tree has CA material for kind2/istio-system\n"), "{said}");
    assert!(said.contains("restore the directory from Git"), "{said}");
}

#[test]
fn names_that_are_no_names_reach_no_path() {
    let fleet = Fleet::empty();
    let mut asked = plan(&["kind1"]);
    asked.authorities[0].virtual_mesh.name = "../../etc".into();
    fleet.refusal(&asked, &fleet.options(), Code::BadValue);
    let mut asked = plan(&["kind1"]);
    asked.authorities[0].meshes[0].mesh.name = "a/b\n".into();
    let said = fleet.refusal(&asked, &fleet.options(), Code::BadValue);
    assert!(said.contains("`service-mesh-hub/a/b\\n`"), "{said}");
    let said = fleet.refusal(&plan(&["kind1", "kind1"]), &fleet.options(), Code::BadValue);
    assert!(said.contains("two meshes named istiod-istio-system-kind1"), "{said}");
    let mut asked = plan(&["kind1"]);
    asked.authorities[0].meshes[0].spiffe = "spiffe://häuser/ns".into();
    fleet.refusal(&asked, &fleet.options(), Code::BadValue);
}

/// A change to a file of the store, and what is said of it.
type Fault = (&'static str, fn(String) -> String, &'static str);

#[test]
fn a_broken_store() {
    let faults: &[Fault] = &[
        ("root", |_| "a: [\n".to_owned(), "root.yaml is not a YAML document"),
        ("root", |_| String::new(), "root.yaml is not a Secret"),
        ("root", |text| text.replace("kind: Secret", "kind: ConfigMap"), "root.yaml is not a Secret"),
        ("root", |text| text.replace("  key.pem:", "  other.pem:"), "has no `stringData.key.pem`"),
        ("root", |text| text.replace("  root-cert.pem:", "  other:"), "has no `stringData.root-cert.pem`"),
        ("root", |text| text.replace("MII", "MIJ"), "`stringData.root-cert.pem` holds a certificate that cannot"),
        ("root", |text| text.replace("BEGIN CERT", "BEGIN"), "`stringData.root-cert.pem` is not a PEM certificate"),
        ("root", |text| text.replace("key.pem: 'ENC[", "key.pem: 'XENC["), "`stringData.key.pem` is not encrypted"),
        ("root", |text| text.replace("  mac:", "  macaroon:"), "has no SOPS metadata"),
        ("kind1", |text| text.replace("name: cacerts", "name: cacert"), "is not the Secret `cacerts`"),
        ("kind1", |text| text.replace("namespace: istio-", "namespace: x-"), "is not for namespace `istio-system`"),
        ("kind1", |text| text.replace("  ca-key.pem:", "  key:"), "has no `stringData.ca-key.pem`"),
        ("kind1", |text| text.replace("  cert-chain.pem:", "  c:"), "has no `stringData.cert-chain.pem`"),
        (
            "kind1",
            |text| text.replace("stringData:\n", "stringData:\n  tls.crt: x\n"),
            "has the entry `stringData.tls.crt`",
        ),
        (
            "kind1",
            |text| text.replace("stringData:\n", "data:\n  ca.crt: eA==\nstringData:\n"),
            "has the entry `data.ca.crt`",
        ),
        (
            "kind1",
            |text| text.replace("  labels:\n", "  labels: 5\n  x:\n"),
            "has `metadata.labels` that is not a mapping",
        ),
        (
            "kind1",
            |text| text.replace(": Prune=false", ": [x]"),
            "has `metadata.annotations.argocd.argoproj.io/sync-options` that is not a text",
        ),
        ("kind1", |text| text.replace(": disabled", ": off"), "so Kubernetes refuses it as a Secret"),
        ("kind1", |text| text.replace("type: Opaque", "type: {a: b}"), "has `type` that is not a text"),
        ("root", |text| text.replace("apiVersion: v1", "apiVersion: v2"), "root.yaml is not a Secret"),
        ("kind1", |text| text.replace("version", "-----BEGIN RSA PRIVATE KEY-----\\n"), "holds a private key in clear"),
        ("kind1", |text| format!("# -----BEGIN PRIVATE KEY-----\n{text}"), "holds a private key in clear"),
        ("kind1", |text| text + "data: {x: UFJJVkFURSBLRVk=}\n", "holds a private key in clear"),
    ];
    for (file, change, expected) in faults {
        let fleet = Fleet::issued();
        fleet.edit(&full(file), *change);
        let said = fleet.refusal(&plan(&["kind1", "kind2"]), &fleet.opening(), Code::CaBroken);
        assert!(said.contains(expected) && said.contains(&format!("{file}.yaml ")), "{expected:?} not in {said}");
        let moved = expected.contains("namespace");
        assert!(said.contains(if moved { "delete this file" } else { "restore the file from Git" }), "{said}");
    }
}

fn full(file: &str) -> String {
    if file == "root" { "root.yaml".to_owned() } else { mesh_file(file) }
}

#[test]
fn certificates_that_do_not_belong_together() {
    let said = |entry: &str, from: &str| {
        let fleet = Fleet::issued();
        let file = mesh_file("kind1");
        let indented = |pem: &str| pem.lines().map(|line| format!("    {line}\n")).collect::<String>();
        let (own, other) = (fleet.entry(&file, entry), from.to_owned());
        let head = format!("  {entry}: |\n");
        fleet.edit(&file, |text| {
            text.replacen(&(head.clone() + &indented(&own)), &(head.clone() + &indented(&other)), 1)
        });
        fleet.refusal(&plan(&["kind1"]), &fleet.options(), Code::CaBroken)
    };
    let fleet = Fleet::issued();
    let (root, second) = (fleet.entry("root.yaml", "root-cert.pem"), fleet.entry(&mesh_file("kind2"), "ca-cert.pem"));
    assert!(said("root-cert.pem", &second).contains("`stringData.root-cert.pem` is not the root"));
    assert!(said("cert-chain.pem", &root).contains("`stringData.cert-chain.pem` is not `ca-cert.pem` followed by"));
    assert!(said("ca-cert.pem", &second).contains("`stringData.cert-chain.pem` is not `ca-cert.pem` followed by"));
    assert!(said("ca-cert.pem", &(second.clone() + &root)).contains("holds more than one certificate"));
    // Another VirtualMesh's intermediate: same names, other keys.
    let params = || {
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::OrganizationName, "service-mesh-hub");
        params
    };
    let foreign = params().self_signed(&rcgen::KeyPair::generate().expect("a key")).expect("a certificate").pem();
    assert!(said("ca-cert.pem", &foreign).contains("`stringData.ca-cert.pem` is not signed by the root"));
    let leaf = rcgen::generate_simple_self_signed(["x".to_owned()]).expect("a certificate").cert.pem();
    assert!(said("ca-cert.pem", &leaf).contains("is not the certificate of a CA"));
}

#[test]
fn a_decrypted_file_is_not_delivered_and_not_repeated() {
    let fleet = Fleet::issued();
    let file = mesh_file("kind1");
    let opened = sops_reader::open(&fleet.read(&file), &fleet.identity);
    let clear = serde_yaml::to_string(&opened).expect("YAML").replace("odd: yes", "odd: 'yes'");
    assert!(entry_of(&clear, "ca-key.pem").contains("PRIVATE KEY"));
    fleet.edit(&file, |_| clear);
    let said = fleet.refusal(&plan(&["kind1"]), &fleet.options(), Code::CaBroken);
    assert!(said.contains("`stringData.ca-key.pem` is not encrypted; treat the key as disclosed"), "{said}");
    assert!(!said.contains("BEGIN"), "{said}");
}

#[test]
fn half_a_store() {
    let fleet = Fleet::issued();
    remove(&fleet.path("root.yaml"));
    let said = fleet.refusal(&plan(&["kind1"]), &fleet.opening(), Code::CaBroken);
    assert!(said.contains("root.yaml is missing, though its directory holds other files"), "{said}");

    let fleet = Fleet::empty();
    fs::create_dir_all(fleet.dir.path().join("ca")).expect("a directory");
    fs::write(fleet.dir.path().join(AUTHORITY), "a file in the way").expect("a file");
    let said = fleet.refusal(&plan(&["kind1"]), &fleet.opening(), Code::CaBroken);
    assert!(said.contains("root.yaml cannot be read: "), "{said}");
}
