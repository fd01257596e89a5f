//! What callers write: a host or a service, perhaps with a port.

use super::{Evaluator, Named, Unnamed};
use crate::diag::nearest;
use crate::ids::ClusterObjectRef;
use crate::plan::{Plan, Spoken, TargetId, WorkloadId};

impl<'p> Evaluator<'p, '_> {
    /// What a workload calls: a host as its code has it, or a service as CLUSTER/NAMESPACE/NAME; each perhaps with a port.
    ///
    /// # Errors
    /// A name that nothing has.
    pub fn called(&self, from: WorkloadId, text: &str) -> Result<(Named, Option<u32>), Unnamed> {
        let (name, port) = with_port(text);
        let named = match name.contains('/') {
            true => Named::Service(self.names.service(self.index, name)?),
            false => self.host(from, name).ok_or_else(|| Unnamed::Service(text.to_owned()))?,
        };
        Ok((named, port))
    }

    /// The port that is called where none is named: the only one, or the first at which HTTP is spoken.
    pub fn usual_port(&self, named: Named) -> Option<u32> {
        let target = match named {
            Named::Service(target) => target,
            Named::Failover(failover) => return Some(self.plan[failover].port),
        };
        let ports = &self.plan[target].known.ports;
        let speaks = |spoken| matches!(spoken, Some(Spoken::Http | Spoken::Grpc));
        let http = ports.iter().find(|port| speaks(Spoken::of_port(port)));
        http.or(ports.first()).map(|port| port.number)
    }

    /// The ports of what is called.
    pub fn ports(&self, named: Named) -> Vec<u32> {
        match named {
            Named::Service(target) => self.plan[target].known.ports.iter().map(|port| port.number).collect(),
            Named::Failover(failover) => vec![self.plan[failover].port],
        }
    }

    /// What to write instead of a name that no workload has.
    pub fn workload_hint(&self, text: &str) -> Option<String> {
        if let Ok(target) = self.names.service(self.index, text) {
            let behind: Vec<String> =
                self.index.behind(self.plan, target).map(|w| self.plan.workload_name(w)).collect();
            return (!behind.is_empty()).then(|| format!("this is a service; its workloads: {}", behind.join(", ")));
        }
        let all: Vec<String> = self.names.workloads().collect();
        nearest(text, all.iter().map(String::as_str)).map(|near| format!("did you mean {near}?"))
    }

    /// What to write instead of a name that no service has.
    pub fn service_hint(&self, text: &str) -> Option<String> {
        let all: Vec<String> = self.index.targets().iter().map(|target| self.plan.service_name(*target)).collect();
        nearest(text, all.iter().map(String::as_str)).map(|near| format!("did you mean {near}?"))
    }

    /// What to write instead of a name that a workload cannot call.
    pub fn called_hint(&self, from: WorkloadId, text: &str) -> Option<String> {
        let (text, _) = with_port(text);
        if text.contains('/') {
            return self.service_hint(text);
        }
        let all = self.hosts_from(from);
        nearest(text, all.iter().map(String::as_str)).map(|near| format!("did you mean {near}?"))
    }

    /// The hosts that a workload may call, in their shortest forms.
    fn hosts_from(&self, from: WorkloadId) -> Vec<String> {
        let plan = self.plan;
        let bound = &plan[from];
        let host = |target: &TargetId| {
            let ClusterObjectRef { cluster: _, namespace, name } = plan.service(*target);
            match plan[*target].cluster == bound.cluster {
                true if *namespace == bound.known.controller.namespace => name.to_string(),
                true => format!("{name}.{namespace}"),
                false => plan[*target].global_host.clone(),
            }
        };
        let failovers = plan.failovers.iter().filter(|failover| failover.address.is_some());
        let failovers = failovers.map(|failover| failover.host.to_owned());
        self.index.targets().iter().map(host).chain(failovers).collect()
    }
}

impl Plan<'_> {
    /// A workload as commands name it: CLUSTER/NAMESPACE/NAME.
    pub fn workload_name(&self, workload: WorkloadId) -> String {
        joined(&self[workload].known.controller)
    }

    /// A service as commands name it: CLUSTER/NAMESPACE/NAME.
    pub fn service_name(&self, target: TargetId) -> String {
        joined(self.service(target))
    }
}

fn joined(ClusterObjectRef { cluster, namespace, name }: &ClusterObjectRef) -> String {
    format!("{cluster}/{namespace}/{name}")
}

/// A name, and the port behind its colon.
fn with_port(text: &str) -> (&str, Option<u32>) {
    let port = text.rsplit_once(':').and_then(|(name, port)| Some((name, port.parse().ok()?)));
    port.map_or((text, None), |(name, port)| (name, Some(port)))
}

#[cfg(test)]
mod tests {
    use super::with_port;

    #[test]
    fn ports_are_behind_a_colon() {
        assert_eq!(with_port("reviews:9080"), ("reviews", Some(9080)));
        assert_eq!(with_port("a/b/c:80"), ("a/b/c", Some(80)));
        assert_eq!(with_port("reviews:http"), ("reviews:http", None));
        assert_eq!(with_port("reviews"), ("reviews", None));
    }
}
