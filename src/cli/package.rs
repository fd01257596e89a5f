//! `meshtree package`: one cluster's manifests as an archive.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::session::{Session, chosen};
use super::{Common, Outcome, complete, manifests};
use crate::diag::{Code, Diag, Place, Report};
use crate::output::{self, Hash};
use crate::report::packed::Packed;

/// Packs one cluster's manifests into an archive for an OCI registry: the layer that Flux and Argo CD read.
///
/// The same inputs give the same bytes: files are sorted, without times and owners, and stored without compression. CA material
/// is never issued.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  meshtree package fleet --cluster kind2 -o kind2.tgz\n  \
                  oras push registry.example/mesh/kind2:main kind2.tgz:application/vnd.oci.image.layer.v1.tar+gzip")]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// The cluster
    #[arg(short, long, value_name = "NAME", add = complete::clusters())]
    cluster: String,
    /// The file to write: a name that ends in .tar for an archive without gzip
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// Leave INVALID policies out, target by target, and pack the rest
    #[arg(long)]
    allow_invalid: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&arguments.common, None);
    let meaning = session.resolve(&mut report);
    if arguments.allow_invalid {
        report.allow_invalid();
    }
    let names = chosen(&meaning, std::slice::from_ref(&arguments.cluster), &mut report);
    session.judge(&mut report);
    if report.has_errors() {
        return session.stop(report);
    }
    let pending = meaning.authorities(session.custody(Some("meshtree package")), &mut report);
    session.judge_all(&mut report);
    if report.has_errors() {
        return session.stop(report);
    }
    let Some(tree) = manifests::of(&names, &meaning, &pending, &mut report)? else { return session.stop(report) };
    let objects = tree.objects();
    let tree = tree.grouped()?;
    let tar = output::tar(&tree);
    let bytes = if is_plain(&arguments.out) { tar } else { output::gzip(&tar) };
    let packed = Packed {
        cluster: arguments.cluster.clone(),
        file: arguments.out.display().to_string(),
        objects,
        bytes: bytes.len(),
        digest: format!("sha256:{}", Hash::of(&bytes)),
    };
    write(&arguments.out, &bytes, &mut report);
    let text = if session.is_quiet() || report.has_errors() { String::new() } else { packed.text() };
    session.finish(report, Packed::KIND, &packed, &text, Outcome::Done)
}

/// Whether a name is that of an archive without gzip.
fn is_plain(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tar"))
}

/// Writes the file.
fn write(file: &Path, bytes: &[u8], report: &mut Report) {
    if let Err(error) = fs::write(file, bytes) {
        let message = format!("cannot write {}: {error}", file.display());
        report.push(Diag::new(Code::WriteFailed, Place::Nowhere, message));
    }
}
