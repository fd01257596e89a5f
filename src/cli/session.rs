//! Shared by the commands that read a fleet: reading it, showing diagnostics, the exit code.

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use serde::Serialize;
use time::OffsetDateTime;

use super::judge::{Judge, is_denied};
use super::results::{self, Found, ReportFile, Results};
use super::{Common, Format, Outcome, terminal};
use crate::ca::{Identities, Pending};
use crate::diag::listing::choices;
use crate::diag::show::{self, FileFacts, Summary};
use crate::diag::{Code, Diag, Exit, Place, Report, Severity, nearest};
use crate::discover::PassedOver;
use crate::fleet::{Custody, Fleet, Meaning, below};
use crate::ids::ClusterName;
use crate::load::{self, CLUSTERS, Files, LoadOptions, Lost};
use crate::model::Kind;
use crate::model::settings::Settings;
use crate::output;
use crate::report::{Document, forms};

/// The default name of the output directory.
const RENDERED: &str = "rendered";

/// How many diagnostics are shown to people.
const MOST_SHOWN: usize = 2000;

/// A fleet that was read.
pub(super) struct Session<'c> {
    common: &'c Common,
    /// Never dropped: freeing it piece by piece just before the process ends would only cost time.
    pub(super) fleet: ManuallyDrop<Fleet>,
    /// The output directory.
    pub(super) out: PathBuf,
    /// An input that is in the output directory, which is refused.
    pub(super) hidden: Option<PathBuf>,
    judge: Judge,
    /// The reports to write, without those that are refused.
    reports: Vec<&'c ReportFile>,
}

/// What is read as a fleet.
pub(super) struct Read<'r> {
    pub(super) directory: &'r Path,
    /// How it is shown.
    pub(super) shown: &'r str,
    /// What belongs to the fleet and is not in the directory.
    pub(super) lost: Vec<Lost>,
}

impl<'c> Session<'c> {
    /// Reads a fleet, all but its output directory, and gives what was found in it.
    pub(super) fn read(common: &'c Common, out: Option<&Path>) -> (Self, Report) {
        let shown = common.fleet.display().to_string();
        Self::read_at(common, Read { directory: &common.fleet, shown: &shown, lost: Vec::new() }, out)
    }

    /// Reads a fleet that may be elsewhere than the command line has it.
    pub(super) fn read_at(common: &'c Common, read: Read<'_>, out: Option<&Path>) -> (Self, Report) {
        let Read { directory, shown, lost } = read;
        let mut report = Report::default();
        let settings = Fleet::settings(directory, shown);
        let out = output::plain(&out.map_or_else(|| output_directory(directory, &settings), Path::to_path_buf));
        let hidden = if is_for_inputs(directory, &out) { Some(out.clone()) } else { input_below(directory, &out) };
        // An output directory with inputs in it is refused, and they are read like all others.
        let skip = if hidden.is_some() { Vec::new() } else { vec![out.clone()] };
        let options = LoadOptions { shown: shown.to_owned(), skip, lost };
        let fleet = Fleet::read(directory, &options, &mut report);
        if common.verbose {
            for (kind, count) in &fleet.snapshot.ignored {
                terminal::message(&format!("skipped: {count} × {kind}"));
            }
            for (service, passed_over) in &fleet.inventory.passed_over {
                let PassedOver { place: _, labels: _, why } = passed_over;
                terminal::message(&format!("skipped: service {service} in {}: {why}", passed_over.at()));
            }
        }
        let is_refused = |file: &&ReportFile| load::would_be_input(directory, file.path(), &out);
        let (refused, reports): (Vec<_>, Vec<_>) = common.report.iter().partition(is_refused);
        refused.iter().for_each(|file| report.push(results::among_inputs(file.path())));
        let judge = Judge::new(&fleet.snapshot.settings, &common.deny, &fleet.sources, &mut report);
        (Self { common, fleet: ManuallyDrop::new(fleet), out, hidden, judge, reports }, report)
    }

