//! Policies over a fleet: every feature, nothing invalid.

use super::random::{Random, Stream};
use super::selectors::{self, Form};
use super::{Cluster, Federation, Fleet, Service, line};

/// How many policies share a file.
pub(super) const PER_FILE: usize = 50;

/// Where all policies are.
pub(super) const NAMESPACE: &str = "service-mesh-hub";

/// A service and where it is.
pub(super) type Place<'a> = (&'a Cluster, &'a Service);

/// The one VirtualMesh, over all meshes. It has no mTLS, so that rendering needs no key.
pub(super) fn virtual_mesh(fleet: &Fleet) -> String {
    let mut out = head("VirtualMesh", "virtual-mesh");
    match fleet.federation {
        Federation::Every => line!(out, "  federation: {{}}"),
        Federation::Selected => selectors::federation(fleet, &mut out),
    }
    line!(out, "  globalAccessPolicy: ENABLED");
    line!(out, "  meshes:{}", if fleet.clusters.is_empty() { " []" } else { "" });
    fleet.clusters.iter().for_each(|cluster| mesh(cluster, &mut out));
    out
}

/// An element of a list of meshes.
fn mesh(cluster: &Cluster, out: &mut String) {
    line!(out, "  - name: istiod-istio-system-{}", cluster.name);
    line!(out, "    namespace: {NAMESPACE}");
}

/// The policy of that number: three in four are TrafficPolicies. One that sends requests to a FailoverService comes with it.
pub(super) fn policy(fleet: &Fleet, number: usize) -> String {
    let mut random = Random::new(fleet.seed, Stream::Policy, number);
    let form = Form::of(number, &mut random);
    let mut draft = Draft { fleet, number, anchor: fleet.any(&mut random), random, out: String::new() };
    match number % 4 {
        3 => draft.access(form),
        _ if draft.random.one_in(12) && fleet.crosses(draft.anchor.1) => draft.failover(),
        _ => draft.traffic(form),
    }
    draft.out
}

fn head(kind: &str, name: &str) -> String {
    format!(
        "apiVersion: networking.smh.solo.io/v1alpha2\n\
         kind: {kind}\n\
         metadata:\n  \
           name: {name}\n  \
           namespace: {NAMESPACE}\n\
         spec:\n"
    )
}

/// The fields that name a service.
pub(super) fn reference((cluster, service): Place<'_>) -> String {
    format!("name: {}, namespace: {}, clusterName: {}", service.name, service.namespace, cluster.name)
}

/// A policy being written.
pub(super) struct Draft<'a> {
    pub(super) fleet: &'a Fleet,
    pub(super) number: usize,
    /// The service that the policy is about.
    pub(super) anchor: Place<'a>,
    pub(super) random: Random,
    pub(super) out: String,
}

impl<'a> Draft<'a> {
    fn access(&mut self, form: Form) {
        self.out = head("AccessPolicy", &format!("access-{:06}", self.number));
        self.identities();
        self.destinations(form);
        if self.random.one_in(2) {
            line!(self.out, "  allowedMethods: [GET, POST]");
        }
        if self.random.one_in(3) {
            line!(self.out, "  allowedPaths: ['/api/{:06}/*', /health]", self.number);
        }
        if self.random.one_in(3) {
            line!(self.out, "  allowedPorts: [{}]", self.random.pick(self.anchor.1.ports).1);
        }
    }

    fn traffic(&mut self, form: Form) {
        self.out = head("TrafficPolicy", &format!("traffic-{:06}", self.number));
        let mut features: Vec<fn(&mut Self)> =
            vec![Self::retries, Self::timeout, Self::fault, Self::cors, Self::headers];
        if !self.fleet.crossing.is_empty() {
            features.push(Self::mirror);
        }
        let outlier = self.random.one_in(8);
        let count = if outlier { self.random.below(2) } else { 1 + self.random.below(3) };
        if count > 0 {
            self.sources();
        }
        self.destinations(form);
        if count > 0 {
            self.requests();
        }
        let mut chosen = self.random.sample(features, count);
        // Requests keep the port they came to, so only a service with the same ports can take them.
        let shifts = matches!(form, Form::App | Form::Refs) && self.fleet.crosses(self.anchor.1);
        if shifts && !chosen.is_empty() && self.random.one_in(2) {
            chosen[0] = Self::shift;
        }
        for feature in chosen {
            feature(self);
        }
        if outlier {
            self.outlier();
        } else if self.random.one_in(16) {
            line!(self.out, "  mtls: {{istio: {{tlsMode: ISTIO_MUTUAL}}}}");
        }
    }

    /// The same for all: two that differ on one service would be a conflict.
    fn outlier(&mut self) {
        line!(self.out, "  outlierDetection: {{consecutiveErrors: 3, interval: 10s, baseEjectionTime: 2m}}");
    }

