//! docs/json.md names every field of every document for programs, and no other. The views are built without `..`, so that a new
//! field does not compile before it has a value here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use meshtree::ask::impact::{self, Consequence, Counts, Hazard, Impact, Kind, Phrase, Subject};
use meshtree::ask::space::Revision;
use meshtree::ca::Resealed;
use meshtree::diag::show::{FileFacts, Object};
use meshtree::diag::{Code, Diag, Place, Pos, Raised, Report};
use meshtree::discover;
use meshtree::fleet::Fleet;
use meshtree::ids::ClusterObjectRef;
use meshtree::load::LoadOptions;
use meshtree::output::diff::{
    Cause, Change, ClusterDiff, Detail, FactChange, Fate, FieldChange, ObjectDiff, SecretDiff,
};
use meshtree::output::{ClusterSummary, Difference, DifferenceKind};
use meshtree::report::access::{AccessMatrix, AccessRow};
use meshtree::report::affected::{AffectedReport, ClusterChange};
use meshtree::report::certificates::{CaChecked, CertificateView, Certificates, PhaseView};
use meshtree::report::checked::Checked;
use meshtree::report::coverage::{CoverageReport, IdleView, PlaintextView, UncalledView, UnguardedView, UnmatchedView};
use meshtree::report::crls::CrlReport;
use meshtree::report::described::{
    ClusterView, Described, GatewayPodsView, GatewayView, MeshView, OutsideView, OutsideWorkloadView, PortView,
    ServiceView, WorkloadView,
};
use meshtree::report::description::{
    AddedView, CallView, Description, Fact, LineView, RoutesView, StateView, TargetView,
};
use meshtree::report::diff::DiffReport;
use meshtree::report::impact::ImpactReport;
use meshtree::report::inventory::InventoryDiff;
use meshtree::report::issued::{By, IssuedReport, IssuedView};
use meshtree::report::packed::Packed;
use meshtree::report::places::PolicyView;
use meshtree::report::rendered::Rendered;
use meshtree::report::resealed::ResealReport;
use meshtree::report::rotation::{ClusterStep, RotationReport, RotationView};
use meshtree::report::scaffold::{Scaffold, Written};
use meshtree::report::status::StatusList;
use meshtree::report::tested::{CaseView, FailureView, SuiteView, Tested};
use meshtree::report::traced::{ActionView, LegView, ObjectView, PodsView, RouteView, StopView, Traced};
use meshtree::report::{API_VERSION, Document};
use meshtree::resolve::status::statuses;
use serde::Serialize;
use serde_json::{Value, to_value};

/// The paths of the fields of a value. Documents in it and statuses have pages or sections of their own.
fn paths(value: &Value, prefix: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                let is_own = value["kind"] == "Diagnostics" || path == "items[].status";
                if !is_own {
                    paths(value, &path, found);
                }
                found.insert(path);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| paths(item, &format!("{prefix}[]"), found)),
        _ => {}
    }
}

/// The fields in the table of a section.
fn named(page: &str, kind: &str) -> BTreeSet<String> {
    let (_, rest) = page.split_once(&format!("\n## {kind}\n")).unwrap_or_else(|| panic!("no section {kind}"));
    let section = rest.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    rows.map(str::to_owned).collect()
}

/// Panics unless the page names the fields of a document, and these only.
fn check(document: &Value) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let kind = document["kind"].as_str().expect("every document has a kind");
    assert!(document["apiVersion"].is_string(), "{kind} has a version");
    let mut found = BTreeSet::new();
    paths(document, "", &mut found);
    found.retain(|path| path != "apiVersion" && path != "kind");
    assert_eq!(found, named(&page, kind), "the fields of {kind} (left) are those in docs/json.md (right)");
}

fn report<T: Serialize>(kind: &'static str, view: &T) -> Value {
    let document = to_value(Document::new(kind, view, &[], &FileFacts::none())).expect("JSON");
    assert_eq!(document["apiVersion"], API_VERSION);
    document
}

#[test]
fn check_and_render() {
    check(&report(Checked::KIND, &Checked { clusters: 1, meshes: 1, services: 1, policies: 1 }));
    check(&report(CaChecked::KIND, &CaChecked { roots: 1, intermediates: 1, private_keys: 2 }));
    let summary = ClusterSummary { cluster: "east".into(), objects: 1, written: 1, unchanged: 0, deleted: 0 };
    let difference = Difference { path: "east/a.yaml".into(), kind: DifferenceKind::Missing };
    check(&report(Rendered::KIND, &Rendered { clusters: vec![summary], differences: vec![difference] }));
}

#[test]
fn delivery() {
    let changes = [("east".into(), ClusterChange::Added)].into();
    check(&report(AffectedReport::KIND, &AffectedReport::of(changes, |_| 0, "rendered")));
    let text = || "x".to_owned();
    check(&report(Packed::KIND, &Packed { cluster: text(), file: text(), objects: 1, bytes: 1, digest: text() }));
    check(&report(Scaffold::KIND, &Scaffold { files: vec![Written { path: text(), written: true }] }));
}

