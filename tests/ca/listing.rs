//! CRLs where a certificate or a key is elsewhere: signed again as certificates are accepted, and signed in the cluster that keeps the key.

use std::fs;
use std::path::Path;
use std::process::Command;

use meshtree::ca::{CrlOrder, Options, revocation};
use meshtree::diag::{Code, Report};
use meshtree::ids::ObjectRef;
use meshtree::plan::CaPlan;
use time::Duration;
use x509_parser::pem::Pem;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::revocation_list::CertificateRevocationList;

use crate::adopting::{custodian, offline, request, said, sign};
use crate::certificates::der;
use crate::fixture::{Fleet, clusters, issue_time, mesh_file};
use crate::given::{given, root, with_root};
use crate::openssl::openssl_in;
use crate::sops_reader;

const BOTH: [&str; 2] = ["kind1", "kind2"];

fn order() -> CrlOrder {
    CrlOrder { revoke: Vec::new(), days: 60, cut_off: false, remove: false, too_old: Vec::new(), given: Vec::new() }
}

/// Signs CRLs; what is said, if they are refused.
fn crl(plan: &CaPlan, options: &Options, order: &CrlOrder) -> Report {
    let mut report = Report::default();
    let lists = revocation(&plan.authorities[0], options, order, issue_time(), &mut report);
    if let Some(lists) = lists {
        lists.carry_out().expect("signed");
    }
    report
}

/// Accepts certificates with what a run brings along; the VirtualMesh whose CRLs are signed again, and what is said.
fn accept(options: Options, text: &str) -> (Option<ObjectRef>, Report) {
    let mut report = Report::default();
    let files = [("signed.pem".to_owned(), text.to_owned())];
    let signed = custodian(given(&BOTH), options).accept(None, &files, &mut report).expect("a store");
    (signed, report)
}

/// For how many days the first CRL of a mesh counts, and whether there is one of each CA.
fn listed(fleet: &Fleet, cluster: &str) -> (i64, bool) {
    let text = fleet.entry(&mesh_file(cluster), "ca-crl.pem");
    let crls: Vec<_> = Pem::iter_from_buffer(text.as_bytes()).map(|pem| pem.expect("PEM").contents).collect();
    let crls: Vec<_> = crls.iter().map(|der| CertificateRevocationList::from_der(der).expect("a CRL").1).collect();
    let authorities = [(mesh_file("kind1"), "root-cert.pem")];
    let authorities = authorities.into_iter().chain(BOTH.map(|cluster| (mesh_file(cluster), "ca-cert.pem")));
    let is_whole = authorities.map(|(file, entry)| der(&fleet.entry(&file, entry))).all(|der| {
        let (_, ca) = X509Certificate::from_der(&der).expect("a certificate");
        crls.iter().any(|crl| crl.verify_signature(ca.public_key()).is_ok())
    });
    let seconds = crls[0].next_update().expect("an end").timestamp() - crls[0].last_update().timestamp();
    (seconds / Duration::DAY.whole_seconds(), is_whole)
}

/// A fleet with the root's key in the store, two meshes and their CRLs; and the root.
fn with_crls() -> (Fleet, String, String) {
    let (certificate, key) = root(|_| {});
    let fleet = with_root(&(certificate.clone(), key.clone()));
    fleet.render(&given(&BOTH), &fleet.opening());
    assert!(crl(&given(&BOTH), &fleet.opening(), &order()).diags().is_empty());
    (fleet, certificate, key)
}

