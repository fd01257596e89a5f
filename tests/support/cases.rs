//! The golden cases as they lie in the tree: `tests/cases/<subject>/<case>/`.

use std::fs;
use std::path::PathBuf;

use super::{Tree, directories, fleet, project, run, tree};

/// One folder of `tests/cases`.
#[derive(Debug)]
pub(crate) struct Case {
    /// `<subject>/<case>`, by which tests and pages refer to it.
    pub(crate) name: String,
    pub(crate) dir: PathBuf,
    /// The arguments that its `options` add to `render`.
    pub(crate) args: Vec<String>,
}

/// Every case, sorted by name.
pub(crate) fn cases() -> Vec<Case> {
    subjects().iter().flat_map(|subject| directories(subject)).map(Case::at).collect()
}

/// The folders that group the cases.
pub(crate) fn subjects() -> Vec<PathBuf> {
    directories(&project().join("tests/cases"))
}

/// The case of this name.
#[track_caller]
pub(crate) fn case(name: &str) -> Case {
    let dir = project().join("tests/cases").join(name);
    assert!(dir.is_dir(), "there is no case {name}");
    Case::at(dir)
}

impl Case {
    fn at(dir: PathBuf) -> Self {
        let parts: Vec<_> = dir.iter().map(|part| part.to_str().expect("UTF-8")).collect();
        let name = parts[parts.len() - 2..].join("/");
        let mut case = Self { name, dir, args: Vec::new() };
        case.read_options();
        case
    }

    fn read_options(&mut self) {
        let text = fs::read_to_string(self.dir.join("options")).unwrap_or_default();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (key, value) = line.split_once(" = ").unwrap_or_else(|| panic!("{}/options: {line}", self.name));
            let words = value.split_whitespace().map(str::to_owned);
            match key {
                "args" => self.args.extend(words),
                _ => panic!("{}/options: `{key}` is not one of args", self.name),
            }
        }
    }

    /// The files of its fleet.
    pub(crate) fn inputs(&self) -> Tree {
        let files = tree(&self.dir.join("in"));
        assert!(!files.is_empty(), "{} has no in/", self.name);
        files
    }

    /// The text of one of its files, which need not exist.
    pub(crate) fn text(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.dir.join(file)).ok()
    }

    /// The whole tree that is rendered from it, INVALID policies aside. Made anew: the folder may show less.
    pub(crate) fn rendered(&self) -> Tree {
        let dir = fleet(&self.inputs());
        let mut arguments = vec!["render"];
        arguments.extend(self.args.iter().map(String::as_str));
        if run(dir.path(), &arguments).code == 3 {
            arguments.push("--allow-invalid");
            run(dir.path(), &arguments);
        }
        tree(&dir.path().join("rendered"))
    }
}
