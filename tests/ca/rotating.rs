//! A root is replaced by another one, phase by phase.

use std::collections::BTreeMap;
use std::fs;

use meshtree::ca::{Committed, Options, Order, Phase, TreeBundle, TreeRoots, Turn, rotation};
use meshtree::diag::{Code, Report};
use meshtree::ids::ObjectRef;
use meshtree::plan::{CaPlan, RootSource};
use time::{Duration, OffsetDateTime};

use crate::certificates::{der, ders};
use crate::fixture::{Fleet, HUB, clusters, entry_of, generated, issue_time, mesh_file, plan};
use crate::sops_reader;

const DAY: Duration = Duration::DAY;

/// A time as certificates know it.
fn begin_time() -> OffsetDateTime {
    issue_time().replace_nanosecond(0).expect("a time")
}

/// The Secrets of the store as if they had been rendered and committed at a time.
fn committed(fleet: &Fleet, clusters: &[&str], since: OffsetDateTime) -> Committed {
    let one = |cluster: &&str| (((*cluster).into(), "istio-system".to_owned()), fleet.read(&mesh_file(cluster)));
    Committed { place: "HEAD".to_owned(), secrets: clusters.iter().map(one).collect(), since: Some(since) }
}

fn order(phase: Phase, committed: Committed) -> Order {
    Order { phase, committed, wait: DAY, restarted: false }
}

/// What is decided of a phase at a time, and what is said.
fn decide(fleet: &Fleet, plan: &CaPlan, order: &Order, now: OffsetDateTime) -> (Option<Turn>, Vec<(Code, String)>) {
    let mut report = Report::default();
    let turn = rotation(&plan.authorities[0], &fleet.opening(), order, now, &mut report);
    let said = report
        .diags()
        .iter()
        .map(|diag| (diag.code, format!("{}\n{}", diag.message, diag.hint.as_deref().unwrap_or_default())));
    (turn, said.collect())
}

/// Carries a phase out that must begin.
fn begin(fleet: &Fleet, plan: &CaPlan, order: &Order, now: OffsetDateTime) {
    let (turn, said) = decide(fleet, plan, order, now);
    assert_eq!(said.iter().map(|(code, _)| *code).collect::<Vec<_>>(), [Code::RotationBegins], "{said:?}");
    turn.expect("a turn").carry_out(&|_, _| {}).expect("carried out");
}

/// What is said of a phase that does not begin; nothing may change.
fn refused(fleet: &Fleet, plan: &CaPlan, order: &Order, now: OffsetDateTime) -> (Code, String) {
    let before = fleet.files();
    let (turn, mut said) = decide(fleet, plan, order, now);
    assert!(turn.is_none() && said.len() == 1, "{said:?}");
    assert_eq!(fleet.files(), before);
    said.remove(0)
}

/// The roots that the mesh of a cluster trusts, and the certificates of its chain, after SOPS' MAC has been verified.
fn trusted(fleet: &Fleet, cluster: &str) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let file = mesh_file(cluster);
    sops_reader::open(&fleet.read(&file), &fleet.identity);
    (ders(&fleet.entry(&file, "root-cert.pem")), ders(&fleet.entry(&file, "cert-chain.pem")))
}

fn root(fleet: &Fleet, file: &str) -> Vec<u8> {
    sops_reader::open(&fleet.read(file), &fleet.identity);
    der(&fleet.entry(file, "root-cert.pem"))
}

fn has(fleet: &Fleet, file: &str) -> bool {
    fleet.path(file).exists()
}

/// Undoes a phase for one mesh, as a run that was killed leaves it.
fn undo(fleet: &Fleet, cluster: &str, former: &str) {
    fs::write(fleet.path(&mesh_file(cluster)), former).expect("a file");
}

