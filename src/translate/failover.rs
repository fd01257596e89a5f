//! FailoverServices: a host of its own, and an Envoy cluster that is the first healthy one of several.

use std::borrow::Cow;

use crate::istio::{
    AggregateClusters, AggregateConfig, AggregateType, ClusterMatch, ConfigPatch, EnvoyFilter, Patch, PatchMatch,
    PatchValue, Port, ServiceEntry, Spec,
};
use crate::model::Kind;
use crate::resolve::plan::{Failover, FailoverId, MeshId, Plan};

use super::Manifest;
use super::sources::{self, Sources};

/// What a mesh needs to call a failover service.
pub(super) fn of_mesh<'p>(plan: &'p Plan<'p>, mesh: MeshId, id: FailoverId, emit: &mut impl FnMut(Manifest<'p>)) {
    let Failover { key, host, address, port, protocol, backing: _ } = &plan[id];
    let sources: Sources = vec![sources::policy(Kind::FailoverService, key)].into();
    let entry = ServiceEntry {
        addresses: [*address],
        endpoints: None,
        hosts: [host],
        location: "MESH_INTERNAL",
        ports: vec![Port { name: Cow::Borrowed(protocol), number: *port, protocol }],
        resolution: "DNS",
    };
    let name = || Cow::Borrowed(&*key.name);
    emit(Manifest { namespace: &plan.hub, name: name(), spec: Spec::ServiceEntry(entry), sources: sources.clone() });
    let filter = EnvoyFilter { config_patches: patches(plan, mesh, id), workload_selector: None };
    emit(Manifest { namespace: plan[mesh].namespace, name: name(), spec: Spec::EnvoyFilter(filter), sources });
}

/// The patches that put the aggregate in the place of the cluster that the ServiceEntry makes.
fn patches<'p>(plan: &'p Plan<'p>, mesh: MeshId, id: FailoverId) -> Vec<ConfigPatch> {
    let Failover { key: _, host, address: _, port, protocol: _, backing } = &plan[id];
    let name = cluster_name(host, *port);
    let cluster = || PatchMatch::Cluster { cluster: ClusterMatch { name: name.clone() } };
    let clusters = backing.iter().map(|(target, port)| cluster_name(plan.host(*target, plan[mesh].cluster), *port));
    let aggregate = PatchValue::Aggregate {
        name: name.clone(),
        connect_timeout: "1s",
        lb_policy: "CLUSTER_PROVIDED",
        cluster_type: AggregateType {
            name: "envoy.clusters.aggregate",
            typed_config: AggregateConfig {
                wrapper: "type.googleapis.com/udpa.type.v1.TypedStruct",
                type_url: "type.googleapis.com/envoy.config.cluster.aggregate.v2alpha.ClusterConfig",
                value: AggregateClusters { clusters: clusters.collect() },
            },
        },
    };
    vec![
        ConfigPatch { apply_to: "CLUSTER", matches: cluster(), patch: Patch { operation: "REMOVE", value: None } },
        ConfigPatch {
            apply_to: "CLUSTER",
            matches: cluster(),
            patch: Patch { operation: "ADD", value: Some(aggregate) },
        },
    ]
}

/// The name that Istio gives to the Envoy cluster of a host's port.
fn cluster_name(host: &str, port: u32) -> String {
    format!("outbound|{port}||{host}")
}
