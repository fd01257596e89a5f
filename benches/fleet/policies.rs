//! Policies over a fleet: every form of selector, every feature, nothing invalid.

use super::random::{Random, Stream};
use super::{Cluster, Fleet, NAMESPACES, Service, line};

/// How many policies share a file.
pub(super) const PER_FILE: usize = 50;

const NAMESPACE: &str = "service-mesh-hub";

/// Ways to select destinations, all around one service.
#[derive(Clone, Copy)]
enum Form {
    /// One service, in all clusters.
    App,
    /// A label that many services have, within a namespace.
    Team,
    /// One service, in clusters by name.
    Refs,
    /// Labels, namespaces and clusters at once.
    Narrow,
    /// Several elements of different forms.
    Elements,
    /// A matcher and references in one element.
    Both,
    Namespace,
    Cluster,
}

const FORMS: [Form; 8] =
    [Form::App, Form::Team, Form::Refs, Form::Narrow, Form::Elements, Form::Both, Form::Namespace, Form::Cluster];

/// Of so many policies, one selects a whole namespace and one a whole cluster: real fleets have few of these, and their output
/// grows with the number of services.
const BROAD: usize = 50;

/// A service and where it is.
type Place<'a> = (&'a Cluster, &'a Service);

/// The one VirtualMesh, over all meshes. It has no mTLS, so that rendering needs no key.
pub(super) fn virtual_mesh(fleet: &Fleet) -> String {
    let mut out = head("VirtualMesh", "virtual-mesh");
    line!(out, "  federation: {{}}");
    line!(out, "  globalAccessPolicy: ENABLED");
    line!(out, "  meshes:{}", if fleet.clusters.is_empty() { " []" } else { "" });
    for cluster in &fleet.clusters {
        line!(out, "  - name: istiod-istio-system-{}", cluster.name);
        line!(out, "    namespace: {NAMESPACE}");
    }
    out
}

/// The policy of that number: three in four are TrafficPolicies.
pub(super) fn policy(fleet: &Fleet, number: usize) -> String {
    let mut random = Random::new(fleet.seed, Stream::Policy, number);
    let form = match number {
        // A small fleet shows all forms with both kinds.
        0..32 => FORMS[number / 4],
        _ if random.one_in(BROAD) => Form::Namespace,
        _ if random.one_in(BROAD) => Form::Cluster,
        _ => *random.pick(&FORMS[..6]),
    };
    let mut draft = Draft { fleet, number, anchor: any(fleet, &mut random), random, out: String::new() };
    if number % 4 == 3 {
        draft.access(form)
    } else {
        draft.traffic(form)
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

fn any<'a>(fleet: &'a Fleet, random: &mut Random) -> Place<'a> {
    let cluster = random.pick(&fleet.clusters);
    (cluster, random.pick(&cluster.services))
}

fn reference((cluster, service): Place<'_>) -> String {
    format!("name: {}, namespace: {}, clusterName: {}", service.name, service.namespace, cluster.name)
}

