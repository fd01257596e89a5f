//! What is refused, that nothing is touched then, and which flag allows it.

use std::fs;
use std::path::{Path, PathBuf};

use meshtree::diag::{Code, Exit, Report};
use meshtree::output::{Disk, Options, OutDir, OutputError, Surroundings};

use super::world::{World, contents, run, snapshot};

fn world() -> World {
    World::new([
        ("kind1", &[("default/a.yaml", "a: 1\n"), ("shop/b.yaml", "b: 1\n")][..]),
        ("kind2", &[("default/a.yaml", "a: 2\n")]),
    ])
}

/// The world with another `a` in kind1 and without `b`, and a change in kind2 that must not happen either.
fn changed() -> World {
    world().with("kind1", "default/a.yaml", Some("a: 11\n")).with("kind1", "shop/b.yaml", None).with(
        "kind2",
        "default/a.yaml",
        Some("a: 22\n"),
    )
}

fn written() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    run(dir.path(), &world(), Options::default(), &Disk::new()).expect("written");
    dir
}

/// Runs, expects a refusal that touches nothing, and gives the code, the path below `dir` and the hint of each diagnostic.
#[track_caller]
fn refused(dir: &Path, world: &World, options: Options) -> Vec<(Code, String, String)> {
    let before = snapshot(dir);
    let disk = Disk::new();
    let (error, report) = run(dir, world, options, &disk).expect_err("refused");
    assert!(matches!(error, OutputError::Refused), "{error}");
    assert_eq!(report.exit(), Some(Exit::Refused));
    assert_eq!(disk.operations(), 0);
    assert_eq!(snapshot(dir), before);
    let show = |diag: &meshtree::diag::Diag| {
        let meshtree::diag::Place::File(path) = &diag.place else { panic!("{diag:?} has no place") };
        let path = Path::new(&**path).strip_prefix(dir).expect("below the output directory").display().to_string();
        (diag.code, path, diag.hint.clone().unwrap_or_default())
    };
    report.diags().iter().map(show).collect()
}

#[track_caller]
fn refused_once(dir: &Path, world: &World, code: Code, path: &str) -> String {
    let refusals = refused(dir, world, Options::default());
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    assert_eq!((refusals[0].0, refusals[0].1.as_str()), (code, path));
    refusals[0].2.clone()
}

#[test]
fn edited_files() {
    let dir = written();
    fs::write(dir.path().join("kind1/default/a.yaml"), "a: 1 # mine\n").expect("a file");
    fs::write(dir.path().join("kind1/shop/b.yaml"), "b: 1 # mine\n").expect("a file");
    let all = Options { overwrite_foreign: true, allow_empty: true, ..Options::default() };
    let refusals = refused(dir.path(), &changed(), all);
    assert_eq!(
        refusals.iter().map(|r| (r.0, r.1.as_str())).collect::<Vec<_>>(),
        [(Code::EditedFile, "kind1/default/a.yaml"), (Code::EditedFile, "kind1/shop/b.yaml")]
    );
    assert!(refusals.iter().all(|r| r.2.contains("--overwrite-edited")));
    let only = Options { overwrite_edited: true, ..Options::default() };
    run(dir.path(), &changed(), only, &Disk::new()).expect("allowed");
    assert_eq!(contents(dir.path()), changed().expected());
}

#[test]
fn an_edited_file_is_refused_even_if_nothing_changes() {
    let dir = written();
    fs::write(dir.path().join("kind1/default/a.yaml"), "a: 1 # mine\n").expect("a file");
    refused_once(dir.path(), &world(), Code::EditedFile, "kind1/default/a.yaml");
}

