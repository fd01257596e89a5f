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
    pub(crate) options: Options,
}

/// What the file `options` of a case says.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// The folder of `tests/fleets` that the case's own inputs are laid over.
    pub(crate) base: Option<String>,
    /// Patterns of the rendered files that are committed. Without any it is the whole tree.
    pub(crate) show: Option<Vec<String>>,
    /// Arguments for `render`.
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

/// The files of a folder of `tests/fleets`.
pub(crate) fn base(name: &str) -> Tree {
    let files = tree(&project().join("tests/fleets").join(name));
    assert!(!files.is_empty(), "tests/fleets has no {name}");
    files
}

impl Case {
    fn at(dir: PathBuf) -> Self {
        let parts: Vec<_> = dir.iter().map(|part| part.to_str().expect("UTF-8")).collect();
        let name = parts[parts.len() - 2..].join("/");
        let options = Options::parse(&name, &fs::read_to_string(dir.join("options")).unwrap_or_default());
        Self { name, dir, options }
    }

    /// The files of its fleet: those of its base, and its own, which win.
    pub(crate) fn inputs(&self) -> Tree {
        let mut files = self.options.base.as_deref().map(base).unwrap_or_default();
        files.extend(tree(&self.dir.join("in")));
        assert!(!files.is_empty(), "{} has no inputs", self.name);
        files
    }

    /// The text of one of its files, which need not exist.
    pub(crate) fn text(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.dir.join(file)).ok()
    }

    /// Whether a file of the case, such as `out/east/shop/gateway-a.yaml`, is among those that it commits.
    pub(crate) fn shows(&self, path: &str) -> bool {
        self.options.show.as_ref().is_none_or(|patterns| patterns.iter().any(|pattern| matches(pattern, path)))
    }

    /// The whole tree that is rendered from it, without its INVALID policies. It is made anew: the case may show less.
    pub(crate) fn rendered(&self) -> Tree {
        let dir = fleet(&self.inputs());
        let mut arguments = vec!["render"];
        arguments.extend(self.options.args.iter().map(String::as_str));
        if run(dir.path(), &arguments).code == 3 {
            arguments.push("--allow-invalid");
            run(dir.path(), &arguments);
        }
        tree(&dir.path().join("rendered"))
    }
}

impl Options {
    fn parse(name: &str, text: &str) -> Self {
        let mut options = Self::default();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (key, value) =
                line.split_once(" = ").unwrap_or_else(|| panic!("{name}/options: no `key = value`: {line}"));
            let words = value.split_whitespace().map(str::to_owned);
            match key {
                "base" => options.base = Some(value.to_owned()),
                "show" if value == "nothing" => _ = options.show.get_or_insert_default(),
                "show" => options.show.get_or_insert_default().extend(words),
                "args" => options.args.extend(words),
                _ => panic!("{name}/options: unknown key `{key}`: it has base, show and args"),
            }
        }
        options
    }
}

/// Whether a path fits a pattern, in which `*` stands for any text without a `/`.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('*') else { return pattern == path };
    let Some(path) = path.strip_prefix(before) else { return false };
    let within = path.find('/').unwrap_or(path.len());
    (0..=within).any(|at| path.is_char_boundary(at) && matches(rest, &path[at..]))
}
