use std::collections::BTreeMap;
use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::diag::{Origin, Pos};
use crate::path;

/// A fleet of these files.
fn fleet(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("below the fleet")).expect("writable");
        fs::write(path, text).expect("writable");
    }
    dir
}

fn load_from(dir: &TempDir) -> (Files, Vec<String>) {
    let mut report = Report::default();
    let options = LoadOptions { shown: "fleet".into(), skip: vec![dir.path().join("rendered")], lost: Vec::new() };
    let sources = load(dir.path(), &options, &mut report);
    let diags = report.located(sources.locator());
    let show = |d: &Diag| {
        let place = match &d.place {
            Place::Point(file, pos) => format!("{file}:{}:{}", pos.line, pos.column),
            Place::File(file) => file.to_string(),
            other => format!("{other:?}"),
        };
        format!("{place} {} {}", d.code, d.message)
    };
    (sources, diags.iter().map(show).collect())
}

fn names(sources: &Files) -> Vec<&str> {
    sources.files.iter().map(|file| file.relative.as_str()).collect()
}

#[test]
fn inputs_are_found_in_the_order_of_their_paths() {
    let dir = fleet(&[
        ("a/b.yaml", "a: 1"),
        ("a.yaml", "a: 1"),
        ("a-c/d.yml", "a: 1"),
        ("B.json", "{\"a\": 1}"),
        ("notes.txt", "no"),
        ("README.yaml.md", "no"),
        (".hidden.yaml", "no"),
        (".git/config.yaml", "no"),
        ("rendered/east/x.yaml", "no"),
        ("ca/ns.name/root.yaml", "no"),
        ("x/ca/y.yaml", "a: 1"),
        ("meshtree.yaml", "kind: Settings"),
        ("x/meshtree.yaml", "a: 1"),
    ]);
    let (sources, diags) = load_from(&dir);
    assert_eq!(names(&sources), ["B.json", "a-c/d.yml", "a.yaml", "a/b.yaml", "x/ca/y.yaml", "x/meshtree.yaml"]);
    assert_eq!(diags, Vec::<String>::new());
    assert_eq!(sources.settings.as_ref().map(|s| &*s.shown), Some("fleet/meshtree.yaml"));
    assert!(sources.files.iter().all(|f| sources.file(&f.shown).is_some_and(|found| found.relative == f.relative)));
    assert!(sources.file("fleet/meshtree.yaml").is_some() && sources.file("fleet/other.yaml").is_none());
}

#[test]
fn an_output_that_holds_the_fleet_does_not_hide_it() {
    let dir = fleet(&[("a/b.yaml", "a: 1")]);
    let skip = vec![dir.path().to_owned(), dir.path().join(".."), dir.path().join("none")];
    let mut report = Report::default();
    let sources = load(dir.path(), &LoadOptions { shown: String::new(), skip, lost: Vec::new() }, &mut report);
    assert_eq!(names(&sources), ["a/b.yaml"]);
}

#[test]
fn paths_name_clusters() {
    for (path, wanted) in [
        ("clusters/east/services.yaml", Some("east")),
        ("clusters/east/deep/er/services.yaml", Some("east")),
        ("clusters/eu.west.json", Some("eu.west")),
        ("clusters/.yaml", None),
        ("policies/clusters/east.yaml", None),
        ("clusters.yaml", None),
    ] {
        assert_eq!(cluster(path), wanted, "{path}");
    }
}

#[test]
fn paths_are_shown_below_the_fleet_as_given() {
    assert_eq!(
        ["", ".", "./", "f", "f/", "/", "../f"].map(|fleet| show(fleet, "a/b.yaml")),
        ["a/b.yaml", "a/b.yaml", "a/b.yaml", "f/a/b.yaml", "f/a/b.yaml", "/a/b.yaml", "../f/a/b.yaml"]
    );
}

