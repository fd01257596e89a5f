//! CRLs of all CAs of an authority: signed at once, complete or refused.

use meshtree::ca::{CrlOrder, Lists, Options, revocation};
use meshtree::diag::{Code, Report};
use meshtree::plan::CaPlan;
use time::{Duration, OffsetDateTime};
use x509_parser::pem::Pem;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::revocation_list::CertificateRevocationList;

use crate::certificates::der;
use crate::fixture::{Fleet, clusters, issue_time, mesh_file, plan};
use crate::sops_reader;

fn order(revoke: &[&str]) -> CrlOrder {
    let revoke = revoke.iter().map(|text| (*text).to_owned()).collect();
    CrlOrder { revoke, days: 400, cut_off: false, remove: false, too_old: Vec::new(), given: Vec::new() }
}

fn decide(fleet: &Fleet, plan: &CaPlan, order: &CrlOrder, now: OffsetDateTime) -> (Option<Lists>, String) {
    let mut report = Report::default();
    let lists = revocation(&plan.authorities[0], &fleet.opening(), order, now, &mut report);
    let said = report.diags().iter().map(|diag| {
        assert!(matches!(diag.code, Code::CrlsRefused | Code::CaMissing), "{diag:?}");
        format!("{} {}\n", diag.message, diag.hint.as_deref().unwrap_or_default())
    });
    (lists, said.collect())
}

fn sign(fleet: &Fleet, plan: &CaPlan, order: &CrlOrder, now: OffsetDateTime) {
    let (lists, said) = decide(fleet, plan, order, now);
    lists.unwrap_or_else(|| panic!("{said}")).carry_out().expect("signed");
}

/// What is said of CRLs that are not signed; nothing may change.
fn refused(fleet: &Fleet, plan: &CaPlan, order: &CrlOrder) -> String {
    let before = fleet.files();
    let (lists, said) = decide(fleet, plan, order, issue_time());
    assert!(lists.is_none());
    assert_eq!(fleet.files(), before);
    said
}

/// The CRLs in the Secret of a mesh: how many serial numbers each revokes.
fn crls(fleet: &Fleet, cluster: &str) -> Vec<(Vec<u8>, usize)> {
    let file = mesh_file(cluster);
    sops_reader::open(&fleet.read(&file), &fleet.identity);
    let text = fleet.entry(&file, "ca-crl.pem");
    let blocks = Pem::iter_from_buffer(text.as_bytes()).map(|block| block.expect("PEM").contents);
    blocks
        .map(|der| {
            let (_, crl) = CertificateRevocationList::from_der(&der).expect("a CRL");
            let count = crl.iter_revoked_certificates().count();
            (der, count)
        })
        .collect()
}

fn serial(fleet: &Fleet, cluster: &str) -> String {
    let der = der(&fleet.entry(&mesh_file(cluster), "ca-cert.pem"));
    let (_, certificate) = X509Certificate::from_der(&der).expect("a certificate");
    certificate.raw_serial_as_string()
}

