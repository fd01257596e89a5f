//! No private key in clear leaves the store, whatever is done with it; but for the one command that is for it.

use std::fs;
use std::path::Path;

use crate::support::{Run, example, meshtree, project, tree};

/// What shows a private key in PEM or in Base64 of it.
const SIGNS: [&str; 4] = ["PRIVATE KEY", "UFJJVkFURSBLRV", "BSSVZBVEUgS0VZ", "QUklWQVRFIEtFW"];

fn is_clear(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    SIGNS.iter().any(|sign| text.contains(sign)) || text.contains("AGE-SECRET-KEY-1")
}

/// Runs a command with the age key of the examples and a directory of its own for temporary files.
fn run(dir: &Path, temporary: &Path, arguments: &[&str]) -> Run {
    let mut command = meshtree(dir);
    command.args(arguments).env("TMPDIR", temporary);
    command.env("SOPS_AGE_KEY_FILE", project().join("examples/throw-away-age-key.txt"));
    command.output().expect("the program runs").into()
}

#[test]
fn no_private_key_is_ever_in_clear() {
    let (dir, temporary) = (example("bookinfo", true), tempfile::tempdir().expect("a directory"));
    let dir = dir.path();
    let settings = fs::read_to_string(dir.join("meshtree.yaml")).expect("settings");
    let certificate = project().join("tests/cases/ca/delivery-by-cluster/in/certificates/west.pem");
    fs::create_dir_all(dir.join("clusters/kind2")).expect("a directory");
    fs::copy(certificate, dir.join("clusters/kind2/sealing-cert.pem")).expect("a certificate");
    let ways = "    delivery: sealed-secret\n    externalSecret: {store: {name: vault}}\n";
    let clusters = "  clusters: {kind3: {ca: {delivery: external-secret}}}\n";
    fs::write(dir.join("meshtree.yaml"), settings.replace("  ca:\n", &format!("{clusters}  ca:\n{ways}")))
        .expect("written");
    for arguments in [
        &["ca", "issue"][..],
        &["render"],
        &["ca", "reseal"],
        &["ca", "check", "--format", "json"],
        &["ca", "show"],
        &["render", "--cluster", "kind2", "--stdout"],
        &["diff", "--against", "rendered"],
    ] {
        let found = run(dir, temporary.path(), arguments);
        assert!(!is_clear(found.stdout.as_bytes()) && !is_clear(found.stderr.as_bytes()), "{arguments:?}");
    }
    assert!(dir.join("rendered/kind2/istio-system/sealedsecret.bitnami.com-cacerts.yaml").exists());
    let exported = run(dir, temporary.path(), &["ca", "export", "--cluster", "kind3"]).exits(0);
    assert!(is_clear(exported.stdout.as_bytes()) && !is_clear(exported.stderr.as_bytes()));
    for (path, bytes) in tree(dir) {
        assert!(!is_clear(&bytes), "{path}");
    }
    assert_eq!(temporary.path().read_dir().expect("files").count(), 0, "no temporary file is left");
}