    /// The plan of the fleet. With `--verbose`, says which forms were chosen.
    pub(super) fn resolve(&self, report: &mut Report) -> Meaning<'_> {
        let meaning = self.fleet.resolve(report);
        if self.common.verbose {
            forms::lines(&meaning.plan).iter().for_each(|line| terminal::message(line));
        }
        meaning
    }

    /// The identities, the time and the output directory of the run, which the CA stage needs.
    pub(super) fn custody(&self, locked: Option<&'static str>) -> Custody<'_> {
        let identities = Identities::from_vars(|name| std::env::var_os(name));
        Custody { locked, ..Custody::new(&self.out, identities, OffsetDateTime::now_utc()) }
    }

    /// Where the output directory is if the fleet's is elsewhere.
    pub(super) fn out_in(&self, fleet: &Path) -> PathBuf {
        output::plain(&output_directory(fleet, &self.fleet.snapshot.settings))
    }

    /// The fleet's directory as the command line has it.
    pub(super) fn directory(&self) -> String {
        self.common.fleet.display().to_string()
    }

    /// What is asked of the CA store and is in it, with what is wrong with it as of a time, by default the current one. After an
    /// error it is not certain what is asked; what is in the store has an end all the same.
    pub(super) fn authorities_at(
        &self,
        meaning: &Meaning<'_>,
        now: Option<OffsetDateTime>,
        report: &mut Report,
    ) -> Pending {
        let custody = self.custody(None);
        let now = now.unwrap_or(custody.now);
        let mut findings = Report::default();
        let pending = meaning.authorities(Custody { now, ..custody }, &mut findings);
        if !report.has_errors() {
            report.append(findings);
        }
        pending.check_validity(now, report);
        self.fleet.recipiency(None).warnings().into_iter().for_each(|diag| report.push(diag));
        pending
    }

    /// Gives the findings their final severities. Commands that write do it before, so that denied findings stop them.
    pub(super) fn judge(&self, report: &mut Report) {
        self.judge.judge(&self.fleet.sources, report);
    }

    /// The same once all findings of a fleet are known: comments that allow nothing are findings too.
    pub(super) fn judge_all(&self, report: &mut Report) {
        self.judge.report_unused(&self.fleet.sources, report);
        self.judge(report);
    }

    /// Ends a command that succeeds whatever is found, unless `--deny` says otherwise.
    pub(super) fn conclude_denied(&self, mut report: Report) -> Outcome {
        self.judge(&mut report);
        report.revise(|diag| is_denied(diag));
        self.conclude(report).unwrap_or(Outcome::Done)
    }

    /// Shows the diagnostics on standard error, for commands that print data. Returns the outcome if they end the command.
    #[must_use = "an outcome ends the command"]
    pub(super) fn conclude(&self, report: Report) -> Option<Outcome> {
        let (diags, outcome) = self.judged(report, Outcome::Done);
        let outcome = self.save(&diags, &Results::default(), outcome);
        terminal::message_unless_empty(&self.shown(&self.for_people(diags), &Results::default()));
        Some(outcome).filter(|outcome| *outcome != Outcome::Done)
    }

    /// Ends a command that would have printed a report of its own, had the diagnostics not ended it: in a format for programs, they
    /// are printed where the report would be.
    pub(super) fn stop(&self, report: Report) -> anyhow::Result<Outcome> {
        self.stop_with(report, &Results::default())
    }

    /// The same for a command that has a page for its errors.
    pub(super) fn stop_with(&self, report: Report, results: &Results<'_>) -> anyhow::Result<Outcome> {
        let (diags, outcome) = self.judged(report, Outcome::Done);
        let outcome = self.save(&diags, results, outcome);
        self.print(&self.for_people(diags), results, outcome)
    }

    /// Prints a document or a page as data, and shows the diagnostics on standard error unless they are all there is in it.
    fn print(&self, diags: &[Diag], results: &Results<'_>, outcome: Outcome) -> anyhow::Result<Outcome> {
        let format = self.common.format;
        if !format.is_document() {
            terminal::message_unless_empty(&self.shown(diags, results));
        }
        if !format.is_document() && !format.is_page() {
            return Ok(outcome);
        }
        let written = self.found(diags, |found| found.written(format, results, false))?;
        terminal::print(written.as_bytes(), outcome)
    }

    /// The diagnostics with their final severities, with lines and columns, and what the command ends with.
    fn judged(&self, mut report: Report, outcome: Outcome) -> (Vec<Diag>, Outcome) {
        self.judge(&mut report);
        let outcome = report.exit().map_or(outcome, Outcome::Failed);
        (self.located(report), outcome)
    }

    /// The diagnostics, with lines and columns.
    pub(super) fn located(&self, report: Report) -> Vec<Diag> {
        if self.common.verbose {
            for diag in report.aside() {
                terminal::message(&format!("in doubt, since something could not be read: {}", diag.message));
            }
        }
        report.located(self.fleet.sources.locator())
    }

    /// Those that are shown.
    fn for_people(&self, mut diags: Vec<Diag>) -> Vec<Diag> {
        if self.common.quiet {
            // What --allow-invalid leaves out of the tree, keys and open services must never go unnoticed.
            diags.retain(|diag| diag.severity == Severity::Error || diag.is_left_out() || diag.code.is_loud());
        }
        diags
    }

    /// Writes the files of `--report`. The outcome is worse if that fails.
    fn save(&self, diags: &[Diag], results: &Results<'_>, outcome: Outcome) -> Outcome {
        if self.reports.is_empty() {
            return outcome;
        }
        let errors: Vec<Diag> = self.found(diags, |found| {
            let failed = |report: &&ReportFile| match report.write(&found, results) {
                Ok(error) => error,
                Err(error) => Some(Diag::new(Code::WriteFailed, Place::Nowhere, format!("{error:#}"))),
            };
            self.reports.iter().filter_map(failed).collect()
        });
        results::complain(&errors);
        if errors.is_empty() { outcome } else { outcome.or_failed(Exit::Io) }
    }

    /// Diagnostics with what the files show around them.
    fn found<T>(&self, diags: &[Diag], use_it: impl FnOnce(Found<'_, '_>) -> T) -> T {
        let files = self.file_facts();
        let elsewhere = self.common.fleet.join(load::SETTINGS).display().to_string();
        use_it(Found { diags, files: &files, elsewhere: &elsewhere })
    }

    /// What the files show around the places of diagnostics.
    pub(super) fn file_facts(&self) -> FileFacts<'_> {
        self.fleet.sources.file_facts(Kind::is_policy_name)
    }

    /// The diagnostics in the requested format; text ends with their count.
    fn shown(&self, diags: &[Diag], results: &Results<'_>) -> String {
        if diags.len() <= MOST_SHOWN || self.common.format.is_document() {
            return self.formatted(diags, diags, results);
        }
        let shown = readable(diags);
        let left = diags.len() - shown.len();
        self.formatted(&shown, diags, results) + &format!("{left} more are not shown; --format json has all of them\n")
    }

    /// The diagnostics in a format: those that people can read, or all of them.
    fn formatted(&self, shown: &[Diag], diags: &[Diag], results: &Results<'_>) -> String {
        let color = terminal::colors(self.common.color);
        // A page is printed elsewhere; a document has all of it.
        let format = if self.common.format.is_page() { Format::Text } else { self.common.format };
        let written = |found: Found<'_, '_>| found.written(format, results, color);
        // Only reports of commands can fail.
        let mut text = self.found(shown, written).unwrap_or_default();
        let summary = Summary::of(diags);
        if self.common.format.is_prose() && summary.errors + summary.warnings > 1 {
            text.push_str(&format!("{summary}\n"));
        }
        text
    }

    /// Ends a command that has a report of its own: in a format for programs, one document with the diagnostics on standard output;
    /// as text, the diagnostics and then `text` on standard error.
    pub(super) fn finish<T: Serialize>(
        &self,
        report: Report,
        kind: &'static str,
        result: &T,
        text: &str,
        outcome: Outcome,
    ) -> anyhow::Result<Outcome> {
        self.finish_with(report, (kind, result), text, Results::default(), outcome)
    }

    /// The same for a command whose results have other forms, too. A page that is asked for has the diagnostics, and standard
    /// error has them too.
    pub(super) fn finish_with<T: Serialize>(
        &self,
        report: Report,
        (kind, result): (&'static str, &T),
        text: &str,
        results: Results<'_>,
        outcome: Outcome,
    ) -> anyhow::Result<Outcome> {
        let (diags, outcome) = self.judged(report, outcome);
        let json = |diags: &[Diag]| Document::new(kind, result, diags, &self.file_facts()).json();
        let results = Results { json: Some(&json), ..results };
        let outcome = self.save(&diags, &results, outcome);
        let ended = self.print(&self.for_people(diags), &results, outcome)?;
        if self.common.format != Format::Json {
            terminal::message_unless_empty(text);
        }
        Ok(ended)
    }

    /// Ends a command that answers a question. The answer is data: `text`, or one document with the diagnostics if programs read
    /// it or there is no text.
    pub(super) fn answer<T: Serialize>(
        &self,
        mut report: Report,
        (kind, answer): (&'static str, &T),
        text: Option<&str>,
        results: Results<'_>,
        outcome: Outcome,
    ) -> anyhow::Result<Outcome> {
        self.judge(&mut report);
        // What else was found is for `check` to report, but an answer without an INVALID policy has to say so.
        report.revise(|diag| diag.severity == Severity::Error || diag.is_left_out());
        let (diags, outcome) = self.judged(report, outcome);
        let json = |diags: &[Diag]| Document::new(kind, answer, diags, &self.file_facts()).json();
        let results = Results { json: Some(&json), ..results };
        let outcome = self.save(&diags, &results, outcome);
        let Some(text) = text.filter(|_| !self.prints_document()) else {
            let format = if self.prints_document() { self.common.format } else { Format::Json };
            let written = self.found(&diags, |found| found.written(format, &results, false))?;
            return terminal::print(written.as_bytes(), outcome);
        };
        terminal::message_unless_empty(&self.shown(&diags, &results));
        let lines: String = text.lines().map(|line| show::plain(line) + "\n").collect();
        terminal::print(lines.as_bytes(), outcome)
    }

    /// Ends a command that cannot answer.
    pub(super) fn unanswered(&self, mut report: Report) -> anyhow::Result<Outcome> {
        self.judge(&mut report);
        report.revise(|diag| diag.severity == Severity::Error);
        self.stop(report)
    }

    /// Whether the report is printed as one document for programs.
    pub(super) fn prints_document(&self) -> bool {
        self.common.format.is_document()
    }

    /// Whether only errors are shown, and what `--allow-invalid` leaves out.
    pub(super) fn is_quiet(&self) -> bool {
        self.common.quiet
    }
}

/// Those of more diagnostics than anybody reads: the first ones, and the first of every other file, so that one file does not hide
/// the rest.
fn readable(diags: &[Diag]) -> Vec<Diag> {
    let file = |diag: &Diag| match &diag.place {
        Place::File(file) | Place::Point(file, _) => Some(file.clone()),
        Place::Field(origin, _) => Some(origin.file.clone()),
        Place::Nowhere => None,
    };
    let is_first = |i: usize| i == 0 || file(&diags[i]) != file(&diags[i - 1]);
    let picked = (0..diags.len()).filter(|i| *i <= MOST_SHOWN / 2 || is_first(*i));
    picked.take(MOST_SHOWN).map(|i| diags[i].clone()).collect()
}

/// Where the settings put the output.
fn output_directory(fleet: &Path, settings: &Settings) -> PathBuf {
    let directory = settings.output.as_ref().and_then(|output| output.directory.as_deref());
    below(fleet, directory.filter(|directory| !directory.is_empty()).unwrap_or(RENDERED))
}

/// An input in the output directory. The output directory is not read, so the input would be missing from what is rendered.
fn input_below(fleet: &Path, out: &Path) -> Option<PathBuf> {
    // API groups of inputs; no rendered object has one of them.
    const GROUPS: [&str; 4] =
        ["networking.smh.solo.io/", "discovery.smh.solo.io/", "multicluster.solo.io/", "meshtree.io/"];
    let (fleet, real) = (fleet.canonicalize().ok()?, out.canonicalize().ok()?);
    if real == fleet || !real.starts_with(&fleet) || !output::committed_clusters(out).is_empty() {
        // Outside the fleet there are no inputs, and a directory with rendered files was checked by the run that wrote them.
        return None;
    }
    let is_input = |line: &str| {
        let key = line.trim_start_matches([' ', '-', '{', '"']);
        key.starts_with("apiVersion") && GROUPS.iter().any(|group| key.contains(group))
    };
    let sources = load::load(out, &LoadOptions::default(), &mut Report::default());
    let found = sources.files.iter().find(|file| file.text.lines().any(is_input));
    found.map(|file| out.join(&file.relative))
}

/// Whether a directory is the fleet's `clusters` directory or inside it.
fn is_for_inputs(fleet: &Path, out: &Path) -> bool {
    let clusters = fleet.join(CLUSTERS).canonicalize();
    clusters.is_ok_and(|clusters| std::path::absolute(out).is_ok_and(|out| resolve(&out).starts_with(clusters)))
}

/// The path without links; the part that does not exist yet is kept as written.
fn resolve(path: &Path) -> PathBuf {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(real), _, _) => real,
        (Err(_), Some(parent), Some(name)) => resolve(parent).join(name),
        (Err(_), _, _) => path.to_owned(),
    }
}

