//! The forms of policies that can be asked for, and what they name.

mod values;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::ask::Evaluator;
use crate::cli::trace::unknown;
use crate::cli::{Common, complete, path_not_format};
use crate::diag::{Code, Diag, Place, Report, nearest};
use crate::fleet::Fleet;
use crate::plan::{MeshId, TargetId};
use crate::scaffold::policy::{Caller, Labels, Wish};
use values::{duration, labels, percentage};

/// The arguments of every form.
#[derive(Clone, Debug, Args)]
pub(super) struct Written {
    #[command(flatten)]
    pub(super) common: Common,
    /// The name of the policy; by default the names of service and cluster, and what it does
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// The namespace of the policy; by default the hub's
    #[arg(long, value_name = "NAMESPACE")]
    pub(super) namespace: Option<String>,
    /// Write to this new file instead of standard output
    #[arg(short, long, value_name = "FILE", value_parser = path_not_format("file", "leave out -o"))]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Form {
    /// Send some of the requests for a service to another version of it
    Canary(Canary),
    /// Limit how long requests may take
    Timeout(Timeout),
    /// Try failed requests again
    Retry(Retry),
    /// Let some callers, and nobody else, call a service
    Allow(Allow),
    /// Let nobody call a service but its own pods
    Deny(Deny),
    /// A host whose requests go to the first of several services that has healthy pods
    Failover(Failover),
    /// Copy requests to another service
    Mirror(Mirror),
    /// Make the services of meshes known to each other
    VirtualMesh(VirtualMesh),
}

#[derive(Debug, Args)]
pub(super) struct Canary {
    /// The service: CLUSTER/NAMESPACE/NAME
    #[arg(add = complete::services())]
    service: String,
    /// The labels of the pods that requests go to now, such as version=v1; by default the first version in the inventory
    #[arg(long, value_name = "LABELS", value_parser = labels)]
    from: Option<Labels>,
    /// The labels of the pods that some of them are to go to; by default the last version in the inventory
    #[arg(long, value_name = "LABELS", value_parser = labels)]
    to: Option<Labels>,
    /// How many requests, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=100))]
    weight: u32,
    #[command(flatten)]
    written: Written,
}

#[derive(Debug, Args)]
pub(super) struct Timeout {
    /// The service: CLUSTER/NAMESPACE/NAME
    #[arg(add = complete::services())]
    service: String,
    /// How long a request may take
    #[arg(long, value_name = "DURATION", default_value = "15s", value_parser = duration)]
    timeout: String,
    #[command(flatten)]
    written: Written,
}

#[derive(Debug, Args)]
pub(super) struct Retry {
    /// The service: CLUSTER/NAMESPACE/NAME
    #[arg(add = complete::services())]
    service: String,
    /// How often a failed request is tried again
    #[arg(long, value_name = "NUMBER", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=100))]
    attempts: u32,
    /// How long each try may take
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = duration)]
    per_try_timeout: String,
    #[command(flatten)]
    written: Written,
}

#[derive(Debug, Args)]
pub(super) struct Allow {
    /// The service: CLUSTER/NAMESPACE/NAME
    #[arg(add = complete::services())]
    service: String,
    /// A caller: CLUSTER/NAMESPACE/NAME of a workload or of a service; can be repeated
    #[arg(long, value_name = "CALLER", required = true, add = complete::services())]
    from: Vec<String>,
    /// Only this HTTP method; can be repeated
    #[arg(long, value_name = "METHOD")]
    method: Vec<String>,
    /// Only this path; a * at its end stands for anything; can be repeated
    #[arg(long, value_name = "PATH")]
    path: Vec<String>,
    #[command(flatten)]
    written: Written,
}

#[derive(Debug, Args)]
pub(super) struct Deny {
    /// The service: CLUSTER/NAMESPACE/NAME
    #[arg(add = complete::services())]
    service: String,
    #[command(flatten)]
    written: Written,
}

#[derive(Debug, Args)]
pub(super) struct Failover {
    /// The service that is tried first: CLUSTER/NAMESPACE/NAME
    #[arg(add = complete::services())]
    service: String,
    /// The service that is tried next; can be repeated
    #[arg(long, value_name = "SERVICE", required = true, add = complete::services())]
    to: Vec<String>,
    /// The host, which ends in .global; by default SERVICE-failover.NAMESPACE.global
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    #[command(flatten)]
    written: Written,
}

#[derive(Debug, Args)]
pub(super) struct Mirror {
    /// The service: CLUSTER/NAMESPACE/NAME
    #[arg(add = complete::services())]
    service: String,
    /// The service that gets the copies
    #[arg(long, value_name = "SERVICE", add = complete::services())]
    to: String,
    /// How many requests, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 100.0, value_parser = percentage)]
    percentage: f64,
    #[command(flatten)]
    written: Written,
}

#[derive(Debug, Args)]
pub(super) struct VirtualMesh {
    /// A mesh; can be repeated. By default every mesh that is in no VirtualMesh
    #[arg(long, value_name = "NAME")]
    mesh: Vec<String>,
    #[command(flatten)]
    written: Written,
}

