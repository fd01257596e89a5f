//! Selectors of every form, all of which pick something.

use super::policies::{Draft, NAMESPACE, Place, reference};
use super::random::Random;
use super::{Fleet, NAMESPACES, Service, line};

/// Ways to select destinations, all around one service.
#[derive(Clone, Copy)]
pub(super) enum Form {
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
    /// No selector: every service.
    Absent,
    /// A matcher without conditions: every service.
    Empty,
}

const FORMS: [Form; 10] = [
    Form::App,
    Form::Team,
    Form::Refs,
    Form::Narrow,
    Form::Elements,
    Form::Both,
    Form::Namespace,
    Form::Cluster,
    Form::Absent,
    Form::Empty,
];

/// How many of these, from the first, are common.
const NARROW: usize = 6;

/// Of so many policies, one selects a whole namespace and one a whole cluster: real fleets have few of these, and their output
/// grows with the number of services.
const BROAD: usize = 50;

/// Of so many policies, one selects every service by having no selector, and one by an empty one.
const EVERY: usize = 250;

/// The label of the services that selectors of the VirtualMesh make known to all other clusters.
pub(super) const FEDERATED_TIER: &str = "frontend";

impl Form {
    /// How many policies show all forms.
    const SHOWN: usize = 4 * FORMS.len();

    /// The form of a policy's selector. A small fleet shows all forms with both kinds; of the policies that follow, equally
    /// many have each form wherever they are, so that a fleet of twice the policies is twice the work.
    pub(super) fn of(number: usize, random: &mut Random) -> Self {
        match number {
            _ if number < Self::SHOWN => FORMS[number / 4],
            _ if number % EVERY == 103 => Self::Absent,
            _ if number % EVERY == 228 => Self::Empty,
            _ if number % BROAD == 17 => Self::Namespace,
            _ if number % BROAD == 42 => Self::Cluster,
            _ => *random.pick(&FORMS[..NARROW]),
        }
    }
}

/// The selectors of a VirtualMesh: services that are known to all other clusters, and some that only one knows.
pub(super) fn federation(fleet: &Fleet, out: &mut String) {
    line!(out, "  federation:");
    line!(out, "    selectors:");
    line!(out, "    - destinationSelectors:");
    line!(out, "      - kubeServiceMatcher: {{labels: {{tier: {FEDERATED_TIER}}}}}");
    let Some(cluster) = fleet.clusters.first() else { return };
    line!(out, "    - destinationSelectors:");
    line!(out, "      - kubeServiceMatcher: {{labels: {{team: team-0}}, namespaces: [{}]}}", NAMESPACES.join(", "));
    if let Some((cluster, service)) = fleet.clusters.last().and_then(|last| Some((last, last.services.first()?))) {
        line!(out, "      - kubeServiceRefs: {{services: [{{{}}}]}}", reference((cluster, service)));
    }
    line!(out, "      meshes: [{{name: istiod-istio-system-{}, namespace: {NAMESPACE}}}]", cluster.name);
}

impl<'a> Draft<'a> {
    /// Who may call.
    pub(super) fn identities(&mut self) {
        let kind = self.random.below(9);
        if kind == 0 {
            // Anybody.
            return;
        }
        line!(self.out, "  sourceSelector:");
        match kind {
            1 => self.accounts("- ", true),
            2 => self.accounts("- ", false),
            3 => self.identity_matcher("- "),
            4 => {
                self.identity_matcher("- ");
                self.accounts("  ", true);
            }
            5 => {
                self.accounts("- ", true);
                self.identity_matcher("- ");
                self.callers("- ");
            }
            6 => {
                self.callers("- ");
                self.accounts("  ", false);
            }
            _ => self.callers("- "),
        }
    }

