//! Files of a fleet as documents: the only reader of inputs, which knows no kinds.

mod bounds;
mod document;
mod file_facts;
mod ignore;
pub mod json;
mod layout;
mod lines;
pub mod pieces;
mod places;
mod read;
mod split;
pub mod strict;
pub mod tree;
mod walk;
pub mod yaml;

use std::ops::Range;
use std::path::{Path, PathBuf};

pub use document::Document;
pub(crate) use document::list_in_list;
pub use read::MAX_BYTES;

use crate::diag::{Code, Diag, Place, Report};
use crate::ids::{ClusterName, Text};

/// The name of the settings file at the fleet's root.
pub const SETTINGS: &str = "meshtree.yaml";

/// The directory of the CA store at the fleet's root: read by the CA stage, never as documents.
pub const CA_STORE: &str = "ca";

/// The directory at the fleet's root with the inventory of the clusters.
pub const CLUSTERS: &str = "clusters";

/// The directory at the fleet's root with the fleet's own templates.
pub const TEMPLATES: &str = "templates";

/// The file that lists what is not an input.
pub const IGNORE_FILE: &str = ".meshtreeignore";

/// Larger text is never parsed into a tree, which needs several times its memory.
pub(crate) const LARGEST_TREE: usize = 32 << 20;

/// The most objects that one file may have. So many real objects would exceed the size limit of a file anyway.
pub(crate) const MOST_OBJECTS: usize = 1 << 20;

/// How a fleet is loaded.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// How the fleet's path is printed; empty and `.` add nothing to the paths below it.
    pub shown: String,
    /// Directories that hold no inputs, such as the output tree.
    pub skip: Vec<PathBuf>,
    /// What belongs to the fleet and is not in its directory. It is reported unless it is ignored.
    pub lost: Vec<Lost>,
}

/// A file or directory that could not be put where the fleet is read, as when it is read from a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Its path from the fleet, with `/` between its parts.
    pub relative: String,
    /// What to report.
    pub code: Code,
    pub message: String,
}

/// The files of a fleet.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// The inputs, sorted by their paths' bytes.
    pub files: Vec<SourceFile>,
    /// `meshtree.yaml` at the fleet's root.
    pub settings: Option<SourceFile>,
    /// The fleet's own templates, sorted by their paths' bytes. They hold no documents of the fleet.
    pub templates: Vec<SourceFile>,
}

/// One file.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The path as it is printed.
    pub shown: Text,
    /// The path from the fleet, with `/` between its parts.
    pub relative: String,
    /// What it holds, without a byte order mark.
    pub text: String,
    /// The cluster that its path names.
    pub cluster: Option<ClusterName>,
    /// Where its documents with content are, up to one more than the limit.
    pub documents: Vec<DocumentSpan>,
}

/// Where a document is in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentSpan {
    /// Its place among the file's documents, from 0, those without content counted.
    pub index: usize,
    /// Its bytes, with the directives and the `---` before it.
    pub range: Range<usize>,
    /// The line of its first byte, from 1.
    pub first_line: usize,
}

/// Reads the fleet's files. What cannot be read is reported, all of it, and left out.
pub fn load(fleet: &Path, options: &LoadOptions, report: &mut Report) -> Files {
    let problem = match std::fs::metadata(fleet) {
        Ok(metadata) if metadata.is_dir() => {
            let mut problems = Report::default();
            let sources = read_all(fleet, options, &mut problems);
            // The missing documents may be in what could not be read.
            if sources.documents().next().is_none() && !problems.has_errors() {
                problems.push(empty(options));
            }
            report.append(problems);
            return sources;
        }
        Ok(_) => unreadable(&options.shown, "the fleet must be a directory, and this is a file")
            .hint("pass the directory that contains it"),
        Err(error) => unreadable(&options.shown, &format!("the fleet's directory cannot be read: {error}")),
    };
    report.push(problem);
    Files::default()
}

/// Reads one file by the rules for inputs: text, without NUL bytes, of a bounded size.
///
/// # Errors
/// What is wrong with it, as a diagnostic.
pub fn read_file(file: &Path) -> Result<String, Box<Diag>> {
    read::text(file).map_err(|problem| Box::new(problem.diag(file.display().to_string())))
}

/// Reads a file as it is, text or not: a file that is compared with what is rendered.
///
/// # Errors
/// What the system says, and files that are too large or are no files.
pub fn read_bytes(file: &Path) -> std::io::Result<Vec<u8>> {
    read::raw(file)
}

