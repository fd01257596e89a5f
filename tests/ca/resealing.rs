//! The store is encrypted to other recipients, and nothing else changes.

use age::secrecy::ExposeSecret as _;
use age::x25519::Identity;
use meshtree::ca::{Identities, Recipiency, Recipients, prove};
use meshtree::diag::{Code, Report};
use zeroize::Zeroizing;

use crate::fixture::{AUTHORITY, Fleet, mesh_file};
use crate::sops_reader;

const FILES: [&str; 3] =
    ["meshes/istiod-istio-system-kind1.yaml", "meshes/istiod-istio-system-kind2.yaml", "root.yaml"];

fn recipients(identities: &[&Identity]) -> Recipients {
    let keys: Vec<_> = identities.iter().map(|identity| identity.to_public().to_string()).collect();
    Recipients::from_list(&keys).expect("recipients")
}

fn with(identity: &Identity) -> Identities {
    let text = Some(Zeroizing::new(identity.to_string().expose_secret().to_owned()));
    Identities { text, ..Identities::default() }
}

fn survey(fleet: &Fleet, recipients: &Recipients) -> Recipiency {
    let store = fleet.dir.path().join("ca");
    Recipiency::of(&store, &store, recipients)
}

/// The files that were changed, and what was reported.
fn reseal(fleet: &Fleet, recipients: &Recipients, identities: &Identities) -> (Vec<String>, Report) {
    let mut report = Report::default();
    let done = survey(fleet, recipients).reseal(identities, &mut report).expect("written");
    let base = fleet.dir.path().join(AUTHORITY);
    let name = |file: &std::path::Path| file.strip_prefix(&base).expect("below").display().to_string();
    (done.iter().map(|resealed| name(&resealed.file)).collect(), report)
}

/// A file without the list of recipients.
fn rest(text: &str) -> String {
    let (before, after) = text.split_once("  age:\n").expect("recipients");
    let (_, after) = after.split_once("  lastmodified:").expect("the next entry");
    format!("{before}{after}")
}

#[test]
fn whom_the_store_is_for_changes_and_nothing_else() {
    let (fleet, new) = (Fleet::issued(), Identity::generate());
    let before = FILES.map(|file| fleet.read(file));
    let today = recipients(&[&new]);
    let warned = survey(&fleet, &today).warnings();
    let [warning] = &warned[..] else { panic!("{warned:?}") };
    assert_eq!(warning.code, Code::OtherRecipients);
    let both = format!("{} cannot decrypt them, {} still can", new.to_public(), fleet.identity.to_public());
    assert!(warning.message.ends_with(&both), "{}", warning.message);

    let (done, report) = reseal(&fleet, &today, &with(&fleet.identity));
    assert!(report.diags().is_empty(), "{report:?}");
    assert_eq!(done, FILES);
    for (file, before) in FILES.iter().zip(&before) {
        let after = fleet.read(file);
        assert_eq!(rest(&after), rest(before), "{file}");
        // The reader verifies the MAC.
        assert_eq!(sops_reader::open(&after, &new), sops_reader::open(before, &fleet.identity), "{file}");
        assert!(!after.contains(&fleet.identity.to_public().to_string()));
    }
    assert!(survey(&fleet, &today).warnings().is_empty());
    let (again, _) = reseal(&fleet, &today, &Identities::default());
    assert!(again.is_empty(), "nothing to do needs no identity");
    let mut report = Report::default();
    assert_eq!(prove(&fleet.dir.path().join("ca"), &with(&new), &mut report), 3);
    assert!(report.diags().is_empty(), "{report:?}");
}

#[test]
fn the_next_run_completes_what_one_began() {
    let (fleet, new) = (Fleet::issued(), Identity::generate());
    let today = recipients(&[&new, &fleet.identity]);
    let former = FILES.map(|file| fleet.read(file));
    reseal(&fleet, &today, &with(&fleet.identity));
    // As if the run had been killed behind the first file.
    for (file, former) in FILES[1..].iter().zip(&former[1..]) {
        fleet.edit(file, |_| former.clone());
    }
    let first = fleet.read(FILES[0]);
    let (done, _) = reseal(&fleet, &today, &with(&fleet.identity));
    assert_eq!(done, FILES[1..]);
    assert_eq!(fleet.read(FILES[0]), first);
}

