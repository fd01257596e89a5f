//! `meshtree ca export`: the entries of one `cacerts` in clear, for a store of secrets.

use std::io::{self, IsTerminal as _};

use clap::{Args, ValueEnum};

use crate::ca::{self, Exported};
use crate::cli::session::{Session, chosen};
use crate::cli::{Common, Outcome, terminal};
use crate::diag::{Code, Diag, Exit, Place, Report, Severity};
use crate::fleet::Meaning;
use crate::plan::MeshCa;

/// Prints the entries of one mesh's cacerts, with its PRIVATE KEY IN CLEAR, for a store of secrets.
///
/// An age identity that decrypts the CA store must be available. Nothing is written to a file. The key under which an
/// ExternalSecret of the rendered tree looks for the entries is printed to standard error.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  meshtree ca export fleet --cluster kind2 | vault kv put -mount=secret cacerts/kind2/istio-system -\n  \
                        meshtree ca export fleet --cluster kind2 -o secret | kubectl --context kind2 apply --server-side -f -"
)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// The cluster of the mesh
    #[arg(short, long, value_name = "NAME")]
    cluster: String,
    /// The namespace of the control plane, if the cluster has several
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// The output format
    #[arg(short, long, value_enum, default_value_t = Form::Json)]
    output: Form,
    /// Print the private key although standard output is a terminal
    #[arg(long)]
    show_private_key: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// One JSON object with the four entries
    Json,
    /// The Secret as a manifest
    Secret,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&arguments.common, None);
    let meaning = session.resolve(&mut report);
    // An INVALID policy changes nothing about what is in the store.
    report.revise(|diag| diag.severity == Severity::Error && diag.code.exit() != Exit::Invalid);
    chosen(&meaning, std::slice::from_ref(&arguments.cluster), &mut report);
    let refusal = to_terminal(io::stdout().is_terminal(), arguments.show_private_key);
    refusal.into_iter().for_each(|diag| report.push(diag));
    let exported = if report.has_errors() { None } else { exported(&session, &meaning, arguments, &mut report) };
    let Some(exported) = exported.filter(|_| !report.has_errors()) else {
        return Ok(session.conclude(report).unwrap_or(Outcome::Done));
    };
    let ca = session.fleet.snapshot.settings.ca.as_ref();
    let secret_type = ca.and_then(|ca| ca.secret_type.as_deref()).unwrap_or("Opaque");
    let ended = session.conclude(report).unwrap_or(Outcome::Done);
    if !session.is_quiet() {
        terminal::message(&format!("the key for the ExternalSecret: {}", exported.key));
    }
    match arguments.output {
        Form::Json => terminal::print(&exported.json()?, ended),
        Form::Secret => terminal::print(exported.secret(secret_type)?.as_bytes(), ended),
    }
}

/// Why nothing is printed, if it would be to a terminal: terminals keep what they have shown.
pub(in crate::cli) fn to_terminal(is_terminal: bool, is_wanted: bool) -> Option<Diag> {
    let message = "a private key in clear would be printed to a terminal";
    let hint = "pipe it into the program that puts it into the store of secrets, or add --show-private-key";
    (is_terminal && !is_wanted).then(|| Diag::new(Code::ToTerminal, Place::Nowhere, message).hint(hint))
}

/// The entries of the mesh that is meant.
fn exported(
    session: &Session<'_>,
    meaning: &Meaning<'_>,
    arguments: &Arguments,
    report: &mut Report,
) -> Option<Exported> {
    let Arguments { cluster, namespace, .. } = arguments;
    let asked = meaning.plan.ca_plan();
    let is_meant = |mesh: &&MeshCa| {
        mesh.cluster.as_str() == cluster && namespace.as_ref().is_none_or(|namespace| *namespace == mesh.namespace)
    };
    let meshes: Vec<_> = asked.authorities.iter().flat_map(|asked| &asked.meshes).filter(is_meant).collect();
    let [mesh] = meshes[..] else {
        let message = match meshes.len() {
            0 => format!("cluster {cluster} has no mesh in a VirtualMesh with mtlsConfig that is meant"),
            _ => format!("cluster {cluster} has several control planes: add --namespace"),
        };
        report.push(Diag::new(Code::Usage, Place::Nowhere, message));
        return None;
    };
    let custody = session.custody(Some("ca export"));
    let identities = custody.identities.clone();
    let mut findings = Report::default();
    let material = meaning.authorities(custody, &mut findings).ready();
    // What else is wrong with the store is not in the way; a file that cannot be used has no material.
    findings.revise(|diag| diag.code == Code::CaBroken);
    report.append(findings);
    ca::export(mesh, &material, &identities, &session.fleet.snapshot.settings).map_err(|diag| report.push(*diag)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_on_a_terminal_only_if_that_is_wanted() {
        for (is_terminal, is_wanted, is_refused) in
            [(true, false, true), (true, true, false), (false, false, false), (false, true, false)]
        {
            let refusal = to_terminal(is_terminal, is_wanted);
            assert_eq!(refusal.map(|diag| diag.code), is_refused.then_some(Code::ToTerminal));
        }
    }
}
