//! `meshtree ca sign`: signs requests for intermediates, where the key of the root is. It reads no fleet.

use std::path::{Path, PathBuf};

use clap::Args;
use time::OffsetDateTime;

use super::adopt::{read, shown};
use super::signer::Signer;
use crate::ca::{BadRoot, RootSigner, Signed, Unsigned, requests_in};
use crate::cli::{Format, Outcome, plain_formats, session, terminal};
use crate::diag::{Code, Diag, Place, Report};
use crate::load::Files;
use crate::report::certificates::time;

/// Signs requests of `meshtree ca csr` with the key of a root, and prints the certificates.
///
/// This needs no fleet: run it where the key of the root is. Each request must be signed by its own key and ask for one SPIFFE identity of a
/// control plane. The certificates are those that `meshtree ca issue` would write: CAs with the path length 0 that may sign CRLs.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Files with requests in PEM, any number each; `-` is standard input
    #[arg(required = true, value_name = "CSR")]
    requests: Vec<PathBuf>,
    /// The certificate of the root in PEM
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// The private key of the root in PEM; `-` is standard input
    #[arg(long, value_name = "FILE", required_unless_present = "signer", conflicts_with = "signer")]
    key: Option<PathBuf>,
    /// How many days the certificates are valid, but never longer than the root
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..))]
    days: u32,
    /// Format of diagnostics
    #[arg(long, value_parser = plain_formats(), default_value = "text", value_name = "FORMAT")]
    format: Format,
    #[command(flatten)]
    signer: Signer,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let mut report = Report::default();
    let signed = arguments.sign(&mut report).unwrap_or_default();
    // One that cannot be signed is one too few: none is given out.
    let signed = if report.has_errors() { Vec::new() } else { signed };
    for Signed { name, spiffe, not_after, is_short, .. } in &signed {
        let short = if *is_short { ", when the root ends" } else { "" };
        terminal::message(&format!("signed {name} for {spiffe}, until {}{short}", time(*not_after)));
    }
    let ended = session::show(&Files::default(), report, arguments.format).unwrap_or(Outcome::Done);
    let text: String = signed.iter().map(|signed| format!("{}\n{}", signed.name, signed.certificate)).collect();
    terminal::print(text.as_bytes(), ended)
}

impl Arguments {
    fn sign(&self, report: &mut Report) -> Option<Vec<Signed>> {
        let inputs = self.requests.iter().chain(&self.key).chain([&self.certificate]);
        if inputs.filter(|file| *file == Path::new("-")).count() > 1 {
            report.push(Diag::new(Code::Usage, Place::Nowhere, "only one input can be standard input"));
            return None;
        }
        let signer = self.root(report)?;
        let mut signed = Vec::new();
        for file in &self.requests {
            let (Some(text), name) = (read(file, None, report), shown(file)) else { continue };
            let requests = requests_in(&text);
            let place = || Place::File(name.as_str().into());
            if requests.is_empty() {
                let what = format!("{name} has no certificate request in PEM");
                report.push(Diag::new(Code::BadRequest, place(), what));
            }
            for (number, request) in requests.iter().enumerate() {
                match signer.sign(request, self.days) {
                    Ok(done) => signed.push(done),
                    Err(Unsigned::Request(what)) => {
                        let which =
                            if requests.len() == 1 { String::new() } else { format!("request {} of ", number + 1) };
                        let what = format!("{which}{name} {what}");
                        report.push(Diag::new(Code::BadRequest, place(), what));
                    }
                    Err(Unsigned::Failed(error)) => {
                        report.push(Diag::new(error.code(), Place::Nowhere, error.to_string()));
                        return None;
                    }
                }
            }
        }
        Some(signed)
    }

    /// The root that signs.
    fn root(&self, report: &mut Report) -> Option<RootSigner> {
        let now = OffsetDateTime::now_utc();
        let certificate = read(&self.certificate, None, report)?;
        let key = match &self.key {
            Some(file) => Some((shown(file), read(file, None, report)?)),
            None => None,
        };
        let signer = match (&key, self.signer.program()) {
            (Some((_, key)), _) => RootSigner::with_key(&certificate, key, now),
            (None, Some(program)) => RootSigner::with_program(&certificate, program, now),
            (None, None) => return None,
        };
        let (file, what) = match signer {
            Ok(signer) => return Some(signer),
            Err(BadRoot::Certificate(what)) => (shown(&self.certificate), what),
            Err(BadRoot::Key(what)) => (key.map(|(name, _)| name).unwrap_or_default(), what),
        };
        let message = format!("{file} {what}");
        report.push(Diag::new(Code::NotAdopted, Place::File(file.into()), message));
        None
    }
}
