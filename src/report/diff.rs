//! `meshtree diff`

mod page;

use serde::Serialize;

use super::differences::{Layout, write_stat, write_text};
use super::impact::{Bullet, ImpactReport};
use super::markdown::{Section, prose};
use crate::ask::impact::Risk;
use crate::diag::show::{Annotation, FileFacts};
use crate::output::diff::{Change, ClusterDiff};

pub use page::{About, stopped};

/// The differences and their count.
#[derive(Debug, Serialize)]
pub struct DiffReport {
    pub summary: Counts,
    /// What it means; null if the old side is a tree.
    pub impact: Option<ImpactReport>,
    pub clusters: Vec<ClusterDiff>,
}

/// How many objects differ, and how.
#[derive(Debug, Default, Serialize)]
pub struct Counts {
    pub added: usize,
    pub changed: usize,
    pub removed: usize,
    pub unchanged: usize,
}

impl Counts {
    fn of(clusters: &[ClusterDiff]) -> Self {
        let mut summary = Counts::default();
        for cluster in clusters {
            summary.unchanged += cluster.unchanged;
            for object in &cluster.objects {
                match object.change {
                    Change::Added => summary.added += 1,
                    Change::Changed => summary.changed += 1,
                    Change::Removed => summary.removed += 1,
                }
            }
        }
        summary
    }
}

impl DiffReport {
    /// The kind of its document.
    pub const KIND: &'static str = "DiffReport";

    /// The report of these clusters, by name, and of what the change means.
    pub fn of(mut clusters: Vec<ClusterDiff>, mut impact: Option<ImpactReport>) -> Self {
        clusters.sort_by(|a, b| a.cluster.cmp(&b.cluster));
        if let Some(impact) = &mut impact {
            impact.add_certificates(&clusters);
        }
        let summary = Counts::of(&clusters);
        Self { summary, impact, clusters }
    }

    /// The consequences as findings, for formats that show them beside lines.
    pub fn annotations(&self, files: &FileFacts<'_>) -> Vec<Annotation> {
        self.impact.as_ref().map(|impact| impact.annotations(files)).unwrap_or_default()
    }

    /// The highest risk of all consequences.
    pub fn risk(&self) -> Option<Risk> {
        self.impact.as_ref()?.risk()
    }

    /// The consequences as text; nothing where they are not known.
    pub fn impact_text(&self) -> String {
        let Some(impact) = &self.impact else { return String::new() };
        let Counts { added, changed, removed, unchanged: _ } = &self.summary;
        impact.text(&format!("objects: {added} added, {changed} changed, {removed} removed"))
    }

    /// The consequences as sections of a page.
    pub fn impact_sections(&self) -> Vec<Section> {
        let Some(impact) = &self.impact else { return Vec::new() };
        if impact.is_empty() {
            let blocks = if self.is_empty() { Vec::new() } else { vec![impact.text("")] };
            return vec![Section { title: "Consequences".to_owned(), blocks }];
        }
        let block = |Bullet { risk, text, causes }: &Bullet| {
            let risk = risk.map(|risk| format!("**{risk}** ")).unwrap_or_default();
            let causes: Vec<String> = causes.iter().map(|cause| format!("  *Cause:* {}\n", prose(cause))).collect();
            format!("- {risk}{}\n{}", prose(text), causes.concat())
        };
        let section = |(title, lines): (&str, Vec<Bullet>)| Section {
            title: format!("Consequences: {title}"),
            blocks: lines.iter().map(block).collect(),
        };
        let radius =
            Section { title: "Blast radius".to_owned(), blocks: vec![format!("{}\n", prose(&impact.radius()))] };
        impact.sections().into_iter().map(section).chain([radius]).collect()
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        let Counts { added, changed, removed, unchanged: _ } = &self.summary;
        added + changed + removed == 0
    }

    /// The differences with their headings, in colours if a terminal shows them.
    pub fn text(&self, layout: Layout, color: bool) -> String {
        let mut text = String::new();
        write_text(&self.clusters, layout, color, &mut text);
        text
    }

    /// One line per object, and the totals.
    pub fn stat(&self, color: bool) -> String {
        let mut text = String::new();
        write_stat(&self.clusters, color, &mut text);
        text
    }
}
