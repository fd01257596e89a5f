//! `meshtree diff --format markdown` and `markdown-summary`.

use super::Arguments;
use crate::cli::Format;
use crate::cli::session::Session;
use crate::diag::Diag;
use crate::report::diff::{About, DiffReport, stopped};
use crate::report::markdown::Section;

impl Arguments {
    /// The page of the differences.
    pub(super) fn page(
        &self,
        session: &Session<'_>,
        differences: &DiffReport,
        format: Format,
        diags: &[Diag],
    ) -> String {
        with_about((self, session), diags, differences.impact_sections(), |about| match format {
            Format::MarkdownSummary => differences.summary_page(about),
            _ => differences.comment(about),
        })
    }

    /// The page of a comparison that errors prevent, so that a comment of an earlier run does not stay.
    pub(super) fn page_of_errors(&self, session: &Session<'_>, format: Format, diags: &[Diag]) -> String {
        with_about((self, session), diags, Vec::new(), |about| stopped(about, format == Format::Markdown))
    }
}

fn with_about(
    (arguments, session): (&Arguments, &Session<'_>),
    diags: &[Diag],
    first: Vec<Section>,
    page: impl FnOnce(About<'_>) -> String,
) -> String {
    let fleet = arguments.common.fleet.display().to_string();
    let tree = arguments.against.as_ref().unwrap_or(&session.out).display().to_string();
    let base = arguments.git.as_deref().unwrap_or(&tree);
    page(About { fleet: &fleet, base, diags, first })
}
