//! `meshtree policy new`: a commented policy for services of the fleet, which it checks before anybody sees it.

use std::mem::ManuallyDrop;
use std::path::Path;

use anyhow::Context;
use clap::Args;

use super::ask::{Form, asked};
use crate::ask::Evaluator;
use crate::cli::overview::is_answerable;
use crate::cli::session::Session;
use crate::cli::{Outcome, editor, terminal, write};
use crate::diag::{Code, Diag, Place, Report, Severity};
use crate::load::SourceFile;
use crate::model::{Snapshot, hub_namespace};
use crate::scaffold::policy::{Draft, Name, draft};

/// Writes a commented policy for services of the fleet. A service is named as CLUSTER/NAMESPACE/NAME.
///
/// The policy is checked together with the fleet, and not written if it would be INVALID.
#[derive(Debug, Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Examples:\n  meshtree policy new canary kind2/default/reviews fleet -o fleet/policies/reviews.yaml\n  \
                  meshtree policy new allow kind2/default/reviews --from kind2/default/productpage fleet\n  \
                  meshtree policy new failover kind2/default/reviews --to kind3/default/reviews fleet"
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    form: Form,
}

/// The path of a policy that is printed.
const PRINTED: &str = "policies/new-policy.yaml";

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let written = arguments.form.written();
    let (mut session, mut report) = Session::read(&written.common, None);
    let found = drafted(&session, &arguments.form, &mut report);
    let Some(draft) = found else { return session.unanswered(report) };
    let fleet = &written.common.fleet;
    let file = written.out.clone().unwrap_or_else(|| fleet.join(PRINTED));
    let text = editor::modeline(fleet, &file) + &draft.text;
    let findings = check(&mut session, fleet, &file, &text);
    if let Some(outcome) = session.conclude(findings) {
        return Ok(outcome);
    }
    let Some(out) = &written.out else { return terminal::print(text.as_bytes(), Outcome::Done) };
    write::create(out, &text).with_context(|| format!("cannot write {}", out.display()))?;
    let mut done = vec![out.clone()];
    if editor::ensure_schema(fleet).with_context(|| format!("cannot write {}", editor::SCHEMA))? {
        done.push(fleet.join(editor::SCHEMA));
    }
    done.iter().for_each(|path| terminal::message(&format!("wrote {}", path.display())));
    Ok(Outcome::Done)
}

/// The policy that is asked for. What prevents it is reported.
fn drafted(session: &Session<'_>, form: &Form, report: &mut Report) -> Option<Draft> {
    let written = form.written();
    let meaning = session.fleet.resolve(report);
    if !is_answerable(report) {
        return None;
    }
    if let Some(out) = written.out.as_ref().filter(|out| out.symlink_metadata().is_ok()) {
        report.push(write::in_the_way(out, "choose another file"));
        return None;
    }
    let evaluator = Evaluator::new(&meaning.plan, &meaning.index);
    let wish = asked(form, &evaluator, &session.fleet, report)?;
    let hub = hub_namespace(&session.fleet.snapshot.settings);
    let namespace = written.namespace.clone().unwrap_or_else(|| hub.to_string());
    let (message, hint) = match draft(&evaluator, &wish, Name { name: written.name.clone(), namespace }) {
        Ok(draft) if is_taken(&session.fleet.snapshot, &draft) => {
            let message = format!("{} {} is in the fleet already", draft.kind, draft.key);
            (message, Some("choose another name with --name".into()))
        }
        Ok(draft) => return Some(draft),
        Err(problem) => (problem.message, problem.hint),
    };
    report.push(Diag::new(Code::Usage, Place::Nowhere, message).maybe_hint(hint));
    None
}

fn is_taken(snapshot: &Snapshot, draft: &Draft) -> bool {
    match draft.kind {
        "TrafficPolicy" => snapshot.traffic_policies.contains_key(&draft.key),
        "AccessPolicy" => snapshot.access_policies.contains_key(&draft.key),
        // Beside it is a TrafficPolicy of the same name.
        "FailoverService" => {
            snapshot.failover_services.contains_key(&draft.key) || snapshot.traffic_policies.contains_key(&draft.key)
        }
        _ => snapshot.virtual_meshes.contains_key(&draft.key),
    }
}

/// What is found in the policy, read with the fleet as if it were there, and what is an error because of it. The session goes on
/// with it.
fn check(session: &mut Session<'_>, fleet: &Path, file: &Path, text: &str) -> Report {
    let relative = editor::relative(fleet, file).unwrap_or_else(|| PRINTED.into()).display().to_string();
    let source = SourceFile::new(file.display().to_string(), relative, text.to_owned());
    let shown = source.shown.clone();
    let (mut before, mut report) = (Report::default(), Report::default());
    session.fleet.resolve(&mut before);
    let with = session.fleet.with(source, &mut report);
    with.resolve(&mut report);
    // Another policy may be INVALID because of this one.
    let is_new =
        |diag: &Diag| diag.severity == Severity::Error && before.diags().iter().all(|old| old.message != diag.message);
    let is_about = |diag: &Diag| match &diag.place {
        Place::File(file) | Place::Point(file, _) => *file == shown,
        Place::Field(origin, _) => origin.file == shown,
        Place::Nowhere => false,
    };
    report.revise(|diag| is_new(diag) || is_about(diag) && diag.severity != Severity::Note);
    session.fleet = ManuallyDrop::new(with);
    report
}
