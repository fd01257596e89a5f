//! Routes, destinations and pods.

use super::actions;
use super::{LegView, Making, PodsView, RouteView, StopView, named};
use crate::ask::journey::Taken;
use crate::ask::{Leg, Named, Pods, Stop, Truth, Way, told};
use crate::plan::TargetId;

impl Making<'_, '_, '_> {
    pub(super) fn route(&mut self, taken: Taken<'_>) -> RouteView {
        let plan = self.evaluator.plan;
        let by: Vec<_> = taken.owners.policies().map(|id| plan.by_traffic(id, None)).collect();
        let (objects, waypoint) = match self.call.to {
            Named::Service(target) => {
                let waypoint = plan.waypoint(target).filter(|_| plan.is_ambient(self.call.from));
                (self.names.routes(plan, target, plan[self.call.from].mesh), waypoint.map(ToString::to_string))
            }
            Named::Failover(_) => (Vec::new(), None),
        };
        RouteView {
            objects,
            waypoint,
            conditions: actions::conditions(&taken.when),
            policies: self.places.policies(&by),
            actions: actions::of_route(plan, taken.owners, self.places),
        }
    }

    pub(super) fn leg(&mut self, leg: &Leg) -> LegView {
        let plan = self.evaluator.plan;
        let client = plan[self.call.from].mesh;
        let objects = match leg.to {
            Named::Service(target) => self.names.service(plan, target, client),
            Named::Failover(id) => client.map(|mesh| self.names.failover(plan, id, mesh)).unwrap_or_default(),
        };
        let (stops, lost) = match &leg.stops {
            Ok(stops) => (stops.iter().map(|stop| self.stop(stop)).collect(), None),
            Err(lost) => (Vec::new(), Some(told::lost(plan, *lost))),
        };
        LegView {
            weight: leg.weight,
            to: named(plan, leg.to),
            host: leg.host.clone(),
            port: leg.port,
            subset: Some(leg.subset.clone()).filter(|subset| !subset.is_empty()),
            envoy_cluster: leg.envoy_cluster(),
            objects,
            lost,
            stops,
            arrives: leg.arrives().map(|stop| plan.service_name(stop.target)),
        }
    }

    fn stop(&mut self, stop: &Stop) -> StopView {
        let plan = self.evaluator.plan;
        let mut out = StopView {
            service: plan.service_name(stop.target),
            port: stop.port,
            down: stop.is_down,
            settings: actions::of_service(plan, stop.target, plan[self.call.from].cluster, self.places),
            ..StopView::default()
        };
        match &stop.way {
            Way::Direct => out.way = "direct",
            Way::Waypoint => {
                out.way = "waypoint";
                out.waypoint = plan.waypoint(stop.target).map(ToString::to_string);
            }
            Way::Gateway { sni, addresses } => {
                out.way = "gateway";
                out.gateways = addresses.iter().map(|(address, port)| format!("{address}:{port}")).collect();
                out.sni = Some(sni.clone());
                out.objects = plan[stop.target].mesh.map(|mesh| self.names.entry(plan, mesh)).unwrap_or_default();
            }
        }
        for pods in &stop.pods {
            let workload = pods.workload.map(|workload| plan.workload_name(workload));
            let view = self.pods(stop.target, pods);
            let is_alike = |other: &PodsView| PodsView { workloads: Vec::new(), ..other.clone() } == view;
            match out.pods.iter().position(is_alike) {
                Some(at) => out.pods[at].workloads.extend(workload),
                None => out.pods.push(PodsView { workloads: workload.into_iter().collect(), ..view }),
            }
        }
        out
    }

    fn pods(&mut self, target: TargetId, pods: &Pods) -> PodsView {
        let plan = self.evaluator.plan;
        let (reason, by) = told::why(plan, &pods.decision);
        let guards = pods.workload.map(|workload| self.evaluator.guards(workload)).unwrap_or_default();
        PodsView {
            workloads: Vec::new(),
            access: match pods.decision.allowed {
                Truth::Yes => "allowed",
                Truth::No => "denied",
                Truth::Unknown => "unknown",
            },
            reason,
            policies: self.places.policies(&by),
            objects: self.names.access(plan, (target, guards), pods.workload),
        }
    }
}
