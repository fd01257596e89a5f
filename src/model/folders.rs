//! Files that are no inputs at all, such as those of a Helm chart: reported once for each directory.

use std::collections::BTreeMap;

use crate::diag::{Code, Diag, Report};
use crate::load::SourceFile;

/// What is reported once for each directory, with how many files have it.
#[derive(Default)]
pub(super) struct Folders {
    found: BTreeMap<(String, Code), (Diag, usize)>,
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
                self.found.entry((folder.to_owned(), code)).or_insert((first, 0)).1 += 1;
            }
        }
        findings
    }

    /// Reports what was taken.
    pub(super) fn report(self, report: &mut Report) {
        for ((folder, code), (first, count)) in self.found {
            if count == 1 {
                report.push(first);
                continue;
            }
            let (what, hint) = match code {
                Code::Template => {
                    ("templates that are not rendered", "use the rendered output, such as that of `helm template`")
                }
                _ => ("not Kubernetes objects", "move them out of the fleet"),
            };
            let directory = if folder.is_empty() { "the fleet's directory".to_owned() } else { folder.clone() };
            let message = format!("{count} files in {directory} are {what}; this is the first");
            let ignore = if folder.is_empty() { "them".to_owned() } else { format!("{folder}/") };
            report.push(
                Diag::new(code, first.place, message).hint(format!("{hint}, or add {ignore} to .meshtreeignore")),
            );
        }
    }
}
