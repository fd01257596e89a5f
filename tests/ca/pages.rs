//! Every command of the program on docs/ca.md and docs/own-root.md runs as it is written there, in an order in which it makes sense.
//! kubectl, vault and what else the pages name are stand-ins that give what a cluster would.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::commands::fleet;
use crate::openssl::openssl_in;

/// Prints the Secret that is asked for, as the cluster has it, and takes everything else.
const KUBECTL: &str = r#"#!/bin/sh
all="$*"
for word; do
  test -e "$SECRETS/$word" && { test "$previous" = secret && exec cat "$SECRETS/$word"; }
  previous=$word
done
case $all in
*logs*meshtree-ca-crl) cat "$SECRETS/list" ;;
*logs*) cat "$SECRETS/request" ;;
*'apply -f -') cat >/dev/null ;;
esac
"#;

/// The commands on a page that run the program, without comments.
fn shown(page: &str) -> Vec<String> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(project.join(page)).expect("the page");
    let (mut block, mut found, mut line) = (None, Vec::new(), String::new());
    for next in text.lines().map(str::trim) {
        if let Some(kind) = next.strip_prefix("```") {
            block = if block.is_none() { Some(kind) } else { None };
            continue;
        }
        let part = match block {
            Some("console") => next.strip_prefix("$ "),
            Some("sh") => Some(next),
            _ => None,
        };
        let Some(part) = part else { continue };
        let part = part.split(" #").next().unwrap_or_default().trim();
        line.push_str(part.trim_end_matches('\\'));
        if !part.ends_with('\\') {
            let whole = std::mem::take(&mut line);
            let words: Vec<_> = whole.split_whitespace().collect();
            if words.contains(&"meshtree") && !whole.starts_with('#') {
                found.push(words.join(" "));
            }
        }
    }
    found
}

/// A place where commands run.
struct Place {
    dir: tempfile::TempDir,
    ran: BTreeSet<String>,
}

impl Place {
    fn new() -> Option<Self> {
        let dir = tempfile::tempdir().expect("a directory");
        let at = dir.path();
        openssl_in(at, &["version"])?;
        fleet(at);
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/throw-away-age-key.txt");
        fs::copy(example, at.join("key.txt")).expect("copied");
        for directory in ["bin", "secrets", "keys"] {
            fs::create_dir(at.join(directory)).expect("a directory");
        }
        let place = Self { dir, ran: BTreeSet::new() };
        place.program("bin/kubectl", KUBECTL);
        place.program("bin/vault", "#!/bin/sh\nexec cat >/dev/null\n");
        place.program("sign-with-kms", "#!/bin/sh\nexec openssl dgst -sha256 -sign keys/root-key.pem\n");
        place.roots();
        Some(place)
    }

    fn at(&self, file: &str) -> PathBuf {
        self.dir.path().join(file)
    }

    fn program(&self, file: &str, text: &str) {
        fs::write(self.at(file), text).expect("a file");
        fs::set_permissions(self.at(file), fs::Permissions::from_mode(0o755)).expect("set");
    }