#[test]
fn certificates() {
    let view = CertificateView {
        virtual_mesh: "hub/all".to_owned(),
        role: "intermediate",
        mesh: Some("hub/east".to_owned()),
        cluster: Some("east".to_owned()),
        subject: String::new(),
        names: vec!["spiffe://east".to_owned()],
        serial: "01".to_owned(),
        key: "RSA 4096".to_owned(),
        not_before: "2026-01-01T00:00:00Z".to_owned(),
        not_after: "2027-01-01T00:00:00Z".to_owned(),
        days_left: -1,
        pin: "pin".to_owned(),
        recipients: vec!["age1".to_owned()],
        file: "ca/x.yaml".to_owned(),
    };
    let phase = PhaseView {
        virtual_mesh: "hub/all".to_owned(),
        phase: "trust",
        since: "2027-01-01T00:00:00Z".to_owned(),
        next: Some("sign"),
        from: "sha256/a".to_owned(),
        to: "sha256/b".to_owned(),
    };
    check(&report(Certificates::KIND, &Certificates { certificates: vec![view], rotations: vec![phase] }));
}

#[test]
fn rotation() {
    let step = ClusterStep {
        cluster: "east".to_owned(),
        mesh: "hub/east".to_owned(),
        istio: "1.31.0".to_owned(),
        step: "restart".to_owned(),
        before: None,
        ambient: false,
    };
    let view = RotationView {
        virtual_mesh: "hub/all".to_owned(),
        phase: Some("trust"),
        since: Some("2027-01-01T00:00:00Z".to_owned()),
        from: Some("sha256/a".to_owned()),
        to: Some("sha256/b".to_owned()),
        left: Vec::new(),
        clusters: vec![step],
        wait_hours: 24,
        next: Some("sign"),
        command: Some("meshtree ca rotate sign".to_owned()),
    };
    check(&report(RotationReport::KIND, &RotationReport { rotations: vec![view] }));
}

fn lists() -> CrlReport {
    CrlReport {
        virtual_mesh: "hub/all".to_owned(),
        next_update: Some("2027-01-01T00:00:00Z".to_owned()),
        revoked: vec!["01".to_owned()],
        files: vec!["ca/x.yaml".to_owned()],
    }
}

#[test]
fn crls() {
    check(&report(CrlReport::KIND, &lists()));
}

#[test]
fn issued() {
    let view = IssuedView {
        virtual_mesh: "hub/all".to_owned(),
        mesh: Some("hub/east".to_owned()),
        cluster: Some("east".to_owned()),
        not_after: "2027-01-01T00:00:00Z".to_owned(),
        former_not_after: None,
        restart: None,
        then: vec!["kubectl".to_owned()],
        by_job: false,
        file: "ca/x.yaml".to_owned(),
    };
    let (sealed, crls) = (vec!["hub/east".to_owned()], Some(lists()));
    let issued = IssuedReport { issued: vec![view], sealed, crls, by: By::Issuing, first: Vec::new() };
    check(&report(IssuedReport::KIND, &issued));
}

#[test]
fn resealed() {
    let resealed =
        Resealed { file: "ca/x.yaml".into(), added: vec!["age1".to_owned()], removed: vec!["age1".to_owned()] };
    check(&report(ResealReport::KIND, &ResealReport::of(3, vec![resealed], &["ca/x.yaml".into()])));
}

#[test]
fn diff() {
    let object = |detail| ObjectDiff {
        object: "Secret a/b".into(),
        path: "east/a/secret-b.yaml".into(),
        sources: Vec::new(),
        causes: vec![Cause { change: Fate::Changed, source: "mesh a/b".into(), facts: vec!["version"] }],
        change: Change::Changed,
        additions: 1,
        deletions: 0,
        detail,
    };
    let secret = SecretDiff {
        fields: vec![FieldChange { field: "type".into(), change: Change::Changed }],
        facts: vec![FactChange { name: "root".into(), old: None, new: None }],
        unreadable: false,
    };
    let objects = vec![object(Detail::Text(String::new())), object(Detail::Secret(secret))];
    let clusters = vec![ClusterDiff { cluster: "east".into(), objects, unchanged: 0 }];
    let impact = ImpactReport::of(&impact(), &|_, _| (Some("a.yaml".into()), Some(Pos { line: 1, column: 1 })));
    check(&report(DiffReport::KIND, &DiffReport::of(clusters, Some(impact))));
}

