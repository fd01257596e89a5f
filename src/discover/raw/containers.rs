//! The ports of containers, which services can name.

use std::collections::BTreeSet;

use super::RawCluster;
use crate::discover::{LabelIndex, TargetPort};
use crate::model::kubernetes::{Pod, PortRef, Raw, Service, ServicePort};

/// The pods and pod templates of a cluster by namespace and labels.
pub(super) struct Containers<'a>(LabelIndex<'a, &'a str, &'a Pod>);

impl RawCluster<'_> {
    /// The pods and pod templates; none if no service names a port of theirs.
    pub(super) fn containers(&self) -> Containers<'_> {
        let mut index = LabelIndex::default();
        let is_named = |port: &ServicePort| matches!(port.target_port, Some(PortRef::Name(_)));
        if self.objects.services.values().any(|raw| raw.object.spec.ports.iter().any(is_named)) {
            for raw in self.objects.pods.values() {
                index.add(&*raw.key.namespace, &raw.object.metadata.labels, &raw.object);
            }
            for (raw, _) in self.controllers() {
                let template = &raw.object.spec.template;
                index.add(&*raw.key.namespace, &template.metadata.labels, template);
            }
        }
        Containers(index)
    }
}

impl Containers<'_> {
    /// Where a port of a service leads. A name that is another number in some pods, or is in none, stays a name.
    pub(super) fn target(&self, raw: &Raw<Service>, port: &ServicePort) -> TargetPort {
        let name = match &port.target_port {
            None | Some(PortRef::Number(0)) => return TargetPort::Number(port.port),
            Some(PortRef::Number(number)) => return TargetPort::Number(*number),
            Some(PortRef::Name(name)) => name,
        };
        let pods = self.0.picked(&raw.key.namespace, &raw.object.spec.selector);
        let containers = pods.flat_map(|pod| pod.spec.containers.iter().chain(&pod.spec.init_containers));
        let ports = containers.flat_map(|container| &container.ports).filter(|port| port.name == *name);
        let numbers: BTreeSet<u32> = ports.map(|port| port.container_port).collect();
        match (numbers.first(), numbers.len()) {
            (Some(number), 1) => TargetPort::Number(*number),
            _ => TargetPort::Name(name.clone()),
        }
    }
}
