//! Trees on disk: what is written, what is refused, and what a killed run leaves.

#[cfg(unix)]
#[path = "output/concurrent.rs"]
mod concurrent;
#[path = "output/faults.rs"]
mod faults;
#[path = "output/leftovers.rs"]
mod leftovers;
#[path = "output/refusals.rs"]
mod refusals;
#[path = "output/world.rs"]
mod world;

use std::fs;
use std::path::Path;

use meshtree::diag::{Code, Report};
use meshtree::ids::ClusterName;
use meshtree::output::{
    ClusterSummary, Difference, DifferenceKind, Disk, Options, OutputError, Target, check, write_trees,
};

use world::{World, contents, out_dir, run, snapshot};

fn small() -> World {
    World::new([
        ("kind1", &[("default/a.yaml", "a: 1\n"), ("default/b.yaml", "b: 1\n"), ("shop/c.yaml", "c: 1\n")][..]),
        ("kind2", &[("default/a.yaml", "a: 2\n")]),
    ])
}

#[test]
fn a_tree_is_written_as_rendered() {
    let dir = tempfile::tempdir().expect("a directory");
    let out = dir.path().join("not/yet/rendered");
    let summaries = run(&out, &small(), Options::default(), &Disk::new()).expect("written");
    let numbers: Vec<_> = summaries.iter().map(|s| (s.cluster.as_str(), s.objects, s.written, s.unchanged)).collect();
    assert_eq!(numbers, [("kind1", 3, 3, 0), ("kind2", 1, 1, 0)]);
    let files = contents(&out);
    assert_eq!(files["kind1/shop/c.yaml"], "c: 1\n");
    let expected = "meshtree-lock v1\n\
        3a55d721fdd6a21fc7793a07ad20c6ad037c302ad003f552d5913039777eaec0\tdefault/a.yaml\tThing default/a.yaml\tTrafficPolicy shop/web, VirtualMesh smh/vm\n";
    assert_eq!(files["kind2/.meshtree.lock"], expected);
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "kind1/.meshtree.lock",
            "kind1/default/a.yaml",
            "kind1/default/b.yaml",
            "kind1/shop/c.yaml",
            "kind2/.meshtree.lock",
            "kind2/default/a.yaml"
        ]
    );
}

#[test]
fn an_unchanged_run_writes_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    run(dir.path(), &small(), Options::default(), &Disk::new()).expect("written");
    let before = snapshot(dir.path());
    let disk = Disk::new();
    let summaries = run(dir.path(), &small(), Options::default(), &disk).expect("looked at");
    assert_eq!(
        summaries.iter().map(|s| (s.objects, s.written, s.unchanged)).collect::<Vec<_>>(),
        [(3, 0, 3), (1, 0, 1)]
    );
    assert_eq!(disk.operations(), 0);
    assert_eq!(snapshot(dir.path()), before, "times included, of directories as well");
}

#[test]
fn only_what_differs_is_written_and_what_is_stale_goes() {
    let dir = tempfile::tempdir().expect("a directory");
    run(dir.path(), &small(), Options::default(), &Disk::new()).expect("written");
    let before = snapshot(dir.path());
    let changed = small().with("kind1", "default/b.yaml", Some("b: 2\n")).with("kind1", "shop/c.yaml", None).with(
        "kind1",
        "web/d.yaml",
        Some("d: 1\n"),
    );
    let disk = Disk::new();
    let summaries = run(dir.path(), &changed, Options::default(), &disk).expect("written");
    let expected = ClusterSummary { cluster: "kind1".into(), objects: 3, written: 2, unchanged: 1, deleted: 1 };
    assert_eq!(summaries[0], expected);
    // Journal 2, directory 1, two files 4, one deleted 1, its directory 1, lock 2, journal 1.
    assert_eq!(disk.operations(), 12);
    let after = snapshot(dir.path());
    assert_eq!(after["kind1/default/a.yaml"], before["kind1/default/a.yaml"], "not even its time");
    assert_eq!(after["kind2/.meshtree.lock"], before["kind2/.meshtree.lock"]);
    assert!(!after.contains_key("kind1/shop"), "the directory was emptied");
    assert_eq!(contents(dir.path()), changed.expected());
}

#[test]
fn a_directory_that_holds_more_stays() {
    let dir = tempfile::tempdir().expect("a directory");
    run(dir.path(), &small(), Options::default(), &Disk::new()).expect("written");
    fs::write(dir.path().join("kind1/shop/README.md"), "ours").expect("a file");
    fs::create_dir(dir.path().join("kind1/empty")).expect("a directory");
    run(dir.path(), &small().with("kind1", "shop/c.yaml", None), Options::default(), &Disk::new()).expect("written");
    assert!(dir.path().join("kind1/shop/README.md").exists());
    assert!(!dir.path().join("kind1/shop/c.yaml").exists());
    assert!(dir.path().join("kind1/empty").exists(), "nobody emptied it");
}

