//! What openssl says, where it is installed.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::fixture::{Fleet, mesh_file};
use crate::sops_reader;

/// Runs openssl in the fleet's directory; nothing if there is none.
fn openssl(fleet: &Fleet, arguments: &[&str]) -> Option<String> {
    openssl_in(fleet.dir.path(), arguments)
}

/// Runs openssl in a directory; nothing if there is none.
pub(crate) fn openssl_in(directory: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("openssl").args(arguments).current_dir(directory).output().ok()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments:?}: {said}");
    Some(said)
}

#[test]
fn openssl_accepts_chain_and_key() {
    let fleet = Fleet::issued();
    let file = mesh_file("kind1");
    let opened = sops_reader::open(&fleet.read(&file), &fleet.identity);
    for entry in ["ca-cert.pem", "root-cert.pem", "ca-key.pem"] {
        let text = opened["stringData"][entry].as_str().expect("an entry");
        fs::write(fleet.dir.path().join(entry), text).expect("a file");
    }
    let at = ["-attime", "1800000100"];
    let verify = [&["verify", "-x509_strict"], &at[..], &["-CAfile", "root-cert.pem", "ca-cert.pem"]].concat();
    let Some(said) = openssl(&fleet, &verify) else { return };
    assert_eq!(said.trim(), "ca-cert.pem: OK");
    let said = openssl(&fleet, &["rsa", "-check", "-noout", "-in", "ca-key.pem"]).unwrap_or_default();
    assert!(said.contains("RSA key ok"), "{said}");
    let said = openssl(&fleet, &["x509", "-noout", "-text", "-in", "ca-cert.pem"]).unwrap_or_default();
    for expected in
        ["CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign\n", "Public-Key: (4096 bit)", "URI:spiffe://kind1/ns/"]
    {
        assert!(said.contains(expected), "{expected} not in {said}");
    }
}
