//! The way of a root whose key is elsewhere, by the commands as docs/own-root.md has them.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose};

/// Runs the program in a directory: its exit code, what it prints, and what it reports.
fn meshtree(directory: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    use std::io::Write as _;
    let mut command = Command::new(env!("CARGO_BIN_EXE_meshtree"));
    command.args(arguments).current_dir(directory).env_remove("SOPS_AGE_KEY").env_remove("SOPS_AGE_KEY_FILE");
    command.env("HOME", directory).env_remove("XDG_CONFIG_HOME");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("runs");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// A fleet of two meshes under one VirtualMesh, without a store.
pub(crate) fn fleet(directory: &Path) {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/bookinfo");
    for file in ["meshtree.yaml", "clusters/kind2.yaml", "clusters/kind3.yaml", "policies/virtual-mesh.yaml"] {
        let to = directory.join("fleet").join(file);
        fs::create_dir_all(to.parent().expect("a parent")).expect("a directory");
        fs::copy(example.join(file), to).expect("copied");
    }
}

/// A root of today, since the commands look at the clock: its certificate and key.
fn root() -> (String, String) {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).expect("a key");
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::OrganizationName, "Company");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = time::OffsetDateTime::now_utc() - time::Duration::days(1);
    params.not_after = time::OffsetDateTime::now_utc() + time::Duration::days(3000);
    (params.self_signed(&key).expect("a certificate").pem(), key.serialize_pem())
}

#[test]
fn a_root_that_stays_offline() {
    let dir = tempfile::tempdir().expect("a directory");
    let (at, (certificate, key)) = (dir.path(), root());
    fleet(at);
    fs::write(at.join("root.pem"), &certificate).expect("a file");

    let adopt = ["ca", "adopt", "fleet", "--certificate-only", "--certificate", "root.pem"];
    let (code, _, said) = meshtree(at, &adopt, "");
    assert!(code == 0 && said.contains("adopted the root of VirtualMesh service-mesh-hub/virtual-mesh"), "{said}");
    let (code, _, said) = meshtree(at, &["ca", "issue", "fleet"], "");
    assert!(code == 4 && said.contains("run `meshtree ca csr`"), "{said}");

    let (code, requests, said) = meshtree(at, &["ca", "csr", "fleet", "--cluster", "kind2"], "");
    assert!(code == 0 && said.contains("made a key for mesh service-mesh-hub/istiod-istio-system-kind2"), "{said}");
    fs::write(at.join("requests.csr"), &requests).expect("a file");
    let sign = ["ca", "sign", "requests.csr", "--certificate", "root.pem", "--key", "-", "--days", "30"];
    let (code, signed, said) = meshtree(at, &sign, &key);
    assert!(code == 0 && said.contains("signed istiod-istio-system-kind2 for spiffe://kind2/ns/"), "{said}");

    // What was changed is not signed, and then nothing is.
    let changed = format!("{requests}{}", requests.replacen("MII", "MIJ", 1));
    fs::write(at.join("changed.csr"), changed).expect("a file");
    let bad = ["ca", "sign", "changed.csr", "--certificate", "root.pem", "--key", "-"];
    let (code, none, said) = meshtree(at, &bad, &key);
    assert!(
        code == 4 && none.is_empty() && said.contains("MT0742") && said.contains("request 2 of changed.csr"),
        "{said}"
    );

    let accept = ["ca", "accept", "fleet", "--certificate", "-"];
    let (code, _, said) = meshtree(at, &accept, &format!("{signed}{certificate}"));
    assert!(
        code == 0 && said.contains("accepted the intermediate of mesh service-mesh-hub/istiod-istio-system-kind2"),
        "{said}"
    );
    let (code, shown, said) = meshtree(at, &["ca", "show", "fleet", "--quiet"], "");
    assert!(
        code == 0 && shown.contains("key           EC 384") && shown.contains("mesh service-mesh-hub/istiod-"),
        "{said}"
    );
}

#[test]
fn a_key_near_the_fleet_is_reported() {
    let dir = tempfile::tempdir().expect("a directory");
    let (at, (certificate, key)) = (dir.path(), root());
    fleet(at);
    fs::write(at.join("root.pem"), &certificate).expect("a file");
    let adopt = |key: &str| {
        let _ = fs::remove_dir_all(at.join("fleet/ca"));
        meshtree(at, &["ca", "adopt", "fleet", "--certificate", "root.pem", "--key", key], "").2
    };
    fs::write(at.join("fleet/key.pem"), &key).expect("a file");
    let said = adopt("fleet/key.pem");
    assert!(said.contains("warning[MT0741]: fleet/key.pem holds a private key in clear"), "{said}");
    assert!(said.contains("in the directory of the fleet") && said.contains("adopted the root"), "{said}");
    fs::rename(at.join("fleet/key.pem"), at.join("key.pem")).expect("moved");
    let said = adopt("key.pem");
    assert!(!said.contains("MT0741") && said.contains("adopted the root"), "{said}");
    fs::create_dir(at.join(".git")).expect("a directory");
    let said = adopt("key.pem");
    assert!(said.contains("MT0741") && said.contains("in the Git work tree"), "{said}");
}

#[test]
fn a_renewed_intermediate_that_ends_with_its_root_says_so() {
    let dir = tempfile::tempdir().expect("a directory");
    let at = dir.path();
    fleet(at);
    let keys = at.join(".config/sops/age");
    fs::create_dir_all(&keys).expect("a directory");
    let key = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/throw-away-age-key.txt");
    fs::copy(key, keys.join("keys.txt")).expect("copied");
    assert_eq!(meshtree(at, &["ca", "issue", "fleet"], "").0, 0);
    let (code, printed, said) = meshtree(at, &["ca", "renew", "fleet", "--cluster", "kind2"], "");
    let said = printed + &said;
    assert!(code == 0 && said.contains("renewed the intermediate of mesh") && said.contains("Z as before: "), "{said}");
}
