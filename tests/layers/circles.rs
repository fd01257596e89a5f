//! No file imports itself by way of others, except by way of its own subfolder: `foo.rs` and `foo/*.rs` may import each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::imports::{Crate, Module};
use super::sources;

type Graph = BTreeMap<Module, BTreeSet<Module>>;

/// The circles of a graph that do not run through a file and its own subfolder alone: for each pair of subfolders or files side by
/// side that a circle connects, a shortest one.
fn circles(graph: &Graph) -> BTreeSet<String> {
    graph.keys().flat_map(|parent| circles_below(graph, parent)).collect()
}

/// The circles among what is directly below a file, each with its own subfolder. The file itself is not part of them.
fn circles_below(graph: &Graph, parent: &Module) -> Vec<String> {
    let depth = parent.len();
    let inside = |module: &Module| module.len() > depth && module.starts_with(parent);
    let mut out = Vec::new();
    for (from, imports) in graph.iter().filter(|(from, _)| inside(from)) {
        for to in imports.iter().filter(|to| inside(to) && to[depth] != from[depth]) {
            if let Some(way) = way(graph, to, from, inside) {
                out.push(shown(&way));
            }
        }
    }
    out
}

/// A shortest way from one file to another by what they import.
fn way(graph: &Graph, from: &Module, to: &Module, inside: impl Fn(&Module) -> bool) -> Option<Vec<Module>> {
    let mut before: BTreeMap<&Module, &Module> = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        if at == to {
            let mut way: Vec<Module> = std::iter::successors(Some(at), |at| before.get(at).copied()).cloned().collect();
            way.reverse();
            return Some(way);
        }
        for next in graph[at].iter().filter(|next| inside(next) && *next != from) {
            if !before.contains_key(next) {
                before.insert(next, at);
                queue.push_back(next);
            }
        }
    }
    None
}

/// A circle in words, beginning with the first of its files, so that it is the same from wherever it is seen.
fn shown(circle: &[Module]) -> String {
    let first = circle.iter().enumerate().min_by_key(|(_, module)| *module).map_or(0, |(at, _)| at);
    let ring = circle[first..].iter().chain(&circle[..=first]);
    ring.map(|module| format!("{}.rs", module.join("/"))).collect::<Vec<_>>().join(" → ")
}

#[test]
fn no_file_imports_itself() {
    let sources = sources();
    let texts = sources.iter().filter(|source| source.path.as_os_str() != "main.rs");
    let graph = Crate::new(texts.map(|source| (source.path.to_str().expect("UTF-8"), &*source.code))).graph();
    assert!(graph.values().map(BTreeSet::len).sum::<usize>() > graph.len(), "imports are found");
    let found = circles(&graph);
    assert!(found.is_empty(), "{} circles:\n{}", found.len(), found.into_iter().collect::<Vec<_>>().join("\n"));
}

fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    circles(&Crate::new(files.iter().copied()).graph()).into_iter().collect()
}

#[test]
fn circles_are_found() {
    let two = [("lib.rs", "mod a;\nmod b;"), ("a.rs", "use crate::b::B;"), ("b.rs", "fn f() { super::a::g() }")];
    assert_eq!(circles_of(&two), ["a.rs → b.rs → a.rs"]);
    let three = [
        ("lib.rs", ""),
        ("a.rs", ""),
        ("a/x.rs", "use super::{\n    y::Y,\n    z,\n};"),
        ("a/y.rs", "use crate::{a::{z::Z as Other}, c};"),
        ("a/z.rs", "fn f() -> super::x::X {}"),
        ("c.rs", ""),
    ];
    assert_eq!(circles_of(&three), ["a/x.rs → a/y.rs → a/z.rs → a/x.rs", "a/x.rs → a/z.rs → a/x.rs"]);
    let by_way_of_a_child =
        [("lib.rs", ""), ("a.rs", "mod x;"), ("a/x.rs", "use crate::b;"), ("b.rs", "use crate::a::x;")];
    assert_eq!(circles_of(&by_way_of_a_child), ["a/x.rs → b.rs → a/x.rs"]);
}

#[test]
fn names_are_followed_to_their_file() {
    let passed_on = [
        ("lib.rs", ""),
        ("a.rs", "mod x;\nmod y;\npub(crate) use x::{X, y as why};\nuse y::Y;"),
        ("a/x.rs", "use super::Y;"),
        ("a/y.rs", "use super::X;"),
    ];
    assert_eq!(circles_of(&passed_on), ["a/x.rs → a/y.rs → a/x.rs"]);
    let by_macro = [
        ("lib.rs", ""),
        ("a.rs", ""),
        ("a/m.rs", "#[macro_export]\nmacro_rules! made {\n() => { $crate::a::t::T };\n}"),
        ("a/t.rs", "use crate::made;"),
    ];
    assert_eq!(circles_of(&by_macro), ["a/m.rs → a/t.rs → a/m.rs"]);
}

#[test]
fn a_file_and_its_subfolder_may_import_each_other() {
    let family = [
        ("lib.rs", "pub use a::A;"),
        ("a.rs", "mod x;\nmod y;\nuse x::X;\npub struct A;"),
        ("a/x.rs", "use super::A;\nuse super::y::Y;\nuse crate::A as Same;"),
        ("a/y.rs", "use crate::a::{self, A};\n// use super::x;"),
    ];
    let family = family.map(|(path, text)| (path, super::strip(text)));
    assert_eq!(circles_of(&family.each_ref().map(|(path, text)| (*path, &**text))), [] as [&str; 0]);
}
