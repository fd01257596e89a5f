//! Routes of OpenShift in front of gateways.

use super::named;
use crate::diag::{Code, Diag, Report};
use crate::ids::Text;
use crate::model::existing::Existing;
use crate::plan::{ClusterId, Plan};
use crate::version::Entry;

/// Warns of a Route whose host is the address at which other clusters call a gateway.
pub(super) fn check(plan: &Plan<'_>, cluster: ClusterId, (object, host): (&Existing, &Text), report: &mut Report) {
    let of_sni = plan[cluster].meshes.iter().filter(|mesh| matches!(plan[**mesh].entry, Entry::Sni(_)));
    let gateways = of_sni.filter(|mesh| plan.is_server(**mesh)).flat_map(|mesh| &plan[*mesh].istio.gateways);
    let is_it = |address: &Text| !host.is_empty() && address.eq_ignore_ascii_case(host);
    if !gateways.into_iter().any(|gateway| is_it(&gateway.address)) {
        return;
    }
    let message = format!(
        "{} has host {host}, at which other clusters call the gateway of cluster {}: OpenShift's router takes no server name with \
         an underscore, and every call between clusters has one",
        named(object),
        plan[cluster].name
    );
    let hint = "use the address of a Service of type LoadBalancer or NodePort, which passes connections on as they are";
    report.push(Diag::new(Code::GatewayBehindRoute, object.place.clone(), message).hint(hint));
}
