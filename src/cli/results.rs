//! What a command found out, in the formats that people, programs and CI systems read.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum as _;

use super::{Format, terminal};
use crate::diag::show::{self, Annotation, FileFacts};
use crate::diag::{Code, Diag, Place};

/// A report that is written to a file: `--report FORMAT=FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReportFile {
    format: Format,
    file: PathBuf,
}

/// A page about the results in a format of Markdown, with the diagnostics in it.
type Page<'r> = dyn Fn(Format, &[Diag]) -> String + 'r;

/// The report of a command as JSON, with the diagnostics in it.
type JsonDocument<'r> = dyn Fn(&[Diag]) -> serde_json::Result<String> + 'r;

/// What a command has beside its diagnostics. Formats of their own take the place of the diagnostics alone.
#[derive(Default)]
pub(super) struct Results<'r> {
    pub(super) json: Option<&'r JsonDocument<'r>>,
    /// The results of tests.
    pub(super) junit: Option<String>,
    pub(super) page: Option<&'r Page<'r>>,
    /// Findings that are no diagnostics.
    pub(super) annotations: Vec<Annotation>,
}

/// Diagnostics and the files they are about.
pub(super) struct Found<'a, 'f> {
    pub(super) diags: &'a [Diag],
    pub(super) files: &'a FileFacts<'f>,
    /// What is named where a format requires a file and a finding has none.
    pub(super) elsewhere: &'a str,
}

impl Found<'_, '_> {
    /// All of it in a format.
    pub(super) fn written(&self, format: Format, results: &Results<'_>, color: bool) -> anyhow::Result<String> {
        let Self { diags, files, elsewhere } = self;
        let annotations = || {
            let own = diags.iter().map(|diag| Annotation::of(diag, files));
            own.chain(results.annotations.iter().cloned()).collect::<Vec<_>>()
        };
        Ok(match format {
            Format::Short => show::short(diags),
            Format::Json => match results.json {
                Some(json) => json(diags).context("cannot write the report as JSON")?,
                None => show::json(diags, files),
            },
            Format::Sarif => show::sarif(&annotations(), elsewhere),
            Format::Github => show::github(&annotations()),
            Format::Gitlab => show::gitlab(&annotations(), elsewhere),
            Format::Junit => match &results.junit {
                Some(tests) => tests.clone(),
                None => show::junit(&annotations(), elsewhere),
            },
            Format::Text | Format::Markdown | Format::MarkdownSummary => match results.page {
                Some(page) if format.is_page() => page(format, diags),
                _ => show::text(diags, &files.line, color),
            },
        })
    }
}

impl ReportFile {
    /// Reads an argument such as `sarif=report.sarif`, of the formats that `is_one` names.
    ///
    /// # Errors
    /// What would be right.
    pub(super) fn parse(text: &str, is_one: fn(Format) -> bool) -> Result<Self, String> {
        let named = |format: &&Format| is_one(**format);
        let formats = || Format::value_variants().iter().filter(named).filter_map(Format::to_possible_value);
        let names = || formats().map(|name| name.get_name().to_owned()).collect::<Vec<_>>().join(", ");
        let (name, file) = text.split_once('=').ok_or("use FORMAT=FILE, such as sarif=report.sarif")?;
        let format = Format::from_str(name, true).ok().filter(|format| is_one(*format));
        match (format, file) {
            (None, _) => Err(format!("unknown format {name}: use one of {}", names())),
            (Some(_), "" | "-") => Err(format!("a file is missing; to print the report, use --format {name}")),
            (Some(format), file) => Ok(Self { format, file: file.into() }),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.file
    }

    /// Writes the report, all of it or an error that says why not.
    pub(super) fn write(&self, found: &Found<'_, '_>, results: &Results<'_>) -> anyhow::Result<Option<Diag>> {
        let Self { format, file } = self;
        let text = found.written(*format, results, false)?;
        let written = create_parent(file).and_then(|()| fs::write(file, text));
        Ok(written.err().map(|error| {
            let place = Place::File(file.display().to_string().into());
            Diag::new(Code::WriteFailed, place, format!("the report cannot be written: {error}"))
        }))
    }
}

fn create_parent(file: &Path) -> std::io::Result<()> {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => fs::create_dir_all(parent),
        _ => Ok(()),
    }
}

/// The error about a report that the next run would read as an input.
pub(super) fn among_inputs(file: &Path) -> Diag {
    let message = format!("--report {}: the next run would read this file as an input of the fleet", file.display());
    let hint = "write it outside of the fleet's directory, or add it to .meshtreeignore";
    Diag::new(Code::Usage, Place::Nowhere, message).hint(hint)
}

/// Says that reports could not be written.
pub(super) fn complain(errors: &[Diag]) {
    terminal::message_unless_empty(&show::short(errors));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_its_format_and_its_file() {
        let parse = |text| ReportFile::parse(text, |format| !format.is_page());
        let report = parse("sarif=out/a=b.sarif").expect("valid");
        assert_eq!((report.format, report.file), (Format::Sarif, "out/a=b.sarif".into()));
        for (text, expected) in [
            ("sarif", "use FORMAT=FILE"),
            ("sarif=", "to print the report, use --format sarif"),
            ("json=-", "to print the report, use --format json"),
            ("xml=a", "unknown format xml: use one of text, short, json, sarif, github, gitlab, junit"),
            ("markdown=a", "unknown format markdown"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
