use super::*;
use crate::diag::{Code, Origin, Place, Pos};
use crate::path;

fn point(file: &str, line: usize, column: usize) -> Place {
    Place::Point(file.into(), Pos { line, column })
}

fn misspelled() -> Diag {
    Diag::new(Code::UnknownField, point("fleet/a.yaml", 12, 3), "unknown field `trafficShfit`")
        .hint("did you mean `trafficShift`?")
}

#[test]
fn a_block_names_the_place_and_shows_the_line() {
    let line = |file: &str, number| {
        assert_eq!((file, number), ("fleet/a.yaml", 12));
        Some("  trafficShfit: {}\r")
    };
    let wanted = "\
error[MT0201]: unknown field `trafficShfit`
  --> fleet/a.yaml:12:3
   |
12 |   trafficShfit: {}
   |   ^^^^^^^^^^^^
   |
   = help: did you mean `trafficShift`?

";
    assert_eq!(text(&[misspelled()], line, false), wanted);
    let colored = text(&[misspelled()], line, true);
    assert!(colored.contains("\u{1b}[") && !wanted.contains('\u{1b}'));
}

#[test]
fn other_places_are_shown_too() {
    let diag = Diag::new(Code::Conflict, point("a.yaml", 3, 4), "both set `retries`")
        .related(point("b.yaml", 70, 1), "the policy that comes first")
        .related(Place::File("c.yaml".into()), "and its target");
    let lines = |file: &str, _| Some(if file == "a.yaml" { "é: \"x: y\" # z" } else { "retries: 3" });
    let wanted = "\
error[MT0502]: both set `retries`
  --> a.yaml:3:4
   |
 3 | é: \"x: y\" # z
   |    ^^^^^^
   |
note: the policy that comes first
  --> b.yaml:70:1
   |
70 | retries: 3
   | -------
note: and its target
  --> c.yaml

";
    assert_eq!(text(&[diag], lines, false), wanted);
}

#[test]
fn without_a_line_there_is_the_place() {
    let none = |_: &str, _| None::<&str>;
    let origin = Origin { file: "a.yaml".into(), document: 0, item: None };
    let diags = [
        misspelled(),
        Diag::new(Code::Unreadable, Place::File("fleet".into()), "no such directory"),
        Diag::new(Code::Usage, Place::Nowhere, "no fleet").hint("name one"),
        Diag::new(Code::BadValue, Place::Field(origin, path!["spec", "x", 1]), "wrong"),
    ];
    let shown = text(&diags, none, false);
    for wanted in [
        "error[MT0201]: unknown field `trafficShfit`\n--> fleet/a.yaml:12:3\n",
        "error[MT0101]: no such directory\n--> fleet\n\n",
        "error[MT0903]: no fleet\n |\n = help: name one\n\n",
        "--> a.yaml\n",
        "`spec.x[1]`",
    ] {
        assert!(shown.contains(wanted), "{wanted:?} is not in\n{shown}");
    }
    let nowhere = Diag::new(Code::Syntax, Place::Point("a".into(), Pos::default()), "wrong");
    assert!(text(&[nowhere], |_: &str, _| Some("x"), false).contains("wrong"));
    let end = text(&[misspelled()], |_: &str, _| Some(""), false);
    assert!(end.contains("--> fleet/a.yaml:12:3\n"), "{end}");
}

#[test]
fn long_lines_are_cut_around_the_column() {
    for (length, column) in [(3000, 1500), (400_000, 200_000), (400_000, 1), (3000, 3000)] {
        let long: String = (0..length).map(|i| if i + 1 == column { 'X' } else { 'a' }).collect();
        let long = long.replace("aaaaaaaaa", "a b, c, d");
        let diag = Diag::new(Code::Syntax, point("a.json", 1, column), "wrong");
        let shown = text(&[diag], |_: &str, _| Some(long.as_str()), false);
        assert!(shown.contains(&format!("--> a.json:1:{column}\n")), "{shown}");
        assert!(shown.contains('X') && shown.lines().all(|line| line.chars().count() < 170), "{shown}");
    }
}

