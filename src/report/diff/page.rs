//! `meshtree diff` as Markdown.

mod block;

use std::collections::BTreeMap;

use super::DiffReport;
use crate::diag::{Diag, show};
use crate::output::diff::{Cause, ClusterDiff, ObjectDiff};
use crate::report::hunks::Files;
use crate::report::markdown::{Section, code, page, prose};
use block::block;

/// GitHub and GitLab refuse longer comments: GitHub's limit is 65536 characters.
const COMMENT: usize = 65_000;

/// GitHub drops the summary of a step that has more than 1 MiB.
const SUMMARY: usize = 1_000_000;

/// The most rows of the tables that are there for an overview, and the most findings.
const MOST_ROWS: usize = 100;

/// What a page is about.
#[derive(Debug)]
pub struct About<'a> {
    /// The fleet's directory as the user wrote it.
    pub fleet: &'a str,
    /// What the inputs are compared with: `origin/main`.
    pub base: &'a str,
    /// What was found.
    pub diags: &'a [Diag],
    /// Sections that come first.
    pub first: Vec<Section>,
}

impl DiffReport {
    /// A comment for a pull request. Its first line is the same in every run, so that a program finds the comment to replace.
    pub fn comment(&self, about: About<'_>) -> String {
        let head = format!("{}{}", marker(about.fleet), self.head(&about));
        let sections = self.sections(about, self.changes());
        page(&head, &sections, COMMENT, "`meshtree diff` prints all of it.")
    }

    /// The summary of a job: a row for each object instead of its differences.
    pub fn summary_page(&self, about: About<'_>) -> String {
        let head = self.head(&about);
        let sections = self.sections(about, self.objects());
        page(&head, &sections, SUMMARY, "`meshtree diff --stat` prints all of it.")
    }

    fn head(&self, about: &About<'_>) -> String {
        let (heading, base) = (heading(about), code(about.base));
        if self.is_empty() {
            return format!("{heading}No difference, compared with {base}.\n");
        }
        let super::Counts { added, changed, removed, unchanged } = &self.summary;
        format!(
            "{heading}**{added} added, {changed} changed, {removed} removed**, {unchanged} unchanged, compared with {base}.\n"
        )
    }

    fn sections(&self, about: About<'_>, last: Section) -> Vec<Section> {
        let mut sections = about.first;
        sections.extend([self.clusters_table(), self.causes(), findings(about.diags), last]);
        sections
    }

    fn clusters_table(&self) -> Section {
        let mut section = Section::new("Clusters");
        let differ: Vec<&ClusterDiff> = self.clusters.iter().filter(|diff| !diff.objects.is_empty()).collect();
        let row = |diff: &&ClusterDiff| {
            let super::Counts { added, changed, removed, unchanged } = super::Counts::of(std::slice::from_ref(*diff));
            let counts = [added, changed, removed, unchanged].map(|count| count.to_string());
            [code(diff.cluster.as_str())].into_iter().chain(counts).collect()
        };
        let columns = ["Cluster", "Added", "Changed", "Removed", "Unchanged"];
        section.table(&columns, differ.iter().take(MOST_ROWS).map(row));
        section.blocks.extend(more(differ.len(), "clusters"));
        section
    }

    /// What caused the differences, that with the most objects first.
    fn causes(&self) -> Section {
        let mut section = Section::new("Causes");
        let mut counts: BTreeMap<&Cause, usize> = BTreeMap::new();
        for cause in self.clusters.iter().flat_map(|diff| &diff.objects).flat_map(|object| &object.causes) {
            *counts.entry(cause).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let row = |(cause, count): &(&Cause, usize)| vec![named(cause), count.to_string()];
        section.table(&["Cause", "Objects that differ"], counts.iter().take(MOST_ROWS).map(row));
        section.blocks.extend(more(counts.len(), "causes"));
        section
    }

    /// A row for each object.
    fn objects(&self) -> Section {
        let mut section = Section::new("Objects");
        let objects = self.clusters.iter().flat_map(|diff| diff.objects.iter().map(move |object| (diff, object)));
        let row = |(diff, object): (&ClusterDiff, &ObjectDiff)| {
            let lines = format!("+{} -{}", object.additions, object.deletions);
            let (cluster, change) = (code(diff.cluster.as_str()), object.change.as_str().to_owned());
            vec![code(&object.object), cluster, change, lines, reasons(object)]
        };
        section.table(&["Object", "Cluster", "Change", "Lines", "Cause"], objects.map(row));
        section
    }

    /// The differences, each once.
    fn changes(&self) -> Section {
        let mut section = Section::new("Changes");
        let files = Files::of(&self.clusters, true);
        let shown = (0..files.files.len()).filter(|index| files.is_shown(*index));
        section.blocks.extend(shown.map(|index| block(&files, index)));
        section
    }
}

/// The page of a comparison that errors prevent.
pub fn stopped(about: About<'_>, is_comment: bool) -> String {
    let marker = if is_comment { marker(about.fleet) } else { String::new() };
    let head = format!("{marker}{}Errors prevent the comparison with {}.\n", heading(&about), code(about.base));
    page(&head, &[findings(about.diags)], COMMENT, "`meshtree diff` prints all of it.")
}

/// The first line of a comment.
fn marker(fleet: &str) -> String {
    // The end of a comment of HTML in a path would end the line.
    let fleet: String = fleet.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect();
    format!("<!-- meshtree diff {fleet} -->\n")
}

fn heading(about: &About<'_>) -> String {
    format!("## Rendered manifests of {}\n\n", code(about.fleet))
}

fn findings(diags: &[Diag]) -> Section {
    let mut section = Section::new("Findings");
    let line = |diag: &Diag| format!("- {}\n", prose(show::short(std::slice::from_ref(diag)).trim_end()));
    section.blocks.extend(diags.iter().take(MOST_ROWS).map(line));
    section.blocks.extend(more(diags.len(), "findings"));
    section
}

fn more(count: usize, what: &str) -> Option<String> {
    (count > MOST_ROWS).then(|| format!("\nand {} more {what}\n", count - MOST_ROWS))
}

fn named(cause: &Cause) -> String {
    let Cause { change, source, facts } = cause;
    let facts = if facts.is_empty() { String::new() } else { format!(" {}", facts.join(" and ")) };
    format!("{}{} {}", code(source), prose(&facts), change.as_str())
}

/// The causes of a difference, or the policies that the object comes from.
fn reasons(object: &ObjectDiff) -> String {
    let all: Vec<String> = match object.causes[..] {
        [] => object.sources.iter().map(|source| code(source)).collect(),
        _ => object.causes.iter().map(named).collect(),
    };
    match all.len() {
        0..=4 => all.join(", "),
        more => format!("{} and {} more", all[..4].join(", "), more - 4),
    }
}