/// Shows diagnostics about files that are not part of a fleet. Returns the outcome if they end the command.
pub(super) fn show(sources: &Files, report: Report, format: Format) -> Option<Outcome> {
    let exit = report.exit();
    let diags = report.located(sources.locator());
    let files = sources.file_facts(Kind::is_policy_name);
    let found = Found { diags: &diags, files: &files, elsewhere: load::SETTINGS };
    // Only reports of commands can fail.
    let color = terminal::colors(super::Color::Auto);
    let text = found.written(format, &Results::default(), color).unwrap_or_default();
    terminal::message_unless_empty(&text);
    exit.map(Outcome::Failed)
}

/// The clusters chosen with `--cluster`, or all of them. An unknown name is a usage error.
pub(super) fn chosen(meaning: &Meaning<'_>, names: &[String], report: &mut Report) -> Vec<ClusterName> {
    let known: Vec<&ClusterName> = meaning.clusters().collect();
    for name in names.iter().filter(|name| known.iter().all(|known| known.as_str() != **name)) {
        let all = known.iter().map(|name| name.as_str());
        let hint = match nearest(name, all.clone()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("use one of the clusters with a mesh: {}", choices(all)),
        };
        let message = format!("--cluster {name}: unknown cluster, or a cluster without a mesh");
        report.push(Diag::new(Code::Usage, Place::Nowhere, message).hint(hint));
    }
    let is_chosen = |name: &&ClusterName| names.is_empty() || names.iter().any(|n| n == name.as_str());
    known.into_iter().filter(is_chosen).cloned().collect()
}

/// Whether all errors are refusals to write, so that the tree can still be compared.
pub(super) fn only_refused(report: &Report) -> bool {
    let mut errors = report.diags().iter().filter(|diag| diag.severity == Severity::Error);
    errors.all(|diag| diag.exit() == Exit::Refused)
}