#[test]
fn a_root_is_replaced_in_three_phases() {
    let (fleet, two, now) = (Fleet::issued(), plan(&["kind1", "kind2"]), begin_time());
    let a = root(&fleet, "root.yaml");
    let (text, pem) = (fleet.read("root.yaml"), fleet.entry("root.yaml", "root-cert.pem"));
    let former = fleet.read(&mesh_file("kind2"));

    begin(&fleet, &two, &order(Phase::Trust, Committed::default()), now);
    let b = root(&fleet, "next-root.yaml");
    assert_ne!(a, b);
    assert_eq!(fleet.read("root.yaml"), text);
    for cluster in ["kind1", "kind2"] {
        let (roots, chain) = trusted(&fleet, cluster);
        assert_eq!((roots, &chain[1]), (vec![a.clone(), b.clone()], &a));
        assert!(fleet.entry(&mesh_file(cluster), "root-cert.pem").starts_with(&pem), "the bytes stay");
    }
    let key = |text: &str| entry_of(text, "ca-key.pem");
    assert_eq!(key(&fleet.read(&mesh_file("kind2"))), key(&former), "the key is not encrypted again");

    // A mesh that joins now trusts both, too.
    let three = plan(&["kind1", "kind2", "kind3"]);
    let early = order(Phase::Sign, committed(&fleet, &["kind1", "kind2"], now));
    let (code, said) = refused(&fleet, &three, &early, now + DAY * 2);
    assert!(
        code == Code::RotationTooEarly
            && said.contains("no intermediate for service-mesh-hub/istiod-istio-system-kind3"),
        "{said}"
    );
    assert_eq!(clusters(&fleet.render(&three, &fleet.opening()).meshes), ["kind1", "kind2", "kind3"]);
    let (roots, chain) = trusted(&fleet, "kind3");
    assert_eq!((roots, &chain[1]), (vec![a.clone(), b.clone()], &a));

    let (code, said) = refused(&fleet, &three, &early, now + DAY * 2);
    assert!(
        code == Code::RotationTooEarly && said.contains("not in HEAD for every cluster: cluster kind3 has no Secret"),
        "{said}"
    );
    let all = ["kind1", "kind2", "kind3"];
    let sign = order(Phase::Sign, committed(&fleet, &all, now + DAY));
    let (code, said) = refused(&fleet, &three, &sign, now + DAY + Duration::hours(23));
    assert_eq!(code, Code::RotationTooEarly);
    assert!(said.contains("before 2027-01-17T08:00:00Z") && said.contains("--workloads-restarted"), "{said}");
    assert!(decide(&fleet, &three, &Order { restarted: true, ..sign.clone() }, now + DAY).0.is_some());
    let trust = fleet.read(&mesh_file("kind1"));
    begin(&fleet, &three, &sign, now + DAY * 2);
    assert_eq!(root(&fleet, "root.yaml"), b);
    assert_eq!(fleet.read("former-root.yaml"), text);
    assert!(!has(&fleet, "next-root.yaml"));
    for cluster in all {
        let (roots, chain) = trusted(&fleet, cluster);
        assert_eq!((roots, &chain[1]), (vec![a.clone(), b.clone()], &b));
        assert!(fleet.entry(&mesh_file(cluster), "root-cert.pem").starts_with(&pem));
        let [own, above] = [&chain[0], &b].map(|der| x509_parser::parse_x509_certificate(der).expect("one").1);
        own.verify_signature(Some(above.public_key())).expect("signed by the new root");
    }
    assert_eq!(clusters(&fleet.render(&three, &fleet.options()).meshes), all);

    // A run that stopped before one of the meshes is seen, and finished by the same command without any condition.
    undo(&fleet, "kind1", &trust);
    let said = fleet.refusal(&three, &fleet.opening(), Code::RotationUnfinished);
    assert!(said.contains("phase sign of the rotation of its root is not finished, and mesh service-mesh-hub/istiod-istio-system-kind1 is"), "{said}");
    assert!(
        said.contains("run `meshtree ca rotate sign ")
            && said.contains(" --virtual-mesh service-mesh-hub/virtual-mesh`"),
        "{said}"
    );
    let next = order(Phase::Untrust, committed(&fleet, &all, now + DAY * 2));
    assert_eq!(refused(&fleet, &three, &next, now + DAY * 9).0, Code::RotationUnfinished);
    let (turn, said) = decide(&fleet, &three, &order(Phase::Sign, Committed::default()), now + DAY * 2);
    assert!(said.is_empty(), "{said:?}");
    turn.expect("a turn").carry_out(&|_, _| {}).expect("carried out");
    assert_eq!(trusted(&fleet, "kind1").1[1], b);

    begin(&fleet, &three, &order(Phase::Untrust, committed(&fleet, &all, now + DAY * 2)), now + DAY * 3);
    for cluster in all {
        assert_eq!(trusted(&fleet, cluster).0, [b.as_slice()]);
    }
    assert!(!has(&fleet, "former-root.yaml") && !has(&fleet, "next-root.yaml"));
    assert_eq!(clusters(&fleet.render(&three, &fleet.options()).meshes), all);
    let (turn, said) = decide(&fleet, &three, &order(Phase::Untrust, Committed::default()), now + DAY * 3);
    assert!(turn.expect("a turn").is_done() && said.is_empty(), "{said:?}");
    // The next rotation begins as the first one did.
    assert!(decide(&fleet, &three, &order(Phase::Trust, Committed::default()), now + DAY * 4).0.is_some());
}