/// An impact with every field.
fn impact() -> Impact {
    let service = ClusterObjectRef::new("east", "shop", "web");
    let consequence = Consequence {
        kind: Kind::Refused,
        phrase: Phrase { before: "nobody may call ".into(), after: " any more".into() },
        subjects: vec![Subject::Service(service, vec!["web-v1".into()]), Subject::Policy("VirtualMesh shop/vm".into())],
        causes: vec![impact::PolicyCause {
            policy: "AccessPolicy shop/web".into(),
            change: impact::PolicyChange::Removed,
            place: Place::Nowhere,
            side: Revision::Before,
        }],
    };
    let hazards = vec![Hazard { what: "requests fail".into(), order: vec!["this".into(), "that".into()] }];
    Impact { consequences: vec![consequence], counts: Counts::default(), hazards }
}

#[test]
fn inventory() {
    let cluster = ClusterView {
        meshes: vec![MeshView {
            gateways: vec![GatewayView::default()],
            other_gateways: vec![GatewayPodsView::default()],
            ..MeshView::default()
        }],
        services: vec![ServiceView { ports: vec![PortView::default()], ..ServiceView::default() }],
        workloads: vec![WorkloadView::default()],
        outside: vec![OutsideView::default()],
        outside_workloads: vec![OutsideWorkloadView::default()],
        ..ClusterView::default()
    };
    check(&report(Described::KIND, &Described { clusters: vec![cluster] }));
}

#[test]
fn answers() {
    let policies = || vec![PolicyView::default()];
    let objects = || vec![ObjectView::default()];
    let pods = PodsView { policies: policies(), objects: objects(), ..PodsView::default() };
    let settings = vec![ActionView::default()];
    let stop = StopView { settings, objects: objects(), pods: vec![pods], ..StopView::default() };
    let leg = LegView { objects: objects(), stops: vec![stop], ..LegView::default() };
    let actions = vec![ActionView::default()];
    let route = RouteView { objects: objects(), policies: policies(), actions, ..RouteView::default() };
    check(&report(
        Traced::KIND,
        &Traced { route: Some(route), unmet: policies(), destinations: vec![leg], ..Traced::default() },
    ));
    check(&report(AccessMatrix::KIND, &AccessMatrix { rows: vec![AccessRow::default()] }));
    let failure = FailureView { policies: policies(), ..FailureView::default() };
    let case = CaseView { failures: vec![failure], ..CaseView::default() };
    let suite = SuiteView { cases: vec![case], ..SuiteView::default() };
    check(&report(Tested::KIND, &Tested { suites: vec![suite], ..Tested::default() }));
}

#[test]
fn overviews() {
    let policies = || vec![PolicyView::default()];
    check(&report(
        CoverageReport::KIND,
        &CoverageReport {
            without_access_policy: vec![UnguardedView { by: Some(PolicyView::default()), ..UnguardedView::default() }],
            without_effect: vec![IdleView { because: policies(), ..IdleView::default() }],
            uncalled: vec![UncalledView::default()],
            unmatched: vec![UnmatchedView { policies: policies(), ..UnmatchedView::default() }],
            plaintext: vec![PlaintextView::default()],
            ..CoverageReport::default()
        },
    ));
    let line = LineView { policies: policies(), ..LineView::default() };
    check(&report(
        Description::KIND,
        &Description {
            facts: vec![Fact::default()],
            policies: vec![StateView::default()],
            targets: vec![TargetView::default()],
            access: vec![AccessRow::default()],
            calls: vec![CallView::default()],
            routes: vec![RoutesView { routes: vec![line], ..RoutesView::default() }],
            objects: vec![ObjectView::default()],
            added: vec![AddedView::default()],
            ..Description::default()
        },
    ));
}

#[test]
fn inventory_diff() {
    let change = discover::Change {
        subject: "service east/shop/web".into(),
        fact: Some("labels"),
        old: Some(String::new()),
        new: Some(String::new()),
    };
    check(&report(InventoryDiff::KIND, &InventoryDiff { changes: vec![change] }));
}

#[test]
fn diagnostics() {
    let place = Place::Point("a.yaml".into(), Pos { line: 1, column: 1 });
    let mut diag = Diag::new(Code::Conflict, place.clone(), "message").hint("hint");
    diag.raise(Raised::Settings);
    diag.related.push((place, "related".into()));
    let object = Object { kind: "TrafficPolicy".into(), namespace: Some("shop".into()), name: "web".into() };
    let files = FileFacts {
        line: Box::new(|_, _| Some("kind: x")),
        object: Box::new(move |_, _| Some(object.clone())),
        cluster: Box::new(|_| Some("east".into())),
        is_policy: |_| true,
    };
    check(&serde_json::from_str(&meshtree::diag::show::json(&[diag], &files)).expect("JSON"));
}

#[test]
fn statuses_of_policies() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/bookinfo");
    let mut report = Report::default();
    let fleet = Fleet::read(&directory, &LoadOptions::default(), &mut report);
    let list = StatusList::of(statuses(&fleet.resolve(&mut report).plan).collect());
    check(&to_value(list).expect("JSON"));
}
