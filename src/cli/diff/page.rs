//! `meshtree diff --format markdown` and `markdown-summary`.

use super::Arguments;
use crate::cli::session::Session;
use crate::cli::{Format, Outcome};
use crate::diag::{Diag, Report};
use crate::report::diff::{About, DiffReport, stopped};
use crate::report::markdown::Section;

/// Prints the page of the differences.
pub(super) fn print(
    arguments: &Arguments,
    session: &Session<'_>,
    report: Report,
    differences: &DiffReport,
    outcome: Outcome,
) -> anyhow::Result<Outcome> {
    session.finish_page(report, outcome, |diags| {
        let first = differences.impact_sections();
        with_about((arguments, session), diags, first, |about| match arguments.common.format {
            Format::MarkdownSummary => differences.summary_page(about),
            _ => differences.comment(about),
        })
    })
}

/// Prints the page of a comparison that errors prevent, so that a comment of an earlier run does not stay.
pub(super) fn stop(arguments: &Arguments, session: &Session<'_>, report: Report) -> anyhow::Result<Outcome> {
    let is_comment = arguments.common.format == Format::Markdown;
    session.finish_page(report, Outcome::Done, |diags| {
        with_about((arguments, session), diags, Vec::new(), |about| stopped(about, is_comment))
    })
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
