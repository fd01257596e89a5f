//! The life of CA material whose root is of another kind, whose key is elsewhere, or which is delivered in another form.

use std::fs;
use std::time::Duration as Wait;

use meshtree::ca::{
    Brought, Committed, CrlOrder, Custodian, Identities, Options, Order, Phase, Program, RootKey, Sealer, TreeBundle,
    TreeRoots, deliver, export, requests_in, revocation, rotation,
};
use meshtree::diag::{Code, Report};
use meshtree::model::settings::{Ca, Delivery, ExternalSecret, SealingScope, SecretStore, Settings};
use meshtree::plan::CaPlan;
use time::{Duration, OffsetDateTime};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::certificates::{der, ders};
use crate::fixture::{Fleet, clusters, issue_time, mesh_file, plan};
use crate::given::given;
use crate::openssl::openssl_in;
use crate::sealing::certificate as sealing_certificate;

const RSA: [&str; 6] = ["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];

/// A root that openssl makes with a key of its own command, whose name has several parts of one kind: its certificate and key. Nothing if
/// there is no openssl.
fn root(command: &[&str], name: &str) -> Option<(String, String)> {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("empty.cnf"), "[req]\ndistinguished_name=dn\n[dn]\n").expect("a file");
    openssl_in(dir.path(), &["version"])?;
    openssl_in(dir.path(), &[command, &["-out", "key.pem"]].concat())?;
    let subject = format!("/DC=com/DC=example/O=Company/CN={name}");
    let extensions =
        ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"];
    let own = ["req", "-new", "-x509", "-key", "key.pem", "-config", "empty.cnf", "-days", "3000", "-out", "root.pem"];
    openssl_in(dir.path(), &[&own[..], &["-subj", &subject], &extensions].concat())?;
    let read = |file| fs::read_to_string(dir.path().join(file)).expect("a file");
    Some((read("root.pem"), read("key.pem")))
}

fn ec(curve: &str) -> [&str; 5] {
    ["ecparam", "-genkey", "-noout", "-name", curve]
}

fn custodian(plan: &CaPlan, options: Options) -> Custodian {
    Custodian::new(plan.clone(), options, issue_time())
}

fn pem((certificate, key): &(String, String)) -> Brought {
    Brought::pem(("root.pem", certificate.clone()), Some(("key.pem", key.clone().into())))
}

fn adopt(fleet: &Fleet, plan: &CaPlan, brought: &Brought, keep: RootKey) {
    let mut report = Report::default();
    custodian(plan, fleet.options()).adopt_root(None, brought, keep, &mut report).expect("a store");
    assert!(!report.has_errors(), "{report:?}");
}

fn crl_order() -> CrlOrder {
    CrlOrder { revoke: Vec::new(), days: 400, cut_off: false, remove: false, too_old: Vec::new(), given: Vec::new() }
}

/// Signs CRLs, or says why not.
fn crls(fleet: &Fleet, plan: &CaPlan, options: &Options) -> Result<(), String> {
    let mut report = Report::default();
    match revocation(&plan.authorities[0], options, &crl_order(), issue_time(), &mut report) {
        Some(lists) => lists.carry_out().map_err(|error| error.to_string()),
        None => Err(said(&report)),
    }
    .inspect(|()| drop(fleet.render(plan, &fleet.options())))
}

fn said(report: &Report) -> String {
    let said =
        report.diags().iter().map(|diag| format!("{} {}\n", diag.message, diag.hint.as_deref().unwrap_or_default()));
    said.collect()
}

/// A phase, or why it does not begin.
fn phase(
    plan: &CaPlan,
    options: &Options,
    (phase, committed): (Phase, Committed),
    now: OffsetDateTime,
) -> Result<(), String> {
    let order = Order { phase, committed, wait: Duration::DAY, restarted: false };
    let mut report = Report::default();
    match rotation(&plan.authorities[0], options, &order, now, &mut report) {
        Some(turn) => turn.carry_out(&|_, _| {}).map_err(|error| error.to_string()),
        None => Err(said(&report)),
    }
}

