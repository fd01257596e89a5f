//! Runs the program on a fleet of a fixture and compares: the tree, what is said, the statuses. `UPDATE=1` rewrites.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A fixture: `in/` is the fleet, `out/` the tree, `diagnostics.txt` what is said, `status.yaml` the statuses.
pub(crate) struct Case {
    directory: PathBuf,
}

impl Case {
    pub(crate) fn new(name: &str) -> Self {
        Self { directory: Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/smi").join(name) }
    }

    /// The program's answer to a command line.
    pub(crate) fn meshtree(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_meshtree"));
        command.current_dir(&self.directory).args(arguments);
        command.env("NO_COLOR", "1").env_remove("CI").output().expect("the program runs")
    }

    /// The rendered files by path, INVALID policies left out. The lock holds nothing that the files do not.
    pub(crate) fn tree(&self) -> BTreeMap<String, String> {
        let out = tempfile::tempdir().expect("a directory");
        let path = out.path().to_str().expect("text");
        let done = self.meshtree(&["render", "in", "--out", path, "--allow-invalid"]);
        assert!(done.status.success(), "{}", text(done.stderr));
        files(out.path())
    }

    /// What is said of the fleet, and the exit code.
    pub(crate) fn diagnostics(&self) -> String {
        let done = self.meshtree(&["check", "in"]);
        format!("{}exit code {}\n", text(done.stderr), done.status.code().expect("an exit code"))
    }

    fn statuses(&self) -> String {
        text(self.meshtree(&["status", "in", "-o", "yaml"]).stdout)
    }

    /// A file of the fixture.
    pub(crate) fn file(&self, name: &str) -> String {
        fs::read_to_string(self.directory.join(name)).unwrap_or_default()
    }

    fn rewrite(&self, tree: &BTreeMap<String, String>) {
        let out = self.directory.join("out");
        if out.exists() {
            fs::remove_dir_all(&out).expect("removed");
        }
        for (path, text) in tree {
            let path = out.join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            fs::write(path, text).expect("written");
        }
        fs::write(self.directory.join("diagnostics.txt"), self.diagnostics()).expect("written");
        fs::write(self.directory.join("status.yaml"), self.statuses()).expect("written");
    }
}

/// Checks everything about a fixture.
pub(crate) fn expect(name: &str) {
    let case = Case::new(name);
    let tree = case.tree();
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        case.rewrite(&tree);
    }
    let wanted = files(&case.directory.join("out"));
    assert_eq!(tree.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "the files of {name}");
    for (path, text) in &tree {
        assert_eq!(text, &wanted[path], "{path} of {name}");
    }
    assert_eq!(case.diagnostics(), case.file("diagnostics.txt"), "what is said of {name}");
    assert_eq!(case.statuses(), case.file("status.yaml"), "the statuses of {name}");
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("text")
}

/// The manifests below a directory, by path.
fn files(directory: &Path) -> BTreeMap<String, String> {
    let entries = walkdir::WalkDir::new(directory).into_iter().map(|entry| entry.expect("readable"));
    entries
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "yaml"))
        .map(|entry| {
            let path = entry.path().strip_prefix(directory).expect("below").to_str().expect("text").to_owned();
            (path, fs::read_to_string(entry.path()).expect("text"))
        })
        .collect()
}
