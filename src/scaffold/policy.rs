//! Commented policies for services that are there.

mod access;
mod failover;
mod versions;

use std::collections::BTreeMap;

use minijinja::context;

use super::{Problem, fill, flow, key, reference, yaml};
use crate::ask::{Evaluator, Named};
use crate::ids::{ClusterObjectRef, ObjectRef, Text};
use crate::plan::{MeshId, TargetId, WorkloadId};

/// Labels of pods.
pub type Labels = BTreeMap<Text, Text>;

/// What a policy is to do.
#[derive(Clone, Debug)]
pub enum Wish {
    /// Some of the requests go to the pods of another version.
    Canary { service: TargetId, from: Option<Labels>, to: Option<Labels>, weight: u32 },
    /// Requests end after some time.
    Timeout { service: TargetId, timeout: String },
    /// Failed requests are tried again.
    Retry { service: TargetId, attempts: u32, per_try: String },
    /// Requests are copied to another service.
    Mirror { service: TargetId, to: TargetId, percentage: f64 },
    /// Some callers, and nobody else, may call; without callers nobody but its own pods.
    Access { service: TargetId, callers: Vec<Caller>, methods: Vec<String>, paths: Vec<String> },
    /// Requests go to the first of some services that has healthy pods.
    Failover { services: Vec<TargetId>, host: Option<String> },
    /// Meshes know each other's services.
    VirtualMesh { meshes: Vec<MeshId>, shared: bool },
}

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub enum Caller {
    /// The workloads behind a service.
    Service(TargetId),
    Workload(WorkloadId),
}

/// The name and namespace of a policy.
#[derive(Clone, Debug)]
pub struct Name {
    /// None for the usual one.
    pub name: Option<String>,
    pub namespace: String,
}

/// A policy as it is written.
#[derive(Clone, Debug)]
pub struct Draft {
    pub kind: &'static str,
    pub key: ObjectRef,
    pub text: String,
}

/// The text of a policy.
///
/// # Errors
/// What the inventory lacks for it.
pub fn draft(evaluator: &Evaluator<'_, '_>, wish: &Wish, name: Name) -> Result<Draft, Problem> {
    let key = ObjectRef::new(name.namespace, name.name.unwrap_or_else(|| usual_name(evaluator, wish)));
    let drafting = Drafting { evaluator, key: &key };
    let (kind, text) = match wish {
        Wish::Canary { service, from, to, weight } => {
            let versions = versions::of(evaluator, *service, from.as_ref(), to.as_ref())?;
            ("TrafficPolicy", drafting.canary(*service, &versions, *weight))
        }
        Wish::Timeout { service, timeout } => ("TrafficPolicy", drafting.timeout(*service, timeout)),
        Wish::Retry { service, attempts, per_try } => ("TrafficPolicy", drafting.retry(*service, *attempts, per_try)),
        Wish::Mirror { service, to, percentage } => ("TrafficPolicy", drafting.mirror(*service, *to, *percentage)),
        Wish::Access { service, callers, methods, paths } => {
            ("AccessPolicy", drafting.access(*service, callers, methods, paths)?)
        }
        Wish::Failover { services, host } => ("FailoverService", drafting.failover(services, host.as_deref())?),
        Wish::VirtualMesh { meshes, shared } => ("VirtualMesh", drafting.virtual_mesh(meshes, *shared)),
    };
    Ok(Draft { kind, key, text })
}

/// The name of a policy that was given none: what it does, and the service that it is for.
fn usual_name(evaluator: &Evaluator<'_, '_>, wish: &Wish) -> String {
    let (word, service) = match wish {
        Wish::Canary { service, .. } => ("canary", *service),
        Wish::Timeout { service, .. } => ("timeout", *service),
        Wish::Retry { service, .. } => ("retry", *service),
        Wish::Mirror { service, .. } => ("mirror", *service),
        Wish::Access { service, callers, .. } => (if callers.is_empty() { "deny" } else { "allow" }, *service),
        Wish::Failover { services, .. } => match services.first() {
            Some(first) => ("failover", *first),
            None => return "failover".to_owned(),
        },
        Wish::VirtualMesh { .. } => return "virtual-mesh".to_owned(),
    };
    let ClusterObjectRef { cluster, namespace: _, name } = evaluator.plan.service(service);
    format!("{name}-{cluster}-{word}")
}

struct Drafting<'d, 'p, 'a> {
    evaluator: &'d Evaluator<'p, 'a>,
    key: &'d ObjectRef,
}

impl Drafting<'_, '_, '_> {
    fn name(&self) -> (String, String) {
        (yaml(&self.key.name), yaml(&self.key.namespace))
    }

    fn shown(&self, service: TargetId) -> String {
        self.evaluator.plan.service_name(service)
    }

    fn reference(&self, service: TargetId) -> String {
        reference(self.evaluator.plan.service(service))
    }

    /// The port that a destination has to name: that of a service with several.
    fn port(&self, service: TargetId) -> Option<u32> {
        let several = self.evaluator.plan[service].known.ports.len() > 1;
        several.then(|| self.evaluator.usual_port(Named::Service(service))).flatten()
    }

    fn canary(&self, service: TargetId, versions: &(Labels, Labels), weight: u32) -> String {
        let (from, to) = versions;
        let (name, namespace) = self.name();
        let subset = |labels: &Labels| {
            let labels = flow(labels.iter().map(|(key, value)| (&**key, &**value)));
            let port = self.port(service).map(|port| format!(", port: {port}")).unwrap_or_default();
            let reference = self.reference(service);
            format!("{}, subset: {labels}{port}}}", reference.trim_end_matches('}'))
        };
        let context = context! {
            name, namespace, weight, service => self.shown(service), ref => self.reference(service),
            rest => 100 - weight, from => versions::shown(from), to => versions::shown(to),
            from_ref => subset(from), to_ref => subset(to),
        };
        fill(include_str!("../../templates/policies/canary.yaml.j2"), &context)
    }

    fn timeout(&self, service: TargetId, timeout: &str) -> String {
        let (name, namespace) = self.name();
        let context =
            context! { name, namespace, timeout, service => self.shown(service), ref => self.reference(service) };
        fill(include_str!("../../templates/policies/timeout.yaml.j2"), &context)
    }

    fn retry(&self, service: TargetId, attempts: u32, per_try: &str) -> String {
        let (name, namespace) = self.name();
        let service_name = self.shown(service);
        let context = context! {
            name, namespace, attempts, per_try, service => service_name, ref => self.reference(service),
        };
        fill(include_str!("../../templates/policies/retry.yaml.j2"), &context)
    }

    fn mirror(&self, service: TargetId, to: TargetId, percentage: f64) -> String {
        let (name, namespace) = self.name();
        let context = context! {
            name, namespace, service => self.shown(service), ref => self.reference(service),
            percentage => percentage.to_string(), mirror => self.shown(to),
            mirror_ref => self.reference(to), mirror_port => self.port(to),
        };
        fill(include_str!("../../templates/policies/mirror.yaml.j2"), &context)
    }

    fn virtual_mesh(&self, meshes: &[MeshId], shared: bool) -> String {
        let (name, namespace) = self.name();
        let meshes: Vec<String> = meshes.iter().map(|mesh| key(self.evaluator.plan[*mesh].key)).collect();
        fill(
            include_str!("../../templates/policies/virtual-mesh.yaml.j2"),
            &context! { name, namespace, meshes, shared },
        )
    }
}