#[test]
fn a_conflict_with_a_side_that_nobody_rendered() {
    let dir = written();
    let text = "<<<<<<< HEAD\na: 1\n=======\na: 1 # mine\n>>>>>>> theirs\n";
    fs::write(dir.path().join("kind1/default/a.yaml"), text).expect("a file");
    refused_once(dir.path(), &changed(), Code::EditedFile, "kind1/default/a.yaml");
    fs::write(dir.path().join("kind1/default/a.yaml"), text.replace(" # mine", "1")).expect("a file");
    run(dir.path(), &changed(), Options::default(), &Disk::new()).expect("one side is the old file, the other the new");
    assert_eq!(contents(dir.path()), changed().expected());
}

#[test]
fn foreign_files() {
    let dir = written();
    fs::create_dir(dir.path().join("kind1/web")).expect("a directory");
    fs::write(dir.path().join("kind1/web/c.yaml"), "theirs\n").expect("a file");
    fs::write(dir.path().join("kind1/web/other.yaml"), "theirs\n").expect("a file");
    run(dir.path(), &world(), Options::default(), &Disk::new()).expect("not in the way");
    let wanted = changed().with("kind1", "web/c.yaml", Some("c: 1\n"));
    let all = Options { overwrite_edited: true, allow_empty: true, ..Options::default() };
    let refusals = refused(dir.path(), &wanted, all);
    assert_eq!(
        refusals.iter().map(|r| (r.0, r.1.as_str())).collect::<Vec<_>>(),
        [(Code::ForeignFile, "kind1/web/c.yaml")]
    );
    assert!(refusals[0].2.contains("--overwrite-foreign"));
    let only = Options { overwrite_foreign: true, ..Options::default() };
    run(dir.path(), &wanted, only, &Disk::new()).expect("allowed");
    let mut expected = wanted.expected();
    expected.insert("kind1/web/other.yaml".into(), "theirs\n".into());
    assert_eq!(contents(dir.path()), expected);
}

#[test]
fn a_lost_lock_makes_everything_foreign() {
    let dir = tempfile::tempdir().expect("a directory");
    let many = |n: usize| {
        (0..25).fold(World::default(), |world, i| {
            world.with("kind1", &format!("default/{i:02}.yaml"), Some(&n.to_string()))
        })
    };
    run(dir.path(), &many(1), Options::default(), &Disk::new()).expect("written");
    fs::remove_file(dir.path().join("kind1/.meshtree.lock")).expect("the lock");
    let refusals = refused(dir.path(), &many(2), Options::default());
    assert_eq!(refusals.len(), 21, "twenty and how many more");
    assert!(refusals.iter().all(|r| r.0 == Code::ForeignFile));
    run(dir.path(), &many(1), Options::default(), &Disk::new()).expect("what would be written is there");
    assert_eq!(contents(dir.path()), many(1).expected());
}

#[test]
fn a_cluster_that_would_vanish() {
    let dir = written();
    let world = World::new([("kind1", &[][..]), ("kind2", &[("default/a.yaml", "a: 22\n")])]);
    let refusals =
        refused(dir.path(), &world, Options { overwrite_edited: true, overwrite_foreign: true, ..Options::default() });
    assert_eq!(refusals.len(), 1);
    assert_eq!((refusals[0].0, refusals[0].1.as_str()), (Code::ClusterVanishes, "kind1"));
    assert!(refusals[0].2.contains("--allow-empty"));
    run(dir.path(), &world, Options { allow_empty: true, ..Options::default() }, &Disk::new()).expect("allowed");
    assert_eq!(contents(dir.path()), world.expected());
    assert!(!dir.path().join("kind1").exists());
}

#[test]
fn an_edited_file_of_a_cluster_that_left() {
    let dir = written();
    fs::write(dir.path().join("kind2/default/a.yaml"), "mine\n").expect("a file");
    let leaving = Options { allow_empty: true, ..Options::default() };
    let refusals = refused(dir.path(), &world().without("kind2"), leaving);
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    assert_eq!((refusals[0].0, refusals[0].1.as_str()), (Code::EditedFile, "kind2/default/a.yaml"));
}

