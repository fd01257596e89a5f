//! Which file of a crate imports which, read from its text.
//!
//! A name that a file only passes on (`pub use child::Name`) is followed to the file that has it: otherwise every file that imports
//! something by way of its parent would seem to depend on all that the parent passes on.

use std::collections::{BTreeMap, BTreeSet};

use super::items;

/// The path of a module: `["model", "decode", "types"]`; empty for the root.
pub(crate) type Module = Vec<String>;

/// The files of a crate by module.
pub(crate) struct Crate {
    files: BTreeMap<Module, String>,
    /// Per file, what its `use` statements bind: a name, and the path that it stands for.
    bound: BTreeMap<Module, BTreeMap<String, Vec<String>>>,
    /// Macros of the crate, and the files that define them.
    macros: BTreeMap<String, Module>,
}

/// Follows of names that are passed on; more than any crate has, fewer than forever.
const FOLLOWED: usize = 16;

impl Crate {
    /// The crate of files by path (`model/decode.rs`), each with its code as `strip` leaves it.
    pub(crate) fn new<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files: BTreeMap<_, _> =
            sources.into_iter().map(|(path, code)| (module_of(path), code.to_owned())).collect();
        let bound = files.iter().map(|(module, code)| (module.clone(), bindings(code))).collect();
        let is_macro = |code: &str| {
            let names = code.split("#[macro_export]\nmacro_rules! ").skip(1);
            names.map(|text| identifier(text).to_owned()).collect::<Vec<_>>()
        };
        let macros =
            files.iter().flat_map(|(at, code)| is_macro(code).into_iter().map(|name| (name, at.clone()))).collect();
        Self { files, bound, macros }
    }

    /// Every file with those that it imports.
    pub(crate) fn graph(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let imports = |(module, code): (&Module, &String)| {
            let used = self.bound[module].values().cloned().chain(paths(code));
            let mut found: BTreeSet<Module> = used.filter_map(|path| self.file_of(module, &path, FOLLOWED)).collect();
            found.remove(module);
            (module.clone(), found)
        };
        self.files.iter().map(imports).collect()
    }

    /// The file that has what a path in a module names; none if that is not of this crate.
    fn file_of(&self, module: &Module, path: &[String], follow: usize) -> Option<Module> {
        let follow = follow.checked_sub(1)?;
        let (first, mut rest) = path.split_first()?;
        let mut at = match &**first {
            "crate" => Module::new(),
            "self" => module.clone(),
            "super" => parent(module),
            name => {
                if let Some(target) = self.bound[module].get(name).filter(|target| *target != path) {
                    let whole: Vec<_> = target.iter().chain(rest).cloned().collect();
                    return self.file_of(module, &whole, follow);
                }
                self.child(module, name)?;
                rest = path;
                module.clone()
            }
        };
        while let Some((name, behind)) = rest.split_first() {
            rest = behind;
            if name == "super" {
                at = parent(&at);
            } else if let Some(child) = self.child(&at, name) {
                at = child;
            } else if let Some(target) = self.bound[&at].get(name) {
                let whole: Vec<_> = target.iter().chain(rest).cloned().collect();
                return self.file_of(&at, &whole, follow);
            } else if at.is_empty() && self.macros.contains_key(name) {
                return self.macros.get(name).cloned();
            } else {
                break;
            }
        }
        Some(at)
    }

    fn child(&self, module: &Module, name: &str) -> Option<Module> {
        let child: Module = module.iter().cloned().chain([name.to_owned()]).collect();
        self.files.contains_key(&child).then_some(child)
    }
}

/// The module whose text a file is.
fn module_of(path: &str) -> Module {
    match path.trim_end_matches(".rs") {
        "lib" => Module::new(),
        path => path.split('/').map(str::to_owned).collect(),
    }
}

/// The module in which a module is declared.
fn parent(module: &Module) -> Module {
    module[..module.len().saturating_sub(1)].to_vec()
}

/// The name with which a text begins.
fn identifier(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())]
}

/// What the `use` statements of a file bind.
fn bindings(code: &str) -> BTreeMap<String, Vec<String>> {
    let mut out = BTreeMap::new();
    for statement in code.split(';') {
        let Some(at) = statement.rfind("use ").filter(|at| is_statement(&statement[..*at])) else { continue };
        let flat = statement[at + "use ".len()..].split_whitespace().collect::<Vec<_>>().join(" ");
        for item in items(&flat.replace(" as ", "::as::").replace(' ', "")) {
            let (path, name) = item.split_once("::as::").unwrap_or((&item, ""));
            let mut path: Vec<String> = path.split("::").map(str::to_owned).collect();
            // `a::{self}` is `a`, and of `a::*` nothing more than `a` can be said.
            path.truncate(
                path.iter().skip(1).position(|part| part == "self" || part == "*").map_or(path.len(), |i| i + 1),
            );
            let name = if name.is_empty() { path.last().cloned().unwrap_or_default() } else { name.to_owned() };
            out.insert(name, path);
        }
    }
    out
}

/// Whether what stands before `use` in its line leaves it a statement: nothing, or how visible it is.
fn is_statement(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default().trim();
    line.is_empty() || line == "pub" || line.starts_with("pub(") && line.ends_with(')')
}

/// The paths in the code of a file, wherever they stand: `["super", "Kind"]`.
fn paths(code: &str) -> Vec<Vec<String>> {
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let tokens = code.split(|c: char| !is_path(c)).filter(|token| token.contains("::"));
    tokens.map(|token| token.trim_matches(':').split("::").map(str::to_owned).collect()).collect()
}
