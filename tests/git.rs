//! `meshtree diff --git`: a commit gives what a checkout of it would give, and nothing that a checkout would not.

#![cfg(unix)]

mod support;

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use support::{Run, example, meshtree, run, tree, write_tree};

/// A repository with a fleet in the directory `fleet`, committed with its rendered tree.
struct Repository(tempfile::TempDir);

impl Repository {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        write_tree(&dir.path().join("fleet"), &tree(example("bookinfo", true).path()));
        let repository = Self(dir);
        repository.git(&["init", "--quiet", "."]);
        repository.commit();
        repository
    }

    fn at(&self) -> &Path {
        self.0.path()
    }

    fn fleet(&self) -> std::path::PathBuf {
        self.at().join("fleet")
    }

    /// What Git prints.
    #[track_caller]
    fn git(&self, arguments: &[&str]) -> String {
        self.git_of(arguments, "")
    }

    /// What Git prints when it is given this.
    #[track_caller]
    fn git_of(&self, arguments: &[&str], input: &str) -> String {
        let mut git = Command::new("git");
        git.current_dir(self.at()).args(["-c", "user.email=a@b", "-c", "user.name=n"]).args(arguments);
        git.env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", "/nonexistent");
        let mut child = git.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("git runs");
        child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("written");
        let output = child.wait_with_output().expect("git ends");
        assert!(output.status.success(), "git {arguments:?}");
        String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "x"]);
    }

    /// Replaces a piece of a policy.
    fn edit(&self, from: &str, to: &str) {
        let path = self.fleet().join("policies/traffic-simple.yaml");
        let text = fs::read_to_string(&path).expect("text");
        assert!(text.contains(from), "{from:?} is not in {text}");
        fs::write(&path, text.replace(from, to)).expect("written");
    }

    fn diff(&self, arguments: &[&str]) -> Run {
        run(self.at(), &[&["diff", "fleet", "--git"], arguments].concat())
    }
}

/// A commit whose tree has a link and a directory of one name: whoever lays the link first writes through it.
#[test]
fn nothing_is_written_through_the_links_of_a_commit() {
    let repository = Repository::new();
    let outside = tempfile::tempdir().expect("a directory");
    let link = repository.git_of(&["hash-object", "-w", "--stdin"], outside.path().to_str().expect("UTF-8"));
    let file = repository.git_of(&["hash-object", "-w", "--stdin"], "kind: Written");
    let below = repository.git_of(&["mktree"], &format!("100644 blob {file}\twritten.yaml\n"));
    let fleet = repository.git(&["ls-tree", "HEAD:fleet"]);
    for entries in [
        format!("120000 blob {link}\tzz\n040000 tree {below}\tzz\n"),
        format!("120000 blob {link}\tpolicies.yaml\n040000 tree {below}\tpolicies.yaml\n"),
        format!("120000 blob {link}\tzz\n100644 blob {file}\tzz\n"),
    ] {
        let tree = repository.git_of(&["mktree"], &format!("{fleet}\n{entries}"));
        let top = repository.git_of(&["mktree"], &format!("040000 tree {tree}\tfleet\n"));
        let commit = repository.git(&["commit-tree", &top, "-m", "bad"]);
        repository.diff(&[&commit]).exits(5).says("which no checkout would create");
        assert_eq!(fs::read_dir(outside.path()).expect("there").count(), 0, "{entries}");
    }
}

/// A link that leads out of the repository is refused; what it leads to is neither read nor shown.
#[test]
fn links_of_a_commit_stay_in_it() {
    let repository = Repository::new();
    let outside = tempfile::tempdir().expect("a directory");
    fs::write(outside.path().join("secret"), "https://bot:hunter2@git.example\n").expect("written");
    symlink(outside.path().join("secret"), repository.fleet().join("policies/zz.yaml")).expect("a link");
    symlink(outside.path(), repository.fleet().join("policies/all")).expect("a link");
    let found = run(repository.at(), &["check", "fleet"]).exits(3).says("MT0108").says("outside the Git repository");
    assert!(!found.stderr.contains("hunter2"), "{}", found.stderr);
    fs::remove_dir_all(repository.fleet().join("rendered")).expect("removed");
    repository.commit();
    fs::remove_file(repository.fleet().join("policies/zz.yaml")).expect("removed");
    fs::remove_file(repository.fleet().join("policies/all")).expect("removed");
    let found = repository.diff(&["HEAD"]).exits(3).says("HEAD:fleet/policies/zz.yaml").says("MT0108");
    let found = found.says("HEAD:fleet/policies/all");
    assert!(!found.stderr.contains("hunter2"), "{}", found.stderr);
}