#[test]
fn secrets_are_not_shown() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    for (file, line) in [
        ("fleet/ca/ns.vm/root.yaml", "anything: hunter2"),
        ("a.yaml", "key: ENC[AES256_GCM,data:hunter2]"),
        ("a.yaml", "-----BEGIN RSA PRIVATE KEY-----hunter2"),
        ("a.yaml", "  AGE-SECRET-KEY-1hunter2"),
        ("a.yaml", "  ca-key.pem: hunter2"),
        ("a.yaml", "  tls.key: hunter2"),
        ("a.yaml", "{\"a\": {\"apiPassword\": \"hunter2\"}}"),
        ("a.yaml", "client_secret: hunter2"),
        ("a.yaml", &format!("  {body} # hunter2")),
        ("a.yaml", "x: LS0tLS1CRUdJTi hunter2"),
    ] {
        for column in [1, 12] {
            let diag = Diag::new(Code::Syntax, point(file, 3, column), "wrong");
            let shown = text(&[diag], |_: &str, _| Some(line), false);
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(shown.contains(&format!("--> {file}:3:{column}\n")), "{shown}");
        }
    }
    let name = "requiredDuringSchedulingIgnoredDuringExecution: []";
    assert!(text(&[misspelled()], |_: &str, _| Some(name), false).contains(name));
    let told = "invalid value \"-----BEGIN PRIVATE KEY-----\\nhunter2\"";
    let diag = Diag::new(Code::CaBroken, Place::Nowhere, told).hint(told).related(Place::Nowhere, told);
    let diags = &[diag];
    let all = [text(diags, |_: &str, _| None::<&str>, false), short(diags), json(diags, &FileFacts::none())];
    assert!(all.iter().all(|shown| !shown.contains("hunter2") && shown.contains("not shown")), "{all:?}");
}

#[test]
fn terminals_are_not_obeyed() {
    let nasty = "\u{1b}[2Jx\u{9b}y\u{202e}z\r";
    let diag = Diag::new(Code::Syntax, point(nasty, 1, 1), nasty).hint(nasty).related(point(nasty, 1, 1), nasty);
    let diags = &[diag];
    let shown = text(diags, |_: &str, _| Some(nasty), false) + &short(diags);
    assert!(!shown.contains(|c: char| c != '\n' && c.is_control() || c == '\u{202e}'), "{shown:?}");
}

#[test]
fn short_is_one_line_each() {
    let git = Diag::new(Code::GitFailed, Place::Nowhere, "git said:\n  fatal: no\n");
    let file = Diag::new(Code::EmptyFleet, Place::File("fleet".into()), "nothing");
    assert_eq!(
        short(&[misspelled(), git, file]),
        "fleet/a.yaml:12:3: error[MT0201]: unknown field `trafficShfit` (did you mean `trafficShift`?)\n\
         error[MT0807]: git said: fatal: no\n\
         fleet: error[MT0107]: nothing\n"
    );
}

#[test]
fn json_is_complete() {
    let diag = misspelled().related(point("b.yaml", 1, 2), "here");
    let found: serde_json::Value = serde_json::from_str(&json(&[diag], &FileFacts::none())).expect("it is JSON");
    let wanted = serde_json::json!({
        "apiVersion": "meshtree.io/v1alpha1",
        "kind": "Diagnostics",
        "summary": {"errors": 1, "warnings": 0, "notes": 0},
        "diagnostics": [{
            "code": "MT0201", "severity": "error", "file": "fleet/a.yaml", "line": 12, "column": 3,
            "endColumn": null, "object": null, "policy": null, "cluster": null,
            "message": "unknown field `trafficShfit`", "hint": "did you mean `trafficShift`?",
            "related": [{"file": "b.yaml", "line": 1, "column": 2, "message": "here"}],
        }],
    });
    assert_eq!(found, wanted);
    assert!(json(&[], &FileFacts::none()).ends_with("\"diagnostics\": []\n}\n"));
}

#[test]
fn a_summary_counts() {
    let note = Diag::new(Code::AddressCollision, Place::Nowhere, "x");
    let summary = Summary::of(&[misspelled(), misspelled(), note]);
    assert_eq!(summary.to_string(), "2 errors, 1 note");
    assert_eq!(Summary::of(&[]).to_string(), "");
}

/// A file in which every line belongs to a policy of one cluster.
fn one_policy() -> FileFacts<'static> {
    FileFacts {
        line: Box::new(|file, number| (file == "fleet/a.yaml" && number == 12).then_some("  trafficShfit: {}")),
        object: Box::new(|file, line| {
            let (kind, namespace) = if line == 12 { ("TrafficPolicy", Some("shop")) } else { ("Service", None) };
            let namespace = namespace.map(str::to_owned);
            (file == "fleet/a.yaml").then(|| Object { kind: kind.to_owned(), namespace, name: "a".to_owned() })
        }),
        cluster: Box::new(|file| (file == "fleet/a.yaml").then(|| "east".to_owned())),
        is_policy: |kind| kind == "TrafficPolicy",
    }
}

fn annotations(diags: &[Diag]) -> Vec<Annotation> {
    diags.iter().map(|diag| Annotation::of(diag, &one_policy())).collect()
}

