use super::*;

/// The lines that each valid comment covers.
fn covers(text: &str) -> Vec<(Code, Range<usize>)> {
    let mut allowed = Allowed::default();
    allowed.read(&"a.yaml".into(), text);
    assert!(allowed.refused.is_empty(), "{:?}", allowed.refused);
    let of_code = |(code, Covers(allows))| {
        allows.into_iter().map(move |Allow { at, covers, within: _, used: _ }| (at.line, code, covers))
    };
    let mut found: Vec<_> = allowed.files.into_values().flatten().flat_map(of_code).collect();
    found.sort_by_key(|(line, _, _)| *line);
    found.into_iter().map(|(_, code, covers)| (code, covers)).collect()
}

#[test]
fn a_comment_covers_its_line_and_what_is_nested_in_it() {
    let text = "\
apiVersion: x
spec:
  # meshtree: allow MT0607 the pods follow
  # another comment

  trafficShift:
    destinations:
    - weight: 1   # meshtree: allow MT0602: not yet

      kubeService: {}
    - weight: 2
  # meshtree: allow MT0608 on purpose
  meshes:
  - name: a
  - name: b
  last: 1 # meshtree: allow mt0613 known
";
    let wanted = [
        (Code::EmptySubset, 6..12),
        (Code::NotFederated, 8..11),
        (Code::MeshTwice, 13..16),
        (Code::NeverTaken, 16..17),
    ];
    assert_eq!(covers(text), wanted);
}

#[test]
fn a_comment_at_the_first_line_covers_the_document() {
    let text = "\
# meshtree: allow MT0402 other teams
---
# why this policy exists
apiVersion: x
spec: {}
---
kind: x # meshtree: allow MT0403 later
# meshtree: allow MT0607 of the last line
spec: {}
# meshtree: allow MT0601 nothing is below
";
    let wanted = [
        (Code::UnknownNamespace, 4..6),
        (Code::SelectsNothing, 7..10),
        (Code::EmptySubset, 9..10),
        (Code::Restarts, 0..0),
    ];
    assert_eq!(covers(text), wanted);
}

#[test]
fn text_is_not_a_comment() {
    let text = "\
a: |
  # meshtree: allow MT0607 text
b: \"x
  # meshtree: allow MT0607 text\"
c:
- d: >-
    # meshtree: allow MT0607 text
  e: 'it''s # meshtree: allow MT0607 text'
  f: x# meshtree: allow MT0607 text
- |
  # meshtree: allow MT0607 text
g: it's # meshtree: allow MT0607 a comment
h: {i: [\"# meshtree: allow MT0607 text\"]}
";
    assert_eq!(covers(text), [(Code::EmptySubset, 12..13)]);
}

#[test]
fn a_comment_that_is_not_valid_is_reported() {
    for (comment, wanted) in [
        ("", "this comment allows nothing"),
        ("alow MT0607 x", "`meshtree: alow` is not a known comment"),
        ("allow", "this comment does not name the code that it allows"),
        ("allow MT06 x", "\"MT06\" is not a diagnostic code"),
        ("allow MT0401 x", "MT0401 is an error, and errors cannot be allowed"),
        ("allow MT0606 x", "MT0606 is about key material"),
        ("allow MT0607", "this comment gives no reason for allowing MT0607"),
        ("allow MT0607 --", "this comment gives no reason for allowing MT0607"),
    ] {
        let mut allowed = Allowed::default();
        allowed.read(&"a.yaml".into(), &format!("é: 1 # meshtree: {comment}\n"));
        let [diag] = allowed.refused() else { panic!("{comment}: {:?}", allowed.refused()) };
        assert!(diag.message.starts_with(wanted), "{comment}: {}", diag.message);
        assert_eq!(
            (diag.code, &diag.place),
            (Code::BadAllow, &Place::Point("a.yaml".into(), Pos { line: 1, column: 6 }))
        );
        assert!(allowed.files.is_empty());
    }
}

#[test]
fn only_what_was_found_is_used() {
    let mut allowed = Allowed::default();
    let file: Text = "a.yaml".into();
    allowed.read(&file, "a: 0\nb: 1 # meshtree: allow MT0607 x\nc: 2 # meshtree: allow MT0607 y\n");
    let diag = Diag::new(Code::EmptySubset, Place::Nowhere, "x");
    assert!(allowed.allows(&diag, &file, 3) && !allowed.allows(&diag, &file, 4));
    assert!(!allowed.allows(&Diag::new(Code::EmptyShift, Place::Nowhere, "x"), &file, 2));
    assert!(!allowed.allows(&Diag { severity: Severity::Error, ..diag }, &file, 2));
    let mut report = Report::default();
    allowed.report_unused(&mut report);
    let [unused] = report.diags() else { panic!("{report:?}") };
    assert_eq!(unused.place, Place::Point(file, Pos { line: 2, column: 6 }));
}

#[test]
fn every_comment_around_a_line_is_found() {
    let text = "\
# meshtree: allow MT0607 all
first: 1
a: # meshtree: allow MT0607 in a
  b: 1 # meshtree: allow MT0607 here
  c: 1 # meshtree: allow MT0607 not here
d: # meshtree: allow MT0608 another code
  e: 1
";
    let mut allowed = Allowed::default();
    allowed.read(&"a.yaml".into(), text);
    let lines = |code: Code, line: usize| -> Vec<usize> {
        let covers = &allowed.files[&Text::from("a.yaml")][&code];
        covers.at(line).map(|allow| allow.at.line).collect()
    };
    assert_eq!(lines(Code::EmptySubset, 4), [4, 3, 1]);
    assert_eq!(lines(Code::EmptySubset, 5), [5, 3, 1]);
    assert_eq!(lines(Code::EmptySubset, 7), [1]);
    assert_eq!(lines(Code::MeshTwice, 7), [6]);
    assert!(lines(Code::MeshTwice, 4).is_empty());
}