#[test]
fn locks_that_lead_elsewhere() {
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    for path in ["../victim", "/etc/hostname", "a//b", "a\\..\\b", "default/../../victim", ".git/config"] {
        let dir = written();
        fs::write(dir.path().join("victim"), "abc").expect("a file");
        let lock = format!("meshtree-lock v1\n{hash}\t{path}\tX a/x\t\n");
        fs::write(dir.path().join("kind1/.meshtree.lock"), &lock).expect("a file");
        refused_once(dir.path(), &world(), Code::BadLock, "kind1/.meshtree.lock");
        let journal = format!("meshtree-journal v1\ndelete\t{hash}\t{path}\n");
        let dir = written();
        fs::write(dir.path().join("kind1/.meshtree.journal"), journal).expect("a file");
        refused_once(dir.path(), &world(), Code::BadLock, "kind1/.meshtree.journal");
        // A cluster that is not in the fleet any more is pruned by its lock.
        fs::remove_file(dir.path().join("kind1/.meshtree.journal")).expect("the journal");
        fs::write(dir.path().join("kind2/.meshtree.lock"), lock).expect("a file");
        refused_once(dir.path(), &world().without("kind2"), Code::BadLock, "kind2/.meshtree.lock");
    }
}

#[test]
fn unreadable_locks() {
    for bytes in [&b"meshtree-lock v2\n"[..], b"", b"\xff\xfe", b"meshtree-lock v1\nx\ty\n"] {
        let dir = written();
        fs::write(dir.path().join("kind1/.meshtree.lock"), bytes).expect("a file");
        refused_once(dir.path(), &world(), Code::BadLock, "kind1/.meshtree.lock");
    }
    let dir = written();
    fs::remove_file(dir.path().join("kind1/.meshtree.lock")).expect("the lock");
    fs::create_dir(dir.path().join("kind1/.meshtree.lock")).expect("a directory");
    refused_once(dir.path(), &world(), Code::BadLock, "kind1/.meshtree.lock");
}

#[test]
fn directories_and_files_in_each_others_place() {
    let dir = written();
    fs::remove_file(dir.path().join("kind1/default/a.yaml")).expect("a file");
    fs::create_dir(dir.path().join("kind1/default/a.yaml")).expect("a directory");
    refused_once(dir.path(), &world(), Code::ForeignFile, "kind1/default/a.yaml");

    let dir = written();
    fs::write(dir.path().join("kind1/web"), "theirs").expect("a file");
    let wanted = world().with("kind1", "web/c.yaml", Some("c: 1\n"));
    refused_once(dir.path(), &wanted, Code::ForeignFile, "kind1/web");

    let dir = written();
    fs::write(dir.path().join("kind3"), "theirs").expect("a file");
    refused_once(dir.path(), &world().with("kind3", "web/c.yaml", Some("c: 1\n")), Code::ForeignFile, "kind3");
}

#[cfg(unix)]
#[test]
fn symbolic_links() {
    use std::os::unix::fs::symlink;
    let elsewhere = tempfile::tempdir().expect("a directory");
    fs::write(elsewhere.path().join("a.yaml"), "a: 1\n").expect("a file");
    let replace = |dir: &Path, path: &str, target: &Path| {
        let path = dir.join(path);
        if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }.expect("removed");
        symlink(target, path).expect("a link");
    };

    let dir = written();
    replace(dir.path(), "kind1/default/a.yaml", &elsewhere.path().join("a.yaml"));
    refused_once(dir.path(), &world(), Code::ForeignFile, "kind1/default/a.yaml");
    let dir = written();
    replace(dir.path(), "kind1/shop/b.yaml", &elsewhere.path().join("a.yaml"));
    let without = world().with("kind1", "shop/b.yaml", None);
    refused_once(dir.path(), &without, Code::ForeignFile, "kind1/shop/b.yaml");
    let dir = written();
    replace(dir.path(), "kind1/default", elsewhere.path());
    refused_once(dir.path(), &world(), Code::OutputUnsafe, "kind1/default");
    let dir = written();
    replace(dir.path(), "kind1", elsewhere.path());
    refused_once(dir.path(), &world(), Code::OutputUnsafe, "kind1");
    let dir = written();
    replace(dir.path(), "kind1/.meshtree.lock", &elsewhere.path().join("a.yaml"));
    refused_once(dir.path(), &world(), Code::BadLock, "kind1/.meshtree.lock");
    let (dir, other) = (written(), written());
    replace(dir.path(), "kind2", &other.path().join("kind2"));
    refused_once(dir.path(), &world().without("kind2"), Code::OutputUnsafe, "kind2");
    assert_eq!(contents(elsewhere.path()).len(), 1, "nothing was written through any of them");
    assert_eq!(contents(other.path()), world().expected());
}