#[test]
fn json_names_the_object_and_the_end() {
    let elsewhere = Diag::new(Code::Conflict, point("fleet/a.yaml", 13, 1), "a")
        .related(point("fleet/a.yaml", 12, 3), "the policy");
    let text = json(&[misspelled(), elsewhere], &one_policy());
    let found: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let first = &found["diagnostics"][0];
    assert_eq!((first["endColumn"].as_u64(), first["cluster"].as_str()), (Some(15), Some("east")));
    assert_eq!(first["object"], serde_json::json!({"kind": "TrafficPolicy", "namespace": "shop", "name": "a"}));
    assert_eq!(first["policy"], "TrafficPolicy shop/a");
    let second = &found["diagnostics"][1];
    assert_eq!((&second["object"]["kind"], &second["policy"]), (&"Service".into(), &"TrafficPolicy shop/a".into()));
}

#[test]
fn github_takes_commands() {
    let odd = Diag::new(Code::GitFailed, Place::Nowhere, "100 %:\n1, 2");
    assert_eq!(
        github(&annotations(&[misspelled(), odd])),
        "::error file=fleet/a.yaml,line=12,col=3,endColumn=14,title=MT0201%3A an unknown field::\
         unknown field `trafficShfit`%0Ahelp: did you mean `trafficShift`?\n\
         ::error title=MT0807%3A git failed::100 %25:%0A1, 2\n"
    );
}

#[test]
fn gitlab_takes_entries_with_a_path_and_a_fingerprint_each() {
    let same = || Diag::new(Code::GitFailed, Place::Nowhere, "no");
    let text = gitlab(&annotations(&[misspelled(), same(), same()]), "./fleet/meshtree.yaml");
    let found: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(found[0]["location"], serde_json::json!({"path": "fleet/a.yaml", "lines": {"begin": 12}}));
    assert_eq!((&found[0]["check_name"], &found[0]["severity"]), (&"MT0201".into(), &"critical".into()));
    assert_eq!(found[1]["location"]["path"], "fleet/meshtree.yaml");
    assert_ne!(found[1]["fingerprint"], found[2]["fingerprint"], "GitLab drops entries with the same fingerprint");
    let moved = Diag { place: point("fleet/a.yaml", 12, 1), ..misspelled() };
    let again = gitlab(&annotations(&[moved]), "");
    let again: serde_json::Value = serde_json::from_str(&again).expect("it is JSON");
    assert_eq!(found[0]["fingerprint"], again[0]["fingerprint"], "moving does not make it another one");
}

#[test]
fn junit_fails_for_errors_alone() {
    let note = Diag { severity: Severity::Note, ..Diag::new(Code::Conflict, point("b.yaml", 1, 1), "<b>") };
    let xml = junit(&annotations(&[misspelled(), note]), "fleet/meshtree.yaml");
    for wanted in [
        "<testsuites name=\"meshtree\" tests=\"2\" failures=\"1\" errors=\"0\">",
        "<testsuite name=\"fleet/a.yaml\" tests=\"1\" failures=\"1\"",
        "<failure type=\"MT0201\" message=\"unknown field `trafficShfit`\nhelp: did you mean",
        "<skipped message=\"b.yaml:1:1: note: &lt;b&gt;\"/>",
    ] {
        assert!(xml.contains(wanted), "{wanted} is not in\n{xml}");
    }
    let none = junit(&[], "fleet/meshtree.yaml");
    assert!(none.contains("tests=\"1\" failures=\"0\"") && none.contains("name=\"no findings\""), "{none}");
}

#[test]
fn sarif_has_rules_and_places() {
    let related = misspelled().related(point("/b c.yaml", 1, 2), "here");
    let text = sarif(&annotations(&[related, Diag::new(Code::GitFailed, Place::Nowhere, "no")]), "fleet/meshtree.yaml");
    let found: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let run = &found["runs"][0];
    let rules: Vec<_> =
        run["tool"]["driver"]["rules"].as_array().expect("rules").iter().map(|rule| &rule["id"]).collect();
    assert_eq!(rules, ["MT0201", "MT0807"]);
    let [first, second] = [0, 1].map(|i| &run["results"][i]);
    let place = &first["locations"][0]["physicalLocation"];
    assert_eq!(place["region"], serde_json::json!({"startLine": 12, "startColumn": 3, "endColumn": 15}));
    assert_eq!((&first["ruleIndex"], &second["ruleIndex"]), (&0.into(), &1.into()));
    let related = &first["relatedLocations"][0];
    assert_eq!(related["physicalLocation"]["artifactLocation"]["uri"], "file:///b%20c.yaml");
    assert_eq!(related["message"]["text"], "here");
    let elsewhere = &second["locations"][0]["physicalLocation"];
    assert_eq!(
        (&elsewhere["artifactLocation"]["uri"], &elsewhere["region"]["startLine"]),
        (&"fleet/meshtree.yaml".into(), &1.into())
    );
}