#[test]
fn clusters_that_left_the_fleet_are_pruned() {
    let dir = tempfile::tempdir().expect("a directory");
    let world = small().with("old", "default/a.yaml", Some("a: 3\n")).with("older", "default/a.yaml", Some("a: 4\n"));
    run(dir.path(), &world, Options::default(), &Disk::new()).expect("written");
    fs::write(dir.path().join("older/README.md"), "theirs").expect("a file");
    fs::create_dir(dir.path().join("docs")).expect("a directory");
    fs::write(dir.path().join("docs/README.md"), "theirs").expect("a file");

    let one = [ClusterName::from("kind1")];
    let mut report = Report::default();
    let render = |cluster: &ClusterName| small().tree(cluster);
    write_trees(&out_dir(dir.path()), Target::Clusters(&one), render, Options::default(), &Disk::new(), &mut report)
        .expect("looked at");
    assert!(dir.path().join("old/default/a.yaml").exists(), "a selection prunes nothing");

    let before = contents(dir.path());
    let (error, _) = run(dir.path(), &small(), Options::default(), &Disk::new()).expect_err("a cluster would vanish");
    assert!(matches!(error, OutputError::Refused), "{error}");
    assert!(contents(dir.path()) == before, "nothing was touched");

    let allowed = Options { allow_empty: true, ..Options::default() };
    let summaries = run(dir.path(), &small(), allowed, &Disk::new()).expect("written");
    assert_eq!(summaries.iter().map(|s| s.cluster.as_str()).collect::<Vec<_>>(), ["kind1", "kind2", "old", "older"]);
    assert_eq!(
        summaries[2],
        ClusterSummary { cluster: "old".into(), objects: 0, written: 0, unchanged: 0, deleted: 1 }
    );
    assert!(!dir.path().join("old").exists());
    let left: Vec<_> = contents(dir.path()).into_keys().filter(|path| !path.starts_with("kind")).collect();
    assert_eq!(left, ["docs/README.md", "older/README.md"]);
}

#[test]
fn a_cluster_without_objects_has_no_directory() {
    let dir = tempfile::tempdir().expect("a directory");
    let world = World::new([("kind1", &[][..])]);
    let summaries = run(dir.path(), &world, Options::default(), &Disk::new()).expect("nothing to do");
    assert_eq!(
        summaries[0],
        ClusterSummary { cluster: "kind1".into(), objects: 0, written: 0, unchanged: 0, deleted: 0 }
    );
    assert!(snapshot(dir.path()).is_empty());
}

fn differences(out: &Path, world: &World, target: Target<'_>) -> Vec<Difference> {
    check(out, target, |cluster| world.tree(cluster), &mut Report::default()).expect("compared")
}

#[test]
fn check_says_what_differs_and_touches_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let show = |world: &World| {
        let clusters = world.clusters();
        differences(dir.path(), world, Target::Fleet(&clusters)).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        show(&World::new([("kind2", &[("default/a.yaml", "a: 2\n")][..])])),
        ["kind2/.meshtree.lock: missing", "kind2/default/a.yaml: missing"]
    );
    run(dir.path(), &small(), Options::default(), &Disk::new()).expect("written");
    assert!(show(&small()).is_empty());

    fs::write(dir.path().join("kind1/default/a.yaml"), "edited\n").expect("a file");
    fs::write(dir.path().join("kind1/.meshtree.journal"), "meshtree-journal v1\n").expect("a file");
    fs::create_dir(dir.path().join(".meshtree-new-kind3")).expect("a directory");
    let changed = small().with("kind1", "shop/c.yaml", None).without("kind2");
    let before = snapshot(dir.path());
    assert_eq!(
        show(&changed),
        [
            ".meshtree-new-kind3: left by an unfinished run",
            "kind1/.meshtree.journal: left by an unfinished run",
            "kind1/.meshtree.lock: lock out of date",
            "kind1/default/a.yaml: changed",
            "kind1/shop/c.yaml: extra",
            "kind2/.meshtree.lock: lock out of date",
            "kind2/default/a.yaml: extra",
        ]
    );
    fs::write(dir.path().join("kind1/.meshtree.lock"), "nonsense\n").expect("a file");
    let kind1 = [ClusterName::from("kind1")];
    let kinds: Vec<_> = differences(dir.path(), &small(), Target::Clusters(&kind1)).iter().map(|d| d.kind).collect();
    assert_eq!(kinds, [DifferenceKind::Unfinished, DifferenceKind::Lock, DifferenceKind::Changed]);
    let after = snapshot(dir.path());
    assert!(before.keys().eq(after.keys()));
}

