//! What a change means, for people and for programs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::table::plural;
use crate::ask::impact::{
    Consequence, Counts, Hazard, Impact, Kind, PolicyCause, PolicyChange, Risk, Section, Subject,
};
use crate::ask::space::Revision;
use crate::diag::show::{Annotation, FileFacts, Point, Rule};
use crate::diag::{Place, Pos, Severity};
use crate::output::diff::{ClusterDiff, Detail, FactChange, ObjectDiff};

/// What a change means.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImpactReport {
    /// The highest risk; null if nothing changes for anybody.
    risk: Option<&'static str>,
    policies: usize,
    clusters: usize,
    services: usize,
    workloads: usize,
    consequences: Vec<ConsequenceReport>,
    rollout: Vec<HazardReport>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ConsequenceReport {
    section: &'static str,
    kind: &'static str,
    risk: &'static str,
    text: String,
    subjects: Vec<SubjectReport>,
    causes: Vec<CauseReport>,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct SubjectReport {
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    /// The workloads whose pods it is about, if not all behind the service.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    workloads: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CauseReport {
    policy: String,
    change: &'static str,
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HazardReport {
    text: String,
    order: Vec<String>,
}

/// Finds file, line and column of a place in one of the two fleets.
pub type Locate<'l> = dyn Fn(Revision, &Place) -> (Option<String>, Option<Pos>) + 'l;

impl ImpactReport {
    /// The report of an impact.
    pub fn of(impact: &Impact, locate: &Locate<'_>) -> Self {
        let Impact { consequences, counts, hazards } = impact;
        let Counts { policies, clusters, services, workloads } = *counts;
        // A policy that causes many consequences is looked up once.
        let mut found: BTreeMap<&PolicyCause, CauseReport> = BTreeMap::new();
        for cause in consequences.iter().flat_map(|consequence| &consequence.causes) {
            found.entry(cause).or_insert_with(|| located(cause, locate));
        }
        let consequence = |consequence: &Consequence| ConsequenceReport {
            section: consequence.kind.section().as_str(),
            kind: consequence.kind.as_str(),
            risk: consequence.kind.risk().as_str(),
            text: consequence.text(),
            subjects: consequence.subjects.iter().map(subject).collect(),
            causes: consequence.causes.iter().map(|cause| found[cause].clone()).collect(),
        };
        Self {
            risk: impact.risk().map(Risk::as_str),
            policies,
            clusters,
            services,
            workloads,
            consequences: consequences.iter().map(consequence).collect(),
            rollout: hazards
                .iter()
                .map(|Hazard { what, order }| HazardReport { text: what.clone(), order: order.clone() })
                .collect(),
        }
    }

    /// The consequences as findings at the policies that cause them. A high risk is an error: it shows first, and changes no exit
    /// code.
    pub fn annotations(&self, files: &FileFacts<'_>) -> Vec<Annotation> {
        let annotation =
            |ConsequenceReport { section: _, kind, risk, text, subjects: _, causes }: &ConsequenceReport| {
                let known = Kind::ALL.iter().find(|known| known.as_str() == *kind);
                let means = known.map(|known| known.means().to_owned()).unwrap_or_default();
                let rule = Rule { id: (*kind).to_owned(), summary: means.clone(), text: means };
                let severity = match Risk::ALL.iter().find(|known| known.as_str() == *risk) {
                    Some(Risk::Critical | Risk::High) => Severity::Error,
                    Some(Risk::Medium) => Severity::Warning,
                    Some(Risk::Low) | None => Severity::Note,
                };
                let mut causes = causes.iter().map(|CauseReport { policy, change, file, line, column }| {
                    let point = Point { file: file.clone(), line: *line, column: *column };
                    (point, policy.clone(), format!("{policy} {change}"))
                });
                let (place, policy) = causes.next().map(|(place, policy, _)| (place, policy)).unzip();
                let place = place.unwrap_or_default();
                Annotation {
                    policy,
                    related: causes.map(|(place, _, what)| (place, what)).collect(),
                    ..Annotation::at(place, rule, severity, format!("{risk} risk: {text}"), files)
                }
            };
        self.consequences.iter().map(annotation).collect()
    }

    /// Whether nothing changes for anybody.
    pub fn is_empty(&self) -> bool {
        self.consequences.is_empty()
    }

    /// The consequences by section, each with its policies; then what fails while they are applied, and how much is touched.
    pub fn text(&self, objects: &str) -> String {
        if self.is_empty() {
            return "No consequences: every request is treated as before.\n".to_owned();
        }
        let mut out = String::new();
        for (title, lines) in self.sections() {
            out += &format!("{title}\n");
            for Bullet { risk, text, causes } in lines {
                let risk = risk.map(|risk| format!("{risk}: ")).unwrap_or_default();
                out += &format!("  {risk}{text}\n");
                causes.iter().for_each(|cause| out += &format!("    by {cause}\n"));
            }
        }
        out + &format!("Blast radius: {}; {objects}\n", self.radius())
    }

    /// The highest risk of all consequences.
    pub fn risk(&self) -> Option<Risk> {
        Risk::ALL.into_iter().find(|risk| Some(risk.as_str()) == self.risk)
    }

    /// Adds what becomes of the CA material that the trees show: of certificates, their serial numbers and ends.
    pub fn add_certificates(&mut self, clusters: &[ClusterDiff]) {
        for cluster in clusters {
            for object in &cluster.objects {
                if let Detail::Secret(secret) = &object.detail {
                    self.consequences.extend(certificates(cluster.cluster.as_str(), object, &secret.facts));
                }
            }
        }
        let rank = |risk: &str| Risk::ALL.iter().position(|known| known.as_str() == risk);
        self.risk = self.consequences.iter().map(|consequence| consequence.risk).max_by_key(|risk| rank(risk));
        let section = |name: &str| Section::ALL.iter().position(|known| known.as_str() == name);
        self.consequences.sort_by_key(|one| (section(one.section), std::cmp::Reverse(rank(one.risk))));
    }

    /// The sections with their lines, those without any included: silence would not say whether something was looked at.
    pub fn sections(&self) -> Vec<(&'static str, Vec<Bullet>)> {
        let plain = |text: String| Bullet { risk: None, text, causes: Vec::new() };
        let mut out: Vec<(&'static str, Vec<Bullet>)> = Vec::new();
        for section in Section::ALL {
            let mine = self.consequences.iter().filter(|consequence| consequence.section == section.as_str());
            let mut lines: Vec<Bullet> = mine.map(ConsequenceReport::line).collect();
            if lines.is_empty() {
                lines.push(plain("no change".to_owned()));
            }
            out.push((section.as_str(), lines));
        }
        let order =
            |hazard: &HazardReport| plain(format!("{}; in this order: {}", hazard.text, hazard.order.join(", then ")));
        let mut lines: Vec<Bullet> = self.rollout.iter().map(order).collect();
        if lines.is_empty() {
            lines.push(plain("any order".to_owned()));
        }
        out.push(("Rollout", lines));
        out
    }

    /// How much is touched, in one line.
    pub fn radius(&self) -> String {
        let Self { risk, policies, clusters, services, workloads, .. } = self;
        let count = |number: usize, one: &str, many: &str| plural(number, one, many);
        format!(
            "{} → {}, {}, {}; risk: {}",
            count(*policies, "policy", "policies"),
            count(*clusters, "cluster", "clusters"),
            count(*services, "service", "services"),
            count(*workloads, "workload", "workloads"),
            risk.unwrap_or("none")
        )
    }
}

/// A line of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bullet {
    pub risk: Option<&'static str>,
    pub text: String,
    /// The policies, with what happened to them and where they are.
    pub causes: Vec<String>,
}

impl ConsequenceReport {
    fn line(&self) -> Bullet {
        let causes = self.causes.iter().map(CauseReport::text).collect();
        Bullet { risk: Some(self.risk), text: self.text.clone(), causes }
    }
}

impl CauseReport {
    fn text(&self) -> String {
        let Self { policy, change, file, line, column: _ } = self;
        let place = match (file, line) {
            (Some(file), Some(line)) => format!(", {file}:{line}"),
            (Some(file), None) => format!(", {file}"),
            (None, _) => String::new(),
        };
        format!("{policy}{place} ({change})")
    }
}

/// What becomes of the certificates in a Secret of a cluster: of the mesh's own, and of the root.
fn certificates(cluster: &str, object: &ObjectDiff, facts: &[FactChange]) -> Vec<ConsequenceReport> {
    let kinds = [("ca-cert.pem", Kind::Certificate, "CA certificate"), ("root-cert.pem", Kind::Root, "root")];
    let one = |(file, kind, noun): (&str, Kind, &str)| {
        let FactChange { name: _, old, new } = facts.iter().find(|fact| fact.name == file)?;
        let (text, risk) = match (old, new) {
            (None, Some(new)) => (format!("is new: {noun} {}", brief(new)), Risk::Medium),
            (Some(old), None) => (format!("is removed: {noun} {}", brief(old)), Risk::High),
            (Some(old), Some(new)) => {
                (format!("changes: {noun} {} instead of {}", brief(new), brief(old)), kind.risk())
            }
            (None, None) => return None,
        };
        Some(ConsequenceReport {
            section: kind.section().as_str(),
            kind: kind.as_str(),
            risk: risk.as_str(),
            text: format!("{} in {cluster} {text}", object.object),
            subjects: vec![SubjectReport { cluster: Some(cluster.to_owned()), ..SubjectReport::default() }],
            causes: Vec::new(),
        })
    };
    kinds.into_iter().filter_map(one).collect()
}

/// The serial number and the end of the first certificate of a description.
fn brief(described: &str) -> String {
    let first = described.split("; then ").next().unwrap_or(described);
    let part =
        |text: &str| first.split(", ").find(|part| part.starts_with(text) || part.contains(text)).map(str::to_owned);
    match (part("serial "), part(" to ").and_then(|dates| Some(dates.split_once(" to ")?.1.to_owned()))) {
        (Some(serial), Some(end)) => format!("{serial}, valid until {end}"),
        _ => first.to_owned(),
    }
}

fn located(cause: &PolicyCause, locate: &Locate<'_>) -> CauseReport {
    let (file, pos) = locate(cause.side, &cause.place);
    let change = match cause.change {
        PolicyChange::Removed => "removed",
        PolicyChange::Changed => "changed",
        PolicyChange::Added => "added",
        PolicyChange::Same => "unchanged",
    };
    CauseReport {
        policy: cause.policy.clone(),
        change,
        file,
        line: pos.map(|pos| pos.line),
        column: pos.map(|pos| pos.column),
    }
}

fn subject(subject: &Subject) -> SubjectReport {
    match subject {
        Subject::Service(service, workloads) => SubjectReport {
            cluster: Some(service.cluster.to_string()),
            namespace: Some(service.namespace.to_string()),
            service: Some(service.name.to_string()),
            workloads: workloads.clone(),
            policy: None,
        },
        Subject::Workload(workload) => SubjectReport {
            cluster: Some(workload.cluster.to_string()),
            namespace: Some(workload.namespace.to_string()),
            workloads: vec![workload.name.to_string()],
            ..SubjectReport::default()
        },
        Subject::Cluster(name) => SubjectReport { cluster: Some(name.clone()), ..SubjectReport::default() },
        Subject::Policy(name) => SubjectReport { policy: Some(name.clone()), ..SubjectReport::default() },
    }
}
