//! Warns of meshes that refuse callers of another trust domain: each sidecar accepts the trust domains that its control plane
//! lists, and the handshake fails for all others.

use std::collections::{BTreeMap, BTreeSet};

use super::istiod::{Config, Istiod};
use super::{is_current, version};
use crate::diag::listing::{clusters, joined, shortened};
use crate::diag::{Code, Diag, Ground, Report};
use crate::model::Snapshot;
use crate::path;
use crate::plan::{Callers, MeshId, Plan, VirtualMeshId};
use crate::version::table::{TRUST, Trust};

const NO_ALIASES: &str = "do not use trustDomainAliases: an AccessPolicy that allows an account of one cluster would then allow the \
                          account of the same name in the others";

/// Warns about the meshes of a virtual mesh.
pub(super) fn report(snapshot: &Snapshot, plan: &Plan<'_>, parent: VirtualMeshId, report: &mut Report) {
    let mut unknown: Vec<(MeshId, String)> = Vec::new();
    let clients = Clients::new(plan, parent);
    for server in plan[parent].meshes.iter().copied().filter(|server| plan.is_server(*server)) {
        let foreign = clients.foreign(server);
        if foreign.is_empty() {
            continue;
        }
        let istiod = Istiod::of(snapshot, plan, server);
        if let Some(config) = &istiod.config {
            warn_of_aliases(plan, server, config, &foreign, report);
        }
        let skips = istiod.skips_trust_domains();
        let config = istiod.config.as_ref();
        let refused = refused(plan, server, config, foreign);
        match config {
            _ if istiod.is_rendered || skips == Some(true) || refused.is_empty() => {}
            Some(config) if skips.is_some() && config.is_whole => report.push(refusal(plan, server, config, &refused)),
            _ => unknown.push((server, needed(plan, server, config, &refused))),
        }
    }
    if !unknown.is_empty() {
        report.push(doubt(plan, parent, &unknown));
    }
}

/// The meshes of a virtual mesh by trust domain.
struct Clients<'p, 'a> {
    plan: &'p Plan<'a>,
    by_domain: BTreeMap<&'p str, Vec<MeshId>>,
}

impl<'p, 'a> Clients<'p, 'a> {
    fn new(plan: &'p Plan<'a>, parent: VirtualMeshId) -> Self {
        let mut by_domain: BTreeMap<&str, Vec<MeshId>> = BTreeMap::new();
        for mesh in &plan[parent].meshes {
            by_domain.entry(&plan[*mesh].istio.trust_domain).or_default().push(*mesh);
        }
        Self { plan, by_domain }
    }

    /// The other trust domains of those who call services of a mesh.
    fn foreign(&self, server: MeshId) -> BTreeSet<&'p str> {
        let plan = self.plan;
        let is_sni = |mesh: MeshId| is_current(plan, plan[mesh].cluster);
        let calls =
            |client: &MeshId| (is_sni(server) || is_sni(*client)) && plan.reaching(server, *client).next().is_some();
        let others = self.by_domain.iter().filter(|(domain, _)| **domain != &*plan[server].istio.trust_domain);
        others.filter(|(_, meshes)| meshes.iter().any(calls)).map(|(domain, _)| *domain).collect()
    }
}

/// The trust domains that a mesh does not accept, as far as its configuration is known.
fn refused<'p>(
    plan: &Plan<'_>,
    server: MeshId,
    config: Option<&Config>,
    foreign: BTreeSet<&'p str>,
) -> BTreeSet<&'p str> {
    let Some(config) = config else { return foreign };
    let mut accepted = config.aliases();
    if way(plan, server) == Trust::List {
        accepted.extend(config.listed());
    }
    foreign.into_iter().filter(|domain| !accepted.contains(domain)).collect()
}

/// How the control plane of a mesh is made to accept other trust domains.
fn way(plan: &Plan<'_>, mesh: MeshId) -> Trust {
    version(plan, mesh).and_then(|version| TRUST.at(&version)).unwrap_or(Trust::List)
}

