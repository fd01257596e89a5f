//! `meshtree trace`: what happens to a request.

use std::collections::BTreeSet;

use clap::Args;

use super::question::Question;
use super::results::Results;
use super::{Outcome, complete};
use crate::ask::{Call, Evaluator, HttpRequest, Unnamed};
use crate::diag::{Code, Diag, Place, Report, nearest};
use crate::plan::{ClusterId, Index, WorkloadId};
use crate::report::places::Places;
use crate::report::traced::{Asked, Traced};

/// Shows what happens to a request: its route, its destinations, and whether the pods let it in, each with the policy behind it.
///
/// Exit code 0 if the request arrives and is let in, 1 if it is not, 2 for a name that the fleet does not have.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  meshtree trace kind2/default/productpage-v1 reviews:9080 fleet --path /reviews/1\n  \
                        meshtree trace kind2/default/productpage-v1 kind3/default/reviews fleet --down kind3"
)]
pub(super) struct Arguments {
    /// The workload that calls: CLUSTER/NAMESPACE/NAME of its Deployment, DaemonSet or StatefulSet
    #[arg(add = complete::workloads())]
    from: String,
    /// What it calls: a host such as reviews or reviews.default, the host of a FailoverService, or CLUSTER/NAMESPACE/SERVICE; each
    /// can end with :PORT
    #[arg(add = complete::services())]
    to: String,
    #[command(flatten)]
    question: Question,
    /// The port of the service; by default its only port, or the first for HTTP
    #[arg(long, value_name = "PORT")]
    port: Option<u32>,
    /// The HTTP method
    #[arg(long, default_value = "GET", value_name = "METHOD")]
    method: String,
    /// The path, perhaps with a query
    #[arg(long, default_value = "/", value_name = "PATH")]
    path: String,
    /// A header of the request; can be repeated
    #[arg(long, value_name = "NAME: VALUE", value_parser = header)]
    header: Vec<(String, String)>,
    /// Take this cluster for down; can be repeated
    #[arg(long, value_name = "CLUSTER", add = complete::clusters())]
    down: Vec<String>,
}

/// A header on the command line.
fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write a header as 'name: value'")?;
    match name.trim() {
        "" => Err("write a header as 'name: value'".to_owned()),
        name => Ok((name.to_owned(), value.trim().to_owned())),
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = arguments.question.read();
    let meaning = arguments.question.resolve(&session, &mut report);
    if report.has_errors() {
        return session.unanswered(report);
    }
    let evaluator = Evaluator::new(&meaning.plan, &meaning.index);
    let down = clusters(&meaning.index, &arguments.down, &mut report);
    let request = HttpRequest::new(&arguments.method, &arguments.path, arguments.header.iter().cloned());
    let asked = from(&evaluator, &arguments.from, &mut report)
        .and_then(|from| asked(&evaluator, arguments, (from, &request, &down), &mut report));
    let Some(asked) = asked.filter(|_| !report.has_errors()) else { return session.unanswered(report) };
    let traced = Traced::of(&evaluator, &asked, &Places::of(&session.fleet.sources));
    let outcome = if traced.is_served() { Outcome::Done } else { Outcome::Negative };
    session.answer(report, (Traced::KIND, &traced), Some(&traced.text()), Results::default(), outcome)
}

/// The workload that calls.
fn from(evaluator: &Evaluator<'_, '_>, text: &str, report: &mut Report) -> Option<WorkloadId> {
    let hint = |_: &Unnamed| evaluator.workload_hint(text);
    evaluator.names.workload(text).map_err(|error| unknown(&error, hint(&error), report)).ok()
}

/// What is called, and at which port.
fn asked<'q>(
    evaluator: &Evaluator<'_, '_>,
    arguments: &'q Arguments,
    (from, request, down): (WorkloadId, &'q HttpRequest, &'q BTreeSet<ClusterId>),
    report: &mut Report,
) -> Option<Asked<'q>> {
    let found = evaluator.called(from, &arguments.to);
    let (to, port) = found.map_err(|error| unknown(&error, evaluator.called_hint(from, &arguments.to), report)).ok()?;
    let named = arguments.port.or(port);
    let Some(port) = named.or_else(|| evaluator.usual_port(to)) else {
        let message = format!("{}: the service has no ports", arguments.to);
        report.push(Diag::new(Code::Usage, Place::Nowhere, message).hint("name one with --port"));
        return None;
    };
    let call = Call { from, to, port, request, down };
    Some(Asked { call, to: &arguments.to, port_is_default: named.is_none() })
}

/// The clusters of some names.
pub(super) fn clusters(index: &Index<'_>, names: &[String], report: &mut Report) -> BTreeSet<ClusterId> {
    let mut out = BTreeSet::new();
    for name in names {
        match index.cluster(name) {
            Some(cluster) => drop(out.insert(cluster)),
            None => {
                let near = nearest(name, index.clusters());
                let hint = near.map_or_else(
                    || format!("use one of the clusters: {}", index.clusters().collect::<Vec<_>>().join(", ")),
                    |near| format!("did you mean {near}?"),
                );
                report.push(Diag::new(Code::Usage, Place::Nowhere, format!("unknown cluster {name}")).hint(hint));
            }
        }
    }
    out
}

/// Reports a name on the command line that the fleet does not have.
pub(super) fn unknown(error: &Unnamed, hint: Option<String>, report: &mut Report) {
    report.push(Diag::new(Code::Usage, Place::Nowhere, error.to_string()).maybe_hint(hint));
}

#[cfg(test)]
mod tests {
    use super::header;

    #[test]
    fn headers() {
        assert_eq!(header("end-user: jason"), Ok(("end-user".to_owned(), "jason".to_owned())));
        assert_eq!(header("x:"), Ok(("x".to_owned(), String::new())));
        assert!(header("x").is_err() && header(": y").is_err());
    }
}