#[test]
fn a_new_root_that_was_issued_is_used_by_the_next_run() {
    let (fleet, two, now) = (Fleet::issued(), plan(&["kind1", "kind2"]), begin_time());
    let [first, second] = ["kind1", "kind2"].map(|cluster| fleet.read(&mesh_file(cluster)));
    let trust = order(Phase::Trust, Committed::default());
    begin(&fleet, &two, &trust, now);
    let next = fleet.read("next-root.yaml");
    undo(&fleet, "kind2", &second);
    fs::remove_file(fleet.path("rotation.yaml")).expect("removed");
    // kind1 has what no root of the store explains without the record.
    let said = fleet.refusal(&two, &fleet.opening(), Code::CaBroken);
    assert!(said.contains("is not the root of this VirtualMesh"), "{said}");
    undo(&fleet, "kind1", &first);
    begin(&fleet, &two, &trust, now);
    assert_eq!(fleet.read("next-root.yaml"), next);
}

#[test]
fn a_tree_with_keys_in_clear_goes_on() {
    let (fleet, two, now) = (Fleet::issued(), plan(&["kind1", "kind2"]), begin_time());
    begin(&fleet, &two, &order(Phase::Trust, Committed::default()), now);
    let in_clear = |cluster: &str, whose: &str| {
        let opened = sops_reader::open(&fleet.read(&mesh_file(whose)), &fleet.identity);
        let key = opened["stringData"]["ca-key.pem"].as_str().expect("a key");
        let key: String = key.lines().map(|line| format!("\n    {line}")).collect();
        let text = fleet.read(&mesh_file(cluster));
        let (text, _) = text.split_once("\nsops:\n").expect("metadata");
        let line = |line: &str| {
            if line.starts_with("  ca-key.pem:") { format!("  ca-key.pem: |{key}\n") } else { format!("{line}\n") }
        };
        text.lines().map(line).collect::<String>()
    };
    let with = |whose: &str| {
        let mut committed = committed(&fleet, &["kind1", "kind2"], now);
        committed.secrets.insert(("kind2".into(), "istio-system".to_owned()), in_clear("kind2", whose));
        Order { restarted: true, ..order(Phase::Sign, committed) }
    };
    let (code, said) = refused(&fleet, &two, &with("kind1"), now + DAY);
    assert!(code == Code::RotationTooEarly && said.contains("`stringData.ca-key.pem` is not the key of"), "{said}");
    begin(&fleet, &two, &with("kind2"), now + DAY);
    // The store itself never has a key in clear.
    undo(&fleet, "kind2", &in_clear("kind2", "kind2"));
    assert!(fleet.refusal(&two, &fleet.opening(), Code::CaBroken).contains("is not encrypted"));
}