#[test]
fn what_stands_in_a_leftover_directory() {
    let dir = written();
    fs::create_dir(dir.path().join(".meshtree-new-kind3")).expect("a directory");
    fs::write(dir.path().join(".meshtree-new-kind3/notes.txt"), "theirs").expect("a file");
    refused_once(dir.path(), &world(), Code::ForeignFile, ".meshtree-new-kind3/notes.txt");
    fs::remove_file(dir.path().join(".meshtree-new-kind3/notes.txt")).expect("a file");
    run(dir.path(), &world(), Options::default(), &Disk::new()).expect("cleaned up");
    assert_eq!(contents(dir.path()), world().expected());
    fs::write(dir.path().join(".meshtree-old-kind3"), "theirs").expect("a file");
    refused_once(dir.path(), &world(), Code::ForeignFile, ".meshtree-old-kind3");
}

/// A file of a leftover directory has to have the bytes in its lock, or a beginning of what is rendered with these bytes.
#[test]
fn bytes_in_a_leftover_directory() {
    let left = |text: &str| {
        let (dir, other) = (written(), written());
        let left = dir.path().join(".meshtree-new-kind1");
        fs::rename(other.path().join("kind1"), &left).expect("renamed");
        fs::write(left.join("shop/b.yaml"), text).expect("a file");
        dir
    };
    for text in ["b: 1\n", "b:", ""] {
        let dir = left(text);
        run(dir.path(), &world(), Options::default(), &Disk::new()).expect("its own");
        assert_eq!(contents(dir.path()), world().expected(), "{text:?}");
    }
    for text in ["b: 2\n", "b: 1\nc: 1\n", "diary"] {
        refused_once(left(text).path(), &world(), Code::ForeignFile, ".meshtree-new-kind1/shop/b.yaml");
    }
    // What is rendered now has other bytes, so a beginning of the old ones cannot be told from anybody's.
    let now = world().with("kind1", "shop/b.yaml", Some("b: 2\n"));
    refused_once(left("b:").path(), &now, Code::ForeignFile, ".meshtree-new-kind1/shop/b.yaml");
    // Nor is there anything to compare with when the cluster is in no fleet any more.
    refused(left("b:").path(), &world().without("kind1"), Options { allow_empty: true, ..Options::default() });
}

#[test]
fn cluster_names_that_are_no_directories() {
    for name in ["..", ".git", "a/b", "a\\b", ""] {
        let dir = tempfile::tempdir().expect("a directory");
        let world = World::default().with(name, "default/a.yaml", Some("a"));
        let (error, report) = run(dir.path(), &world, Options::default(), &Disk::new()).expect_err("refused");
        assert!(matches!(error, OutputError::BadCluster { .. }), "{name}: {error}");
        assert_eq!((report.diags()[0].code, report.exit()), (Code::OutputUnsafe, Some(Exit::Refused)));
        assert!(snapshot(dir.path()).is_empty());
    }
}