#[test]
fn ignore_files_leave_out() {
    let dir = fleet(&[
        (".meshtreeignore", "values.yaml\n/charts/\n*.json\n!keep.json\nmeshtree.yaml\n"),
        ("values.yaml", "no"),
        ("a/values.yaml", "no"),
        ("charts/x.yaml", "no"),
        ("a/charts/x.yaml", "a: 1"),
        ("a/x.json", "no"),
        ("a/keep.json", "{}"),
        ("b/.meshtreeignore", "*\n!y.yaml"),
        ("b/x.yaml", "no"),
        ("b/y.yaml", "a: 1"),
        ("meshtree.yaml", "kind: Settings"),
    ]);
    let (sources, diags) = load_from(&dir);
    assert_eq!(names(&sources), ["a/charts/x.yaml", "a/keep.json", "b/y.yaml"]);
    assert!(sources.settings.is_some());
    assert_eq!(diags, Vec::<String>::new());
}

#[test]
fn every_file_that_cannot_be_read_is_reported() {
    let dir = fleet(&[("a.yaml", "a: 1"), ("charts/.meshtreeignore", "broken*")]);
    fs::write(dir.path().join("b.yaml"), b"a: \xff").expect("writable");
    fs::write(dir.path().join("c.json"), b"{\n\0}").expect("writable");
    fs::File::create(dir.path().join("d.yaml")).and_then(|f| f.set_len(MAX_BYTES + 1)).expect("sparse");
    let (sources, diags) = load_from(&dir);
    assert_eq!(names(&sources), ["a.yaml"]);
    assert_eq!(
        diags,
        [
            "fleet/b.yaml:1:4 MT0102 this byte is not valid UTF-8",
            "fleet/c.json:2:1 MT0102 text cannot contain NUL bytes",
            "fleet/d.yaml MT0103 the file has 268435457 bytes, and the limit is 268435456",
        ]
    );
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_followed_within_the_fleet() {
    use std::os::unix::fs::symlink;

    let outside = fleet(&[("x.yaml", "a: 1")]);
    let dir = fleet(&[("a.yaml", "a: 1"), ("rendered/east/x.yaml", "no"), ("deep/b.yaml", "a: 1")]);
    let link = |target: &std::path::Path, name: &str| symlink(target, dir.path().join(name)).expect("a link");
    link(outside.path(), "outside");
    link("a.yaml".as_ref(), "twice.yaml");
    link("rendered/east".as_ref(), "output");
    link("../rendered/east/x.yaml".as_ref(), "deep/output.yaml");
    link("nowhere".as_ref(), "broken.yaml");
    link("nowhere".as_ref(), ".#lock.yaml");
    link("..".as_ref(), "deep/up");
    link("self.yaml".as_ref(), "self.yaml");
    link("/dev/null".as_ref(), "null.yaml");
    link("deep".as_ref(), "again");
    let (sources, diags) = load_from(&dir);
    assert_eq!(names(&sources), ["a.yaml", "again/b.yaml", "deep/b.yaml", "twice.yaml"]);
    assert_eq!(diags.len(), 6, "{diags:?}");
    assert!(diags[0].starts_with("fleet/again/up MT0101"));
    assert!(diags[1].starts_with("fleet/broken.yaml MT0101 broken symbolic link to `nowhere`"));
    assert_eq!(diags[2], "fleet/deep/up MT0101 symbolic link to `..`, a directory that contains it");
    let why = "which is outside the fleet, and the fleet is not in a Git repository";
    assert_eq!(diags[3], format!("fleet/null.yaml MT0108 symbolic link to `/dev/null`, {why}"));
    assert!(diags[4].starts_with("fleet/outside MT0108 ") && diags[4].ends_with(why));
    assert!(diags[5].starts_with("fleet/self.yaml MT0101 broken symbolic link to `self.yaml`"));

    fs::write(dir.path().join(IGNORE_FILE), "broken.yaml\nup/\nself.yaml\nnull.*\noutside/").expect("writable");
    assert_eq!(load_from(&dir).1, Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for_and_names_are_text() {
    use std::os::unix::ffi::OsStrExt;

    let dir = fleet(&[("a.yaml", "a: 1")]);
    let made = std::process::Command::new("mkfifo").arg(dir.path().join("pipe.yaml")).status();
    assert!(made.expect("mkfifo is there").success());
    fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"b\xff.yaml")), "a: 1").expect("writable");
    assert_eq!(
        load_from(&dir).1,
        [
            "fleet/b\u{fffd}.yaml MT0101 the file name is not valid UTF-8",
            "fleet/pipe.yaml MT0101 this is neither a file nor a directory"
        ]
    );
}

