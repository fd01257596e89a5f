//! `meshtree ca show`: the certificates in the CA store.

use anyhow::Context;
use clap::{Args, ValueEnum};
use time::OffsetDateTime;

use crate::cli::clock::time;
use crate::cli::session::Session;
use crate::cli::{Common, Outcome, terminal};
use crate::diag::show::FileFacts;
use crate::diag::{Code, Exit, Report, Severity};
use crate::fleet::Custody;
use crate::report::Document;
use crate::report::certificates::Certificates;

/// Shows each root and intermediate in the CA store: whose it is, when it ends, and to whom its private key is encrypted.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// The time from which the days left are counted, such as 2027-01-15; by default the current time
    #[arg(long, value_name = "TIME", value_parser = time)]
    now: Option<OffsetDateTime>,
    /// The output format
    #[arg(short, long, value_enum, default_value_t = Form::Table)]
    output: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Human-readable
    Table,
    /// For programs
    Json,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&arguments.common, None);
    let meaning = session.resolve(&mut report);
    // An INVALID policy changes nothing about what is in the store.
    if report.diags().iter().any(|diag| diag.severity == Severity::Error && diag.code.exit() != Exit::Invalid) {
        return Ok(session.conclude(report).unwrap_or(Outcome::Done));
    }
    let mut findings = Report::default();
    let custody = session.custody(None);
    let now = arguments.now.unwrap_or(custody.now);
    let pending = meaning.authorities(Custody { now, ..custody }, &mut findings);
    // Only files that cannot be shown matter: what is still to be issued is for `check` to say.
    findings.revise(|diag| diag.code == Code::CaBroken);
    pending.check_form(&mut findings);
    session.fleet.recipiency(None).warnings().into_iter().for_each(|diag| findings.push(diag));
    let certificates = Certificates::of(pending.authorities(), now);
    let text = match arguments.output {
        Form::Table => certificates.text(),
        Form::Json => Document::new(Certificates::KIND, &certificates, &[], &FileFacts::none())
            .json()
            .context("cannot write the certificates as JSON")?,
    };
    let ended = session.conclude(findings).unwrap_or(Outcome::Done);
    terminal::print(text.as_bytes(), ended)
}