/// What is committed of these clusters, one text each.
fn committed(texts: &[(&str, String)], since: OffsetDateTime) -> Committed {
    let one = |(cluster, text): &(&str, String)| (((*cluster).into(), "istio-system".to_owned()), text.clone());
    Committed { place: "HEAD".to_owned(), secrets: texts.iter().map(one).collect(), since: Some(since) }
}

/// Every mesh as the store has it.
fn stored(fleet: &Fleet, names: &[&'static str]) -> Vec<(&'static str, String)> {
    names.iter().map(|name| (*name, fleet.read(&mesh_file(name)))).collect()
}

#[test]
fn roots_of_each_kind_revoke_and_are_replaced() {
    let one = given(&["kind1"]);
    let Some(first) = root(&ec("prime256v1"), "First") else { return };
    let fleet = Fleet::empty();
    adopt(&fleet, &one, &pem(&first), RootKey::Sealed);
    fleet.render(&one, &fleet.opening());
    let mut now = issue_time();
    for (curve, name) in [(&ec("secp384r1")[..], "Second"), (&ec("secp521r1"), "Third"), (&RSA, "Fourth")] {
        crls(&fleet, &one, &fleet.opening()).expect("signed");
        let dir = fleet.dir.path();
        fs::write(dir.join("root.pem"), fleet.entry("root.yaml", "root-cert.pem")).expect("a file");
        let text = fleet.entry(&mesh_file("kind1"), "ca-crl.pem");
        fs::write(dir.join("crl.pem"), text.split_inclusive("-----END X509 CRL-----\n").next().expect("one"))
            .expect("a file");
        let verified = openssl_in(dir, &["crl", "-in", "crl.pem", "-CAfile", "root.pem", "-noout"]).expect("openssl");
        assert!(verified.contains("verify OK"), "{verified}");
        let remove = CrlOrder { remove: true, ..crl_order() };
        let lists = revocation(&one.authorities[0], &fleet.opening(), &remove, now, &mut Report::default());
        lists.expect("lists").carry_out().expect("removed");

        let next = root(curve, name).expect("openssl");
        let mut report = Report::default();
        custodian(&one, fleet.options()).next_root(None, &pem(&next), &mut report).expect("a store");
        assert!(!report.has_errors(), "{report:?}");
        phase(&one, &fleet.opening(), (Phase::Trust, Committed::default()), now).expect("trusted");
        let at = |now| committed(&stored(&fleet, &["kind1"]), now);
        let trusted = at(now);
        now += Duration::days(2);
        phase(&one, &fleet.opening(), (Phase::Sign, trusted), now).expect("signed");
        let signed = at(now);
        now += Duration::days(2);
        phase(&one, &fleet.opening(), (Phase::Untrust, signed), now).expect("complete");
        assert_eq!(fleet.entry("root.yaml", "root-cert.pem"), next.0);
        assert_eq!(ders(&fleet.entry(&mesh_file("kind1"), "root-cert.pem")), [der(&next.0)]);
        fs::write(dir.join("next.pem"), &next.0).expect("a file");
        fs::write(dir.join("ca.pem"), fleet.entry(&mesh_file("kind1"), "ca-cert.pem")).expect("a file");
        let at = now.unix_timestamp().to_string();
        let verified = openssl_in(dir, &["verify", "-x509_strict", "-attime", &at, "-CAfile", "next.pem", "ca.pem"]);
        assert_eq!(verified.expect("openssl").trim(), "ca.pem: OK");
    }
}

#[test]
fn what_the_next_root_cannot_be() {
    let (fleet, two) = (Fleet::issued(), plan(&["kind1", "kind2"]));
    let Some((certificate, key)) = root(&ec("prime256v1"), "Next") else { return };
    let bring = |brought: &Brought| {
        let mut report = Report::default();
        custodian(&two, fleet.options()).next_root(None, brought, &mut report).expect("a store");
        said(&report)
    };
    let own = fleet.entry("root.yaml", "root-cert.pem");
    let said = bring(&Brought::pem(("own.pem", own), None));
    assert!(said.contains("the root that --to names is the root that signs already"), "{said}");
    let (_, other) = root(&ec("prime256v1"), "Other").expect("openssl");
    let said = bring(&pem(&(certificate.clone(), other)));
    assert!(said.contains("key.pem is not the key of the certificate"), "{said}");
    assert!(!fleet.path("next-root.yaml").exists());

    assert_eq!(bring(&pem(&(certificate.clone(), key.clone()))), "");
    let written = fleet.read("next-root.yaml");
    assert!(written.contains("key.pem: 'ENC[") && !written.contains("PRIVATE KEY"), "{written}");
    assert_eq!(bring(&pem(&(certificate, key))), "", "the same again");
    let (another, _) = root(&ec("prime256v1"), "Another").expect("openssl");
    let said = bring(&Brought::pem(("another.pem", another.clone()), None));
    assert!(said.contains("is not the root that") && said.contains("remove that file first"), "{said}");
    phase(&two, &fleet.opening(), (Phase::Trust, Committed::default()), issue_time()).expect("trusted");
    let said = bring(&Brought::pem(("another.pem", another), None));
    assert!(said.contains("is not the root that the rotation under way leads to"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_root_without_its_key() {
    let one = given(&["kind1"]);
    let Some((certificate, key)) = root(&RSA, "Offline") else { return };
    let fleet = Fleet::empty();
    adopt(&fleet, &one, &Brought::pem(("root.pem", certificate), None), RootKey::Elsewhere);
    let program = |key: &str, name: &str| {
        let file = fleet.dir.path().join(name);
        fs::write(&file, key).expect("a file");
        let command = ["openssl", "dgst", "-sha256", "-sign"].map(Into::into).into_iter();
        let command = command.chain([file.into_os_string()]).collect();
        Options { signer: Program::new(command, Wait::from_secs(60)), ..fleet.opening() }
    };
    fleet.render(&one, &program(&key, "key.pem"));

    let renew = Options { renew: Some(Default::default()), only_store: true, ..fleet.opening() };
    let refused = fleet.refusal(&one, &renew, Code::CaMissing);
    assert!(
        refused.contains("`meshtree ca csr --renew`") && refused.contains("`meshtree ca renew --signer"),
        "{refused}"
    );
    let refused = crls(&fleet, &one, &fleet.opening()).expect_err("no key");
    assert!(refused.contains("the private key of the root is not in the CA store"), "{refused}");
    assert!(refused.contains("meshtree ca crl") && refused.contains("--signer PROGRAM"), "{refused}");
    crls(&fleet, &one, &program(&key, "key.pem")).expect("signed");
    let remove = CrlOrder { remove: true, ..crl_order() };
    let lists = revocation(&one.authorities[0], &fleet.opening(), &remove, issue_time(), &mut Report::default());
    lists.expect("lists").carry_out().expect("removed");

    // The next root may have its key elsewhere, too.
    let (next, next_key) = root(&RSA, "Next").expect("openssl");
    let mut report = Report::default();
    let brought = Brought::pem(("next.pem", next.clone()), None);
    custodian(&one, fleet.options()).next_root(None, &brought, &mut report).expect("a store");
    assert!(!report.has_errors(), "{report:?}");
    phase(&one, &fleet.opening(), (Phase::Trust, Committed::default()), issue_time()).expect("trusted");
    let (trusted, later) = (committed(&stored(&fleet, &["kind1"]), issue_time()), issue_time() + Duration::days(2));
    let refused = phase(&one, &fleet.opening(), (Phase::Sign, trusted.clone()), later).expect_err("no key");
    assert!(refused.contains("needs the private key of the new root, which is not in the CA store"), "{refused}");
    assert!(refused.contains("meshtree ca rotate sign") && refused.contains("--signer PROGRAM"), "{refused}");
    phase(&one, &program(&next_key, "next-key.pem"), (Phase::Sign, trusted), later).expect("signed");
    assert_eq!(ders(&fleet.entry(&mesh_file("kind1"), "cert-chain.pem"))[1], der(&next));
    fleet.render(&one, &fleet.options());
}

#[test]
fn a_key_that_its_cluster_keeps() {
    let one = given(&["kind1"]);
    let Some(first) = root(&ec("secp384r1"), "First") else { return };
    let fleet = Fleet::empty();
    adopt(&fleet, &one, &pem(&first), RootKey::Sealed);
    let mut report = Report::default();
    let by_hand = custodian(&one, fleet.options());
    let requests = by_hand.request(None, (&[], false), &|_, _| {}, &mut report).expect("requests");
    let signer = meshtree::ca::RootSigner::with_key(&first.0, &first.1, issue_time()).expect("a root");
    let request = requests_in(&requests[0].pem)[0];
    let Ok(signed) = signer.sign(request, 300) else { panic!("not signed") };
    let accepted = by_hand.accept_in_cluster(None, "kind1", ("signed.pem", &signed.certificate), &mut report);
    accepted.expect("a store").unwrap_or_else(|| panic!("{report:?}"));
    fs::remove_file(&requests[0].file).expect("removed");
    let key_of = |fleet: &Fleet| {
        let der = der(&fleet.entry(&mesh_file("kind1"), "ca-cert.pem"));
        X509Certificate::from_der(&der).expect("a certificate").1.public_key().raw.to_vec()
    };
    let key = key_of(&fleet);

    let refused = crls(&fleet, &one, &fleet.opening()).expect_err("no key");
    assert!(refused.contains("istiod-istio-system-kind1 is in cluster kind1 alone"), "{refused}");
    let renew = Options { renew: Some(Default::default()), only_store: true, ..fleet.opening() };
    let refused = fleet.refusal(&one, &renew, Code::CaMissing);
    assert!(refused.contains("cannot be renewed: its private key is in its cluster alone"), "{refused}");
    assert!(refused.contains("`meshtree ca csr --in-cluster --cluster kind1 --image IMAGE`"), "{refused}");

    // A rotation changes certificates alone, so nobody has to open the key.
    let next = root(&ec("prime256v1"), "Next").expect("openssl");
    custodian(&one, fleet.options()).next_root(None, &pem(&next), &mut report).expect("a store");
    let mut now = issue_time();
    let before = |now| committed(&stored(&fleet, &["kind1"]), now);
    phase(&one, &fleet.opening(), (Phase::Trust, Committed::default()), now).expect("trusted");
    assert_eq!(ders(&fleet.entry(&mesh_file("kind1"), "root-cert.pem")), [der(&first.0), der(&next.0)]);
    for step in [Phase::Sign, Phase::Untrust] {
        let committed = before(now);
        now += Duration::days(2);
        phase(&one, &fleet.opening(), (step, committed), now).expect("a phase");
        assert_eq!(ders(&fleet.entry(&mesh_file("kind1"), "cert-chain.pem"))[1], der(&next.0));
    }
    assert_eq!(key_of(&fleet), key, "the key that the cluster has");
    let text = fleet.read(&mesh_file("kind1"));
    assert!(!text.contains("ca-key.pem") && text.contains("meshtree.io/private-key: in-cluster"), "{text}");
    assert_eq!(clusters(&fleet.render(&one, &fleet.options()).meshes), ["kind1"]);
}

fn by(delivery: Delivery) -> Settings {
    let store = Some(SecretStore { name: "vault".into(), ..SecretStore::default() });
    let external_secret = Some(ExternalSecret { store, key_prefix: None });
    Settings { ca: Some(Ca { delivery, external_secret, ..Ca::default() }), ..Settings::default() }
}

/// What the trees of both clusters have: an ExternalSecret and a sealed copy.
fn forms(fleet: &Fleet, two: &CaPlan, options: &Options) -> [(&'static str, String); 2] {
    let material = fleet.render(two, options);
    let of = |cluster: &'static str, delivery| {
        let delivered = deliver(two, &material, &cluster.into(), &by(delivery));
        (cluster, delivered[0].text.to_string())
    };
    [of("kind1", Delivery::ExternalSecret), of("kind2", Delivery::SealedSecret)]
}

#[test]
fn a_rotation_sees_the_phase_in_every_form() {
    let (fleet, two, now) = (Fleet::issued(), plan(&["kind1", "kind2"]), issue_time());
    let file = sealing_certificate(&fleet, (2026, 2036));
    let sealing = [("kind2".into(), Sealer::new(&file, SealingScope::NamespaceWide))];
    let options = Options { sealing: sealing.into(), ..fleet.opening() };
    let before = forms(&fleet, &two, &options);
    phase(&two, &options, (Phase::Trust, Committed::default()), now).expect("trusted");
    let trust = forms(&fleet, &two, &options);
    let later = now + Duration::days(2);
    let sign = |texts: &[(&str, String)]| phase(&two, &options, (Phase::Sign, committed(texts, now)), later);
    let refused = sign(&before).expect_err("from before");
    assert!(refused.contains("cluster kind1 has an ExternalSecret cacerts that is for other roots"), "{refused}");
    assert!(refused.contains("cluster kind2 has a SealedSecret cacerts that was not sealed from"), "{refused}");
    let refused = sign(&[trust[0].clone(), before[1].clone()]).expect_err("one from before");
    assert!(!refused.contains("kind1 has") && refused.contains("kind2 has"), "{refused}");
    let refused = sign(&trust[..1]).expect_err("nothing");
    assert!(refused.contains("cluster kind2 has no Secret cacerts, and nothing that makes it"), "{refused}");
    sign(&trust).expect("signed");
    let signed = forms(&fleet, &two, &options);
    let untrust = |texts| phase(&two, &options, (Phase::Untrust, committed(texts, later)), later + Duration::days(2));
    let refused = untrust(&trust).expect_err("from before");
    assert!(refused.contains("is for another intermediate"), "{refused}");
    untrust(&signed).expect("complete");

    // The jump from the first root to the last one is seen in each form, too.
    let tree = |texts: &[(&'static str, String); 2]| {
        let roots = texts.iter().map(|(cluster, text)| {
            let value: serde_yaml::Value = serde_yaml::from_str(text).expect("YAML");
            let roots =
                value["metadata"]["annotations"]["meshtree.io/root-certificates-sha256"].as_str().expect("roots");
            let bundle = TreeBundle::Fingerprints(roots.split(',').map(str::to_owned).collect());
            let roots = TreeRoots { file: "x.yaml".into(), bundle, istio: "1.20.0".to_owned(), by_set: false };
            (((*cluster).into(), "istio-system".to_owned()), roots)
        });
        Options { tree: roots.collect(), ..options.clone() }
    };
    let (_, report) = fleet.plan(&two, &tree(&before));
    let codes: Vec<_> = report.diags().iter().map(|diag| diag.code).collect();
    assert_eq!(codes, [Code::RootJump, Code::RootJump]);
    fleet.render(&two, &tree(&signed));
}

#[test]
fn crls_are_in_every_form() {
    let (fleet, two) = (Fleet::issued(), plan(&["kind1", "kind2"]));
    let file = sealing_certificate(&fleet, (2026, 2036));
    let sealing = [("kind2".into(), Sealer::new(&file, SealingScope::Strict))];
    let options = Options { sealing: sealing.into(), ..fleet.opening() };
    let before = forms(&fleet, &two, &options);
    crls(&fleet, &two, &fleet.opening()).expect("signed");
    let after = forms(&fleet, &two, &options);
    for ((cluster, before), (_, after)) in before.iter().zip(&after) {
        assert!(!before.contains("ca-crl.pem") && after.contains("ca-crl.pem"), "{cluster}: {after}");
    }
    let opened = crate::sealing::opened(&after[1].1, "istio-system/cacerts");
    assert_eq!(opened["ca-crl.pem"].as_str(), Some(&*fleet.entry(&mesh_file("kind2"), "ca-crl.pem")));
    let material = fleet.render(&two, &options);
    let identities: Identities = fleet.opening().identities;
    let exported = export(&two.authorities[0].meshes[0], &material, &identities, &by(Delivery::ExternalSecret));
    let json = exported.expect("exported").json().expect("JSON");
    let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    assert_eq!(json["ca-crl.pem"].as_str(), Some(&*fleet.entry(&mesh_file("kind1"), "ca-crl.pem")));
}
