//! An intermediate is issued again under the same root.

use std::path::Path;

use meshtree::ca::{CaError, Options, Progress, plan_material};
use meshtree::diag::{Code, Report};
use time::Duration;

use crate::certificates::der;
use crate::fixture::{AUTHORITY, Fleet, clusters, issue_time, mesh_file, plan};
use crate::sops_reader;

/// Options that renew the intermediates of these clusters, or of all.
fn renewing(fleet: &Fleet, clusters: &[&str]) -> Options {
    Options { renew: Some(clusters.iter().map(|cluster| (*cluster).into()).collect()), ..fleet.opening() }
}

#[test]
fn a_renewed_intermediate_has_a_new_key_and_the_same_root() {
    let fleet = Fleet::issued();
    let (before, file) = (fleet.files(), mesh_file("kind2"));
    let former = der(&fleet.entry(&file, "ca-cert.pem"));
    let (later, mut report) = (issue_time() + Duration::days(100), Report::default());
    let asked = plan(&["kind1", "kind2", "kind3"]);
    let pending = plan_material(&asked, &renewing(&fleet, &["kind2"]), later, &mut report);
    assert_eq!(report.diags().iter().map(|diag| diag.code).collect::<Vec<_>>(), [Code::NewIntermediate]);
    assert_eq!(clusters(&pending.ready().meshes), ["kind1"]);
    let said = std::sync::Mutex::new(Vec::new());
    let progress: Progress<'_> = &|made, all| said.lock().expect("alone").push((made, all));
    let material = pending.issue_with(progress).expect("material");
    assert_eq!(*said.lock().expect("alone"), [(1, 1)]);
    // kind3, which has none, was not named.
    assert_eq!(clusters(&material.meshes), ["kind1", "kind2"]);

    let mut after = fleet.files();
    let path = format!("{AUTHORITY}/{file}");
    let (text, _) = after.remove(Path::new(&path)).expect("the file");
    let mut others = before.clone();
    others.remove(Path::new(&path)).expect("the file");
    assert_eq!(after, others, "nothing else was touched");
    assert_eq!(text, material.meshes[1].manifest.as_bytes());
    sops_reader::open(&fleet.read(&file), &fleet.identity);
    let [root, renewed] =
        [("root.yaml", "root-cert.pem"), (&file, "ca-cert.pem")].map(|(file, entry)| der(&fleet.entry(file, entry)));
    let [root, renewed, former] =
        [&root, &renewed, &former].map(|der| x509_parser::parse_x509_certificate(der).expect("a certificate").1);
    renewed.verify_signature(Some(root.public_key())).expect("signed by the root");
    assert_ne!(renewed.public_key().raw, former.public_key().raw);
    assert_eq!((renewed.subject(), renewed.issuer()), (former.subject(), former.issuer()));
    assert!(renewed.validity().not_after > former.validity().not_after);
    assert_eq!(fleet.entry(&file, "root-cert.pem"), fleet.entry("root.yaml", "root-cert.pem"));
    // What is there now is copied as what was there before.
    assert_eq!(clusters(&fleet.render(&plan(&["kind1", "kind2"]), &fleet.options()).meshes), ["kind1", "kind2"]);
}

#[test]
fn nothing_is_renewed_without_the_means() {
    let fleet = Fleet::issued();
    let renew = renewing(&fleet, &[]).renew;
    let said = fleet.refusal(&plan(&["kind1"]), &Options { renew, ..fleet.options() }, Code::CaMissing);
    assert!(said.contains("cannot be renewed: no age identity") && said.contains("`meshtree ca renew`"), "{said}");
    let empty = Fleet::empty();
    let said = empty.refusal(&plan(&["kind1"]), &renewing(&empty, &[]), Code::CaMissing);
    assert!(said.contains("has no CA material to renew"), "{said}");
}

#[test]
fn a_file_that_another_run_renewed_stays() {
    let fleet = Fleet::issued();
    let (pending, _) = fleet.plan(&plan(&["kind1"]), &renewing(&fleet, &[]));
    fleet.edit(&mesh_file("kind1"), |text| text + "# another run's\n");
    let before = fleet.files();
    assert!(matches!(pending.issue(), Err(CaError::Raced(_))));
    assert_eq!(fleet.files(), before);
}
