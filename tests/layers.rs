//! The stages are layers: each imports what stands to its left, and the leaves.
//!
//! ```text
//! load → model → discover → plan → resolve → translate → ca → built → templates → install → existing → ask → expect → render → fleet → scaffold → output → report → gitops → cli
//! ```
//! `ids`, `diag` and `version`, what each version of Istio reads, are leaves for all; `version` imports nothing. `objects`, what is
//! rendered, is a leaf from `plan` on and imports `ids` and `version` alone; `yaml_writer`, the one form in which YAML is written, is a leaf from `ca` on and imports nothing.
//! `resolve` writes the plan; `translate`, `ca`, `ask` and `expect` read it and never ask `resolve`.

#[path = "layers/circles.rs"]
mod circles;
#[path = "layers/imports.rs"]
mod imports;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const STAGES: [&str; 20] = [
    "load",
    "model",
    "discover",
    "plan",
    "resolve",
    "translate",
    "ca",
    "built",
    "templates",
    "install",
    "existing",
    "ask",
    "expect",
    "render",
    "fleet",
    "scaffold",
    "output",
    "report",
    "gitops",
    "cli",
];
const LEAVES: [&str; 5] = ["ids", "diag", "objects", "version", "yaml_writer"];

/// The leaf that knows no diagnostics, and is of no use before the plan.
const OBJECTS: &str = "objects";

/// The leaf that has the facts of each version of Istio.
const VERSION: &str = "version";

/// The leaf that knows nothing of this program, and is of no use before there is something to write.
const WRITER: &str = "yaml_writer";

/// The stages that read the plan and nothing of how it was made.
const READERS: [&str; 7] = ["translate", "ca", "templates", "install", "existing", "ask", "expect"];

struct Source {
    /// The stage or leaf it belongs to; none for `lib.rs` and `main.rs`.
    module: Option<String>,
    path: PathBuf,
    /// Its lines without comments, texts and tests.
    code: String,
}

/// Code without what the compiler does not read as code, and without unit tests, which may do as they like.
fn strip(text: &str) -> String {
    let text = match text.find("#[cfg(test)]\nmod ") {
        Some(at) => &text[..at],
        None => text,
    };
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut out = Vec::new();
    for entry in walkdir::WalkDir::new(&root).sort_by_file_name() {
        let entry = entry.expect("readable");
        if entry.path().extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let path = entry.path().strip_prefix(&root).expect("below").to_owned();
        let is_test = path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs");
        if is_test {
            continue;
        }
        let first = path.iter().next().and_then(|part| part.to_str()).expect("UTF-8");
        let module = first.strip_suffix(".rs").unwrap_or(first).to_owned();
        let module = (!["lib", "main"].contains(&&*module)).then_some(module);
        let code = strip(&fs::read_to_string(entry.path()).expect("text"));
        out.push(Source { module, path, code });
    }
    out
}

/// The modules of this crate that code names, with what it names of each: `("ca", "CaPlan")`.
fn imports(code: &str) -> BTreeSet<(String, String)> {
    let mut out = BTreeSet::new();
    let mut rest = code;
    while let Some(at) = rest.find("crate::") {
        rest = &rest[at + "crate::".len()..];
        for item in items(rest) {
            let mut parts = item.split("::");
            let module = parts.next().unwrap_or_default().trim().to_owned();
            let name = parts.next().unwrap_or_default();
            let name: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            out.insert((module, name));
        }
    }
    out
}

/// The paths that a path with groups stands for: `a::{b, c::{d, e}}` is `a::b`, `a::c::d`, `a::c::e`.
fn items(text: &str) -> Vec<String> {
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let end = text.find(|c| !is_path(c)).unwrap_or(text.len());
    let prefix = &text[..end];
    if !text[end..].starts_with('{') {
        return vec![prefix.to_owned()];
    }
    let mut depth = 0;
    let mut start = end + 1;
    let mut out = Vec::new();
    for (at, c) in text.char_indices().skip_while(|(at, _)| *at < end) {
        match c {
            '{' => depth += 1,
            ',' if depth == 1 => {
                out.extend(items(text[start..at].trim()).into_iter().map(|item| format!("{prefix}{item}")));
                start = at + 1;
            }
            '}' => {
                depth -= 1;
                if depth == 0 {
                    out.extend(items(text[start..at].trim()).into_iter().map(|item| format!("{prefix}{item}")));
                    break;
                }
            }
            _ => {}
        }
    }
    out.retain(|item| item != prefix);
    out
}

