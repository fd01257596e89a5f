//! `meshtree ca adopt`: takes a root, or the `cacerts` of a mesh, into the CA store.

use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use super::is_shown;
use super::issue::stored;
use crate::ca::{Brought, RootKey, near_repository};
use crate::cli::session::Session;
use crate::cli::{Common, Outcome};
use crate::diag::{Code, Diag, Place, Report};
use crate::fleet::Custody;
use crate::load;
use crate::report::issued::{By, IssuedReport};

/// Takes a root that something else issued into the CA store, or with --cluster the `cacerts` of a mesh.
///
/// All rules are applied before anything is written. The private key is written encrypted to the recipients of the settings; nothing else
/// of the Secret is taken over.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// A Secret as kubectl prints it, in YAML or JSON; `-` is standard input
    #[arg(long, value_name = "FILE", required_unless_present = "certificate", conflicts_with = "certificate")]
    secret: Option<PathBuf>,
    /// A certificate in PEM; `-` is standard input
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// The private key of --certificate in PEM; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "secret")]
    key: Option<PathBuf>,
    /// Take the certificate of the root alone: its key stays where it is
    #[arg(long, conflicts_with_all = ["key", "cluster"])]
    certificate_only: bool,
    /// The VirtualMesh, if the fleet has several with a root of their own
    #[arg(long, value_name = "NAMESPACE/NAME")]
    virtual_mesh: Option<String>,
    /// Take the `cacerts` of the mesh in this cluster, which the root in the CA store signed
    #[arg(short, long, value_name = "NAME")]
    cluster: Option<String>,
    /// Adopt a root although the inventory shows that workloads trust another one
    #[arg(long)]
    accept_new_root: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&arguments.common, None);
    let meaning = session.resolve(&mut report);
    report.revise(|diag| is_shown(diag));
    session.judge(&mut report);
    if report.has_errors() {
        return session.stop(report);
    }
    let Some(brought) = arguments.brought(&mut report) else { return session.stop(report) };
    session.judge(&mut report);
    if report.has_errors() {
        return session.stop(report);
    }
    let mut findings = Report::default();
    let before = meaning.authorities(session.custody(Some("--locked")), &mut findings).authorities().to_vec();
    let custody = Custody { accept_new_root: arguments.accept_new_root, ..session.custody(None) };
    let custodian = meaning.custodian(custody, &mut Report::default());
    let virtual_mesh = arguments.virtual_mesh.as_deref();
    let key = if arguments.certificate_only { RootKey::Elsewhere } else { RootKey::Sealed };
    let done = match &arguments.cluster {
        Some(cluster) => custodian.adopt_mesh(virtual_mesh, cluster, &brought, &mut report),
        None => custodian.adopt_root(virtual_mesh, &brought, key, &mut report),
    };
    if let Err(error) = done {
        report.push(Diag::new(error.code(), Place::Nowhere, error.to_string()));
    }
    if report.has_errors() {
        return session.stop(report);
    }
    let issued = stored(&session, &meaning, (&before, By::Adoption), &mut report);
    let text = if session.is_quiet() { String::new() } else { issued.text() };
    session.finish(report, IssuedReport::KIND, &issued, &text, Outcome::Done)
}

impl Arguments {
    /// What the user brings.
    fn brought(&self, report: &mut Report) -> Option<Brought> {
        let fleet = Some(&*self.common.fleet);
        if let Some(file) = &self.secret {
            let text = read(file, fleet, report)?;
            return Brought::secret(&shown(file), &text).map_err(|diag| report.push(*diag)).ok();
        }
        let file = self.certificate.as_ref()?;
        let certificate = read(file, fleet, report)?.to_string();
        let key = match &self.key {
            Some(key) if key == Path::new("-") && file == key => {
                let what = "--certificate and --key cannot both be standard input";
                report.push(Diag::new(Code::Usage, Place::Nowhere, what));
                return None;
            }
            Some(key) => Some((shown(key), read(key, fleet, report)?)),
            None => None,
        };
        let key = key.as_ref().map(|(name, text)| (name.as_str(), text.clone()));
        Some(Brought::pem((&shown(file), certificate), key))
    }
}

/// A file's name in messages.
pub(super) fn shown(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}

/// The text of a file, or of standard input; warns of a private key where it can be committed by mistake.
pub(super) fn read(file: &Path, fleet: Option<&Path>, report: &mut Report) -> Option<Zeroizing<String>> {
    let text = if file == Path::new("-") {
        load::read_stream(std::io::stdin().lock(), "standard input")
    } else {
        load::read_file(file)
    };
    match text {
        Ok(text) => {
            if file != Path::new("-") {
                near_repository(file, &text, fleet).into_iter().for_each(|diag| report.push(diag));
            }
            Some(Zeroizing::new(text))
        }
        Err(diag) => {
            report.push(*diag);
            None
        }
    }
}
