//! A rotation with the roots that it is about: what workloads trust in its phase, and how far a Secret may be.

use sha2::{Digest, Sha256};

use super::facts;
use super::rotation::{Phase, RootId, Stage, joined};
use super::stored::{Anchor, Certificate, Root, Rotating};

impl RootId {
    pub(super) fn of(certificate: &Certificate) -> Self {
        let pin = format!("sha256/{}", certificate.pin());
        Self { pin, fingerprint: facts::hex(&Sha256::digest(&certificate.der)) }
    }
}

impl Root {
    /// What workloads trust, as `root-cert.pem` of every mesh has it.
    pub(super) fn bundle(&self) -> String {
        self.rotation.as_ref().map_or_else(|| self.pem.clone(), |rotating| rotating.bundle())
    }
}

impl Rotating {
    /// Whether it is not complete.
    pub(super) fn is_under_way(&self) -> bool {
        self.record.phase != Phase::Untrust
    }

    /// What workloads trust in its phase, as `root-cert.pem` has it.
    pub(super) fn bundle(&self) -> String {
        match (&self.old, self.record.phase) {
            (Some(old), Phase::Trust | Phase::Sign) => joined(&old.pem, &self.new.pem),
            _ => self.new.pem.clone(),
        }
    }

    /// Each stage that a Secret may be in, with the signer of its intermediate and what it trusts; that of the phase first.
    pub(super) fn stages(&self) -> Vec<(Stage, &Certificate, Vec<&Certificate>)> {
        let new = &self.new.certificate;
        let untrust = (Stage::In(Phase::Untrust), new, vec![new]);
        let Some(Anchor { certificate: old, .. }) = &self.old else { return vec![untrust] };
        let mut stages = vec![
            (Stage::Before, old, vec![old]),
            (Stage::In(Phase::Trust), old, vec![old, new]),
            (Stage::In(Phase::Sign), new, vec![old, new]),
            untrust,
        ];
        stages.sort_by_key(|(stage, ..)| *stage != Stage::In(self.record.phase));
        stages
    }
}