/// A policy being written.
struct Draft<'a> {
    fleet: &'a Fleet,
    number: usize,
    /// The service that the policy is about.
    anchor: Place<'a>,
    random: Random,
    out: String,
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

    fn identities(&mut self) {
        let kind = self.random.below(4);
        if kind == 0 {
            // Anybody.
            return;
        }
        line!(self.out, "  sourceSelector:");
        if kind != 1 {
            line!(self.out, "  - kubeServiceAccountRefs:");
            line!(self.out, "      serviceAccounts:");
            for _ in 0..=self.random.below(3) {
                let (cluster, service) = any(self.fleet, &mut self.random);
                let Service { account, namespace, .. } = service;
                line!(self.out, "      - {{name: {account}, namespace: {namespace}, clusterName: {}}}", cluster.name);
            }
        }
        if kind != 2 {
            line!(self.out, "  - kubeIdentityMatcher:");
            line!(self.out, "      namespaces: [{}]", self.anchor.1.namespace);
            if self.random.one_in(2) {
                line!(self.out, "      clusters: [{}]", self.anchor.0.name);
            }
        }
    }

    fn traffic(&mut self, form: Form) {
        self.out = head("TrafficPolicy", &format!("traffic-{:06}", self.number));
        let features: [fn(&mut Self); 6] =
            [Self::retries, Self::timeout, Self::fault, Self::cors, Self::mirror, Self::headers];
        let outlier = self.random.one_in(8);
        let count = if outlier { self.random.below(2) } else { 1 + self.random.below(3) };
        if count > 0 {
            self.sources();
        }
        self.destinations(form);
        if count > 0 {
            self.requests();
        }
        let mut chosen = self.random.sample(features.to_vec(), count);
        // Requests keep the port they came to, so only a service with the same ports can take them.
        if matches!(form, Form::App | Form::Refs) && !chosen.is_empty() && self.random.one_in(2) {
            chosen[0] = Self::shift;
        }
        for feature in chosen {
            feature(self);
        }
        if outlier {
            // The same for all: two that differ on one service would be a conflict.
            line!(self.out, "  outlierDetection: {{consecutiveErrors: 3, interval: 10s, baseEjectionTime: 2m}}");
        }
    }

    fn sources(&mut self) {
        if !self.random.one_in(4) {
            return;
        }
        let (_, service) = any(self.fleet, &mut self.random);
        line!(self.out, "  sourceSelector:");
        if self.random.one_in(2) {
            line!(self.out, "  - labels: {{app: {}}}", service.name);
            line!(self.out, "    namespaces: [{}]", service.namespace);
        } else {
            line!(self.out, "  - namespaces: [{}]", self.random.sample(NAMESPACES.to_vec(), 2).join(", "));
        }
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

    fn destinations(&mut self, form: Form) {
        let (cluster, service) = self.anchor;
        let Service { name, namespace, team, tier, .. } = service;
        let app = format!("labels: {{app: {name}}}");
        let namespaces = format!("namespaces: [{namespace}]");
        let clusters = format!("clusters: [{}]", cluster.name);
        line!(self.out, "  destinationSelector:");
        match form {
            Form::App => self.matcher("- ", &[app]),
            Form::Team => self.matcher("- ", &[format!("labels: {{team: team-{team}, tier: {tier}}}"), namespaces]),
            Form::Refs => {
                let places = self.fleet.everywhere(service.number);
                let chosen = self.random.sample(places, 2);
                self.refs("- ", &chosen);
            }
            Form::Narrow => {
                let clusters = self.two_clusters();
                self.matcher("- ", &[format!("labels: {{tier: {tier}, team: team-{team}}}"), namespaces, clusters]);
            }
            Form::Elements => {
                self.matcher("- ", &[app]);
                let others = self.others();
                self.refs("- ", &others);
                self.matcher("- ", &[format!("labels: {{team: team-{team}}}"), namespaces, clusters]);
            }
            Form::Both => {
                self.matcher("- ", &[app, clusters]);
                let others = self.others();
                self.refs("  ", &others);
            }
            Form::Namespace => self.matcher("- ", &[namespaces]),
            Form::Cluster => self.matcher("- ", &[clusters]),
        }
    }

    fn matcher(&mut self, lead: &str, fields: &[String]) {
        line!(self.out, "  {lead}kubeServiceMatcher:");
        for field in fields {
            line!(self.out, "      {field}");
        }
    }

    fn refs(&mut self, lead: &str, places: &[Place<'_>]) {
        line!(self.out, "  {lead}kubeServiceRefs:");
        line!(self.out, "      services:");
        for place in places {
            line!(self.out, "      - {{{}}}", reference(*place));
        }
    }

    /// One up to three services.
    fn others(&mut self) -> Vec<Place<'a>> {
        (0..=self.random.below(3)).map(|_| any(self.fleet, &mut self.random)).collect()
    }

    fn two_clusters(&mut self) -> String {
        let other = self.random.pick(&self.fleet.clusters);
        let own = self.anchor.0;
        if other.number == own.number {
            format!("clusters: [{}]", own.name)
        } else {
            format!("clusters: [{}, {}]", own.name, other.name)
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
            line!(self.out, "        subset: {{version: v{version}}}");
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
        let (cluster, service) = any(self.fleet, &mut self.random);
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
