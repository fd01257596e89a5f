//! A mesh joins an authority that exists already.

use std::fs;
use std::path::Path;

use meshtree::ca::{CaError, Identities, Options, plan_material};
use meshtree::diag::{Code, Report};
use meshtree::ids::ObjectRef;
use time::Duration;
use zeroize::Zeroizing;

use crate::certificates::der;
use crate::fixture::{AUTHORITY, Fleet, clusters, issue_time, mesh_file, plan};
use crate::sops_reader;

#[test]
fn only_the_new_intermediate_is_issued_and_it_does_not_outlive_the_root() {
    let fleet = Fleet::issued();
    let before = fleet.files();
    let (later, mut report) = (issue_time() + Duration::days(300), Report::default());
    let pending = plan_material(&plan(&["kind1", "kind2", "kind3"]), &fleet.opening(), later, &mut report);
    let said: Vec<_> = report.diags().iter().map(|diag| (diag.code, diag.message.as_str())).collect();
    let short = "the intermediate certificate of mesh service-mesh-hub/istiod-istio-system-kind3 lasts 200 days instead of 365: it ends with its root";
    let new = "the intermediate certificate of mesh service-mesh-hub/istiod-istio-system-kind3 is issued under the root of VirtualMesh service-mesh-hub/virtual-mesh, and ends at 2028-05-29T08:00:00Z";
    assert_eq!(said, [(Code::NewIntermediate, new), (Code::CertificateShort, short)]);
    let hub = |name: &str| ObjectRef::new("service-mesh-hub", name);
    assert_eq!(pending.to_issue(), [(hub("virtual-mesh"), Some(hub("istiod-istio-system-kind3")))]);
    assert_eq!(clusters(&pending.ready().meshes), ["kind1", "kind2"]);
    let material = pending.issue().expect("material");
    let issued: Vec<_> = material.meshes.iter().map(|mesh| (mesh.cluster.as_str(), mesh.issued)).collect();
    assert_eq!(issued, [("kind1", false), ("kind2", false), ("kind3", true)]);

    let mut after = fleet.files();
    let (text, _) = after.remove(Path::new(&format!("{AUTHORITY}/{}", mesh_file("kind3")))).expect("the new file");
    assert_eq!(after, before, "nothing else was touched");
    assert_eq!(text, material.meshes[2].manifest.as_bytes());
    sops_reader::open(&material.meshes[2].manifest, &fleet.identity);
    let [root, new] = [("root.yaml", "root-cert.pem"), (&mesh_file("kind3"), "ca-cert.pem")]
        .map(|(file, entry)| der(&fleet.entry(file, entry)));
    let [root, new] = [&root, &new].map(|der| x509_parser::parse_x509_certificate(der).expect("a certificate").1);
    new.verify_signature(Some(root.public_key())).expect("signed by the root");
    assert_eq!(new.validity().not_before.timestamp(), later.unix_timestamp());
    assert_eq!(new.validity().not_after, root.validity().not_after);
}

#[test]
fn without_the_means_the_mesh_is_named_and_what_to_do() {
    let fleet = Fleet::issued();
    let asked = plan(&["kind1", "kind3"]);
    let no_identity = fleet.refusal(&asked, &fleet.options(), Code::CaMissing);
    assert!(no_identity.contains("mesh service-mesh-hub/istiod-istio-system-kind3"), "{no_identity}");
    assert!(no_identity.contains("no age identity is available") && no_identity.contains("SOPS_AGE_KEY"));
    assert!(no_identity.contains("root.yaml"));

    let locked = fleet.refusal(&asked, &Options { locked: true, ..fleet.opening() }, Code::CaMissing);
    assert!(locked.contains("`--locked`"), "{locked}");
    let options = Options { locked: true, lock: "--stdout", ..fleet.opening() };
    let printing = fleet.refusal(&asked, &options, Code::CaMissing);
    assert!(printing.contains("without `--stdout`") && !printing.contains("--locked"), "{printing}");

    let identities = Fleet::empty().opening().identities;
    let stranger = fleet.refusal(&asked, &Options { identities, ..fleet.opening() }, Code::CaMissing);
    let recipient = fleet.identity.to_public().to_string();
    assert!(stranger.contains(&format!("encrypted to {recipient}")), "{stranger}");

    let text = Some(Zeroizing::new("AGE-SECRET-KEY-1NONSENSE".to_owned()));
    let identities = Identities { text, ..Identities::default() };
    let nonsense = fleet.refusal(&asked, &Options { identities, ..fleet.opening() }, Code::CaMissing);
    assert!(nonsense.contains("SOPS_AGE_KEY, line 1") && !nonsense.contains("NONSENSE"), "{nonsense}");

    let recipients = Options::new("").recipients;
    let nobody = fleet.refusal(&asked, &Options { recipients, ..fleet.opening() }, Code::NoRecipients);
    assert!(nobody.contains("recipients"), "{nobody}");
}

#[test]
fn an_expired_root_signs_nothing() {
    let fleet = Fleet::issued();
    let mut report = Report::default();
    let expired = issue_time() + Duration::days(501);
    let pending = plan_material(&plan(&["kind1", "kind3"]), &fleet.opening(), expired, &mut report);
    assert!(pending.is_refused() && report.diags()[0].message.ends_with("has expired"), "{report:?}");
    assert_eq!(clusters(&pending.ready().meshes), ["kind1"]);
    assert!(matches!(pending.issue(), Err(CaError::Refused)));
}

#[test]
fn a_root_that_was_tampered_with_signs_nothing() {
    let asked = plan(&["kind3"]);
    let refused = |change: fn(String) -> String| {
        let fleet = Fleet::issued();
        fleet.edit("root.yaml", change);
        fleet.refusal(&asked, &fleet.opening(), Code::CaBroken)
    };
    assert!(
        refused(|text| text.replace("  name: virtual-mesh.", "  name: other-mesh."))
            .contains("a MAC that does not match")
    );
    let moved = refused(|text| text.replace("stringData:\n", "stringData:\n  extra: x\n"));
    assert!(moved.contains("a MAC that does not match"), "{moved}");
    let damaged = refused(|text| {
        let at = text.find("ENC[AES256_GCM,data:").map_or(0, |at| at + 40);
        let letter = if &text[at..=at] == "A" { "B" } else { "A" };
        format!("{}{letter}{}", &text[..at], &text[at + 1..])
    });
    assert!(damaged.contains("data key does not decrypt: `stringData:key.pem:`"), "{damaged}");
    let fleet = Fleet::issued();
    fleet.edit("root.yaml", |text| text.replace("  age:\n  - recipient", "  pgp:\n  - recipient"));
    let pgp = fleet.refusal(&asked, &fleet.opening(), Code::CaMissing);
    assert!(pgp.contains("no `sops.age` entries"), "{pgp}");
}

#[test]
fn a_run_that_comes_too_late_overwrites_nothing() {
    let fleet = Fleet::issued();
    let (pending, _) = fleet.plan(&plan(&["kind3"]), &fleet.opening());
    let file = fleet.path(&mesh_file("kind3"));
    fs::write(&file, "another run's").expect("a file");
    let error = pending.issue().expect_err("too late");
    assert!(matches!(error, CaError::Raced(_)) && error.to_string().contains("run again"), "{error}");
    assert_eq!(fs::read_to_string(&file).expect("a file"), "another run's");
}
