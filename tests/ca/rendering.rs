//! What the store holds is copied; what it was not made with is told.

use std::fs;

use meshtree::ca::{Options, Recipients, plan_material};
use meshtree::diag::{Code, Report, Severity};
use meshtree::ids::ObjectRef;
use time::{Duration, UtcOffset};

use crate::fixture::{Fleet, clusters, generated, issue_time, mesh_file, plan};
use crate::sops_reader;

#[test]
fn what_is_there_is_copied_without_keys_at_any_time() {
    let fleet = Fleet::issued();
    let before = fleet.files();
    for locked in [false, true] {
        let options = Options { locked, ..Options::new(fleet.dir.path().join("ca")) };
        let mut report = Report::default();
        let long_expired = issue_time() + Duration::days(5000);
        let pending = plan_material(&plan(&["kind2", "kind1"]), &options, long_expired, &mut report);
        assert!(report.diags().is_empty() && pending.to_issue().is_empty(), "{report:?}");
        let material = pending.issue().expect("material");
        assert_eq!(clusters(&material.meshes), ["kind1", "kind2"]);
        for mesh in &material.meshes {
            assert_eq!(mesh.manifest, fleet.read(&mesh_file(mesh.cluster.as_str())));
            assert!(!mesh.issued && mesh.namespace == "istio-system");
        }
    }
    assert_eq!(fleet.files(), before, "not even a time was touched");
}

#[test]
fn a_mesh_that_left_keeps_its_file() {
    let fleet = Fleet::issued();
    let material = fleet.render(&plan(&["kind2"]), &fleet.options());
    assert_eq!(clusters(&material.meshes), ["kind2"]);
    assert!(fleet.path(&mesh_file("kind1")).exists());
}

#[test]
fn issuing_gives_what_is_then_copied() {
    let fleet = Fleet::empty();
    let mut asked = plan(&["kind1"]);
    generated(&mut asked).key_bits = 3072;
    let options = fleet.options();
    let mut report = Report::default();
    let local = issue_time().to_offset(UtcOffset::from_hms(5, 30, 0).expect("an offset"));
    let pending = plan_material(&asked, &options, local, &mut report);
    assert_eq!(pending.to_issue(), [(ObjectRef::new("service-mesh-hub", "virtual-mesh"), None)]);
    assert!(pending.ready().meshes.is_empty() && fleet.files().is_empty(), "nothing is written before it is issued");
    let mut issued = pending.issue().expect("material");
    assert!(issued.meshes[0].issued);
    assert!(issued.meshes[0].manifest.contains("lastmodified: '2027-01-15T08:00:00Z'"));
    issued.meshes[0].issued = false;
    assert_eq!(fleet.render(&asked, &options), issued);
}

#[test]
fn no_mesh_needs_no_authority() {
    let fleet = Fleet::empty();
    assert!(fleet.render(&plan(&[]), &fleet.options()).meshes.is_empty());
    assert!(fleet.files().is_empty());
}

#[test]
fn other_options_than_those_of_the_issue_are_told_and_change_nothing() {
    let fleet = Fleet::issued();
    let mut changed = plan(&["kind1", "kind2"]);
    let root = generated(&mut changed);
    root.organization = "acme".to_owned();
    root.key_bits = 4096;
    root.ttl_days = 365;
    let authority = &mut changed.authorities[0];
    authority.meshes[1].spiffe = "spiffe://other/ns/istio-system/sa/istiod".to_owned();
    authority.meshes[0].labels.pop();
    let options = Options { secret_type: "istio.io/ca-root".to_owned(), ..fleet.options() };
    let (pending, report) = fleet.plan(&changed, &options);
    assert!(report.diags().iter().all(|diag| diag.code == Code::CaExpired && diag.severity == Severity::Warning));
    let said: Vec<_> = report.diags().iter().map(|diag| diag.message.as_str()).collect();
    let expected = [
        "the root has the organization `service-mesh-hub`, the policy asks for `acme`",
        "the root has a key of 2048 bits, the policy asks for 4096 bits",
        "the root has a lifetime of 500 days, the policy asks for 365 days",
        "the Secret's type is `Opaque`, the settings ask for `istio.io/ca-root`",
        "the Secret's labels are not those asked for now",
        "the certificate is for `spiffe://kind2/ns/istio-system/sa/istiod-service-account`, the mesh's identity is `spiffe://other/ns/istio-system/sa/istiod`",
        "the Secret's type is `Opaque`, the settings ask for `istio.io/ca-root`",
    ];
    assert_eq!(said, expected);
    assert_eq!(pending.issue().expect("material").meshes[0].manifest, fleet.read(&mesh_file("kind1")));
}

#[test]
fn a_file_that_sops_wrote_again_is_as_good() {
    let fleet = Fleet::issued();
    fleet.edit(&mesh_file("kind1"), |text| {
        let value: serde_yaml::Value = serde_yaml::from_str(&text).expect("YAML");
        // Unlike sops, this writer leaves what only YAML 1.1 misreads unquoted.
        serde_yaml::to_string(&value).expect("YAML").replace("odd: yes", "odd: 'yes'")
    });
    let material = fleet.render(&plan(&["kind1"]), &fleet.options());
    assert_eq!(material.meshes[0].manifest, fleet.read(&mesh_file("kind1")));
}

#[test]
fn rules_can_give_each_cluster_its_own_recipient() {
    let fleet = Fleet::empty();
    let (root, kind1) = (age::x25519::Identity::generate(), age::x25519::Identity::generate());
    fs::create_dir(fleet.dir.path().join(".git")).expect("a directory");
    let rules = format!(
        "creation_rules:\n- path_regex: ^ca/.*kind1\\.yaml$\n  age: {},{}\n- age: {}\n  pgp: ABCD\n",
        root.to_public(),
        kind1.to_public(),
        root.to_public()
    );
    fs::write(fleet.dir.path().join(".sops.yaml"), rules).expect("a file");
    let recipients = Recipients::from_sops(fleet.dir.path());
    let options = Options { recipients, ..fleet.options() };
    let (pending, report) = fleet.plan(&plan(&["kind1"]), &options);
    let said: Vec<_> = report.diags().iter().map(|diag| (diag.code, diag.message.as_str())).collect();
    let note =
        "private keys are encrypted to the age recipients of the creation rule only, not to its other keys (pgp)";
    assert_eq!((said[0], said[1].0, said.len()), ((Code::CaDelivery, note), Code::NewRoot, 2));
    pending.issue().expect("issued");
    let delivered = fleet.read(&mesh_file("kind1"));
    for identity in [&root, &kind1] {
        sops_reader::open(&delivered, identity);
    }
    sops_reader::open(&fleet.read("root.yaml"), &root);
    assert!(!fleet.read("root.yaml").contains(&kind1.to_public().to_string()), "a cluster cannot open the root");
}