impl Form {
    pub(super) fn written(&self) -> &Written {
        match self {
            Self::Canary(form) => &form.written,
            Self::Timeout(form) => &form.written,
            Self::Retry(form) => &form.written,
            Self::Allow(form) => &form.written,
            Self::Deny(form) => &form.written,
            Self::Failover(form) => &form.written,
            Self::Mirror(form) => &form.written,
            Self::VirtualMesh(form) => &form.written,
        }
    }
}

/// What is asked for, bound. A name that nothing has is reported.
pub(super) fn asked(form: &Form, evaluator: &Evaluator<'_, '_>, fleet: &Fleet, report: &mut Report) -> Option<Wish> {
    let named = Naming { evaluator };
    Some(match form {
        Form::Canary(Canary { service, from, to, weight, written: _ }) => {
            let (from, to) = (from.clone(), to.clone());
            Wish::Canary { service: named.service(service, report)?, from, to, weight: *weight }
        }
        Form::Timeout(Timeout { service, timeout, written: _ }) => {
            Wish::Timeout { service: named.service(service, report)?, timeout: timeout.clone() }
        }
        Form::Retry(Retry { service, attempts, per_try_timeout, written: _ }) => {
            let per_try = per_try_timeout.clone();
            Wish::Retry { service: named.service(service, report)?, attempts: *attempts, per_try }
        }
        Form::Allow(Allow { service, from, method, path, written: _ }) => {
            let service = named.service(service, report);
            let callers: Vec<_> = from.iter().map(|caller| named.caller(caller, report)).collect();
            let callers = callers.into_iter().collect::<Option<_>>()?;
            Wish::Access { service: service?, callers, methods: method.clone(), paths: path.clone() }
        }
        Form::Deny(Deny { service, written: _ }) => {
            let service = named.service(service, report)?;
            Wish::Access { service, callers: Vec::new(), methods: Vec::new(), paths: Vec::new() }
        }
        Form::Failover(Failover { service, to, host, written: _ }) => {
            let services: Vec<_> = [service].into_iter().chain(to).map(|name| named.service(name, report)).collect();
            Wish::Failover { services: services.into_iter().collect::<Option<_>>()?, host: host.clone() }
        }
        Form::Mirror(Mirror { service, to, percentage, written: _ }) => {
            let (service, to) = (named.service(service, report), named.service(to, report));
            Wish::Mirror { service: service?, to: to?, percentage: *percentage }
        }
        Form::VirtualMesh(VirtualMesh { mesh, written: _ }) => {
            Wish::VirtualMesh { meshes: named.meshes(mesh, report)?, shared: has_recipients(fleet) }
        }
    })
}

/// Whether there is somebody to whom private keys can be encrypted.
fn has_recipients(fleet: &Fleet) -> bool {
    let settings = fleet.snapshot.settings.ca.as_ref();
    settings.is_some_and(|ca| !ca.recipients.is_empty()) || fleet.directory.join(".sops.yaml").exists()
}

struct Naming<'n, 'p, 'a> {
    evaluator: &'n Evaluator<'p, 'a>,
}

impl Naming<'_, '_, '_> {
    fn service(&self, name: &str, report: &mut Report) -> Option<TargetId> {
        let found = self.evaluator.names.service(self.evaluator.index, name);
        found.map_err(|error| unknown(&error, self.evaluator.service_hint(name), report)).ok()
    }

    fn caller(&self, name: &str, report: &mut Report) -> Option<Caller> {
        if let Ok(workload) = self.evaluator.names.workload(name) {
            return Some(Caller::Workload(workload));
        }
        self.service(name, report).map(Caller::Service)
    }

    /// The meshes of these names, or all that no VirtualMesh groups.
    fn meshes(&self, names: &[String], report: &mut Report) -> Option<Vec<MeshId>> {
        let plan = self.evaluator.plan;
        let all = || MeshId::all(plan.meshes.len());
        let mut refuse = |message: String, hint: Option<String>| {
            report.push(Diag::new(Code::Usage, Place::Nowhere, message).maybe_hint(hint));
        };
        if names.is_empty() {
            let free: Vec<MeshId> = all().filter(|mesh| plan[*mesh].virtual_mesh.is_none()).collect();
            if free.is_empty() {
                let message = "no mesh is left: each one is in a VirtualMesh";
                refuse(message.to_owned(), Some("add meshes to the inventory, or edit that VirtualMesh".into()));
            }
            return (!free.is_empty()).then_some(free);
        }
        let mut found = Vec::new();
        for name in names {
            match all().find(|mesh| *plan[*mesh].key.name == **name || plan[*mesh].key.to_string() == *name) {
                Some(mesh) => found.push(mesh),
                None => {
                    let near = nearest(name, plan.meshes.iter().map(|mesh| &*mesh.key.name));
                    refuse(format!("unknown mesh {name}"), near.map(|near| format!("did you mean {near}?")));
                }
            }
        }
        (found.len() == names.len()).then_some(found)
    }
}