#[test]
fn nothing_is_written_unless_everything_can_be() {
    let (fleet, new) = (Fleet::issued(), Identity::generate());
    let today = recipients(&[&new]);
    let refused = |identities: &Identities, code, says: &str| {
        let before = fleet.files();
        let (done, report) = reseal(&fleet, &today, identities);
        assert!(done.is_empty() && fleet.files() == before);
        let found: Vec<_> = report.diags().iter().map(|diag| (diag.code, diag.message.clone())).collect();
        assert!(found.iter().any(|(of, said)| *of == code && said.contains(says)), "{found:?}");
    };
    refused(&Identities::default(), Code::CaMissing, "no age identity is available");
    refused(&with(&new), Code::CaMissing, "none of the available identities");
    fleet.edit(&mesh_file("kind2"), |text| text.replace("odd: 'yes'", "odd: other"));
    refused(&with(&fleet.identity), Code::CaBroken, "was changed without sops");
    fleet.edit(&mesh_file("kind2"), |text| text.replace("sops:\n", "sops:\n<<<<<<< HEAD\n"));
    refused(&with(&fleet.identity), Code::CaBroken, "merge conflict");
}

#[test]
fn keys_of_other_kinds_that_nobody_asks_for_are_removed() {
    let fleet = Fleet::issued();
    fleet.edit("root.yaml", |text| {
        text.replace("  lastmodified:", "  pgp:\n  - fp: ABCD\n    enc: |\n      x\n  lastmodified:")
    });
    let today = recipients(&[&fleet.identity]);
    let warned = survey(&fleet, &today).warnings();
    assert!(warned[0].message.contains("its `pgp` keys still can"), "{warned:?}");
    let (done, _) = reseal(&fleet, &today, &with(&fleet.identity));
    assert_eq!(done, ["root.yaml"]);
    // With the colon: ciphertext in base64 can have the three letters.
    assert!(!fleet.read("root.yaml").contains("pgp:"));
    sops_reader::open(&fleet.read("root.yaml"), &fleet.identity);
}

#[test]
fn a_key_beside_the_certificate_of_another_is_found() {
    let fleet = Fleet::issued();
    // One side of a merge has the certificates, the other one the rest: only the key proves it.
    let other = fleet.read(&mesh_file("kind2"));
    let sops = other.split_once("\nsops:").expect("metadata").1.to_owned();
    fleet.edit(&mesh_file("kind1"), |text| format!("{}\nsops:{sops}", text.split_once("\nsops:").expect("metadata").0));
    let mut report = Report::default();
    let proved = prove(&fleet.dir.path().join("ca"), &with(&fleet.identity), &mut report);
    assert_eq!(proved, 2);
    let [diag] = report.diags() else { panic!("{report:?}") };
    assert_eq!(diag.code, Code::CaBroken);
    let mut report = Report::default();
    assert_eq!(prove(&fleet.dir.path().join("ca"), &Identities::default(), &mut report), 0, "without an identity");
    assert!(report.diags().is_empty());
}

#[test]
fn rules_that_cannot_be_read_stop_nothing_but_what_needs_them() {
    let fleet = Fleet::issued();
    let rules = "creation_rules:\n- path_regex: (\n  pgp: FBC7B9E2A4F9289AC0C1D4843D16CEE4A27381B4\n";
    std::fs::write(fleet.dir.path().join(".sops.yaml"), rules).expect("written");
    let recipients = || Recipients::from_sops(fleet.dir.path());
    let warned = survey(&fleet, &recipients()).warnings();
    let [note] = &warned[..] else { panic!("{warned:?}") };
    assert_eq!(note.code, Code::UnknownRecipients);
    assert!(note.message.contains(".sops.yaml is unknown: path_regex `(`"), "{}", note.message);
    let (done, report) = reseal(&fleet, &recipients(), &with(&fleet.identity));
    assert!(done.is_empty() && report.has_errors());
    assert!(report.diags().iter().all(|diag| diag.code == Code::BadSopsRules), "{report:?}");
}