/// Links to files and directories elsewhere in the repository are followed, in the fleet and in a commit of it.
#[test]
fn links_within_the_repository_are_followed() {
    let repository = Repository::new();
    fs::rename(repository.fleet().join("policies"), repository.at().join("shared")).expect("moved");
    symlink("../shared", repository.fleet().join("policies")).expect("a link");
    repository.commit();
    repository.diff(&["HEAD"]).exits(0);
    repository.diff(&["HEAD~1"]).exits(0);
    // Of the commit, not of today: the file behind the link differs.
    let policy = repository.at().join("shared/traffic-simple.yaml");
    let text = fs::read_to_string(&policy).expect("text");
    fs::write(&policy, text.replace("weight: 75", "weight: 70").replace("weight: 15", "weight: 20")).expect("written");
    let found = repository.diff(&["HEAD"]).exits(1);
    assert!(
        found.stdout.contains("-      weight: 75") && found.stdout.contains("+      weight: 70"),
        "{}",
        found.stdout
    );
    // A directory that contains the link.
    symlink("..", repository.at().join("shared/up")).expect("a link");
    fs::remove_dir_all(repository.fleet().join("rendered")).expect("removed");
    repository.commit();
    repository.diff(&["HEAD"]).exits(3).says("a directory that contains it");
}

/// What a hook's Git sets in the environment is another repository's, or another index.
#[test]
fn the_environment_of_a_hook_changes_nothing() {
    let (repository, other) = (Repository::new(), Repository::new());
    other.edit("weight: 75", "weight: 85");
    other.commit();
    repository.edit("weight: 75", "weight: 70");
    repository.edit("weight: 15", "weight: 20");
    let plain = repository.diff(&["HEAD"]).exits(1);
    let mut hook = meshtree(repository.at());
    hook.args(["diff", "fleet", "--git", "HEAD"]);
    hook.env("GIT_DIR", other.at().join(".git")).env("GIT_WORK_TREE", other.at());
    hook.env("GIT_INDEX_FILE", other.at().join(".git/index")).env("GIT_PREFIX", "x/");
    let hooked = Run::from(hook.output().expect("runs"));
    assert_eq!((hooked.code, &hooked.stdout), (plain.code, &plain.stdout), "{}", hooked.stderr);
}

/// Filters and line ends are those of a checkout. The index and the work tree of the repository stay as they are.
#[test]
fn files_are_as_a_checkout_would_have_them() {
    let repository = Repository::new();
    repository.git(&["config", "filter.swap.smudge", "sed 's/weight: 75/weight: 70/;s/weight: 15/weight: 20/'"]);
    repository.git(&["config", "filter.swap.clean", "cat"]);
    fs::write(repository.at().join(".gitattributes"), "fleet/policies/*.yaml filter=swap\n").expect("written");
    repository.commit();
    repository.edit("weight: 75", "weight: 70");
    repository.edit("weight: 15", "weight: 20");
    let before = repository.git(&["status", "--porcelain"]);
    repository.diff(&["HEAD"]).exits(0);
    assert_eq!(repository.git(&["status", "--porcelain"]), before);
    // Line ends, too.
    repository.git(&["config", "core.autocrlf", "true"]);
    fs::remove_dir_all(repository.fleet()).expect("removed");
    repository.git(&["checkout", "--quiet", "--", "fleet"]);
    let policy = fs::read_to_string(repository.fleet().join("policies/traffic-simple.yaml")).expect("text");
    assert!(policy.contains("weight: 70\r\n"), "{policy:?}");
    repository.diff(&["HEAD"]).exits(0);
    // The rendered tree is not converted: its lock would be of no use.
    let broken = repository.fleet().join("policies/broken.yaml");
    fs::write(&broken, "x: [").expect("written");
    repository.commit();
    fs::remove_file(&broken).expect("removed");
    repository.diff(&["HEAD"]).exits(1).says("MT0811");
}

#[test]
fn a_base_without_the_fleet_makes_everything_new() {
    let repository = Repository::new();
    repository.git(&["mv", "fleet", "moved"]);
    repository.commit();
    let found = run(repository.at(), &["diff", "moved", "--git", "HEAD~1", "--stat"]).exits(1).says("MT0810");
    assert!(found.stdout.contains("0 changed, 0 removed") || found.stdout.contains("added"), "{}", found.stdout);
    let json = run(repository.at(), &["diff", "moved", "--git", "HEAD~1", "--format", "json"]).exits(1).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["summary"]["removed"], 0);
    assert_eq!(json["summary"]["changed"], 0);
    assert!(json["summary"]["added"].as_u64().is_some_and(|added| added > 40), "{}", json["summary"]);
    // A directory that is there and has no inputs is no other case.
    fs::create_dir(repository.at().join("empty")).expect("a directory");
    fs::write(repository.at().join("empty/README"), "soon\n").expect("written");
    repository.commit();
    write_tree(&repository.at().join("empty"), &tree(&repository.at().join("moved")));
    run(repository.at(), &["diff", "empty", "--git", "HEAD", "--stat"]).exits(1).says("MT0810");
}