fn stage(name: &str) -> Option<usize> {
    STAGES.iter().position(|stage| *stage == name)
}

/// Whether a module may import something of another.
fn may(module: &str, other: &str) -> bool {
    if module == other {
        return true;
    }
    if ["ids", "diag", VERSION].contains(&other) {
        let needs_little = ["ids", OBJECTS, WRITER, VERSION].contains(&module);
        return !needs_little && (module != "diag" || other == "ids") || module == OBJECTS && other != "diag";
    }
    match (stage(module), stage(other)) {
        (Some(_), None) if other == OBJECTS => stage(module) >= stage("plan"),
        (Some(_), None) if other == WRITER => stage(module) >= stage("ca"),
        (Some(mine), Some(others)) => others < mine && !(READERS.contains(&module) && other == "resolve"),
        // Macros of the crate, such as `path!`, stand at its root.
        (_, None) => !LEAVES.contains(&other),
        (None, Some(_)) => false,
    }
}

#[test]
fn stages_import_what_stands_to_their_left() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for Source { module, path, code } in sources() {
        let Some(module) = module else { continue };
        assert!(stage(&module).is_some() || LEAVES.contains(&&*module), "{} is of no stage", path.display());
        for (other, name) in imports(code.as_str()) {
            seen.insert(other.clone());
            if !may(&module, &other) {
                wrong.push(format!("{} imports crate::{other}::{name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(STAGES[..18].iter().all(|stage| seen.contains(*stage)), "imports are found: {seen:?}");
}

/// Panics if any file outside of these modules has one of these words.
fn only(modules: &[&str], words: &[&str]) {
    let mut wrong = Vec::new();
    let mut used = false;
    for Source { module, path, code } in sources() {
        let is_whole = |(at, _): (usize, &str)| {
            let before = code[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
        };
        let found: Vec<&&str> = words.iter().filter(|word| code.match_indices(**word).any(is_whole)).collect();
        let allowed = module.as_deref().is_some_and(|module| modules.contains(&module));
        used |= allowed && !found.is_empty();
        if !allowed && !found.is_empty() {
            wrong.push(format!("{} has {found:?}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "only {modules:?} may:\n{}", wrong.join("\n"));
    assert!(used || modules.is_empty(), "{words:?} is nowhere: is this test still of use?");
}

#[test]
fn few_stages_touch_files() {
    only(
        &["load", "output", "ca", "fleet", "cli"],
        &["std::fs", "fs::", "File::open", "walkdir", "canonicalize()", ".exists()", ".is_dir()"],
    );
}

#[test]
fn nothing_has_an_order_of_its_own() {
    only(&[], &["HashMap", "HashSet"]);
}

#[test]
fn one_stage_draws_randomness() {
    only(&["ca"], &["rand::", "getrandom", "SystemRandom", "OsRng", "aws_lc_rs", "age::", "rcgen"]);
}

#[test]
fn one_stage_reads_the_clock_and_the_environment() {
    only(&["cli"], &["now_utc", "SystemTime::now", "Instant::now", "std::env::var", "env::args", "home_dir"]);
}

#[test]
fn one_stage_prints() {
    only(&["cli"], &["println!", "eprintln!", "print!", "io::stdout", "io::stderr", "anstream"]);
}

#[test]
fn groups_of_imports_are_understood() {
    let found = imports(
        "use crate::ca::{Authority, plan::{CaPlan, x}};\nlet a = crate::ids::Text::new();\nuse crate::{path, resolve::Plan};",
    );
    let expected = [("ca", "Authority"), ("ca", "plan"), ("ids", "Text"), ("path", ""), ("resolve", "Plan")];
    assert_eq!(found, expected.map(|(a, b)| (a.to_owned(), b.to_owned())).into());
    assert!(may("render", "ca") && !may("ca", "render") && !may("load", "objects"));
    assert!(
        may("discover", "version") && may("objects", "version") && !may("version", "ids") && !may("diag", "version")
    );
    assert!(may("ca", "yaml_writer") && !may("translate", "yaml_writer") && !may("yaml_writer", "ids"));
    assert!(may("translate", "plan") && !may("plan", "resolve") && !may("translate", "resolve") && !may("ids", "diag"));
}
