//! Roots of many kinds, as openssl makes them: each can be built upon, or is refused for what it is before anything is written.
//!
//! What is taken here was tried with istiod's own loading of `cacerts`, of Istio 1.7 and 1.31, and with workloads of both.

use std::fs;
use std::path::Path;

use meshtree::diag::Code;

use crate::fixture::mesh_file;
use crate::given::{given, with_root};
use crate::openssl::openssl_in;
use crate::sops_reader;

const CA: &str = "basicConstraints=critical,CA:TRUE";
const SIGN: &str = "keyUsage=critical,keyCertSign,cRLSign";
const RSA: [&str; 5] = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];

/// Makes keys and certificates in a directory of its own.
struct Maker {
    dir: tempfile::TempDir,
}

impl Maker {
    /// Nothing if there is no openssl.
    fn new() -> Option<Self> {
        let dir = tempfile::tempdir().expect("a directory");
        fs::write(dir.path().join("empty.cnf"), "[req]\ndistinguished_name=dn\n[dn]\n").expect("a file");
        openssl_in(dir.path(), &["version"])?;
        Some(Self { dir })
    }

    fn run(&self, arguments: &[&str]) {
        openssl_in(self.dir.path(), arguments).expect("openssl");
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.dir.path().join(file)).expect("a file")
    }

    /// A key pair by a command of openssl.
    fn key(&self, command: &[&str]) -> String {
        self.run(&[command, &["-out", "key.pem"]].concat());
        self.read("key.pem")
    }

    /// A self-signed certificate of a key: with these extensions, and more arguments.
    fn certificate(&self, key: &str, extensions: &[&str], arguments: &[&str]) -> String {
        fs::write(self.dir.path().join("own.pem"), key).expect("a file");
        let mut all = vec!["req", "-new", "-x509", "-key", "own.pem", "-config", "empty.cnf", "-days", "3000"];
        all.extend(["-out", "root.pem"]);
        if !arguments.contains(&"-subj") {
            all.extend(["-subj", "/O=Company/CN=Root"]);
        }
        all.extend(arguments);
        all.extend(extensions.iter().flat_map(|extension| ["-addext", extension]));
        self.run(&all);
        self.read("root.pem")
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// Nothing if an intermediate could be issued under a root, otherwise why it cannot.
fn said(certificate: &str, key: &str) -> String {
    let fleet = with_root(&(certificate.to_owned(), key.to_owned()));
    let (pending, report) = fleet.plan(&given(&["kind1"]), &fleet.opening());
    if !pending.is_refused() {
        return String::new();
    }
    drop((pending, report));
    fleet.refusal(&given(&["kind1"]), &fleet.opening(), Code::CaBroken)
}

/// Makes sure that what is said of a root begins like that.
fn expect(name: &str, found: &str, expected: &str) {
    let is_said = if expected.is_empty() { found.is_empty() } else { found.contains(expected) };
    assert!(is_said, "{name}: `{found}` instead of `{expected}`");
}

#[test]
fn extensions_and_names() {
    let Some(maker) = Maker::new() else { return };
    let key = maker.key(&RSA);
    const EKU: &str = "extended key usage without serverAuth";
    const CRITICAL: &str = "has a critical extension that istiod or Envoy does not evaluate";
    const NAMES: &str = "has name constraints";
    for (extensions, arguments, expected) in [
        (&[CA, SIGN][..], &[][..], ""),
        (&[CA], &[], ""),
        (&[CA, "keyUsage=critical,keyCertSign"], &[], ""),
        (&["basicConstraints=CA:TRUE", SIGN], &[], ""),
        (&["basicConstraints=critical,CA:TRUE,pathlen:1", SIGN], &[], ""),
        (&["basicConstraints=critical,CA:TRUE,pathlen:0", SIGN], &[], "allows no intermediate under it"),
        (&["basicConstraints=CA:FALSE"], &[], "is not the certificate of a CA"),
        (&[SIGN], &[], "is not the certificate of a CA"),
        (&[CA, "keyUsage=critical,cRLSign"], &[], "may not sign certificates"),
        (&[CA, SIGN, "extendedKeyUsage=clientAuth"], &[], EKU),
        (&[CA, SIGN, "extendedKeyUsage=clientAuth,serverAuth"], &[], ""),
        (&[CA, SIGN, "extendedKeyUsage=anyExtendedKeyUsage"], &[], ""),
        (&[CA, SIGN, "nameConstraints=critical,permitted;DNS:example.com"], &[], NAMES),
        (&[CA, SIGN, "nameConstraints=permitted;URI:.example.com"], &[], NAMES),
        (&[CA, SIGN, "nameConstraints=critical,excluded;DNS:svc"], &[], NAMES),
        (&[CA, SIGN, "1.2.3.4=critical,DER:0500"], &[], CRITICAL),
        (&[CA, SIGN, "1.2.3.4=DER:0500"], &[], ""),
        (&[CA, SIGN, "policyConstraints=critical,requireExplicitPolicy:0"], &[], CRITICAL),
        (&[CA, SIGN, "certificatePolicies=critical,2.5.29.32.0"], &[], ""),
        (&[CA, SIGN, "subjectAltName=critical,DNS:root.example.com"], &[], ""),
        (&[CA, SIGN], &["-set_serial", "-5"], "has a negative serial number"),
        (&[CA, SIGN], &["-set_serial", "0"], ""),
        (&[CA, SIGN], &["-subj", "/"], "has no subject"),
        (&[CA, SIGN], &["-subj", "/DC=com/DC=example/CN=Root"], ""),
        (&[CA, SIGN], &["-subj", "/O=Company/CN=Root+OU=x", "-multivalue-rdn"], ""),
        (&[CA, SIGN], &["-subj", "/O=Gesellschaft für Käse", "-utf8"], ""),
        (&[CA, SIGN], &["-sha1"], ""),
        (&[CA, SIGN], &["-sha384"], ""),
        (&[CA, SIGN], &["-sha512"], ""),
        (&[CA, SIGN], &["-md5"], "is signed with MD5, which is not verified any more"),
        (&[CA, SIGN], &["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"], ""),
    ] {
        let certificate = maker.certificate(&key, extensions, arguments);
        expect(&format!("{extensions:?} {arguments:?}"), &said(&certificate, &key), expected);
    }
}

#[test]
fn keys() {
    let Some(maker) = Maker::new() else { return };
    let rsa = |bits: &str| maker.key(&["genpkey", "-algorithm", "RSA", "-pkeyopt", &format!("rsa_keygen_bits:{bits}")]);
    let curve = |name: &str| maker.key(&["ecparam", "-name", name, "-genkey", "-noout"]);
    let other = |name: &str| maker.key(&["genpkey", "-algorithm", name]);
    let coded = |key: &str, arguments: &[&str]| {
        fs::write(maker.path().join("coded.pem"), key).expect("a file");
        maker.run(&[arguments, &["-in", "coded.pem", "-out", "other.pem"]].concat());
        maker.read("other.pem")
    };
    let as_pkcs8 = |key: &str| coded(key, &["pkcs8", "-topk8", "-nocrypt"]);
    let none = "has a key that cannot be used";
    let small = "has an RSA key of 1024 bits; at least 2048 and at most 8192 are required";
    let pss = "has a key for RSASSA-PSS alone";
    let p256_with_parameters = maker.key(&["ecparam", "-name", "prime256v1", "-genkey"]);
    for (name, key, hash, expected) in [
        ("RSA 1024", rsa("1024"), "-sha256", small),
        ("RSA 3072", rsa("3072"), "-sha256", ""),
        ("RSA 4096", rsa("4096"), "-sha256", ""),
        ("RSA in PKCS#1", coded(&rsa("2048"), &["rsa", "-traditional"]), "-sha256", ""),
        ("RSASSA-PSS", other("RSA-PSS"), "-sha256", pss),
        ("P-256 in SEC1", curve("prime256v1"), "-sha256", ""),
        ("P-256 in PKCS#8", as_pkcs8(&curve("prime256v1")), "-sha512", ""),
        ("P-256 in SEC1 behind its parameters", p256_with_parameters, "-sha384", ""),
        ("P-384 in SEC1", curve("secp384r1"), "-sha384", ""),
        ("P-384 in PKCS#8", as_pkcs8(&curve("secp384r1")), "-sha256", ""),
        ("P-521 in SEC1", curve("secp521r1"), "-sha512", ""),
        ("P-521 in PKCS#8", as_pkcs8(&curve("secp521r1")), "-sha256", ""),
        ("another curve", curve("secp256k1"), "-sha256", &format!("{none} (EC of another curve)")),
        ("Ed25519", other("ED25519"), "", &format!("{none} (Ed25519)")),
    ] {
        let hash: &[&str] = if hash.is_empty() { &[] } else { &[hash] };
        let certificate = maker.certificate(&key, &[CA, SIGN], hash);
        expect(name, &said(&certificate, &key), expected);
    }

    let key = maker.key(&RSA);
    let certificate = maker.certificate(&key, &[CA, SIGN], &[]);
    let sealed = coded(&key, &["pkcs8", "-topk8", "-passout", "pass:word"]);
    for (name, key, expected) in [
        ("a passphrase", &sealed, "`stringData.key.pem` is encrypted with a passphrase"),
        ("a certificate", &certificate, "`stringData.key.pem` is a certificate, not a private key"),
        ("another key", &maker.key(&RSA), "is not the key of the root's certificate"),
        ("another kind", &curve("prime256v1"), "is not the key of the root's certificate"),
        ("no key", &"none".to_owned(), "`stringData.key.pem` is not a private key in PEM"),
        ("two keys", &format!("{key}{key}"), "`stringData.key.pem` holds more than one private key"),
    ] {
        expect(name, &said(&certificate, key), expected);
    }
}

#[test]
fn texts_of_certificates() {
    let Some(maker) = Maker::new() else { return };
    let key = maker.key(&RSA);
    let certificate = maker.certificate(&key, &[CA, SIGN], &[]);
    maker.run(&["req", "-new", "-key", "own.pem", "-config", "empty.cnf", "-subj", "/O=old", "-out", "old.csr"]);
    maker.run(&["x509", "-req", "-in", "old.csr", "-signkey", "own.pem", "-days", "9", "-out", "old.pem"]);
    fs::write(maker.path().join("ext"), format!("{CA}\n{SIGN}\n")).expect("a file");
    let sign = ["x509", "-req", "-in", "old.csr", "-CA", "root.pem", "-CAkey", "own.pem", "-set_serial", "7"];
    maker.run(&[&sign[..], &["-extfile", "ext", "-out", "sub.pem"]].concat());
    for (name, text, expected) in [
        ("with a comment", format!("subject=O = Company\n{certificate}"), ""),
        ("of CRLF", certificate.replace('\n', "\r\n"), ""),
        ("without a last line break", certificate.trim_end().to_owned(), ""),
        ("of two certificates", certificate.clone() + &certificate, "holds more than one certificate"),
        ("of no certificate", "none".to_owned(), "is not a PEM certificate"),
        ("of version 1", maker.read("old.pem"), "is an X.509 certificate of version 1"),
        ("of an intermediate", maker.read("sub.pem"), "is not a root, since another CA signed it"),
    ] {
        expect(name, &said(&text, &key), expected);
    }
}

/// The chain is verified by openssl, since our own reader took part in making it.
#[test]
fn what_is_issued_under_them_verifies() {
    let Some(maker) = Maker::new() else { return };
    for (command, arguments, signature) in [
        (&["ecparam", "-name", "prime256v1", "-genkey", "-noout"][..], &[][..], "ecdsa-with-SHA256"),
        (&["ecparam", "-name", "secp384r1", "-genkey", "-noout"], &["-subj", "/C=DE/O=a+CN=b"], "ecdsa-with-SHA384"),
        (&["ecparam", "-name", "secp521r1", "-genkey", "-noout"], &[], "ecdsa-with-SHA512"),
        (&RSA, &["-subj", "/DC=com/DC=example/CN=Root"], "sha256WithRSAEncryption"),
    ] {
        let key = maker.key(command);
        let certificate = maker.certificate(&key, &[CA, SIGN], arguments);
        let fleet = with_root(&(certificate, key));
        let (pending, report) = fleet.plan(&given(&["kind1"]), &fleet.opening());
        assert!(!report.has_errors(), "{report:?}");
        pending.issue().expect("issued");
        let opened = sops_reader::open(&fleet.read(&mesh_file("kind1")), &fleet.identity);
        for entry in ["ca-cert.pem", "root-cert.pem"] {
            fs::write(maker.path().join(entry), opened["stringData"][entry].as_str().expect("an entry"))
                .expect("a file");
        }
        let at = ["verify", "-x509_strict", "-attime", "1800000100", "-CAfile", "root-cert.pem", "ca-cert.pem"];
        let verified = openssl_in(maker.path(), &at).expect("openssl");
        assert_eq!(verified.trim(), "ca-cert.pem: OK");
        let shown = openssl_in(maker.path(), &["x509", "-noout", "-text", "-in", "ca-cert.pem"]).expect("openssl");
        assert!(shown.contains(signature) && shown.contains("CA:TRUE, pathlen:0"), "{shown}");
    }
}