#[test]
fn crls_are_signed_again_with_a_certificate_that_is_accepted() {
    let (fleet, certificate, key) = with_crls();
    let signed = sign(&request(&fleet, &["kind1".to_owned()], true), &certificate, &key);
    let (again, report) = accept(fleet.opening(), &signed);
    assert_eq!(again, Some(ObjectRef::new("service-mesh-hub", "virtual-mesh")), "{report:?}");
    assert_eq!([listed(&fleet, "kind1"), listed(&fleet, "kind2")], [(60, true); 2], "for as long as before");
    assert_eq!(fleet.entry(&mesh_file("kind1"), "ca-crl.pem"), fleet.entry(&mesh_file("kind2"), "ca-crl.pem"));
    for cluster in BOTH {
        sops_reader::open(&fleet.read(&mesh_file(cluster)), &fleet.identity);
    }
    assert!(!fleet.path("requests/istiod-istio-system-kind1.yaml").exists());
    assert_eq!(clusters(&fleet.render(&given(&BOTH), &fleet.options()).meshes), BOTH);
    let files = fleet.files();
    assert!(accept(fleet.opening(), &signed).0.is_none());
    assert_eq!(fleet.files(), files, "all is there");
}

#[test]
fn a_certificate_and_its_crls_are_accepted_together_or_not_at_all() {
    let (fleet, certificate, key) = with_crls();
    let signed = sign(&request(&fleet, &["kind1".to_owned()], true), &certificate, &key);
    // A mesh whose file cannot be opened keeps the CRLs from being signed.
    fleet.edit(&mesh_file("kind2"), |text| text.replace("  lastmodified: '2027", "  lastmodified: '2028"));
    let before = fleet.files();
    let (again, report) = accept(fleet.opening(), &signed);
    assert!(again.is_none() && said(&report).0 == Code::CaBroken, "{report:?}");
    assert_eq!(fleet.files(), before);
    fleet.edit(&mesh_file("kind2"), |text| text.replace("  lastmodified: '2028", "  lastmodified: '2027"));

    // Where the keys are not available, the certificate is accepted alone, and the same command does the rest where they are.
    let (again, report) = accept(fleet.options(), &signed);
    assert!(again.is_none() && report.diags().is_empty(), "{report:?}");
    let said = fleet.refusal(&given(&BOTH), &fleet.opening(), Code::CrlsRefused);
    assert!(
        said.contains("there is none of the intermediate of mesh service-mesh-hub/istiod-istio-system-kind1"),
        "{said}"
    );
    assert!(accept(fleet.opening(), &signed).0.is_some());
    assert_eq!(listed(&fleet, "kind2"), (60, true));
}

/// Runs the script of a Job where the cluster has this key; what it prints.
fn ran(directory: &Path, job: &str, key: &str) -> Option<String> {
    openssl_in(directory, &["version"])?;
    let job: serde_yaml::Value = serde_yaml::from_str(job.rsplit("\n---\n").next()?).expect("YAML");
    let script = job["spec"]["template"]["spec"]["containers"][0]["command"][2].as_str().expect("a script");
    let work = directory.join("work");
    fs::create_dir_all(work.join("bin")).expect("a directory");
    fs::write(work.join("key"), key).expect("a file");
    let kubectl = format!("#!/bin/sh\ncase $* in *'secret cacerts '*) base64 < {}/key ;; esac\n", work.display());
    fs::write(work.join("bin/kubectl"), kubectl).expect("a file");
    Command::new("chmod").arg("755").arg(work.join("bin/kubectl")).status().expect("set");
    let path = format!("{}:{}", work.join("bin").display(), std::env::var("PATH").unwrap_or_default());
    let script = script.replace("cd /work", &format!("cd {}", work.display()));
    let output = Command::new("sh").args(["-c", &script]).env("PATH", path).output().expect("sh");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}", text(&output.stderr));
    Some(text(&output.stdout))
}

