//! Checks that a directory is safe to write to.

use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use crate::diag::{Code, Diag, Place, Report, Severity};
use crate::ids::ClusterName;

use super::error::{Operation, OutputError};
use super::listing::Kind;

/// What must not be overwritten.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The fleet's directory; the output is usually in it.
    pub fleet: &'a Path,
    /// Every other input: the CA store, which the output must not be in either, files named on the command line.
    pub inputs: &'a [PathBuf],
    /// The user's home directory, if there is one.
    pub home: Option<&'a Path>,
}

/// An output directory that is safe to write to.
#[derive(Debug, Clone)]
pub struct OutDir {
    path: PathBuf,
}

impl OutDir {
    /// Checks a directory, which need not exist. A refusal is in the report.
    pub fn checked(path: &Path, around: &Surroundings<'_>, report: &mut Report) -> Result<Self, OutputError> {
        let refused = |diag: Box<Diag>| {
            report.push(*diag);
            OutputError::Refused
        };
        match Self::inspect(path, around) {
            Ok(result) => result.map_err(refused),
            Err(error) => {
                error.diag().into_iter().for_each(|diag| report.push(diag));
                Err(error)
            }
        }
    }

    fn inspect(path: &Path, around: &Surroundings<'_>) -> Result<Result<Self, Box<Diag>>, OutputError> {
        // A trailing slash is gone then, with which a link would be followed.
        let path = plain(path);
        match danger(&path, around)? {
            None => Ok(Ok(Self { path })),
            Some((reason, hint)) => {
                let place = Place::File(path.display().to_string().into());
                let message = format!("the output directory {reason}");
                Ok(Err(Box::new(Diag::new(Code::OutputUnsafe, place, message).hint(hint))))
            }
        }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory of a cluster.
    pub fn cluster_dir(&self, cluster: &ClusterName) -> PathBuf {
        self.path.join(cluster.as_str())
    }
}

/// Whether an output directory is a symbolic link, which is never written to.
pub fn is_link(out: &Path) -> bool {
    let out: PathBuf = out.components().collect();
    out.is_symlink()
}

/// The warning of a command that only compares.
pub fn linked(out: &Path) -> Diag {
    let place = Place::File(out.display().to_string().into());
    let message = "the output directory is a symbolic link, so nothing in it counts as rendered";
    let diag = Diag::new(Code::OutputUnsafe, place, message).hint("replace it by a directory");
    Diag { severity: Severity::Warning, ..diag }
}

/// Why a directory is not safe to write to, and a hint.
fn danger(path: &Path, around: &Surroundings<'_>) -> Result<Option<(String, String)>, OutputError> {
    let other = || "choose a directory of its own, such as `rendered` in the fleet".to_owned();
    match Kind::at(path)? {
        None | Some(Kind::Dir) => {}
        Some(kind @ (Kind::File | Kind::Symlink | Kind::Other)) => return Ok(Some((format!("is {kind}"), other()))),
    }
    let real = resolve(path)?;
    if real.parent().is_none() {
        return Ok(Some(("is the root of the file system".to_owned(), other())));
    }
    if let Some(home) = around.home.filter(|home| !home.as_os_str().is_empty())
        && resolve(home)?.starts_with(&real)
    {
        return Ok(Some(("is or contains the home directory".to_owned(), other())));
    }
    if Kind::at(&path.join(".git"))?.is_some() {
        let hint = format!("choose a directory in it, such as `{}`", path.join("rendered").display());
        return Ok(Some(("is the root of a Git repository".to_owned(), hint)));
    }
    for input in std::iter::once(around.fleet).chain(around.inputs.iter().map(PathBuf::as_path)) {
        if resolve(input)?.starts_with(&real) {
            return Ok(Some((format!("is or contains the input {}", input.display()), other())));
        }
    }
    for input in around.inputs {
        if real.starts_with(resolve(input)?) {
            return Ok(Some((format!("is in {}, which contains inputs", input.display()), other())));
        }
    }
    Ok(None)
}

/// The path that an output directory has once it exists.
///
/// A `..` after a directory that does not exist yet could only be resolved once that directory is created, so reading and
/// writing would mean different directories.
pub fn plain(path: &Path) -> PathBuf {
    let path: PathBuf = path.components().collect();
    let has_parent = path.components().any(|component| component == Component::ParentDir);
    if has_parent && !path.exists() { resolve(&path).unwrap_or(path) } else { path }
}

/// The absolute path without links or `..`; it need not exist.
fn resolve(path: &Path) -> Result<PathBuf, OutputError> {
    let absolute = std::path::absolute(path).map_err(OutputError::io(Operation::List, path))?;
    let mut existing = absolute.as_path();
    loop {
        match fs::canonicalize(existing) {
            Ok(mut real) => {
                let rest = absolute.strip_prefix(existing).unwrap_or(Path::new(""));
                for component in rest.components() {
                    match component {
                        Component::ParentDir => drop(real.pop()),
                        other => real.push(other),
                    }
                }
                return Ok(real);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => match existing.parent() {
                Some(parent) => existing = parent,
                None => return Err(OutputError::io(Operation::List, path)(error)),
            },
            Err(error) => return Err(OutputError::io(Operation::List, path)(error)),
        }
    }
}

/// Refuses a cluster whose name is not valid as the name of a directory.
pub(super) fn check_name(cluster: &ClusterName) -> Result<(), OutputError> {
    let name = cluster.as_str();
    let fault = if name.is_empty() {
        "is empty"
    } else if name.starts_with('.') {
        "begins with a dot"
    } else if name.contains(['/', '\\', ':']) || name.chars().any(char::is_control) {
        "has a character that not every file system allows in a directory name"
    } else {
        return Ok(());
    };
    Err(OutputError::BadCluster { cluster: cluster.clone(), fault })
}
