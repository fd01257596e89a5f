//! `meshtree describe`: what is known of one thing, and what applies to it.

use clap::{Args, ValueEnum};

use super::overview::is_answerable;
use super::results::Results;
use super::session::Session;
use super::{Common, Outcome, complete};
use crate::ask::Evaluator;
use crate::diag::{Code, Diag, Place, Report, nearest};
use crate::plan::MeshId;
use crate::report::description::{Description, Thing};
use crate::report::places::Places;
use crate::resolve::status::{Status, statuses};

/// Shows what is known of one thing, and what applies to it: policies with their states, who may call it, its routes in order, what
/// is rendered for it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  meshtree describe service kind2/default/reviews fleet\n  \
                        meshtree describe policy AccessPolicy/shop/web fleet\n  meshtree describe cluster kind2 fleet")]
pub(super) struct Arguments {
    /// What is described
    #[arg(value_enum)]
    kind: Kind,
    /// Its name: CLUSTER/NAMESPACE/NAME of a service or workload, NAMESPACE/NAME or KIND/NAMESPACE/NAME of a policy, the name of a
    /// cluster or mesh
    #[arg(add = complete::described())]
    name: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// An Istio mesh
    Mesh,
    Cluster,
    Service,
    /// What controls pods: a Deployment, DaemonSet or StatefulSet
    Workload,
    /// A VirtualMesh, TrafficPolicy, AccessPolicy or FailoverService
    Policy,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&arguments.common, None);
    let meaning = session.fleet.resolve(&mut report);
    if !is_answerable(&mut report) {
        return session.unanswered(report);
    }
    let evaluator = Evaluator::new(&meaning.plan, &meaning.index);
    let Some(thing) = named(&evaluator, (arguments.kind, &arguments.name), &mut report) else {
        return session.unanswered(report);
    };
    let description = Description::of(&evaluator, &meaning.built, &thing, &Places::of(&session.fleet.sources));
    session.answer(
        report,
        (Description::KIND, &description),
        Some(&description.text()),
        Results::default(),
        Outcome::Done,
    )
}

/// What has a name. A name that nothing has is an error in the report, with what was probably meant.
fn named(evaluator: &Evaluator<'_, '_>, (kind, name): (Kind, &str), report: &mut Report) -> Option<Thing> {
    let found = match kind {
        Kind::Cluster => {
            let hint = || did_you_mean(name, evaluator.index.clusters().map(str::to_owned));
            evaluator.index.cluster(name).map(Thing::Cluster).ok_or_else(|| (format!("unknown cluster {name}"), hint()))
        }
        Kind::Mesh => mesh(evaluator, name).map(Thing::Mesh),
        Kind::Service => {
            let found = evaluator.names.service(evaluator.index, name).map(Thing::Service);
            found.map_err(|error| (error.to_string(), evaluator.service_hint(name)))
        }
        Kind::Workload => {
            let found = evaluator.names.workload(name).map(Thing::Workload);
            found.map_err(|error| (error.to_string(), evaluator.workload_hint(name)))
        }
        Kind::Policy => policy(evaluator, name).map(|status| Thing::Policy(Box::new(status))),
    };
    let unknown = |(message, hint): (String, Option<String>)| {
        report.push(Diag::new(Code::Usage, Place::Nowhere, message).maybe_hint(hint));
    };
    found.map_err(unknown).ok()
}

/// A message and a hint.
type Unknown = (String, Option<String>);

/// A mesh by its key, or by its name alone.
fn mesh(evaluator: &Evaluator<'_, '_>, name: &str) -> Result<MeshId, Unknown> {
    let plan = evaluator.plan;
    let is_named = |id: &MeshId| plan[*id].key.to_string() == name || *plan[*id].key.name == *name;
    MeshId::all(plan.meshes.len()).find(is_named).ok_or_else(|| {
        let known = plan.meshes.iter().map(|mesh| mesh.key.name.to_string());
        (format!("unknown mesh {name}: no Istio has this name"), did_you_mean(name, known))
    })
}

/// A policy by namespace and name, perhaps with its kind before them.
fn policy(evaluator: &Evaluator<'_, '_>, name: &str) -> Result<Status, Unknown> {
    let wanted = name.replacen(' ', "/", 1).to_lowercase();
    let full = |status: &Status| format!("{}/{}", status.kind.as_str(), status.key);
    let is_named = |status: &Status| full(status).to_lowercase() == wanted || status.key.to_string() == name;
    let mut found: Vec<Status> = statuses(evaluator.plan).filter(is_named).collect();
    match (found.pop(), found.as_slice()) {
        (Some(status), []) => Ok(status),
        (Some(status), others) => {
            let all: Vec<String> = others.iter().chain([&status]).map(full).collect();
            Err((format!("{name}: several policies have this name"), Some(format!("use one of {}", all.join(", ")))))
        }
        (None, _) => {
            let known: Vec<Status> = statuses(evaluator.plan).collect();
            let with_kind = name.replacen(' ', "/", 1).matches('/').count() > 1;
            let known = known.iter().map(|status| if with_kind { full(status) } else { status.key.to_string() });
            let message = format!("{name}: unknown policy; write NAMESPACE/NAME or KIND/NAMESPACE/NAME");
            Err((message, did_you_mean(&name.replacen(' ', "/", 1), known)))
        }
    }
}

fn did_you_mean(name: &str, known: impl Iterator<Item = String>) -> Option<String> {
    let known: Vec<String> = known.collect();
    nearest(name, known.iter().map(String::as_str)).map(|near| format!("did you mean {near}?"))
}
