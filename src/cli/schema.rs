//! `meshtree schema`: the JSON Schemas of the files of a fleet.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use clap::builder::PossibleValuesParser;

use super::{Format, Outcome, editor, session, terminal, write};
use crate::diag::Report;
use crate::load::{self, Files};
use crate::model::schema::{ALL, any};

/// Prints the JSON Schema of the files of a fleet, or of one kind, by which editors complete and check them.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  meshtree schema -o fleet/.meshtree/schema.json\n  meshtree schema TrafficPolicy\n\n\
                        A file names its schema in a line at its top, by its path from the file:\n  \
                        # yaml-language-server: $schema=../.meshtree/schema.json"
)]
pub(super) struct Arguments {
    /// The kind; without it, the schema of every file, which follows the kind of each document
    #[arg(value_parser = PossibleValuesParser::new(ALL.map(|written| written.kind)))]
    kind: Option<String>,
    /// Write to this file instead of standard output; only a schema is overwritten
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let kind = arguments.kind.as_deref().and_then(|kind| ALL.into_iter().find(|written| written.kind == kind));
    let text = kind.map_or_else(editor::schema_text, |written| editor::text(&written.schema()));
    let Some(out) = &arguments.out else { return terminal::print(text.as_bytes(), Outcome::Done) };
    if out.exists() && !is_schema(out) {
        let mut report = Report::default();
        report.push(write::in_the_way(out, "choose another file, or delete this one"));
        return Ok(session::show(&Files::default(), report, Format::Text).unwrap_or(Outcome::Done));
    }
    let written = || {
        if let Some(parent) = out.parent() {
            std::fs::create_dir_all(parent)?;
        }
        write::replace(out, &text)
    };
    written().with_context(|| format!("cannot write {}", out.display()))?;
    Ok(Outcome::Done)
}

/// Whether a file is one that the program wrote.
fn is_schema(path: &Path) -> bool {
    let is_ours = |text: String| {
        let json: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let title = json["title"].as_str().unwrap_or_default();
        title == any()["title"] || ALL.iter().any(|written| title == written.schema()["title"])
    };
    std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file()) && load::read_file(path).is_ok_and(is_ours)
}