    /// A root with its key as files, and as the Secrets in which tools have it.
    fn roots(&self) {
        let at = self.dir.path();
        fs::write(at.join("empty.cnf"), "[req]\ndistinguished_name=dn\n[dn]\n").expect("a file");
        let key =
            ["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "root-key.pem"];
        openssl_in(at, &key).expect("openssl");
        let own = ["req", "-new", "-x509", "-key", "root-key.pem", "-config", "empty.cnf", "-days", "3000"];
        let named = ["-out", "root.pem", "-subj", "/O=Company/CN=Root"];
        let extensions =
            ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"];
        openssl_in(at, &[&own[..], &named, &extensions].concat()).expect("openssl");
        fs::copy(at.join("root-key.pem"), at.join("keys/root-key.pem")).expect("copied");
        let [certificate, key] =
            ["root.pem", "root-key.pem"].map(|file| fs::read_to_string(at.join(file)).expect("text"));
        for (name, namespace, names) in [
            ("virtual-mesh.service-mesh-hub", "service-mesh-hub", ["root-cert.pem", "key.pem"]),
            ("istio-ca-secret", "istio-system", ["ca-cert.pem", "ca-key.pem"]),
            ("company-root", "pki", ["tls.crt", "tls.key"]),
        ] {
            let data = serde_json::json!({names[0]: certificate, names[1]: key});
            self.secret(name, namespace, &data);
        }
    }

    fn secret(&self, name: &str, namespace: &str, data: &serde_json::Value) {
        let metadata = serde_json::json!({"name": name, "namespace": namespace});
        let secret =
            serde_json::json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data});
        fs::write(self.at(&format!("secrets/{name}")), secret.to_string()).expect("a file");
    }

    /// Runs a command of a page; what it says.
    #[track_caller]
    fn run(&mut self, command: &str) -> String {
        self.ends(command, 0)
    }

    #[track_caller]
    fn ends(&mut self, command: &str, code: i32) -> String {
        self.ran.insert(command.to_owned());
        let at = self.dir.path().display().to_string();
        let program = Path::new(env!("CARGO_BIN_EXE_meshtree")).parent().expect("a directory").display().to_string();
        let path = format!("{program}:{at}/bin:{}", std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec 2>&1; {}", command.replace("/run/keys/", "keys/"))]).current_dir(&at);
        shell.env("PATH", path).env("HOME", &at).env("SECRETS", format!("{at}/secrets")).env("CI", "true");
        shell
            .env_remove("SOPS_AGE_KEY")
            .env_remove("XDG_CONFIG_HOME")
            .env("SOPS_AGE_KEY_FILE", format!("{at}/key.txt"));
        for who in ["AUTHOR", "COMMITTER"] {
            shell.env(format!("GIT_{who}_NAME"), "a").env(format!("GIT_{who}_EMAIL"), "a@example.com");
        }
        let output = shell.output().expect("sh");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "{command}\n{said}");
        said
    }

    /// As the Job does in the cluster: a key that stays there, and the request that is printed.
    fn makes_its_key(&self) {
        let at = self.dir.path();
        openssl_in(at, &["genrsa", "-out", "kept.pem", "2048"]).expect("openssl");
        let request = ["req", "-new", "-key", "kept.pem", "-config", "empty.cnf", "-out", "secrets/request"];
        let named = ["-subj", "/O=Company/CN=istiod-istio-system-kind2"];
        let name = "subjectAltName=URI:spiffe://kind2/ns/istio-system/sa/istiod";
        openssl_in(at, &[&request[..], &named, &["-addext", name]].concat()).expect("openssl");
    }

    /// The same for the CRL of that key.
    fn signs_its_list(&self) {
        let at = self.dir.path();
        let config = "[ca]\ndefault_ca=l\n[l]\ndatabase=index.txt\ncrlnumber=number\ndefault_md=sha256\n";
        for (file, text) in [("list.cnf", config), ("index.txt", ""), ("number", "01\n")] {
            fs::write(at.join(file), text).expect("a file");
        }
        let signed = ["ca", "-gencrl", "-config", "list.cnf", "-keyfile", "kept.pem", "-cert", "kind2.pem"];
        openssl_in(at, &[&signed[..], &["-crldays", "400", "-out", "secrets/list"]].concat()).expect("openssl");
    }

    /// Has an Istio that reads CRLs in both clusters.
    fn upgraded(&self) {
        for cluster in ["kind2", "kind3"] {
            let file = self.at(&format!("fleet/clusters/{cluster}.yaml"));
            let text = fs::read_to_string(&file).expect("text");
            fs::write(&file, text.replace("version: 1.7.0", "version: 1.30.0")).expect("written");
        }
    }

    /// Takes the store and the tree away.
    fn empty(&self) {
        for directory in ["fleet/ca", "fleet/rendered"] {
            let _ = fs::remove_dir_all(self.at(directory));
        }
    }

    /// That everything on a page was run.
    fn covers(&self, page: &str) {
        let left: Vec<_> = shown(page).into_iter().filter(|command| !self.ran.contains(command)).collect();
        assert!(left.is_empty(), "{page} has commands that nothing runs: {left:#?}");
    }
}

