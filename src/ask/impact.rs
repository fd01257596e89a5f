//! What a change of policies and inventory means: who may no longer call whom, where requests go instead, what becomes callable.
//!
//! Two plans are compared, never their objects. Services are compared with those of the same name; equal consequences are put
//! together, so that a change of thousands of pairs is a few lines.

mod access;
mod admissions;
mod callers;
mod causes;
pub(crate) mod conditions;
mod counts;
pub(crate) mod effects;
mod failover;
mod federation;
mod group;
mod kinds;
mod meshes;
mod page;
mod rollout;
mod services;
mod subject;
mod traffic;
mod workloads;

use std::collections::BTreeSet;

use super::Evaluator;

pub use causes::{Causes, PolicyCause, PolicyChange};
pub use counts::Counts;
pub use kinds::{Kind, Risk, Section};
pub use page::page;
pub use rollout::Hazard;
pub use subject::{Phrase, Subject};

/// What a change means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// In the order of their sections, the riskier ones first.
    pub consequences: Vec<Consequence>,
    pub counts: Counts,
    /// What fails for a moment while the change is applied.
    pub hazards: Vec<Hazard>,
}

/// One consequence, perhaps for many services.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Consequence {
    pub kind: Kind,
    pub phrase: Phrase,
    pub subjects: Vec<Subject>,
    /// What causes it; nothing if no policy does.
    pub causes: Vec<PolicyCause>,
}

impl Consequence {
    /// The sentence, without causes.
    pub fn text(&self) -> String {
        self.phrase.of(&self.subjects)
    }
}

impl Impact {
    /// Whether nothing changes for anybody.
    pub fn is_empty(&self) -> bool {
        self.consequences.is_empty()
    }

    /// The highest risk of all consequences.
    pub fn risk(&self) -> Option<Risk> {
        self.consequences.iter().map(|consequence| consequence.kind.risk()).max()
    }
}

/// Two plans.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sides<'e, 'p, 'b, 'a> {
    before: &'e Evaluator<'p, 'b>,
    after: &'e Evaluator<'p, 'a>,
    causes: &'e Causes,
}

/// What follows from a change. `changed` are the names of the policies that both sides have, with another content.
pub fn impact<'p>(before: &Evaluator<'p, '_>, after: &Evaluator<'p, '_>, changed: BTreeSet<String>) -> Impact {
    let causes = Causes::new(before.plan, after.plan, changed);
    let sides = Sides { before, after, causes: &causes };
    let services = services::pair(before.plan, after.plan);
    let mut found = Vec::new();
    services::changes(&sides, &services, &mut found);
    access::changes(&sides, &services, &mut found);
    workloads::changes(&sides, &mut found);
    federation::changes(&sides, &services, &mut found);
    failover::changes(&sides, &mut found);
    traffic::changes(&sides, &services, &mut found);
    meshes::changes(&sides, &mut found);
    if !found.is_empty() {
        meshes::defaults(&sides, &mut found);
    }
    let counts = Counts::of(&sides, &services, &found);
    let hazards = rollout::hazards(&sides, &services, &found);
    Impact { consequences: group::together(found), counts, hazards }
}
