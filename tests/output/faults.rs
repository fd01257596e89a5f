//! A run that ends at any of its operations leaves files that are old or new, and the next run completes the tree.

use std::path::Path;

use meshtree::diag::{Code, Exit};
use meshtree::output::{Disk, Options, OutputError};

use super::world::{World, contents, run};

/// The ways in which the n-th operation may fail.
const FAILURES: [fn(u64) -> Disk; 4] = [
    Disk::failing_at,
    Disk::failing_once_at,
    |n| Disk::failing_at(n).leaving_halves(),
    |n| Disk::failing_once_at(n).leaving_halves(),
];

fn old() -> World {
    World::new([
        (
            "kind1",
            &[
                ("default/a.yaml", "a: 1\n"),
                ("default/b.yaml", "b: 1\n"),
                ("gone/c.yaml", "c: 1\n"),
                ("gone/deep/d.yaml", "d: 1\n"),
            ][..],
        ),
        ("kind2", &[("default/a.yaml", "a: 2\n"), ("shop/b.yaml", "b: 2\n")]),
        ("kind3", &[("default/a.yaml", "a: 3\n"), ("shop/b.yaml", "b: 3\n")]),
    ])
}

/// Files written, made, deleted; a cluster that is new, one that left, one that is the same.
fn new() -> World {
    old()
        .with("kind1", "default/a.yaml", Some("a: 11\n"))
        .with("kind1", "gone/c.yaml", None)
        .with("kind1", "gone/deep/d.yaml", None)
        .with("kind1", "web/deep/e.yaml", Some("e: 1\n"))
        .without("kind3")
        .with("kind4", "default/a.yaml", Some("a: 4\n"))
        .with("kind4", "shop/b.yaml", Some("b: 4\n"))
}

/// Runs into a failure and then without one.
fn fails_and_recovers(before: &World, after: &World, options: Options) {
    let prepared = || {
        let dir = tempfile::tempdir().expect("a directory");
        run(dir.path(), before, Options::default(), &Disk::new()).expect("written");
        dir
    };
    let disk = Disk::new();
    run(prepared().path(), after, options, &disk).expect("written");
    let operations = disk.operations();
    assert!(operations > 8, "{operations} operations are no test");
    let expected = after.expected();
    for (way, failing) in FAILURES.iter().enumerate() {
        for n in 1..=operations {
            let dir = prepared();
            let (error, report) = run(dir.path(), after, options, &failing(n)).expect_err("it fails");
            assert!(matches!(error, OutputError::Io { .. }), "{way}/{n}: {error}");
            assert_eq!(report.exit(), Some(Exit::Io));
            assert_eq!(report.diags()[0].code, Code::WriteFailed);
            old_or_new(dir.path(), before, after);
            let again = run(dir.path(), after, options, &Disk::new());
            assert!(again.is_ok(), "{way}/{n}: {again:?}");
            assert_eq!(contents(dir.path()), expected, "{way}/{n}");
            let disk = Disk::new();
            run(dir.path(), after, options, &disk).expect("looked at");
            assert_eq!(disk.operations(), 0, "{way}/{n}");
        }
    }
}

/// Checks that no file has any other bytes than before or after; the program's own are its own.
fn old_or_new(dir: &Path, before: &World, after: &World) {
    for (path, text) in contents(dir) {
        if !path.contains(".meshtree") && !path.ends_with('/') {
            assert!([before, after].iter().any(|world| world.text(&path) == Some(&text)), "{path}: {text:?}");
        }
    }
}

/// What lets a cluster leave the fleet.
const LEAVING: Options =
    Options { overwrite_edited: false, overwrite_foreign: false, allow_empty: true, delete_leftovers: false };

#[test]
fn first_files() {
    fails_and_recovers(&World::default(), &old(), Options::default());
}

#[test]
fn changes() {
    fails_and_recovers(&old(), &new(), LEAVING);
}

