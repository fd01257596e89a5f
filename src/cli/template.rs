//! `meshtree template`: the fleet's own templates.

use clap::{Args, Subcommand, ValueEnum};

use super::session::{Session, chosen};
use super::{Common, Outcome, complete, terminal};
use crate::diag::listing::choices;
use crate::diag::secrets::redacted;
use crate::diag::{Code, Diag, Place, Report, nearest};
use crate::fleet::Meaning;
use crate::ids::ClusterName;
use crate::templates::view::{self, Builder, NamespaceView, Variables};
use crate::yaml_writer;

/// Shows what the fleet's own templates see.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the variables that a template gets
    Vars(Vars),
}

/// Prints the variables that a template gets for a cluster, and for a namespace or a service of it.
///
/// Mistakes in templates do not matter here. Exits with 2 for a name that the fleet does not have.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  meshtree template vars fleet --cluster kind2\n  \
                        meshtree template vars fleet --cluster kind2 --service default/reviews -o json")]
struct Vars {
    #[command(flatten)]
    common: Common,
    /// The cluster
    #[arg(short, long, value_name = "NAME", add = complete::clusters())]
    cluster: String,
    /// What a template in templates/namespace/ gets for this namespace
    #[arg(short, long, value_name = "NAME", conflicts_with = "service")]
    namespace: Option<String>,
    /// What a template in templates/service/ gets for this service
    #[arg(short, long, value_name = "NAMESPACE/NAME")]
    service: Option<String>,
    /// The output format
    #[arg(short, long, value_enum, default_value_t = Form::Yaml)]
    output: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Yaml,
    Json,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let Action::Vars(arguments) = &arguments.command;
    let (session, mut report) = Session::read(&arguments.common, None);
    let meaning = session.fleet.resolve(&mut report);
    report.revise(|diag| !diag.code.is_about_templates());
    let names = chosen(&meaning, std::slice::from_ref(&arguments.cluster), &mut report);
    let found = names.first().and_then(|name| variables(&meaning, name, arguments, &mut report));
    let Some(variables) = found.filter(|_| !report.has_errors()) else {
        return Ok(session.conclude(report).unwrap_or(Outcome::Done));
    };
    let text = match arguments.output {
        Form::Yaml => {
            let mut text = String::new();
            yaml_writer::write(&variables, &mut text)?;
            text
        }
        Form::Json => serde_json::to_string_pretty(&variables)? + "\n",
    };
    // The settings may have anything among the values.
    terminal::print(redacted(&text).as_bytes(), session.conclude_denied(report))
}

fn variables(meaning: &Meaning<'_>, name: &ClusterName, asked: &Vars, report: &mut Report) -> Option<Variables> {
    let Meaning { plan, index, .. } = meaning;
    let fleet = meaning.fleet();
    let id = plan.cluster(name).filter(|id| plan.is_rendered(*id))?;
    let builder = Builder::new(plan, index, (&fleet.inventory, &fleet.snapshot.settings));
    let mut variables = builder.variables(id, view::values(&fleet.snapshot.settings));
    let cluster = &variables.cluster;
    let mut wanted = asked.namespace.clone();
    let mut service = None;
    if let Some(text) = &asked.service {
        let of = |view: &view::ServiceView| format!("{}/{}", view.namespace, view.name);
        service = cluster.services.iter().find(|view| of(view) == *text).cloned();
        if service.is_none() {
            let known: Vec<String> = cluster.services.iter().map(of).collect();
            report.push(unknown(&format!("--service {text}: no service of a mesh of cluster {name}"), text, &known));
        }
        wanted = service.as_ref().map(|service| service.namespace.to_string());
    }
    let named = |wanted: &String| cluster.namespaces.iter().find(|view| *view.name == **wanted).cloned();
    let namespace: Option<NamespaceView> = wanted.as_ref().and_then(named);
    if let (Some(wanted), None) = (&wanted, &namespace) {
        let known: Vec<String> = cluster.namespaces.iter().map(|view| view.name.to_string()).collect();
        report.push(unknown(&format!("--namespace {wanted}: unknown namespace of cluster {name}"), wanted, &known));
    }
    (variables.namespace, variables.service) = (namespace, service);
    Some(variables)
}

fn unknown(message: &str, text: &str, known: &[String]) -> Diag {
    let all = || known.iter().map(String::as_str);
    let hint = match nearest(text, all()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("use one of {}", choices(all())),
    };
    Diag::new(Code::Usage, Place::Nowhere, message).hint(hint)
}
