//! What the pages list is what the program's tables have: codes, fields, methods, modes, protocols, parts of a status.

use std::collections::BTreeSet;

use meshtree::diag::codes::Code;
use meshtree::model::traffic_policy::{HttpMethod, TlsMode};
use meshtree::model::virtual_mesh::GlobalAccessPolicy;
use meshtree::plan::Part;
use meshtree::resolve::{KEY_SIZES, PROTOCOLS};

use crate::case::cases;
use crate::none;
use crate::page::{code_spans, codes, read, rules};
use crate::support::{project, tree};

/// Codes that no folder of inputs has, with the test that has them, and why.
const ELSEWHERE: [(Code, &str, &str); 48] = [
    (Code::Unreadable, "tests/bad_input/files.rs", "needs a file without permissions, or a link that leads nowhere"),
    (Code::NotText, "tests/bad_input.rs", "a case's files are text, so that they can be reviewed"),
    (Code::TooLarge, "tests/bad_input.rs", "needs a file of more than 256 MiB"),
    (Code::AliasBomb, "tests/bad_input.rs", "would stop the readers of the tests as well"),
    (Code::EmptyFleet, "tests/bad_input/files.rs", "a case has inputs"),
    (Code::LinkOut, "tests/bad_input/files.rs", "needs a link, and Git would have it in the project"),
    (Code::CertificateLeaves, "tests/safety.rs", "is about what is there before"),
    (Code::CertificateEnds, "tests/cmd/check.trycmd", "is about the time"),
    (Code::CertificateEnded, "tests/cmd/check.trycmd", "is about the time"),
    (Code::CertificateShort, "tests/ca/joining.rs", "is about a mesh that joins late"),
    (Code::NewRoot, "tests/safety.rs", "certificates are random"),
    (Code::OtherRoot, "tests/safety/roots.rs", "keys are made if it is not said"),
    (Code::NewIntermediate, "tests/ca/joining.rs", "certificates are random"),
    (Code::UnknownRecipients, "tests/ca/resealing.rs", "is about `.sops.yaml`, which is no input"),
    (Code::ToTerminal, "src/cli/ca/export.rs", "needs a terminal"),
    (Code::PlaintextKeys, "tests/ca/pages.rs", "opens private keys"),
    (Code::EarlierForm, "tests/cmd/ca.trycmd", "is of `ca check` and `ca show`"),
    (Code::RotationUnfinished, "tests/ca/rotating.rs", "certificates are random"),
    (Code::RotationTooEarly, "tests/ca/rotating.rs", "is of `ca rotate`"),
    (Code::RootJump, "tests/ca/rotating.rs", "is about what is there before"),
    (Code::RotationBegins, "tests/ca/rotating.rs", "is of `ca rotate`"),
    (Code::CrlsRefused, "tests/ca/revoking.rs", "certificates are random"),
    (Code::CrlsEnd, "tests/ca/revoking.rs", "is about the time"),
    (Code::BadSopsRules, "tests/safety.rs", "a case has no hidden files"),
    (Code::NotAdopted, "tests/ca/adopting.rs", "is of `ca adopt`"),
    (Code::KeyInClear, "tests/ca/commands.rs", "is of `ca adopt` and `ca sign`"),
    (Code::BadRequest, "tests/ca/commands.rs", "is of `ca sign`"),
    (Code::NotAccepted, "tests/ca/adopting.rs", "is of `ca accept`"),
    (Code::SignerFailed, "tests/ca/adopting.rs", "needs a program that fails"),
    (Code::BadTest, "tests/cmd/test.trycmd", "only `test` reads tests"),
    (Code::UnknownInTest, "tests/cmd/test.trycmd", "only `test` reads tests"),
    (Code::NoTests, "tests/cmd/test.trycmd", "only `test` reads tests"),
    (Code::OutputUnsafe, "tests/safety.rs", "is about the directory that is written to"),
    (Code::ForeignFile, "tests/safety.rs", "is about what is there before"),
    (Code::EditedFile, "tests/safety.rs", "is about what is there before"),
    (Code::LeftoverFile, "tests/output/leftovers.rs", "is about what is there before"),
    (Code::LockLost, "tests/output/leftovers.rs", "is about what is there before"),
    (Code::BadLock, "tests/safety.rs", "is about what is there before"),
    (Code::ClusterVanishes, "tests/safety.rs", "is about what is there before"),
    (Code::WriteFailed, "tests/output/faults.rs", "needs a disk that fails"),
    (Code::GitFailed, "tests/cli.rs", "is about a repository"),
    (Code::PluginParameter, "tests/gitops.rs", "is about an application of Argo CD"),
    (Code::NotForArgoCd, "tests/gitops.rs", "is about an application of Argo CD"),
    (Code::OtherContent, "tests/gitops.rs", "is about files beside the fleet"),
    (Code::NewFleet, "tests/git.rs", "is about a repository"),
    (Code::BrokenBase, "tests/git.rs", "is about a repository"),
    (Code::WrongProgram, "tests/bad_input.rs", "its text has the program's version"),
    (Code::Usage, "tests/bad_input.rs", "is about the command line"),
];