#[test]
fn phases_have_an_order_and_need_an_identity() {
    let (fleet, two, now) = (Fleet::issued(), plan(&["kind1", "kind2"]), begin_time());
    for phase in [Phase::Sign, Phase::Untrust] {
        let (code, said) = refused(&fleet, &two, &order(phase, Committed::default()), now);
        assert!(code == Code::RotationTooEarly && said.contains("no rotation is under way"), "{said}");
        assert!(said.contains("the next phase is trust: run `meshtree ca rotate trust"), "{said}");
    }
    let mut report = Report::default();
    let trust = order(Phase::Trust, Committed::default());
    assert!(rotation(&two.authorities[0], &fleet.options(), &trust, now, &mut report).is_none());
    let said = &report.diags().last().expect("a reason").message;
    assert!(said.contains("needs to decrypt istiod-istio-system-kind"), "{said}");
    assert!(!has(&fleet, "next-root.yaml") && !has(&fleet, "rotation.yaml"));

    let empty = Fleet::empty();
    assert_eq!(refused(&empty, &two, &trust, now).0, Code::CaMissing);
    let mut given = plan(&["kind1", "kind2"]);
    given.authorities[0].root = RootSource::Given(ObjectRef::new(HUB, "virtual-mesh.service-mesh-hub"));
    let (code, said) = {
        let (turn, mut said) = decide(&fleet, &given, &trust, now);
        assert!(turn.is_none());
        said.pop().expect("a reason")
    };
    assert!(code == Code::CaMissing && said.contains("next-root.yaml"), "{said}");
    // A root that is there is taken whoever made it, but not the one that signs.
    fs::copy(fleet.path("root.yaml"), fleet.path("next-root.yaml")).expect("copied");
    let (_, said) = decide(&fleet, &given, &trust, now);
    assert!(said.last().expect("a reason").1.contains("next-root.yaml is the root that signs already"), "{said:?}");
    let other = Fleet::empty();
    let mut one = plan(&["kind1"]);
    generated(&mut one).organization = "other".to_owned();
    let opening = Options { recipients: fleet.options().recipients, ..other.options() };
    other.plan(&one, &opening).0.issue().expect("issued");
    fs::copy(other.path("root.yaml"), fleet.path("next-root.yaml")).expect("copied");
    begin(&fleet, &given, &trust, now);
    assert_eq!(trusted(&fleet, "kind1").0[1], der(&other.entry("root.yaml", "root-cert.pem")));
}

#[test]
fn a_root_that_does_not_follow_from_the_one_in_the_tree_is_refused() {
    let (fleet, two) = (Fleet::issued(), plan(&["kind1", "kind2"]));
    let own = fleet.entry("root.yaml", "root-cert.pem");
    let other = Fleet::empty();
    other.plan(&plan(&["kind1"]), &other.options()).0.issue().expect("issued");
    let stranger = other.entry("root.yaml", "root-cert.pem");
    let options = |bundle: String, by_set| {
        let roots = TreeRoots {
            file: "rendered/kind1/x.yaml".into(),
            bundle: TreeBundle::Text(bundle),
            istio: "1.20.0".to_owned(),
            by_set,
        };
        let tree = BTreeMap::from([(("kind1".into(), "istio-system".to_owned()), roots)]);
        Options { tree, ..fleet.options() }
    };
    let said = fleet.refusal(&two, &options(stranger.clone(), true), Code::RootJump);
    assert!(
        said.contains("mesh service-mesh-hub/istiod-istio-system-kind1 in cluster kind1 neither contains"),
        "{said}"
    );
    assert!(said.contains("meshtree ca rotate") && said.contains("--accept-root-change"), "{said}");
    let accepted = Options { accept_root_change: true, ..options(stranger.clone(), true) };
    assert_eq!(clusters(&fleet.render(&two, &accepted).meshes), ["kind1", "kind2"]);
    let spaced = own.replace("-----END", "\n-----END") + &stranger;
    let said = fleet.refusal(&two, &options(spaced.clone(), false), Code::RootJump);
    assert!(said.contains("the same certificates in another text, and Istio 1.20.0 compares the text"), "{said}");
    fleet.render(&two, &options(spaced, true));
    fleet.render(&two, &options(own + &stranger, false));
}