#[test]
fn converted_line_ends_are_told_from_other_changes() {
    let dir = tempfile::tempdir().expect("a directory");
    run(dir.path(), &small(), Options::default(), &Disk::new()).expect("written");
    for path in ["kind1/.meshtree.lock", "kind1/default/a.yaml"] {
        let file = dir.path().join(path);
        let text = fs::read_to_string(&file).expect("text");
        fs::write(&file, text.replace('\n', "\r\n")).expect("written");
    }
    let (world, clusters) = (small(), small().clusters());
    let found = differences(dir.path(), &world, Target::Fleet(&clusters));
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found, ["kind1/.meshtree.lock: lines end in CR LF", "kind1/default/a.yaml: changed"]);
}

#[test]
fn a_merge_that_git_could_not_finish_is_repaired() {
    let dir = tempfile::tempdir().expect("a directory");
    let (ours, theirs) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let base = World::new([("kind1", &[("default/a.yaml", "a: 1\n"), ("default/b.yaml", "b: 1\n")][..])]);
    let ours_world = base.clone().with("kind1", "default/a.yaml", Some("x: 1\na: 2\n"));
    let theirs_world = base.with("kind1", "default/a.yaml", Some("x: 1\na: 3\n")).with("kind1", "default/b.yaml", None);
    run(ours.path(), &ours_world, Options::default(), &Disk::new()).expect("written");
    run(theirs.path(), &theirs_world, Options::default(), &Disk::new()).expect("written");
    // As `git merge` leaves it: `b` is deleted on one side only, so it is gone; both sides changed `a` and the lock.
    fs::create_dir_all(dir.path().join("kind1/default")).expect("a directory");
    let conflict = "x: 1\n<<<<<<< HEAD\na: 2\n=======\na: 3\n>>>>>>> theirs\n";
    fs::write(dir.path().join("kind1/default/a.yaml"), conflict).expect("a file");
    let body = |dir: &Path| {
        let text = fs::read_to_string(dir.join("kind1/.meshtree.lock")).expect("a lock");
        text.split_once('\n').expect("a header").1.to_owned()
    };
    let lock = format!(
        "meshtree-lock v1\n<<<<<<< HEAD\n{}=======\n{}>>>>>>> theirs\n",
        body(ours.path()),
        body(theirs.path())
    );
    fs::write(dir.path().join("kind1/.meshtree.lock"), lock).expect("a file");

    let merged = World::new([("kind1", &[("default/a.yaml", "x: 1\na: 4\n")][..])]);
    run(dir.path(), &merged, Options::default(), &Disk::new()).expect("both sides are known");
    assert_eq!(contents(dir.path()), merged.expected());
}

#[test]
fn bytes_that_would_be_written_anyway_are_never_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::create_dir_all(dir.path().join("kind2/default")).expect("a directory");
    fs::write(dir.path().join("kind2/default/a.yaml"), "a: 2\n").expect("a file");
    let disk = Disk::new();
    run(dir.path(), &small().without("kind1"), Options::default(), &disk).expect("adopted");
    assert_eq!(disk.operations(), 2, "only the lock is new");
    assert_eq!(contents(dir.path()), small().without("kind1").expected());
}

#[test]
fn a_rendering_that_is_not_repeatable_is_noticed() {
    let dir = tempfile::tempdir().expect("a directory");
    run(dir.path(), &small(), Options::default(), &Disk::new()).expect("written");
    let count = std::sync::atomic::AtomicUsize::new(0);
    let render = |cluster: &ClusterName| {
        let n = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        small().with("kind1", "default/a.yaml", Some(&format!("a: {n}{n}\n"))).tree(cluster)
    };
    let mut report = Report::default();
    let one = [ClusterName::from("kind1")];
    let before = snapshot(dir.path());
    let result = write_trees(
        &out_dir(dir.path()),
        Target::Clusters(&one),
        render,
        Options::default(),
        &Disk::new(),
        &mut report,
    );
    assert!(matches!(result, Err(OutputError::Unstable(cluster)) if cluster.as_str() == "kind1"));
    assert_eq!(report.diags()[0].code, Code::WriteFailed);
    assert_eq!(snapshot(dir.path()), before);
}