#[test]
fn a_fleet_is_a_directory_with_documents() {
    let nothing = ["fleet MT0107 no document found in the *.yaml, *.yml and *.json files below the fleet's directory"];
    let (_, diags) = load_from(&fleet(&[]));
    assert_eq!(diags, nothing);
    let (_, diags) = load_from(&fleet(&[("meshtree.yaml", "kind: Settings"), ("a.yaml", "# later\n---\n")]));
    assert_eq!(diags, nothing);

    let dir = fleet(&[("a.yaml", "a: 1")]);
    for (path, wanted) in [("a.yaml", "and this is a file"), ("none", "cannot be read")] {
        let mut report = Report::default();
        let sources =
            load(&dir.path().join(path), &LoadOptions { shown: path.into(), ..LoadOptions::default() }, &mut report);
        assert!(sources.files.is_empty());
        let [diag] = report.diags() else { panic!("one error about {path}") };
        assert_eq!((diag.code, &diag.place), (Code::Unreadable, &Place::File(path.into())));
        assert!(diag.message.contains(wanted), "{}", diag.message);
    }
}

#[test]
fn objects_come_with_their_origins_and_are_found_again() {
    let dir = fleet(&[
        (
            "a.yaml",
            "# c\n---\nkind: A\n---\n---\napiVersion: v1\nkind: List\nitems:\n- kind: B\n  spec: {x: 1}\n-\n- kind: C\n",
        ),
        ("b.json", "{\n\t\"kind\": \"D\"\n}\n"),
        ("c.yaml", "a: 1\na: 2\nb: [\n---\nkind: E\n"),
        ("d.yaml", "kind: List\napiVersion: v1\nitems: no\n---\nkind: List\napiVersion: v1\n---\n~\n"),
    ]);
    let mut report = Report::default();
    let sources = load(dir.path(), &LoadOptions::default(), &mut report);
    let mut found = Vec::new();
    for document in sources.documents() {
        for (origin, node) in document.objects(&mut report) {
            let kind = node.get("kind").and_then(tree::Node::text).map(ToOwned::to_owned);
            found.push((format!("{} {} {:?}", origin.file, origin.document, origin.item), kind));
        }
    }
    let found: Vec<_> = found.iter().map(|(origin, kind)| (origin.as_str(), kind.as_deref())).collect();
    assert_eq!(
        found,
        [
            ("a.yaml 0 None", Some("A")),
            ("a.yaml 2 Some(0)", Some("B")),
            ("a.yaml 2 Some(2)", Some("C")),
            ("b.json 0 None", Some("D")),
            ("c.yaml 1 None", Some("E")),
        ]
    );
    let codes: Vec<_> = report.diags().iter().map(|d| (d.code, d.place.clone())).collect();
    assert_eq!(
        codes,
        [
            (Code::DuplicateKey, Place::Point("c.yaml".into(), Pos { line: 2, column: 1 })),
            (Code::Syntax, Place::Point("c.yaml".into(), Pos { line: 3, column: 4 })),
            (Code::WrongType, Place::Point("d.yaml".into(), Pos { line: 3, column: 8 })),
        ]
    );

    let at = |file: &str, document, item, path| {
        let origin = Origin { file: file.into(), document, item };
        let found = sources.locate(&origin, &path);
        assert_eq!(sources.locator()(&origin, &path), found);
        found.map(|pos| (pos.line, pos.column))
    };
    assert_eq!(at("a.yaml", 2, Some(0), path!["spec", "x"]), Some((10, 10)));
    assert_eq!(at("a.yaml", 2, Some(2), path!["kind"]), Some((12, 3)));
    assert_eq!(at("a.yaml", 2, Some(9), path!["kind"]), None);
    assert_eq!(at("a.yaml", 0, None, path!["spec"]), Some((3, 1)));
    assert_eq!(at("a.yaml", 1, None, path!["spec"]), None);
    assert_eq!(at("b.json", 0, None, path!["kind"]), Some((2, 2)));
    assert_eq!(at("c.yaml", 0, None, path!["a"]), None);
    assert_eq!(at("e.yaml", 0, None, path!["a"]), None);
}