/// A fleet whose kind2 keeps its key, with the key, and the root as a file with a program that signs with it.
fn keeps_its_key() -> (Fleet, String, Options) {
    let (fleet, certificate, key) = offline();
    let requests = request(&fleet, &[], false);
    let kept = fleet.read("requests/istiod-istio-system-kind2.yaml");
    let kept =
        sops_reader::open(&kept, &fleet.identity)["stringData"]["ca-key.pem"].as_str().expect("a key").to_owned();
    let signed = sign(&requests, &certificate, &key);
    let (first, second) = signed.split_at(signed.rfind("-----BEGIN").expect("two"));
    assert!(accept(fleet.options(), first).1.diags().is_empty());
    let mut report = Report::default();
    let keeper = custodian(given(&BOTH), fleet.options());
    keeper.accept_in_cluster(None, "kind2", ("signed.pem", second), &mut report).expect("a store").expect("accepted");
    fs::remove_file(fleet.path("requests/istiod-istio-system-kind2.yaml")).expect("there");
    let file = fleet.dir.path().join("key.pem");
    fs::write(&file, key).expect("a file");
    let command = ["openssl", "dgst", "-sha256", "-sign"].map(Into::into).into_iter();
    let command = command.chain([file.into_os_string()]).collect();
    let signer = meshtree::ca::Program::new(command, std::time::Duration::from_secs(60));
    let options = Options { signer, ..fleet.opening() };
    (fleet, kept, options)
}

#[test]
fn a_cluster_signs_the_crl_of_a_key_that_it_keeps() {
    let (fleet, kept, options) = keeps_its_key();
    if openssl_in(fleet.dir.path(), &["version"]).is_none() {
        return;
    }
    let asked = given(&BOTH);
    let (code, message) = said(&crl(&asked, &options, &order()));
    assert_eq!(code, Code::CrlsRefused);
    assert!(message.contains("is in cluster kind2 alone, and there is no CRL that was signed there"), "{message}");
    assert!(message.contains("--in-cluster --cluster kind2 --image IMAGE | kubectl --context kind2"), "{message}");

    let (hub, keeper) = (ObjectRef::new("service-mesh-hub", "virtual-mesh"), custodian(asked.clone(), fleet.options()));
    let mut report = Report::default();
    let job =
        |cluster, report: &mut Report| keeper.list_in_cluster(&hub, (cluster, "image"), 400, report).expect("a Job");
    assert!(job("kind1", &mut report).is_none());
    assert!(
        said(&report).1.contains("the private key of mesh service-mesh-hub/istiod-istio-system-kind1"),
        "{report:?}"
    );
    let job = job("kind2", &mut Report::default()).expect("a Job");
    assert!(job.contains("name: meshtree-ca-crl") && !job.contains("PRIVATE KEY"), "{job}");
    // It reads istiod's key, and may do nothing else.
    let may = |verb: &str| job.contains(&format!("  - {verb}\n"));
    assert!(may("get") && !["create", "patch", "delete", "list"].into_iter().any(may), "{job}");
    let list = ran(fleet.dir.path(), &job, &kept).expect("openssl");

    let before = fleet.files();
    let with = |text: &str| CrlOrder { given: vec![("kind2.crl".to_owned(), text.to_owned())], ..order() };
    let other = fleet.entry(&mesh_file("kind1"), "ca-cert.pem");
    for (text, why) in [("", "kind2.crl has no CRL in PEM"), (&*other, "kind2.crl has no CRL in PEM")] {
        let (code, message) = said(&crl(&asked, &options, &with(text)));
        assert!(code == Code::CrlsRefused && message.contains(why), "{message}");
    }
    assert_eq!(fleet.files(), before);
    assert!(crl(&asked, &options, &with(&list)).diags().is_empty());
    assert_eq!([listed(&fleet, "kind1").1, listed(&fleet, "kind2").1], [true; 2]);
    assert_eq!(clusters(&fleet.render(&asked, &fleet.options()).meshes), BOTH);
    assert!(!fleet.read(&mesh_file("kind2")).contains("sops:"));

    // It stays until it ends, and it is said if that is before the others.
    assert!(crl(&asked, &options, &order()).diags().is_empty());
    let longer = crl(&asked, &options, &CrlOrder { days: 900, ..order() });
    let (code, message) = said(&longer);
    assert!(code == Code::CrlsEnd && message.contains("a CRL that was signed in its cluster ends at 20"), "{message}");
    // A root's list is not that of the intermediate.
    let text = fleet.entry(&mesh_file("kind1"), "ca-crl.pem");
    let (_, message) = said(&crl(&asked, &options, &with(&text)));
    assert!(message.contains("has a CRL that none of the intermediates signed"), "{message}");
}