/// A base whose inputs are broken has a tree all the same.
#[test]
fn a_broken_base_is_compared_by_its_tree() {
    let repository = Repository::new();
    let broken = repository.fleet().join("policies/broken.yaml");
    fs::write(&broken, "x: [").expect("written");
    repository.commit();
    fs::remove_file(&broken).expect("removed");
    repository.diff(&["HEAD"]).exits(0).says("warning[MT0811]").says("HEAD:fleet/policies/broken.yaml:1");
    repository.edit("weight: 75", "weight: 70");
    repository.edit("weight: 15", "weight: 20");
    let found = repository.diff(&["HEAD"]).exits(1);
    assert!(found.stdout.contains("-      weight: 75"), "{}", found.stdout);
    // The tree may be where the settings of the commit put it.
    let settings = "apiVersion: meshtree.io/v1alpha1\nkind: Settings\nspec: {output: {directory: deploy}}\n";
    fs::write(repository.fleet().join("meshtree.yaml"), settings).expect("written");
    repository.git(&["mv", "fleet/rendered", "fleet/deploy"]);
    fs::write(&broken, "x: [").expect("written");
    repository.commit();
    fs::remove_file(&broken).expect("removed");
    repository.diff(&["HEAD"]).says("MT0811");
    // Without a tree there is nothing to compare with.
    repository.git(&["rm", "-r", "--quiet", "fleet/deploy"]);
    fs::write(&broken, "x: [").expect("written");
    repository.commit();
    fs::remove_file(&broken).expect("removed");
    repository.diff(&["HEAD"]).exits(3).says("HEAD:fleet/policies/broken.yaml").says("nothing to compare with");
}

/// The copy of a private repository can be read by nobody else while it is there, and is gone afterwards.
#[test]
fn the_copy_is_private() {
    let repository = Repository::new();
    let temporary = tempfile::tempdir().expect("a directory");
    let seen = repository.at().join("seen");
    let filter = format!("sh -c 'stat -c %a {}/meshtree-* >> {}; cat'", temporary.path().display(), seen.display());
    repository.git(&["config", "filter.look.smudge", &filter]);
    fs::write(repository.at().join(".gitattributes"), "fleet/policies/*.yaml filter=look\n").expect("written");
    repository.commit();
    let mut command = meshtree(repository.at());
    command.args(["diff", "fleet", "--git", "HEAD"]).env("TMPDIR", temporary.path());
    Run::from(command.output().expect("runs")).exits(0);
    let seen = fs::read_to_string(seen).expect("the filter has looked");
    assert!(!seen.is_empty() && seen.lines().all(|mode| mode == "700"), "{seen}");
    assert_eq!(fs::read_dir(temporary.path()).expect("there").count(), 0);
}

/// A hook of a linked work tree: Git sets the directories of that work tree in its environment.
#[test]
fn hooks_of_linked_work_trees_compare_that_work_tree() {
    let repository = Repository::new();
    let other = tempfile::tempdir().expect("a directory");
    let linked = other.path().join("linked");
    repository.git(&["worktree", "add", "--quiet", "-b", "branch", linked.to_str().expect("UTF-8")]);
    let seen = other.path().join("seen");
    let script = format!(
        "#!/bin/sh\nenv | grep ^GIT_ > {seen}.env\n{program} diff fleet --git HEAD --quiet > {seen} 2>&1\n[ $? -eq 1 ]\n",
        seen = seen.display(),
        program = env!("CARGO_BIN_EXE_meshtree")
    );
    let hook = repository.at().join(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().expect("a parent")).expect("a directory");
    fs::write(&hook, script).expect("written");
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("changed");
    // The main work tree has another change, which the hook must not see.
    repository.edit("weight: 75", "weight: 90");
    let policy = linked.join("fleet/policies/traffic-simple.yaml");
    let text = fs::read_to_string(&policy).expect("text");
    fs::write(&policy, text.replace("weight: 75", "weight: 70").replace("weight: 15", "weight: 20")).expect("written");
    repository.git(&["-C", linked.to_str().expect("UTF-8"), "commit", "--quiet", "--all", "--message", "x"]);
    let environment = fs::read_to_string(format!("{}.env", seen.display())).expect("the hook has run");
    assert!(environment.contains("GIT_DIR=") && environment.contains("GIT_INDEX_FILE="), "{environment}");
    let found = fs::read_to_string(seen).expect("the hook has run");
    assert!(found.contains("-      weight: 75\n+      weight: 70\n"), "{found}");
}

