//! `meshtree ca reseal`: the CA store for the recipients of today.

use clap::Args;

use super::virtual_mesh;
use crate::cli::session::Session;
use crate::cli::{Common, Outcome};
use crate::diag::{Code, Diag, Exit, Place, Severity};
use crate::ids::ObjectRef;
use crate::report::resealed::ResealReport;

/// Encrypts the data key of every file in the CA store to the recipients that the settings or `.sops.yaml` name today.
///
/// An age identity that decrypts the files must be available. Certificates, private keys and everything else in the files stay
/// as they are. Sealed copies that do not say yet which roots they are for get that annotation. Whoever is no longer a recipient can still decrypt what Git has of the files.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Only the files of this VirtualMesh
    #[arg(long, value_name = "NAMESPACE/NAME", value_parser = virtual_mesh)]
    virtual_mesh: Option<ObjectRef>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&arguments.common, None);
    // Policies say nothing about who can decrypt what is there: whatever is wrong with them, a recipient can be removed.
    report.revise(|diag| diag.severity == Severity::Error && diag.code.exit() == Exit::Usage);
    session.judge(&mut report);
    if report.has_errors() {
        return session.stop(report);
    }
    let recipiency = session.fleet.recipiency(arguments.virtual_mesh.as_ref());
    let files = recipiency.files();
    if let Some(key) = arguments.virtual_mesh.as_ref().filter(|_| files == 0) {
        report.push(unknown(key));
        return session.stop(report);
    }
    let done = recipiency.reseal(&session.custody(None).identities, &mut report).and_then(|resealed| {
        let said =
            if report.has_errors() { Vec::new() } else { session.fleet.say_roots(arguments.virtual_mesh.as_ref())? };
        Ok(ResealReport::of(files, resealed, &said))
    });
    let resealed = match done {
        Ok(resealed) => resealed,
        Err(error) => {
            report.push(Diag::new(error.code(), Place::Nowhere, error.to_string()));
            return session.stop(report);
        }
    };
    if report.has_errors() {
        return session.stop(report);
    }
    let text = if session.is_quiet() { String::new() } else { resealed.text() };
    session.finish(report, ResealReport::KIND, &resealed, &text, Outcome::Done)
}

/// The store has no such VirtualMesh.
fn unknown(key: &ObjectRef) -> Diag {
    let message = format!("--virtual-mesh {key}: the CA store has no encrypted files of this VirtualMesh");
    Diag::new(Code::Usage, Place::Nowhere, message).hint("`meshtree ca show` lists what the CA store has")
}