#[test]
fn the_page_on_certificates() {
    let Some(mut place) = Place::new() else { return };
    place.run("git init --quiet && printf '%s\\n' key.txt root-key.pem keys secrets bin > .gitignore");
    let said = place.run("meshtree ca issue fleet");
    assert!(
        said.starts_with("warning[MT0709]: VirtualMesh service-mesh-hub/virtual-mesh has no CA material"),
        "{said}"
    );
    place.run("SOPS_AGE_KEY_FILE=key.txt meshtree render fleet");
    in_clear(&mut place);
    place.run("meshtree ca show fleet --now 2026-12-01");
    place.run("meshtree check fleet --now 2027-06-01");
    place.run("meshtree ca export fleet --cluster kind3 | vault kv put -mount=secret mesh/kind3/istio-system -");
    place.run("SOPS_AGE_KEY_FILE=key.txt meshtree ca reseal fleet");
    let said = place.run("SOPS_AGE_KEY_FILE=key.txt meshtree ca renew fleet --cluster kind2");
    assert!(said.starts_with("warning[MT0712]: the intermediate certificate of mesh"), "{said}");
    place.run("meshtree render fleet && git add -A && git commit --quiet -m 'as it was'");

    let said = place.run("meshtree ca rotate trust fleet");
    assert!(said.contains("phase trust of the rotation of its root begins"), "{said}");
    place.run("meshtree render fleet && git add -A && git commit -m 'trust the new root'");
    let said = place.ends("meshtree ca rotate sign fleet", 4);
    assert!(said.contains("error[MT0715]") && said.contains("phase sign cannot begin before"), "{said}");
    place.run("meshtree ca rotate sign fleet --workloads-restarted");
    place.run("meshtree render fleet && git add -A && git commit -m 'sign under the new root'");
    place.ends("meshtree ca rotate untrust fleet", 4);
    place.run("meshtree ca rotate untrust fleet --workloads-restarted");
    place.run("meshtree render fleet && git add -A && git commit -m 'remove the former root'");
    let key = fs::read_to_string(place.at("root-key.pem")).expect("a key");
    let certificate = fs::read_to_string(place.at("root.pem")).expect("a certificate");
    let data = serde_json::json!({"root-cert.pem": certificate, "key.pem": key});
    place.secret("new-company-root", "pki", &data);
    place.run("kubectl get secret new-company-root -n pki -o yaml | meshtree ca rotate trust fleet --to -");
    place.run("git checkout --quiet fleet && git clean --quiet -fd fleet");

    place.upgraded();
    let said = place.run("meshtree ca crl fleet --revoke 00:ef:b4:96:63:2d:d3:c8:24:56:eb:1f:21:8d:9a:dd:c1");
    assert!(
        said.contains("revoked  ef:b4:96:63:2d:d3:c8:24:56:eb:1f:21:8d:9a:dd:c1") || said.contains("00:ef:b4"),
        "{said}"
    );

    place.empty();
    place.run("kubectl get secret company-root -n pki -o yaml | meshtree ca adopt fleet --secret -");
    place.run("SOPS_AGE_KEY_FILE=key.txt meshtree render fleet");
    place.covers("docs/ca.md");
}

/// A key is in clear where that is asked for by its flag, and nowhere else.
fn in_clear(place: &mut Place) {
    const PRINT: &str = "meshtree render fleet --cluster kind2 --stdout --plaintext-private-keys --quiet";
    let printed = place.run(PRINT);
    assert!(
        printed.contains("warning[MT0728]: Secret cacerts is rendered with its private key in clear for cluster kind2")
    );
    assert!(printed.contains("    -----BEGIN RSA PRIVATE KEY-----\n") && !printed.contains("sops:"));
    let said = place.ends(&format!("SOPS_AGE_KEY_FILE= {PRINT}"), 4);
    assert!(said.contains("cannot be rendered in clear: no age identity is available"), "{said}");
    place.ends("grep -rl 'PRIVATE KEY' fleet", 1);
    place.run("meshtree render fleet --out clear --plaintext-private-keys");
    place.run("grep -q 'RSA PRIVATE KEY' clear/kind3/istio-system/secret-cacerts.yaml && rm -r clear");
    place.ends("meshtree cmp generate --plaintext-private-keys", 2);
}

