//! The files that CI, Argo CD and Flux need to apply a fleet, from templates.

mod targets;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use serde::Serialize;

use super::plugin::PARAMETERS;

pub use targets::Target;

/// What the files say of a fleet. Paths are relative to the root of the repository, with `/`.
#[derive(Clone, Debug, Serialize)]
pub struct Fleet {
    /// The fleet's directory; `.` for the root.
    pub fleet: String,
    /// The output directory, relative to the fleet.
    pub tree_below: String,
    pub clusters: Vec<Cluster>,
    /// Whether Secrets in the tree are encrypted with SOPS.
    pub is_sops: bool,
    /// Whether the order of clusters is written beside their trees.
    pub has_waves: bool,
    /// The address of the repository, without credentials.
    pub repo_url: String,
    /// The branch that is applied.
    pub branch: String,
    /// Whether files are written below the fleet, where it would read them as inputs.
    pub is_inside: bool,
}

/// A cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Cluster {
    pub name: String,
    pub wave: usize,
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path from the root of the repository.
    pub path: String,
    pub text: String,
    /// Whether a file that has these lines and others will do.
    pub may_have_more: bool,
}

/// What one file is made of.
pub(in crate::gitops) struct Template {
    /// Its path; `{fleet}` stands for the directory of the fleet with a `/`, and `{cluster}` makes one file for each cluster.
    path: &'static str,
    name: &'static str,
    needs: Needs,
    may_have_more: bool,
}

/// When a file is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::gitops) enum Needs {
    Nothing,
    /// The order of clusters.
    Waves,
    /// A fleet that would read it.
    Inside,
}

/// The files for a target, sorted by path.
///
/// # Errors
/// A template that cannot be rendered, which tests find.
pub fn files(target: Target, fleet: &Fleet) -> Result<Vec<File>, minijinja::Error> {
    let environment = environment()?;
    let base = context_of(fleet);
    let mut out = Vec::new();
    for Template { path, name, needs, may_have_more } in target.templates() {
        let is_needed = match needs {
            Needs::Nothing => true,
            Needs::Waves => fleet.has_waves,
            Needs::Inside => fleet.is_inside,
        };
        let path = path.replace("{fleet}", &prefix(&fleet.fleet));
        let mut add = |path: String, context: Value| -> Result<(), minijinja::Error> {
            let text = environment.get_template(name)?.render(context)?;
            out.push(File { path, text, may_have_more: *may_have_more });
            Ok(())
        };
        match (is_needed, path.contains("{cluster}")) {
            (false, _) => {}
            (true, false) => add(path, base.clone())?,
            (true, true) => {
                for cluster in &fleet.clusters {
                    let one = context! { cluster => of_cluster(fleet, cluster), ..base.clone() };
                    add(path.replace("{cluster}", &cluster.name), one)?;
                }
            }
        }
    }
    out.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(out)
}

/// The directory of the fleet, to be put before a path.
fn prefix(fleet: &str) -> String {
    if fleet == "." { String::new() } else { format!("{fleet}/") }
}

/// What all templates know.
fn context_of(fleet: &Fleet) -> Value {
    let prefix = prefix(&fleet.fleet);
    let tree = format!("{prefix}{}", fleet.tree_below);
    let mut waves: Vec<usize> = fleet.clusters.iter().map(|cluster| cluster.wave).collect();
    waves.sort_unstable();
    waves.dedup();
    context! {
        fleet => fleet.fleet.clone(),
        settings => format!("{prefix}meshtree.yaml"),
        files => if prefix.is_empty() { String::new() } else { format!("^{}", pattern(&prefix)) },
        only_tree => only(&tree),
        tree,
        tree_below => fleet.tree_below.clone(),
        clusters => fleet.clusters.iter().map(|cluster| of_cluster(fleet, cluster)).collect::<Vec<_>>(),
        waves,
        is_sops => fleet.is_sops,
        repo_url => fleet.repo_url.clone(),
        flux_url => with_scheme(&fleet.repo_url),
        branch => fleet.branch.clone(),
        version => concat!("v", env!("CARGO_PKG_VERSION")),
        parameters => minijinja::value::Serde(&PARAMETERS),
    }
}

/// A cluster with those that come before it: all of the wave before its own.
fn of_cluster(fleet: &Fleet, cluster: &Cluster) -> Value {
    let is_before = |other: &&Cluster| other.wave + 1 == cluster.wave;
    let after: Vec<String> = fleet.clusters.iter().filter(is_before).map(|other| other.name.clone()).collect();
    context! { name => cluster.name.clone(), wave => cluster.wave, after }
}

/// A path in a regular expression of Python.
fn pattern(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || c == '/' || c == '_' || c == '-';
    path.chars().flat_map(|c| (!is_plain(c)).then_some('\\').into_iter().chain([c])).collect()
}

/// The lines of an ignore file that leave out everything but a directory.
fn only(directory: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut above = String::new();
    for part in directory.split('/') {
        lines.push(format!("{above}/*"));
        above = format!("{above}/{part}");
        lines.push(format!("!{above}"));
    }
    lines
}

/// The address of a repository as a URL: Git also takes `git@host:path`.
fn with_scheme(url: &str) -> String {
    match url.split_once(':') {
        Some((host, path)) if !url.contains("://") && !host.contains('/') => {
            format!("ssh://{host}/{}", path.trim_start_matches('/'))
        }
        _ => url.to_owned(),
    }
}

fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Argo CD and GitHub have templates with braces of their own.
    let mut syntax = SyntaxConfig::builder();
    syntax.variable_delimiters("<<", ">>").trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    environment.set_syntax(syntax.build()?);
    environment.add_filter("q", |text: String| quoted(&text));
    environment.add_filter("sh", |text: String| in_shell(&text));
    for (name, text) in targets::SOURCES {
        environment.add_template(name, text)?;
    }
    Ok(environment)
}

/// A text as a scalar of YAML: as it is where it can be nothing else.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') || text == ".";
    // These words are what YAML 1.1 takes for something else.
    let is_other = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&&*text.to_ascii_lowercase());
    let is_url = text.strip_prefix("https://").is_some_and(|rest| rest.chars().all(is_plain));
    if is_url || is_word && !is_other && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        serde_json::to_string(text).unwrap_or_default()
    }
}

/// A text as one word of a shell.
fn in_shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests;