    /// A FailoverService over the same service in several clusters, and a policy that sends their requests to it.
    fn failover(&mut self) {
        let Self { number, anchor: (_, service), .. } = *self;
        let chosen = self.random.sample(self.fleet.everywhere(service.number), 3);
        self.out = head("FailoverService", &format!("failover-{number:06}"));
        line!(self.out, "  hostname: {}-{number:06}.{}.global", service.name, service.namespace);
        line!(self.out, "  port: {{number: {}, protocol: http}}", service.ports[0].1);
        line!(self.out, "  meshes:");
        chosen.iter().for_each(|(cluster, _)| mesh(cluster, &mut self.out));
        line!(self.out, "  backingServices:");
        chosen.iter().for_each(|place| line!(self.out, "  - kubeService: {{{}}}", reference(*place)));

        self.out += "---\n";
        self.out += &head("TrafficPolicy", &format!("traffic-{number:06}"));
        line!(self.out, "  destinationSelector:");
        self.refs("- ", &chosen);
        self.requests();
        let name = format!("name: failover-{number:06}, namespace: {NAMESPACE}");
        line!(self.out, "  trafficShift:");
        line!(self.out, "    destinations:");
        match self.random.one_in(2) {
            true => line!(self.out, "    - failoverServiceRef: {{{name}}}"),
            false => line!(self.out, "    - failoverService: {{{name}, subset: {{version: v1}}}}"),
        }
        self.outlier();
    }

    /// Requests that no other policy matches: the policy's number is in every path.
    fn requests(&mut self) {
        let number = self.number;
        line!(self.out, "  httpRequestMatchers:");
        for part in 0..=self.random.below(2) {
            match self.random.below(3) {
                0 => line!(self.out, "  - prefix: /{number:06}/{part}/"),
                1 => line!(self.out, "  - exact: /{number:06}/{part}"),
                _ => line!(self.out, "  - regex: '/{number:06}/{part}/[0-9]+'"),
            }
            if self.random.one_in(3) {
                line!(self.out, "    headers:");
                line!(self.out, "    - {{name: x-canary, value: 'yes'}}");
                line!(self.out, "    - {{name: x-user, value: '.*test.*', regex: true, invertMatch: true}}");
            }
            if self.random.one_in(4) {
                line!(self.out, "    queryParameters:");
                line!(self.out, "    - {{name: page, value: '[0-9]+', regex: true}}");
            }
            if self.random.one_in(4) {
                line!(self.out, "    method: {{method: {}}}", self.random.pick(&["GET", "POST", "PUT", "DELETE"]));
            }
        }
    }

    fn retries(&mut self) {
        line!(self.out, "  retries: {{attempts: {}, perTryTimeout: 2s}}", 1 + self.random.below(5));
    }

    fn timeout(&mut self) {
        line!(self.out, "  requestTimeout: {}", self.random.pick(&["500ms", "1.5s", "10s", "1m"]));
    }

    /// The policy's service, split among its versions in all clusters.
    fn shift(&mut self) {
        let places = self.fleet.everywhere(self.anchor.1.number);
        let all: Vec<_> =
            places.into_iter().flat_map(|place| (1..=place.1.versions).map(move |version| (place, version))).collect();
        let count = 1 + self.random.below(3);
        let chosen = self.random.sample(all, count);
        line!(self.out, "  trafficShift:");
        line!(self.out, "    destinations:");
        let mut left = 100;
        for (i, (place, version)) in chosen.iter().enumerate() {
            let others = chosen.len() - i - 1;
            let weight = if others == 0 { left } else { 1 + self.random.below(left - others) };
            left -= weight;
            line!(self.out, "    - kubeService:");
            self.target(*place);
            match self.random.one_in(4) {
                true => line!(self.out, "        subset: {{app: {}, version: v{version}}}", place.1.name),
                false => line!(self.out, "        subset: {{version: v{version}}}"),
            }
            line!(self.out, "      weight: {weight}");
        }
    }

    /// The fields of a service that requests go to; which of several ports must be said.
    fn target(&mut self, (cluster, service): Place<'_>) {
        line!(self.out, "        name: {}", service.name);
        line!(self.out, "        namespace: {}", service.namespace);
        line!(self.out, "        clusterName: {}", cluster.name);
        if service.ports.len() > 1 {
            line!(self.out, "        port: {}", self.random.pick(service.ports).1);
        }
    }

    fn fault(&mut self) {
        line!(self.out, "  faultInjection:");
        if self.random.one_in(2) {
            line!(self.out, "    abort: {{httpStatus: 503}}");
        } else {
            line!(self.out, "    delay: {{fixedDelay: 3s}}");
        }
        line!(self.out, "    percentage: {}", self.random.pick(&["0.5", "10", "33.3"]));
    }

    fn cors(&mut self) {
        line!(self.out, "  corsPolicy:");
        line!(self.out, "    allowOrigins:");
        line!(self.out, "    - exact: https://www.example.com");
        line!(self.out, "    - regex: 'https://.*\\.example\\.com'");
        line!(self.out, "    allowMethods: [GET, POST]");
        line!(self.out, "    allowHeaders: [x-request-id]");
        line!(self.out, "    maxAge: 1h");
        line!(self.out, "    allowCredentials: {}", self.random.one_in(2));
    }

    fn mirror(&mut self) {
        let (cluster, service) = self.fleet.crossing(&mut self.random);
        line!(self.out, "  mirror:");
        line!(self.out, "    kubeService: {{{}}}", reference((cluster, service)));
        line!(self.out, "    percentage: {}", self.random.pick(&["1", "12.5", "100"]));
        if service.ports.len() > 1 {
            line!(self.out, "    port: {}", self.random.pick(service.ports).1);
        }
    }

    fn headers(&mut self) {
        line!(self.out, "  headerManipulation:");
        line!(self.out, "    appendRequestHeaders: {{x-policy: '{:06}'}}", self.number);
        line!(self.out, "    removeResponseHeaders: [server, x-powered-by]");
    }
}