    /// Accounts by name, in one cluster each or in every one; now and then all of a namespace.
    fn accounts(&mut self, lead: &str, with_cluster: bool) {
        line!(self.out, "  {lead}kubeServiceAccountRefs:");
        line!(self.out, "      serviceAccounts:");
        for _ in 0..=self.random.below(3) {
            let (cluster, Service { account, namespace, .. }) = self.fleet.any(&mut self.random);
            let name = if self.random.one_in(6) { String::new() } else { format!("name: {account}, ") };
            let of = if with_cluster { format!(", clusterName: {}", cluster.name) } else { String::new() };
            line!(self.out, "      - {{{name}namespace: {namespace}{of}}}");
        }
    }

    /// Whoever runs in a namespace, in a cluster, or in both.
    fn identity_matcher(&mut self, lead: &str) {
        let place = self.random.below(3);
        line!(self.out, "  {lead}kubeIdentityMatcher:");
        if place != 0 {
            line!(self.out, "      namespaces: [{}]", self.anchor.1.namespace);
        }
        if place != 1 {
            line!(self.out, "      clusters: [{}]", self.anchor.0.name);
        }
    }

    /// The accounts behind services.
    fn callers(&mut self, lead: &str) {
        let (cluster, Service { name, namespace, team, .. }) = self.fleet.any(&mut self.random);
        match self.random.below(3) {
            0 => self.matcher(lead, &[format!("labels: {{app: {name}}}")]),
            1 => self.matcher(lead, &[format!("labels: {{app: {name}}}"), format!("clusters: [{}]", cluster.name)]),
            _ => {
                let labels = format!("labels: {{team: team-{team}}}");
                let (namespaces, clusters) =
                    (format!("namespaces: [{namespace}]"), format!("clusters: [{}]", cluster.name));
                self.matcher(lead, &[labels, namespaces, clusters]);
            }
        }
    }

    /// Where requests come from; mostly anywhere.
    pub(super) fn sources(&mut self) {
        if !self.random.one_in(4) {
            return;
        }
        let (_, service) = self.fleet.any(&mut self.random);
        let labels = format!("labels: {{app: {}}}", service.name);
        let namespaces = format!("namespaces: [{}]", self.random.sample(NAMESPACES.to_vec(), 2).join(", "));
        let clusters = self.two_clusters();
        let fields = match self.random.below(7) {
            0 => vec![labels],
            1 => vec![namespaces],
            2 => vec![clusters],
            3 => vec![labels, namespaces],
            4 => vec![namespaces, clusters],
            _ => vec![labels, namespaces, clusters],
        };
        line!(self.out, "  sourceSelector:");
        self.source(&fields);
        if self.random.one_in(3) {
            self.source(&[format!("labels: {{app: {}}}", self.anchor.1.name)]);
        }
    }

    fn source(&mut self, fields: &[String]) {
        for (i, field) in fields.iter().enumerate() {
            line!(self.out, "  {}{field}", if i == 0 { "- " } else { "  " });
        }
    }

    /// What the policy is for.
    pub(super) fn destinations(&mut self, form: Form) {
        let (cluster, service) = self.anchor;
        let Service { name, namespace, team, tier, .. } = service;
        let app = format!("labels: {{app: {name}}}");
        let namespaces = format!("namespaces: [{namespace}]");
        let clusters = format!("clusters: [{}]", cluster.name);
        if !matches!(form, Form::Absent) {
            line!(self.out, "  destinationSelector:");
        }
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
            Form::Absent => {}
            Form::Empty => line!(self.out, "  - kubeServiceMatcher: {{}}"),
        }
    }

    fn matcher(&mut self, lead: &str, fields: &[String]) {
        line!(self.out, "  {lead}kubeServiceMatcher:");
        for field in fields {
            line!(self.out, "      {field}");
        }
    }

    /// Services by name.
    pub(super) fn refs(&mut self, lead: &str, places: &[Place<'_>]) {
        line!(self.out, "  {lead}kubeServiceRefs:");
        line!(self.out, "      services:");
        for place in places {
            line!(self.out, "      - {{{}}}", reference(*place));
        }
    }

    /// One up to three services.
    fn others(&mut self) -> Vec<Place<'a>> {
        (0..=self.random.below(3)).map(|_| self.fleet.any(&mut self.random)).collect()
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
}