/// The files of a submodule are in another repository.
#[test]
fn submodules_are_reported_by_name_and_path() {
    let repository = Repository::new();
    let library = Repository::new();
    let url = library.at().to_str().expect("UTF-8");
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "--name", "policy library", url];
    repository.git(&[&add[..], &["fleet/clusters/shared"]].concat());
    repository.commit();
    let found = repository.diff(&["HEAD"]).says("warning[MT0811]");
    assert!(found.stderr.contains("HEAD:fleet/clusters/shared\n"), "{}", found.stderr);
    assert!(found.stderr.contains("Git submodule \"policy library\""), "{}", found.stderr);
    repository.git(&["rm", "-r", "--quiet", "fleet/rendered"]);
    repository.commit();
    repository.diff(&["HEAD"]).exits(3).says("--> HEAD:fleet/clusters/shared").says("\"policy library\"");
}

const POINTER: &str = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 12345\n";

/// A file that Git LFS stores elsewhere: what its smudge filter returns, or an error that says what to run.
#[test]
fn files_of_git_lfs_are_downloaded_or_reported() {
    let repository = Repository::new();
    let policy = repository.fleet().join("policies/traffic-simple.yaml");
    let content = fs::read_to_string(&policy).expect("text");
    let stored = repository.at().join(".git/stored");
    fs::write(&stored, &content).expect("written");
    fs::write(repository.at().join(".gitattributes"), "fleet/policies/traffic-simple.yaml filter=lfs\n")
        .expect("written");
    fs::write(&policy, POINTER).expect("written");
    repository.commit();
    // Without Git LFS, the work tree has the pointer, and so would a checkout of the commit.
    run(repository.at(), &["check", "fleet"]).exits(3).says("MT0101").says("traffic-simple.yaml").says("git lfs pull");
    fs::write(&policy, &content).expect("written");
    let found = repository.diff(&["HEAD"]).exits(5).says("MT0807").says("HEAD:fleet/policies/traffic-simple.yaml");
    found.says("git lfs install && git lfs fetch origin HEAD");
    let ignored = repository.fleet().join(".meshtreeignore");
    // With it, the content.
    let smudge = format!("cat {}", stored.display());
    repository.git(&["config", "filter.lfs.smudge", &smudge]);
    repository.git(&["config", "filter.lfs.required", "true"]);
    repository.diff(&["HEAD"]).exits(0);
    // The object is missing.
    fs::remove_file(&stored).expect("removed");
    let found =
        repository.diff(&["HEAD"]).exits(5).says("MT0807").says("cannot check out fleet/policies/traffic-simple.yaml");
    found.says("git lfs install && git lfs fetch origin HEAD").says("No such file");
    // Not an input.
    repository.git(&["config", "--unset", "filter.lfs.required"]);
    fs::write(&ignored, "traffic-simple.yaml\n").expect("written");
    fs::write(&policy, POINTER).expect("written");
    fs::remove_dir_all(repository.fleet().join("rendered")).expect("removed");
    repository.commit();
    repository.diff(&["HEAD"]).exits(0);
}

#[test]
fn a_tree_whose_line_ends_git_converted_is_told_by_its_cause() {
    let repository = Repository::new();
    let check = || run(repository.at(), &["render", "fleet", "--check", "--locked"]);
    let checkout = || {
        fs::remove_dir_all(repository.fleet()).expect("removed");
        repository.git(&["checkout", "--quiet", "--", "fleet"]);
    };
    check().exits(0);
    repository.git(&["config", "core.autocrlf", "true"]);
    checkout();
    let found = check().exits(1);
    let said = format!("{}{}", found.stdout, found.stderr);
    assert!(said.contains("kind2/.meshtree.lock: lines end in CR LF"), "{said}");
    assert!(said.contains("add `* -text` to .gitattributes in the output directory"), "{said}");
    fs::write(repository.fleet().join("rendered/.gitattributes"), "* -text\n").expect("written");
    repository.git(&["add", "--all", "fleet/rendered/.gitattributes"]);
    repository.git(&["commit", "--quiet", "--message", "keep line ends"]);
    checkout();
    check().exits(0);
}