#[test]
fn the_page_on_roots_of_your_own() {
    let Some(mut place) = Place::new() else { return };
    for (name, namespace, output) in [
        ("virtual-mesh.service-mesh-hub", "service-mesh-hub", "yaml"),
        ("istio-ca-secret", "istio-system", "json"),
        ("company-root", "pki", "yaml"),
    ] {
        place.empty();
        place
            .run(&format!("kubectl get secret {name} -n {namespace} -o {output} | meshtree ca adopt fleet --secret -"));
    }
    place.empty();
    place.run("meshtree ca adopt fleet --certificate root.pem --key root-key.pem");
    place.run("meshtree ca issue fleet");
    let exported = place.run("meshtree ca export fleet --cluster kind2 --quiet");
    let data = serde_json::from_str(&exported).expect("JSON");
    place.secret("cacerts", "istio-system", &data);
    fs::remove_file(place.at("fleet/ca/service-mesh-hub.virtual-mesh/meshes/istiod-istio-system-kind2.yaml"))
        .expect("there");
    let said = place.run(
        "kubectl --context kind2 get secret cacerts -n istio-system -o yaml | meshtree ca adopt fleet --cluster kind2 --secret -",
    );
    assert!(said.contains("next: run meshtree render"), "{said}");

    place.empty();
    let said = place.run("meshtree ca adopt fleet --certificate-only --certificate root.pem");
    assert!(said.contains("next: run meshtree ca csr, have the requests signed and run meshtree ca accept"), "{said}");
    place.run("meshtree ca csr fleet > requests.csr");
    place.run("meshtree ca sign requests.csr --certificate root.pem --key root-key.pem --days 365 > signed.pem");
    let said = place.run("meshtree ca accept fleet --certificate signed.pem");
    assert!(said.contains("next: run meshtree render"), "{said}");
    place.run("meshtree render fleet");
    place.upgraded();
    const AGAIN: &str =
        "next: run meshtree ca crl fleet --virtual-mesh service-mesh-hub/virtual-mesh --signer PROGRAM, where an age";
    place.run("meshtree ca crl fleet --signer ./sign-with-kms");
    let said = place.run("meshtree ca renew fleet --cluster kind2 --signer ./sign-with-kms");
    assert!(said.contains(AGAIN), "{said}");
    place.run("meshtree ca crl fleet --signer ./sign-with-kms");
    place.run("meshtree render fleet");
    place.run("meshtree ca csr fleet --cluster kind3 --renew > again.csr");
    place.run("meshtree ca sign again.csr --certificate root.pem --key root-key.pem > again.pem");
    let said = place.run("meshtree ca accept fleet --certificate again.pem");
    assert!(said.contains(AGAIN), "{said}");
    // The same once more: the CRLs are all that is left to do.
    let said = place.run("meshtree ca accept fleet --certificate again.pem --signer ./sign-with-kms");
    assert!(said.contains("signed the CRLs of VirtualMesh service-mesh-hub/virtual-mesh again, in 2 meshes"), "{said}");
    place.run("meshtree render fleet");
    place.empty();
    place.run("meshtree ca adopt fleet --certificate-only --certificate root.pem");
    place.run("meshtree ca issue fleet --signer openssl dgst -sha256 -sign /run/keys/root-key.pem");

    const IMAGE: &str = "registry.example.com/openssl-kubectl@sha256:…";
    fs::remove_file(place.at("fleet/ca/service-mesh-hub.virtual-mesh/meshes/istiod-istio-system-kind2.yaml"))
        .expect("there");
    place.run(&format!(
        "meshtree ca csr fleet --in-cluster --cluster kind2 --image {IMAGE} | kubectl --context kind2 apply -f -"
    ));
    place.makes_its_key();
    place.run("kubectl --context kind2 -n istio-system logs job/meshtree-ca-request > kind2.csr");
    place.run("meshtree ca sign kind2.csr --certificate root.pem --key root-key.pem > kind2.pem");
    place.run(&format!(
        "meshtree ca accept fleet --certificate kind2.pem --in-cluster --cluster kind2 --image {IMAGE} | kubectl --context kind2 apply -f -"
    ));
    place.run("meshtree render fleet");
    place.run(&format!(
        "meshtree ca crl fleet --in-cluster --cluster kind2 --image {IMAGE} | kubectl --context kind2 apply -f -"
    ));
    place.signs_its_list();
    place.run("kubectl --context kind2 -n istio-system logs job/meshtree-ca-crl > kind2.crl");
    place.ends("meshtree ca crl fleet --signer ./sign-with-kms", 4);
    let said = place.run("meshtree ca crl fleet --given kind2.crl --signer ./sign-with-kms");
    assert!(said.contains("CRLs of its root and of all intermediates, in 2 meshes"), "{said}");
    place.run("meshtree render fleet");
    place.covers("docs/own-root.md");
}