/// What is wrong with where a symbolic link leads, for a fleet in a directory: it must not lead out of its repository.
pub fn leads_out(fleet: &Path, link: &Path) -> Option<&'static str> {
    bounds::Bounds::of(fleet).beyond(link).map(bounds::Beyond::why)
}

/// Reads what comes from somewhere else, such as standard input, by the same rules.
///
/// # Errors
/// What is wrong with it, as a diagnostic.
pub fn read_stream(from: impl std::io::Read, shown: &str) -> Result<String, Box<Diag>> {
    read::stream(from, 0).map_err(|problem| Box::new(problem.diag(shown)))
}

/// Whether a text is what Git LFS keeps in the repository instead of a file's content.
pub fn is_lfs_pointer(text: &str) -> bool {
    text.starts_with("version https://git-lfs.github.com/spec/")
}

/// Whether the name of a file is that of an input.
pub fn is_input(path: &Path) -> bool {
    matches!(path.extension().and_then(|extension| extension.to_str()), Some("yaml" | "yml" | "json"))
}

/// Whether the name of a file is that of a template.
pub fn is_template_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "j2")
}

/// Whether a path below the fleet is that of one of its own templates.
fn is_template(relative: &str) -> bool {
    let below = relative.strip_prefix(TEMPLATES).and_then(|rest| rest.strip_prefix('/'));
    below.is_some_and(|below| is_template_name(Path::new(below)))
}

/// Whether a file, once it is there, would be read as an input of a fleet whose output is elsewhere.
pub fn would_be_input(fleet: &Path, file: &Path, output: &Path) -> bool {
    walk::would_be_input(fleet, file, output)
}

/// Reads the settings alone. What cannot be read counts as absent here, since [`load`] reports it.
pub fn settings(fleet: &Path, shown: &str) -> Files {
    let file = fleet.join(SETTINGS);
    let text = Some(file)
        .filter(|file| bounds::Bounds::of(fleet).beyond(file).is_none())
        .and_then(|file| read::text(&file).ok());
    let settings = text.map(|text| SourceFile::new(show(shown, SETTINGS), SETTINGS, text));
    Files { settings, ..Files::default() }
}

fn read_all(fleet: &Path, options: &LoadOptions, report: &mut Report) -> Files {
    let mut sources = Files::default();
    for relative in walk::inputs(fleet, options, report) {
        let shown = show(&options.shown, &relative);
        match read::text(&fleet.join(&relative)) {
            Ok(text) if relative == SETTINGS => sources.settings = Some(SourceFile::new(shown, relative, text)),
            Ok(text) if is_template(&relative) => sources.templates.push(SourceFile::new(shown, relative, text)),
            Ok(text) => sources.files.push(SourceFile::new(shown, relative, text)),
            Err(problem) => report.push(problem.diag(shown)),
        }
    }
    sources
}

impl SourceFile {
    /// A file of this text.
    pub fn new(shown: impl Into<Text>, relative: impl Into<String>, text: String) -> Self {
        let relative = relative.into();
        let cluster = cluster(&relative).map(ClusterName::from);
        let documents = split::documents(&text);
        Self { shown: shown.into(), relative, text, cluster, documents }
    }
}

/// The cluster of `clusters/<name>/…` and of `clusters/<name>.yaml`.
fn cluster(relative: &str) -> Option<&str> {
    let below = relative.strip_prefix(CLUSTERS)?.strip_prefix('/')?;
    let name = match below.split_once('/') {
        Some((name, _)) => name,
        None => below.rsplit_once('.')?.0,
    };
    (!name.is_empty()).then_some(name)
}

/// A path below the fleet as it is printed.
fn show(fleet: &str, relative: &str) -> String {
    match fleet {
        "" | "." | "./" => relative.to_owned(),
        fleet => format!("{}/{relative}", fleet.trim_end_matches('/')),
    }
}

fn unreadable(shown: &str, message: &str) -> Diag {
    Diag::new(Code::Unreadable, Place::File(shown.into()), message)
}

fn empty(options: &LoadOptions) -> Diag {
    let message = "no document found in the *.yaml, *.yml and *.json files below the fleet's directory";
    Diag::new(Code::EmptyFleet, Place::File(options.shown.as_str().into()), message)
        .hint("put policies anywhere below it, and the inventory of each cluster below clusters/<name>/")
}

#[cfg(test)]
mod tests;
