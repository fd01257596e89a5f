//! What is decided but not done.

use std::path::PathBuf;

use time::{OffsetDateTime, UtcOffset};

use super::decide::{NewIntermediate, NewRoot, Step, decide};
use super::error::CaError;
use super::issue::{self, Progress, Terms};
use super::material::CaMaterial;
use super::options::Options;
use super::overview::{AuthorityFacts, overview};
use super::validity::{Held, Soon, held};
use super::{paths, refusals, sealing, store};
use crate::diag::Report;
use crate::ids::ObjectRef;
use crate::plan::CaPlan;

/// What the store gives, and what is still to be issued.
pub struct Pending {
    store: PathBuf,
    terms: Terms,
    steps: Vec<Step>,
    held: Vec<Held>,
    soon: Soon,
    authorities: Vec<AuthorityFacts>,
}

/// Reads the store, decides what is to be done and reports what there is to say. Makes nothing and writes nothing. The time is
/// that of what will be issued: what is in the store is the same at any time.
pub fn plan_material(plan: &CaPlan, options: &Options, now: OffsetDateTime, report: &mut Report) -> Pending {
    let now = now.to_offset(UtcOffset::UTC);
    // Certificates know whole seconds only.
    let now = now.replace_nanosecond(0).unwrap_or(now);
    let (mut steps, mut certificates, mut authorities) = (Vec::new(), Vec::new(), Vec::new());
    for authority in plan.authorities.iter().filter(|authority| !authority.meshes.is_empty()) {
        // Names that are not valid never become paths.
        match refusals::bad_names(authority) {
            Some(diag) => steps.push(Step::Refuse(diag)),
            None => {
                let stored = store::read(authority, options);
                let directory = paths::directory(&options.store, &authority.virtual_mesh);
                certificates.extend(held(authority, &stored, &directory));
                authorities.extend(overview(authority, &stored, &directory));
                steps.extend(decide(authority, stored, options, now));
            }
        }
    }
    let steps = sealing::decide(steps, options, now);
    for step in &steps {
        // What is found again for every file is said once.
        if let Step::Note(diag) | Step::Refuse(diag) = step
            && !report.diags().contains(diag)
        {
            report.push(diag.clone());
        }
    }
    let (hub_namespace, secret_type) = (options.hub_namespace.clone(), options.secret_type.clone());
    Pending {
        store: options.store.clone(),
        terms: Terms { hub_namespace, secret_type, sealing: options.sealing.clone(), now },
        steps,
        held: certificates,
        soon: options.soon,
        authorities,
    }
}

impl Pending {
    /// What the store gives without anything being issued.
    pub fn ready(&self) -> CaMaterial {
        let kept = |step: &Step| if let Step::Keep(material) = step { Some(material.clone()) } else { None };
        CaMaterial { meshes: self.steps.iter().filter_map(kept).collect() }
    }

    /// Reports the certificates of the store that end soon or are not valid at a time, and those that end earlier than was asked.
    pub fn check_validity(&self, now: OffsetDateTime, report: &mut Report) {
        self.held.iter().flat_map(|held| held.findings(now, self.soon)).for_each(|diag| report.push(diag));
        self.authorities
            .iter()
            .filter_map(|authority| authority.crls_end(now, self.soon))
            .for_each(|diag| report.push(diag));
    }

    /// Reports the certificates of the store that lack what those issued now have.
    pub fn check_form(&self, report: &mut Report) {
        self.authorities.iter().flat_map(AuthorityFacts::form).for_each(|diag| report.push(diag));
    }

    /// What the store has of each VirtualMesh.
    pub fn authorities(&self) -> &[AuthorityFacts] {
        &self.authorities
    }

    /// Whether something that the plan asks for can neither be had nor made; the report says what.
    pub fn is_refused(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Refuse(_)))
    }

    /// What [`Pending::issue`] will make: the VirtualMesh, and the mesh if only its intermediate is made.
    pub fn to_issue(&self) -> Vec<(ObjectRef, Option<ObjectRef>)> {
        let named = |step: &Step| match step {
            Step::IssueRoot(NewRoot { virtual_mesh, .. }) => Some((virtual_mesh.clone(), None)),
            Step::IssueIntermediate(NewIntermediate { virtual_mesh, mesh, .. }) => {
                Some((virtual_mesh.clone(), Some(mesh.mesh.mesh.clone())))
            }
            Step::Keep(_) | Step::Seal(_) | Step::Note(_) | Step::Refuse(_) => None,
        };
        self.steps.iter().filter_map(named).collect()
    }

    /// The meshes of whose material [`Pending::issue`] will make a sealed copy.
    pub fn to_seal(&self) -> Vec<ObjectRef> {
        let named = |step: &Step| if let Step::Seal(new) = step { Some(new.material.mesh.clone()) } else { None };
        self.steps.iter().filter_map(named).collect()
    }

    /// Issues what is missing, writes it to the store and gives the material of every mesh. Without anything to issue, no
    /// randomness is drawn and no file is touched.
    ///
    /// # Errors
    /// A plan that was refused; randomness that cannot be drawn; a store that cannot be written or was written meanwhile.
    pub fn issue(self) -> Result<CaMaterial, CaError> {
        self.issue_with(&|_, _| {})
    }

    /// The same, telling how many keys there are already: each takes a second or more.
    ///
    /// # Errors
    /// As [`Pending::issue`].
    pub fn issue_with(self, progress: Progress<'_>) -> Result<CaMaterial, CaError> {
        if self.is_refused() {
            return Err(CaError::Refused);
        }
        let Self { store, terms, steps, .. } = self;
        issue::issue(&steps, &terms, &store, progress)
    }
}
