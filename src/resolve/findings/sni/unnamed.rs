//! Notes ports that callers in other clusters do not know the protocol of.

use super::elsewhere;
use crate::diag::{Code, Diag, Report};
use crate::discover::Port;
use crate::plan::{Plan, Spoken, TargetId, stated_protocol};
use crate::resolve::meant::Names;

/// How many ports a note lists.
const SHOWN: usize = 5;

/// Notes, for each cluster, the ports of federated services that state no protocol. In its own cluster Istio finds out what is
/// spoken; the ServiceEntry that other clusters have of a service needs a protocol, and TCP is what always works.
pub(super) fn report<'a>(plan: &Plan<'a>, names: &Names<'_, 'a>, report: &mut Report) {
    for cluster in plan.cluster_ids() {
        let mut found: Vec<(TargetId, &Port)> = Vec::new();
        // Nobody calls a gateway from another cluster as a service.
        let is_called = |id: &TargetId| plan[*id].mesh.is_some() && !plan[*id].is_gateway;
        for id in plan[cluster].targets.iter().copied().filter(is_called) {
            let mut ports = plan[id].known.distinct_ports().filter(|port| is_unstated(port)).peekable();
            let is_gateway = || names.index.behind(plan, id).any(|workload| plan[workload].known.gateway.is_some());
            if ports.peek().is_some() && plan.is_federated_today(id) && !is_gateway() {
                found.extend(ports.map(|port| (id, port)));
            }
        }
        let Some((first, _)) = found.first() else { continue };
        let shown = found.iter().take(SHOWN).map(|(id, port)| {
            let service = plan.service(*id);
            let name = if port.name.is_empty() { String::new() } else { format!(" ({})", port.name) };
            format!("{}{name} of {}/{}", port.number, service.namespace, service.name)
        });
        let more = match found.len() {
            ..=SHOWN => String::new(),
            all => format!(" and {} more", all - SHOWN),
        };
        let message = format!(
            "ports of cluster {} that state no protocol are TCP for callers in {}, without routes, retries and metrics of \
             HTTP: {}{more}",
            plan[cluster].name,
            elsewhere(plan, found.iter().map(|(id, _)| *id)),
            shown.collect::<Vec<_>>().join(", ")
        );
        let hint = "begin the name of the port with its protocol, such as http-web or grpc, or set appProtocol";
        report.push(Diag::new(Code::ProtocolUnstated, plan[*first].known.place.clone(), message).hint(hint));
    }
}

/// Whether neither name nor application protocol of a port say what is spoken, to Istio.
fn is_unstated(port: &Port) -> bool {
    let is_known = |stated: &str| Spoken::of_protocol(stated).is_some() || stated.eq_ignore_ascii_case("grpc-web");
    port.is_passed_on() && !is_known(stated_protocol(port))
}