#[test]
fn the_locator_remembers_the_right_documents() {
    let text: String = (1..=9).map(|i| format!("---\nk{i}: 0\nsame: 0\n")).collect();
    let sources = Files { files: vec![SourceFile::new("a.yaml", "a.yaml", text)], ..Files::default() };
    let locate = sources.locator();
    for document in [0, 5, 0, 8, 7, 6, 5, 5, 0, 1] {
        let origin = Origin { file: "a.yaml".into(), document, item: None };
        assert_eq!(locate(&origin, &path!["same"]).map(|pos| pos.line), Some(3 * document + 3));
    }
}

#[test]
fn lines_are_found_in_any_order() {
    let text = "# 1\n---\na: 3\r\n---\n# 5\nb: |\n  é7\n\n  9";
    let file = |name: &str| SourceFile::new(name, name, text.to_owned());
    let sources = Files {
        files: vec![file("a.yaml"), file("b.yaml")],
        settings: Some(file("meshtree.yaml")),
        ..Files::default()
    };
    let wanted: Vec<&str> = text.split_inclusive('\n').collect();
    let lines = sources.lines();
    for number in [1, 2, 3, 7, 7, 9, 4, 8, 1, 6, 5, 10, 9, 0] {
        for name in ["a.yaml", "b.yaml", "meshtree.yaml"] {
            assert_eq!(lines(name, number), number.checked_sub(1).and_then(|i| wanted.get(i).copied()), "{number}");
        }
        assert_eq!(lines("a.yaml", number + 1), wanted.get(number).copied());
    }
    assert_eq!(lines("c.yaml", 1), None);

    let text = "a: 1\n---\nkind: Secret\ndata: x\n---\nb: 2\n";
    let sources = Files { files: vec![SourceFile::new("a.yaml", "a.yaml", text.to_owned())], ..Files::default() };
    for order in [[1, 4, 6], [6, 4, 1], [4, 1, 6]] {
        let lines = sources.lines();
        let wanted = |number| [(1, Some("a: 1\n")), (6, Some("b: 2\n"))].into_iter().find(|(n, _)| *n == number);
        order.into_iter().for_each(|n| assert_eq!(lines("a.yaml", n), wanted(n).and_then(|(_, line)| line), "{n}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_fleet_is_loaded_or_reported(files in prop::collection::btree_map(
        "[d-f]{1,2}(/[d-f]{1,2})?\\.(yaml|yml|json)",
        prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(b'-'), Just(b' '), Just(b'a'), Just(b':')], 0..60),
        0..5,
    )) {
        let files: BTreeMap<String, Vec<u8>> = files;
        let dir = fleet(&[]);
        for (name, bytes) in &files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().expect("below the fleet")).expect("writable");
            fs::write(path, bytes).expect("writable");
        }
        let mut report = Report::default();
        let sources = load(dir.path(), &LoadOptions::default(), &mut report);
        let unread = report.diags().iter().filter(|d| d.code == Code::NotText).count();
        prop_assert_eq!(sources.files.len() + unread, files.len());
        prop_assert_eq!(report.diags().iter().any(|d| d.code == Code::EmptyFleet), sources.documents().count() == 0 && unread == 0);
        for document in sources.documents() {
            document.objects(&mut report);
        }
    }
}

#[test]
fn files_that_are_not_there_yet() {
    let fleet =
        fleet(&[(".meshtreeignore", "reports/\n*.tmp.json\n"), ("a/.meshtreeignore", "b.json\n"), ("a/x.yaml", "")]);
    let (directory, out) = (fleet.path(), fleet.path().join("rendered"));
    std::fs::create_dir(&out).expect("a directory");
    for (file, expected) in [
        ("r.json", true),
        ("new/r.yaml", true),
        ("r.sarif", false),
        ("a/c.json", true),
        ("a/b.json", false),
        ("reports/r.json", false),
        ("r.tmp.json", false),
        (".hidden/r.json", false),
        ("ca/r.json", false),
        ("rendered/r.json", false),
        ("../r.json", false),
    ] {
        assert_eq!(would_be_input(directory, &directory.join(file), &out), expected, "{file}");
    }
}