#[test]
fn the_way_back() {
    fails_and_recovers(&new(), &old(), LEAVING);
}

#[test]
fn everything_deleted() {
    let empty = World::new([("kind1", &[][..]), ("kind2", &[])]);
    fails_and_recovers(&old(), &empty, Options { allow_empty: true, ..Options::default() });
}

/// Two runs fail in turn, each with other inputs; what either wrote is still known as our own.
#[test]
fn one_failure_after_another() {
    let old = World::new([("kind1", &[("default/a.yaml", "a: 1\n"), ("gone/c.yaml", "c: 1\n")][..])]);
    let middle = World::new([
        ("kind1", &[("default/a.yaml", "a: 2\n"), ("new/d.yaml", "d: 1\n")][..]),
        ("kind2", &[("x/y.yaml", "y\n")]),
    ]);
    let last = World::new([("kind1", &[("default/a.yaml", "a: 3\n"), ("gone/c.yaml", "c: 3\n")][..])]);
    let expected = last.expected();
    let failing = |n| Disk::failing_at(n).leaving_halves();
    // Counted up until a run meets no failure any more.
    for n in 1.. {
        for m in 1.. {
            let dir = tempfile::tempdir().expect("a directory");
            run(dir.path(), &old, LEAVING, &Disk::new()).expect("written");
            let first = run(dir.path(), &middle, LEAVING, &failing(n));
            let second = run(dir.path(), &last, LEAVING, &failing(m));
            if let Err((error, _)) = &second {
                assert!(matches!(error, OutputError::Io { .. }), "{n}/{m}: {error}");
                let third = run(dir.path(), &last, LEAVING, &Disk::new());
                assert!(third.is_ok(), "{n}/{m}: {third:?}");
            }
            assert_eq!(contents(dir.path()), expected, "{n}/{m}");
            match (first.is_ok(), second.is_ok()) {
                (true, true) => return,
                (_, true) => break,
                (_, false) => {}
            }
        }
    }
}

/// A failure of the file system itself: a name that is too long. What was begun is cleaned up.
#[test]
fn a_real_failure() {
    let dir = tempfile::tempdir().expect("a directory");
    let world = old().with("kind1", &format!("default/{}.yaml", "x".repeat(300)), Some("x: 1\n"));
    let (error, report) = run(dir.path(), &world, Options::default(), &Disk::new()).expect_err("it fails");
    assert!(error.to_string().starts_with("cannot rename to "), "{error}");
    assert_eq!(report.exit(), Some(Exit::Io));
    let left = contents(dir.path());
    assert!(!left.keys().any(|path| path.starts_with(".meshtree") || path.starts_with("kind1")), "{left:?}");
    run(dir.path(), &old(), Options::default(), &Disk::new()).expect("written");
    assert_eq!(contents(dir.path()), old().expected());
}

/// A directory without permission. The superuser may write there all the same, so for him there is nothing to see.
#[cfg(unix)]
#[test]
fn a_read_only_directory() {
    use std::fs::{self, Permissions};
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().expect("a directory");
    run(dir.path(), &old(), Options::default(), &Disk::new()).expect("written");
    let locked = dir.path().join("kind1");
    fs::set_permissions(&locked, Permissions::from_mode(0o555)).expect("a mode");
    let superuser = fs::write(locked.join("probe"), "").is_ok();
    if superuser {
        writeln!(std::io::stderr(), "skipped: this user may write into read-only directories").expect("stderr");
        fs::remove_file(locked.join("probe")).expect("the probe");
    }
    let changed = old().with("kind1", "default/a.yaml", Some("a: 11\n"));
    let result = run(dir.path(), &changed, Options::default(), &Disk::new());
    fs::set_permissions(&locked, Permissions::from_mode(0o755)).expect("a mode");
    assert_eq!(result.is_ok(), superuser);
    run(dir.path(), &changed, Options::default(), &Disk::new()).expect("written");
    assert_eq!(contents(dir.path()), changed.expected());
}
