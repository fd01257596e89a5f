//! Notes access policies whose rules apply to no pods.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use super::Names;
use crate::diag::{Code, Diag, Ground, Report};
use crate::path;
use crate::plan::{ClusterId, Plan, TargetId};
use crate::resolve::meant::describe_services;

/// Notes, for each access policy, the services behind which no pods are known. A service without a selector opens its namespace, which
/// is another finding, and so is a policy that is not applied to a gateway; of clusters whose workloads are not known at all there is
/// nothing to say.
pub(super) fn report<'a>(plan: &Plan<'a>, names: &Names<'_, 'a>, report: &mut Report) {
    // Few services have no pods.
    let known: LazyCell<BTreeSet<ClusterId>, _> =
        LazyCell::new(|| plan.workloads.iter().map(|workload| workload.cluster).collect());
    for access in &plan.access {
        let is_alone = |target: &TargetId| {
            let bound = &plan[*target];
            let has_rule = !bound.is_gateway || plan.is_open_to_all(access, *target);
            has_rule
                && !bound.known.selector.is_empty()
                && names.index.behind(plan, *target).next().is_none()
                && known.contains(&bound.cluster)
        };
        let services: Vec<TargetId> = plan.applied(&access.verdict).filter(is_alone).collect();
        if services.is_empty() {
            continue;
        }
        let message = format!(
            "{} protects no pods of {}: none with the labels that it selects are in the inventory",
            access.policy.named,
            describe_services(&services, plan)
        );
        let place = access.policy.place(path!["spec", "destinationSelector"]);
        let hint = "add the workloads to the inventory, or correct the selector of the service";
        report.push(Diag::new(Code::AccessWithoutPods, place, message).hint(hint).on(Ground::Inventory));
    }
}