/// Every code is in the diagnostics of a case; those that cannot be are in a test that is named here.
#[test]
fn every_code_is_seen() {
    let cases = cases();
    let mut wrong = Vec::new();
    for code in Code::ALL {
        let seen = cases.iter().any(|case| case.diagnostics.contains(&format!("[{code}]")));
        let named = ELSEWHERE.iter().find(|(elsewhere, ..)| elsewhere == code);
        match (seen, named) {
            (false, None) => wrong.push(format!("no case has {code}: {}", code.summary())),
            (true, Some(_)) => wrong.push(format!("{code} is in a case and need not be listed as elsewhere")),
            (false, Some((_, test, _))) => {
                let text = read(test);
                if !text.contains(code.as_str()) && !text.contains(&format!("Code::{code:?}")) {
                    wrong.push(format!("{test} has no {code}"));
                }
            }
            (true, None) => {}
        }
    }
    none(wrong);
}

/// No page names a code that is not there.
#[test]
fn named_codes_exist() {
    let pages = tree(&project().join("docs"));
    let mut wrong = Vec::new();
    let mut named = BTreeSet::new();
    for (page, bytes) in &pages {
        for code in codes(&String::from_utf8_lossy(bytes)) {
            named.insert(code.to_owned());
            if code.parse::<Code>().is_err() {
                wrong.push(format!("docs/{page} names {code}"));
            }
        }
    }
    assert!(named.len() >= Code::ALL.len(), "every code is in docs/diagnostics.md");
    none(wrong);
}

/// The code spans of a rule's text that are written as constants: capitals, or numbers.
fn listed(id: &str, is_listed: impl Fn(&str) -> bool) -> Vec<String> {
    let rule = rules().into_iter().find(|rule| rule.id == id).unwrap_or_else(|| panic!("there is no {id}"));
    code_spans(&rule.text).into_iter().filter(|text| is_listed(text)).map(str::to_owned).collect()
}

fn is_constant(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
}

#[test]
fn listed_values_are_those_that_are_read() {
    let methods: Vec<_> = HttpMethod::ALL.iter().map(|method| method.as_str()).collect();
    assert_eq!(listed("tp.match.method", is_constant), methods, "in the order in which routes are sorted");
    let modes: BTreeSet<_> = TlsMode::ALL.iter().map(|mode| mode.as_str().to_owned()).collect();
    assert_eq!(BTreeSet::from_iter(listed("tp.tls", is_constant)), modes);
    let access: BTreeSet<_> = GlobalAccessPolicy::ALL.iter().map(|policy| policy.as_str().to_owned()).collect();
    assert_eq!(BTreeSet::from_iter(listed("vm.global-access", is_constant)), access);
    let is_protocol = |text: &str| !text.starts_with('.');
    assert_eq!(listed("fs.protocol", is_protocol), PROTOCOLS);
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    assert_eq!(listed("vm.root.key-size", is_number), KEY_SIZES.map(|size| size.to_string()));
}

/// docs/statuses.md lists the parts of a policy in the order of a status, with how their errors begin.
#[test]
fn parts_of_a_status_are_listed() {
    let page = read("docs/statuses.md");
    let rows = page.lines().skip_while(|line| !line.starts_with("| of |")).skip(2);
    let rows: Vec<&str> = rows.take_while(|line| line.starts_with('|')).collect();
    let begins = |row: &str| {
        let last = row.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default().to_owned();
        code_spans(&last).first().map(|text| (*text).to_owned())
    };
    let found: Vec<Option<String>> = rows.into_iter().map(begins).collect();
    let wanted: Vec<Option<String>> =
        Part::all().map(|part| part.prefix().map(|prefix| format!("{prefix}: "))).collect();
    assert_eq!(found, wanted);
}