/// What the control plane of a mesh has to be told.
fn needed(plan: &Plan<'_>, mesh: MeshId, config: Option<&Config>, domains: &BTreeSet<&str>) -> String {
    let domains: Vec<&str> = domains.iter().copied().collect();
    let domains = shortened(&domains);
    match way(plan, mesh) {
        Trust::List if config.is_some_and(Config::has_authorities) => {
            format!("add {{trustDomains: [{domains}]}} to meshConfig.caCertificates")
        }
        Trust::List => format!(
            "set meshConfig: {{trustDomain: {}, caCertificates: [{{trustDomains: [{domains}]}}]}}",
            plan[mesh].istio.trust_domain
        ),
        Trust::Skip => "set PILOT_SKIP_VALIDATE_TRUST_DOMAIN: \"true\" in the environment of istiod".to_owned(),
    }
}

fn refusal(plan: &Plan<'_>, server: MeshId, config: &Config, refused: &BTreeSet<&str>) -> Diag {
    let istio = plan[server].istio;
    let domains: Vec<&str> = refused.iter().copied().collect();
    let (domain, it) = if domains.len() == 1 { ("domain", "it") } else { ("domains", "them") };
    let message = format!(
        "calls from trust {domain} {} are refused in cluster {}: the mesh configuration of its Istio {} does not accept {it}",
        joined(&domains),
        plan[plan[server].cluster].name,
        istio.version
    );
    let hint = format!("{}; {NO_ALIASES}", needed(plan, server, Some(config), refused));
    Diag::new(Code::TrustDomainRefused, config.place.clone(), message).hint(hint)
}

fn doubt(plan: &Plan<'_>, parent: VirtualMeshId, unknown: &[(MeshId, String)]) -> Diag {
    const SHOWN: usize = 4;
    let policy = &plan[parent].policy;
    let name = |mesh: MeshId| plan[plan[mesh].cluster].name.as_str();
    let names: Vec<&str> = unknown.iter().map(|(mesh, _)| name(*mesh)).collect();
    let message = format!(
        "the meshes of {} have different trust domains, and the inventory does not have both ConfigMap and Deployment of istiod of \
         {}, which show whether it accepts those of its callers",
        policy.named,
        clusters(&names)
    );
    let mut by_need: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (mesh, needed) in unknown {
        by_need.entry(needed).or_default().push(name(*mesh));
    }
    let mut each: Vec<String> =
        by_need.iter().map(|(needed, names)| format!("for {}, {needed}", clusters(names))).collect();
    if each.len() > SHOWN {
        each.truncate(SHOWN);
        each.push("and so on".to_owned());
    }
    let hint = format!("{}; {NO_ALIASES}", each.join("; "));
    Diag::new(Code::TrustDomainsUnchecked, policy.place(path!["spec", "meshes"]), message)
        .hint(hint)
        .on(Ground::Inventory)
}

/// Warns of a mesh whose aliases make accounts of other clusters equal to its own, if an access policy tells them apart.
fn warn_of_aliases(plan: &Plan<'_>, server: MeshId, config: &Config, foreign: &BTreeSet<&str>, report: &mut Report) {
    let aliases = config.aliases();
    let shared: Vec<&str> = foreign.iter().copied().filter(|domain| aliases.contains(domain)).collect();
    if shared.is_empty() {
        return;
    }
    let names_callers = |callers: &Callers<'_>| matches!(callers, Callers::Identities(_));
    let policies = plan[server].targets.iter().flat_map(|target| &plan[*target].access);
    let named: BTreeSet<_> = policies
        .filter(|by| {
            let callers = &plan[**by].callers;
            callers.by_group.values().flatten().chain(&callers.default).any(names_callers)
        })
        .collect();
    if let Some(first) = named.first() {
        let policy = &plan[**first].policy;
        let more = if named.len() > 1 { format!(" and {} more", named.len() - 1) } else { String::new() };
        let own = &plan[server].istio.trust_domain;
        let message = format!(
            "Istio of cluster {} has {} in trustDomainAliases, so an account that {}{more} allows is allowed in any of the trust \
             domains {own}, {}",
            plan[plan[server].cluster].name,
            joined(&shared),
            policy.named,
            shortened(&shared)
        );
        let domains = shared.iter().copied().collect();
        let hint = format!("remove the alias, and {}", needed(plan, server, Some(config), &domains));
        report.push(
            Diag::new(Code::TrustDomainAlias, config.place.clone(), message)
                .related(policy.place(path!["spec", "sourceSelector"]), "accounts are allowed here")
                .hint(hint),
        );
    }
}