#[test]
fn every_mesh_has_the_crls_of_every_ca() {
    let (fleet, two, now) = (Fleet::issued(), plan(&["kind1", "kind2"]), issue_time());
    sign(&fleet, &two, &order(&[]), now);
    let signed = crls(&fleet, "kind1");
    assert_eq!(signed, crls(&fleet, "kind2"));
    assert_eq!(signed.iter().map(|(_, revoked)| *revoked).collect::<Vec<_>>(), [0, 0, 0]);
    let signers = [
        ("root.yaml".to_owned(), "root-cert.pem"),
        (mesh_file("kind1"), "ca-cert.pem"),
        (mesh_file("kind2"), "ca-cert.pem"),
    ];
    for ((file, entry), (crl, _)) in signers.iter().zip(&signed) {
        let der = der(&fleet.entry(file, entry));
        let (_, ca) = X509Certificate::from_der(&der).expect("a certificate");
        let (_, crl) = CertificateRevocationList::from_der(crl).expect("a CRL");
        crl.verify_signature(ca.public_key()).expect("signed by its CA");
        assert_eq!(crl.issuer().as_raw(), ca.subject().as_raw());
        assert_eq!(crl.next_update().map(|at| at.timestamp()), Some((now + Duration::days(400)).unix_timestamp()));
    }
    assert_eq!(clusters(&fleet.render(&two, &fleet.options()).meshes), ["kind1", "kind2"]);
    let ends = |days| {
        let (pending, mut report) = fleet.plan(&two, &fleet.options());
        pending.check_validity(now + Duration::days(days), &mut report);
        report
            .diags()
            .iter()
            .any(|diag| diag.code == Code::CrlsEnd && diag.message.contains("and calls fail from then on"))
    };
    assert!(!ends(369) && ends(370) && ends(401));

    // An intermediate is replaced, and the one before it revoked.
    let leaked = serial(&fleet, "kind2");
    let said = refused(&fleet, &two, &order(&[&leaked]));
    assert!(said.contains("mesh service-mesh-hub/istiod-istio-system-kind2 signs with the intermediate"), "{said}");
    assert!(said.contains("`meshtree ca renew --cluster kind2`") && said.contains("--cut-off"), "{said}");
    let renew = Options { renew: Some(["kind2".into()].into()), only_store: true, ..fleet.opening() };
    fleet.plan(&two, &renew).0.issue().expect("renewed");
    let said = fleet.refusal(&two, &fleet.opening(), Code::CrlsRefused);
    assert!(
        said.contains("there is none of the intermediate of mesh service-mesh-hub/istiod-istio-system-kind2"),
        "{said}"
    );
    sign(&fleet, &two, &order(&[&leaked]), now + Duration::DAY);
    let signed = crls(&fleet, "kind1");
    // The last one is of the intermediate that was replaced: its workloads are still there.
    assert_eq!(signed.iter().map(|(_, revoked)| *revoked).collect::<Vec<_>>(), [1, 0, 0, 0]);
    // What is revoked stays revoked, whoever signs next; what nobody has a certificate of is left out once its CRL has ended.
    sign(&fleet, &two, &order(&[]), now + Duration::days(401));
    assert_eq!(crls(&fleet, "kind2").iter().map(|(_, revoked)| *revoked).collect::<Vec<_>>(), [1, 0, 0]);

    let three = plan(&["kind1", "kind2", "kind3"]);
    let said = fleet.refusal(&three, &fleet.opening(), Code::CrlsRefused);
    assert!(said.contains("run `meshtree ca issue` and `meshtree ca crl`"), "{said}");
    assert!(refused(&fleet, &three, &order(&[])).contains("istiod-istio-system-kind3 has no intermediate"));
    sign(&fleet, &two, &CrlOrder { cut_off: true, ..order(&["istiod-istio-system-kind1"]) }, now + Duration::days(402));
    assert_eq!(crls(&fleet, "kind1")[0].1, 2);
    sign(&fleet, &two, &CrlOrder { remove: true, ..order(&[]) }, now);
    for cluster in ["kind1", "kind2"] {
        let left = fleet.read(&mesh_file(cluster));
        assert!(!left.contains("ca-crl.pem") && !left.contains("X509 CRL"), "{left}");
    }
    fleet.render(&two, &fleet.options());
}

#[test]
fn crls_that_would_not_count_are_not_signed() {
    let (fleet, two) = (Fleet::issued(), plan(&["kind1", "kind2"]));
    let said = refused(&fleet, &two, &CrlOrder { too_old: vec!["kind2".to_owned()], ..order(&[]) });
    assert!(said.contains("from Istio 1.27 on, and these clusters have an earlier one: kind2"), "{said}");
    assert!(refused(&fleet, &two, &order(&["kind2"])).contains("--revoke kind2 is neither a mesh of it nor a serial"));
    let root = der(&fleet.entry("root.yaml", "root-cert.pem"));
    let (_, root) = X509Certificate::from_der(&root).expect("a certificate");
    assert!(refused(&fleet, &two, &order(&[&root.raw_serial_as_string()])).contains("no CRL revokes a root"));
    let mut report = Report::default();
    assert!(revocation(&two.authorities[0], &fleet.options(), &order(&[]), issue_time(), &mut report).is_none());
    assert!(report.diags()[0].message.contains("CRLs need the private key in root.yaml"), "{report:?}");
    // Those of one mesh alone would have its proxies refuse everybody else.
    let before = fleet.read(&mesh_file("kind2"));
    sign(&fleet, &two, &order(&[]), issue_time());
    std::fs::write(fleet.path(&mesh_file("kind2")), before).expect("a file");
    let said = fleet.refusal(&two, &fleet.opening(), Code::CrlsRefused);
    assert!(said.contains("mesh service-mesh-hub/istiod-istio-system-kind2 has none"), "{said}");
    sign(&fleet, &two, &order(&[]), issue_time());
    fleet.render(&two, &fleet.options());
}
