//! Workloads of kinds that are not read, named where a service has nobody behind it.

use super::RawCluster;
use crate::diag::{Code, Diag, Ground, Report};
use crate::model::kubernetes::{ByKey, Labels, OtherWorkload, Raw, Service};

impl RawCluster<'_> {
    /// Reports the workload that a service without workloads seems to be for.
    pub(super) fn name_unread_workload(&self, service: &Raw<Service>, report: &mut Report) {
        let kinds = [
            ("Rollout", &self.objects.rollouts),
            ("Canary", &self.objects.canaries),
            ("DeploymentConfig", &self.objects.deployment_configs),
        ];
        let found = kinds.into_iter().find_map(|(kind, all)| Some((kind, behind(service, all)?)));
        let Some((kind, workload)) = found else { return };
        let message = format!(
            "Service {} selects the pods of {kind} {}, and objects of this kind are not read as workloads; treating the service as outside the mesh",
            service.key, workload.key
        );
        let hint =
            "add the annotation discovery.smh.solo.io/enabled: \"true\" to the Service if its pods are in the mesh";
        report.push(
            Diag::new(Code::UnreadWorkload, service.place.clone(), message)
                .related(workload.place.clone(), format!("the {kind} is here"))
                .hint(hint)
                .on(Ground::Inventory),
        );
    }
}

/// The workload whose pods a service selects: by the labels of its template or, if another object has that, by its name.
fn behind<'a>(service: &Raw<Service>, all: &'a ByKey<OtherWorkload>) -> Option<&'a Raw<OtherWorkload>> {
    let selector: &Labels = &service.object.spec.selector;
    let is_behind = |raw: &&Raw<OtherWorkload>| {
        let OtherWorkload { metadata: _, spec } = &raw.object;
        let labels = &spec.template.metadata.labels;
        if labels.is_empty() {
            let names = [&raw.key.name, &spec.target_ref.name];
            return names
                .into_iter()
                .any(|name| *name == service.key.name || selector.values().any(|value| value == name));
        }
        selector.iter().all(|(key, value)| labels.get(key) == Some(value))
    };
    all.values().filter(|raw| raw.key.namespace == service.key.namespace).find(is_behind)
}
