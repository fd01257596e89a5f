//! Files that are no inputs at all, such as those of a Helm chart: reported once, with their directories.

use std::collections::BTreeMap;

use crate::diag::{Code, Diag, Report};
use crate::load::SourceFile;

/// How many directories a message names.
const NAMED: usize = 5;

/// What is reported once for all directories that have it.
#[derive(Default)]
pub(super) struct Folders {
    found: BTreeMap<Code, BTreeMap<String, Folder>>,
}

/// A directory with such files.
struct Folder {
    /// What is wrong with the first.
    first: Diag,
    /// Its path.
    path: String,
    files: usize,
}

impl Folders {
    /// Takes such findings out of those of a file.
    pub(super) fn take(&mut self, file: &SourceFile, mut findings: Report) -> Report {
        let folder = file.relative.rsplit_once('/').map_or("", |(folder, _)| folder);
        for code in [Code::Template, Code::NotAnObject] {
            let of_file = findings.take(code);
            if of_file.len() < file.documents.len() {
                // Beside objects, each is a mistake of its own.
                of_file.into_iter().for_each(|diag| findings.push(diag));
                continue;
            }
            if let Some(first) = of_file.into_iter().next() {
                let new = || Folder { first, path: file.relative.clone(), files: 0 };
                self.found.entry(code).or_default().entry(folder.to_owned()).or_insert_with(new).files += 1;
            }
        }
        findings
    }

    /// Reports what was taken.
    pub(super) fn report(self, report: &mut Report) {
        for (code, folders) in self.found {
            // One file alone may be an object whose head is missing.
            let is_own = |(_, folder): &(String, Folder)| code == Code::NotAnObject && folder.files == 1;
            let (own, folders): (BTreeMap<_, _>, BTreeMap<_, _>) = folders.into_iter().partition(is_own);
            own.into_values().for_each(|folder| report.push(folder.first));
            let (what, hint) = match code {
                Code::Template => {
                    ("templates that are not rendered", "use the rendered output, such as that of `helm template`")
                }
                _ => ("not Kubernetes objects", "move them out of the fleet"),
            };
            let files: usize = folders.values().map(|folder| folder.files).sum();
            let count = folders.len();
            let ignored = ignored(&folders);
            let directory = folders.keys().next().cloned().unwrap_or_default();
            let Some(Folder { first, .. }) = folders.into_values().next() else { continue };
            if files == 1 {
                report.push(first);
                continue;
            }
            let message = match (count, directory.as_str()) {
                (1, "") => format!("{files} files in the fleet's directory are {what}; this is the first"),
                (1, directory) => format!("{files} files in {directory} are {what}; this is the first"),
                _ => format!("{files} files in {count} directories are {what}; this is the first"),
            };
            report.push(
                Diag::new(code, first.place, message).hint(format!("{hint}, or add {ignored} to .meshtreeignore")),
            );
        }
    }
}

/// What to ignore: directories that have several such files, and single files.
fn ignored(folders: &BTreeMap<String, Folder>) -> String {
    let mut names: Vec<String> = folders
        .iter()
        .map(|(directory, Folder { first: _, path, files })| match (directory.as_str(), files) {
            (_, 1) => path.clone(),
            ("", _) if folders.len() == 1 => "them".to_owned(),
            ("", files) => format!("the {files} files in the fleet's directory"),
            (directory, _) => format!("{directory}/"),
        })
        .collect();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    match (more, names.split_last()) {
        (0, Some((last, rest))) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        (0, _) => names.concat(),
        (more, _) => format!("{} and {more} more", names.join(", ")),
    }
}