/// Why an output directory is refused, and the hint.
fn unsafe_out(out: &Path, fleet: &Path, inputs: &[PathBuf], home: Option<&Path>) -> Option<String> {
    let mut report = Report::default();
    let result = OutDir::checked(out, &Surroundings { fleet, inputs, home }, &mut report);
    let diag = report.diags().first();
    assert_eq!(result.is_ok(), diag.is_none());
    assert!(diag.is_none_or(|diag| diag.code == Code::OutputUnsafe && diag.hint.is_some()));
    diag.map(|diag| format!("{}; {}", diag.message, diag.hint.as_deref().unwrap_or_default()))
}

#[test]
fn output_directories() {
    let dir = tempfile::tempdir().expect("a directory");
    let at = |path: &str| dir.path().join(path);
    fs::create_dir_all(at("repo/fleet/ca")).expect("directories");
    fs::create_dir_all(at("repo/.git")).expect("a directory");
    fs::create_dir_all(at("home/me")).expect("a directory");
    fs::write(at("repo/file"), "").expect("a file");
    let (fleet, home) = (at("repo/fleet"), at("home/me"));
    let check = |out: PathBuf, inputs: &[PathBuf]| unsafe_out(&out, &fleet, inputs, Some(&home));

    for good in ["repo/fleet/rendered", "repo/out", "repo/fleet/../out/deep", "repo/fleet-2", "home/me/out"] {
        assert_eq!(check(at(good), &[]), None, "{good}");
    }
    let cases: [(PathBuf, &[PathBuf], &str); 12] = [
        ("/".into(), &[], "the root of the file system"),
        (at("home/me"), &[], "home directory"),
        (at("home"), &[], "home directory"),
        (at("repo"), &[], "Git repository; choose a directory in it"),
        (at("repo/fleet"), &[], "contains the input"),
        (at("repo/fleet/rendered/../"), &[], "contains the input"),
        (at("repo/out"), &[at("repo/out/ca/store")], "contains the input"),
        (at("repo/fleet/ca"), &[at("repo/fleet/ca")], "contains the input"),
        (at("repo/file"), &[], "is a file"),
        (at("repo/new/../fleet/../../repo"), &[], "Git repository"),
        (at("repo/fleet/ca/out"), &[at("repo/fleet/ca")], "which contains inputs"),
        (at("repo/fleet/new/../ca/out"), &[at("repo/fleet/ca")], "which contains inputs"),
    ];
    fs::create_dir(at("repo/fleet/rendered")).expect("a directory");
    for (out, inputs, reason) in cases {
        let found = check(out.clone(), inputs).unwrap_or_default();
        assert!(found.contains(reason), "{}: {found}", out.display());
    }
    // A worktree's `.git` is a file.
    fs::create_dir(at("worktree")).expect("a directory");
    fs::write(at("worktree/.git"), "gitdir: elsewhere").expect("a file");
    assert!(check(at("worktree"), &[]).is_some_and(|found| found.contains("worktree/rendered")));
}

#[cfg(unix)]
#[test]
fn output_directories_behind_links() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().expect("a directory");
    let at = |path: &str| dir.path().join(path);
    fs::create_dir_all(at("fleet/policies")).expect("a directory");
    symlink(at("fleet"), at("link")).expect("a link");
    symlink(at("nowhere"), at("dangling")).expect("a link");
    for out in ["link", "link/", "link/.", "dangling"] {
        let found = unsafe_out(&at(out), &at("fleet"), &[], None);
        assert!(found.as_deref().is_some_and(|found| found.contains("symbolic link")), "{out}: {found:?}");
    }
    // A link on the way is all right; what is compared is where it leads.
    assert_eq!(unsafe_out(&at("link/rendered"), &at("fleet"), &[], None), None);
    let found = unsafe_out(&at("link/policies"), &at("fleet"), &[at("fleet/policies/a.yaml")], None);
    assert!(found.is_some_and(|found| found.contains("contains the input")));
}
