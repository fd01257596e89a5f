//! The way from one root to another: its phases, what `rotation.yaml` says of it, and how far the Secret of a mesh is.

use std::fmt;
use std::str::FromStr;

use serde_yaml::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::document::{Entries, Node, map};
use crate::ids::ObjectRef;
use crate::yaml_writer;

/// A phase of a rotation. Each is one commit for all meshes of a VirtualMesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Workloads trust the new root too; everything is still signed under the former one.
    Trust,
    /// Intermediates are under the new root.
    Sign,
    /// Workloads trust the new root alone.
    Untrust,
}

impl Phase {
    /// All of them, in their order.
    pub const ALL: [Self; 3] = [Self::Trust, Self::Sign, Self::Untrust];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trust => "trust",
            Self::Sign => "sign",
            Self::Untrust => "untrust",
        }
    }

    /// The phase that comes then, if one does.
    pub fn next(self) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| *phase > self)
    }

    /// The phase that must be in the clusters first, if one must.
    pub fn before(self) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|phase| *phase < self)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Phase {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == text).ok_or(())
    }
}

/// A root as a rotation names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RootId {
    /// Of its public key, for people.
    pub(super) pin: String,
    /// The SHA-256 of the certificate: two roots may have one key.
    pub(super) fingerprint: String,
}

/// What `rotation.yaml` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// The phase that was begun last.
    pub(super) phase: Phase,
    /// When each was begun.
    pub(super) begun: Vec<(Phase, OffsetDateTime)>,
    pub(super) from: RootId,
    pub(super) to: RootId,
}

impl Record {
    /// The text of the file; none if a time cannot be written.
    pub(super) fn text(&self, virtual_mesh: &ObjectRef) -> Option<String> {
        let root = |RootId { pin, fingerprint }: &RootId| {
            Node::Map(map([("pin", Node::text(pin)), ("certificate", Node::text(fingerprint))]))
        };
        let time = |(phase, at): &(Phase, OffsetDateTime)| {
            Some((phase.as_str().to_owned(), Node::text(at.format(&Rfc3339).ok()?)))
        };
        let begun = self.begun.iter().map(time).collect::<Option<_>>()?;
        let spec = map([
            ("phase", Node::text(self.phase.as_str())),
            ("begun", Node::Map(begun)),
            ("from", root(&self.from)),
            ("to", root(&self.to)),
        ]);
        let ObjectRef { namespace, name } = virtual_mesh;
        let metadata = map([("name", Node::text(&**name)), ("namespace", Node::text(&**namespace))]);
        let document = map([
            ("apiVersion", Node::text("meshtree.io/v1alpha1")),
            ("kind", Node::text("Rotation")),
            ("metadata", Node::Map(metadata)),
            ("spec", Node::Map(spec)),
        ]);
        let mut out = format!("# Written by meshtree ca rotate for VirtualMesh {virtual_mesh}. Do not edit.\n");
        yaml_writer::write(&Entries(&document), &mut out).ok()?;
        Some(out)
    }

    /// Reads the file; says what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        let document: Value = serde_yaml::from_str(text).map_err(|_| "is not a YAML document")?;
        if document["kind"] != "Rotation" {
            return Err("is not a Rotation");
        }
        let spec = &document["spec"];
        let phase = spec["phase"].as_str().and_then(|text| text.parse().ok());
        let root = |field: &str| {
            let text = |name: &str| spec[field][name].as_str().map(str::to_owned);
            let (pin, fingerprint) = text("pin").zip(text("certificate"))?;
            Some(RootId { pin, fingerprint })
        };
        let mut begun = Vec::new();
        for phase in Phase::ALL {
            if let Some(text) = spec["begun"][phase.as_str()].as_str() {
                let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| "has a time that is not in RFC 3339")?;
                begun.push((phase, at));
            }
        }
        let phase: Phase = phase.ok_or("has a `spec.phase` other than trust, sign and untrust")?;
        if !begun.iter().any(|(begun, _)| *begun == phase) {
            return Err("has no `spec.begun` for its phase");
        }
        let (from, to) = root("from").zip(root("to")).ok_or("does not have pin and certificate of both roots")?;
        Ok(Self { phase, begun, from, to })
    }

    /// When its phase was begun.
    pub(super) fn since(&self) -> OffsetDateTime {
        let of_phase = self.begun.iter().find(|(phase, _)| *phase == self.phase);
        of_phase.map_or(OffsetDateTime::UNIX_EPOCH, |(_, at)| *at)
    }

    /// The same rotation in another phase.
    pub(super) fn entering(&self, phase: Phase, now: OffsetDateTime) -> Self {
        let mut begun = self.begun.clone();
        begun.retain(|(begun, _)| *begun < phase);
        begun.push((phase, now));
        Self { phase, begun, ..self.clone() }
    }
}

/// How far the Secret of a mesh is: who signed its intermediate, and what its workloads trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// All is as under one root.
    Before,
    In(Phase),
}

/// A bundle with one more root behind it; what it has keeps its bytes, by which istiod up to 1.29 compares.
pub(super) fn joined(bundle: &str, root: &str) -> String {
    let end = if bundle.ends_with('\n') { "" } else { "\n" };
    format!("{bundle}{end}{root}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let id = |name: &str| RootId { pin: format!("sha256/{name}"), fingerprint: "00:11".to_owned() };
        let begun = vec![(Phase::Trust, OffsetDateTime::UNIX_EPOCH)];
        Record { phase: Phase::Trust, begun, from: id("a"), to: id("b") }
    }

    #[test]
    fn a_record_reads_as_it_was_written() {
        let later = OffsetDateTime::UNIX_EPOCH + time::Duration::DAY;
        let sign = record().entering(Phase::Sign, later);
        let text = sign.text(&ObjectRef::new("hub", "all")).expect("a text");
        assert!(
            text.contains("\n  begun:\n    trust: '1970-01-01T00:00:00Z'\n    sign: '1970-01-02T00:00:00Z'\n"),
            "{text}"
        );
        assert_eq!(Record::read(&text), Ok(sign.clone()));
        assert_eq!(sign.since(), later);
        assert_eq!(sign.entering(Phase::Trust, later).begun, [(Phase::Trust, later)], "what comes later is forgotten");
    }

    #[test]
    fn a_record_that_does_not_say_all_is_refused() {
        let text = record().text(&ObjectRef::new("hub", "all")).expect("a text");
        for (from, to, why) in [
            ("kind: Rotation", "kind: Secret", "is not a Rotation"),
            ("phase: trust", "phase: other", "other than trust"),
            ("phase: trust", "phase: sign", "no `spec.begun`"),
            ("1970-01-01T", "yesterday", "RFC 3339"),
            ("  to:", "  too:", "both roots"),
            ("spec:", "spec: [", "YAML"),
        ] {
            let said = Record::read(&text.replace(from, to)).expect_err(why);
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn phases_have_an_order() {
        assert_eq!(Phase::Trust.before(), None);
        assert_eq!(Phase::Untrust.before(), Some(Phase::Sign));
        assert_eq!(Phase::Trust.next(), Some(Phase::Sign));
        assert_eq!(Phase::Untrust.next(), None);
    }

    #[test]
    fn a_bundle_keeps_its_bytes() {
        assert_eq!(joined("a\n", "b\n"), "a\nb\n");
        assert_eq!(joined("a", "b\n"), "a\nb\n");
    }
}
