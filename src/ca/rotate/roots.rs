//! The two roots of a rotation: the one that signs, and the one that comes.

use super::super::decide::NewRoot;
use super::super::facts::time;
use super::super::recipient::RecipientsError;
use super::super::rotation::{Phase, Record, RootId};
use super::super::store::rotation::anchor;
use super::super::stored::{Anchor, Root, Rotating};
use super::super::{paths, refusals};
use super::{Case, Refused, words};
use crate::diag::Report;
use crate::plan::RootSource;

/// The roots of a rotation, and what is to be recorded of it.
pub(super) struct Roots {
    pub(super) record: Record,
    /// None once it is gone.
    pub(super) old: Option<Anchor>,
    pub(super) new: Anchor,
}

impl Case<'_> {
    /// The roots, or the one that is to be issued first.
    pub(super) fn roots(
        self,
        root: &Root,
        begins: bool,
        report: &mut Report,
    ) -> Result<Result<Roots, Box<NewRoot>>, Refused> {
        let Self { order, now, .. } = self;
        match root.rotation.as_deref() {
            Some(Rotating { record, old, new, is_in_place: _ }) if !begins || order.phase != Phase::Trust => {
                let record = if begins { record.entering(order.phase, now) } else { record.clone() };
                Ok(Ok(Roots { record, old: old.clone(), new: new.clone() }))
            }
            _ => self.first(root, report),
        }
    }

    /// The roots of a rotation that begins.
    fn first(self, root: &Root, report: &mut Report) -> Result<Result<Roots, Box<NewRoot>>, Refused> {
        let (now, file) = (self.now, paths::next_root_file(&self.directory()));
        let next = anchor(&self.options.store, &file).map_err(|broken| vec![refusals::broken(&broken)])?;
        let Some(new) = next else { return self.new_root(report).map(|new| Err(Box::new(new))) };
        let refused = |what: &str| Err(vec![words::unfit(self, &file, what)]);
        if new.certificate.der == root.certificate.der {
            return refused("is the root that signs already");
        }
        if new.certificate.not_after <= now || now < new.certificate.not_before {
            let (begin, end) = (time(new.certificate.not_before), time(new.certificate.not_after));
            return refused(&format!("is valid from {begin} to {end}, and not now"));
        }
        let old = Anchor {
            file: root.file.clone(),
            certificate: root.certificate.clone(),
            pem: root.pem.clone(),
            sealed_to: root.sealed_to.clone(),
            text: root.text.clone(),
        };
        let (from, to) = (RootId::of(&old.certificate), RootId::of(&new.certificate));
        let record = Record { phase: Phase::Trust, begun: vec![(Phase::Trust, now)], from, to };
        Ok(Ok(Roots { record, old: Some(old), new }))
    }

    /// The root that is to be issued. Who can open it is who could open it in its place, which is that of the root now.
    fn new_root(self, report: &mut Report) -> Result<NewRoot, Refused> {
        let Self { asked, options, .. } = self;
        let directory = self.directory();
        let root = match &asked.root {
            RootSource::Generated(root) => root.clone(),
            RootSource::Given(secret) => return Err(vec![words::not_given(self, secret)]),
        };
        let place = || options.places.get(&asked.virtual_mesh).cloned().unwrap_or(crate::diag::Place::Nowhere);
        let recipients = match options.recipients.of(&paths::root_file(&directory)) {
            Ok(resolved) if resolved.keys.is_empty() => return Err(vec![refusals::no_recipients(asked, place())]),
            Ok(resolved) => {
                if !resolved.left_out.is_empty() {
                    report.push(refusals::left_out(options.recipients.file(), &resolved.left_out));
                }
                resolved.keys
            }
            Err(RecipientsError::NotRecipient(_)) => return Err(Vec::new()),
            Err(RecipientsError::BadRules { file, pos, what }) => {
                return Err(vec![refusals::bad_rules(&file, pos, &what)]);
            }
        };
        Ok(NewRoot { virtual_mesh: asked.virtual_mesh.clone(), directory, root, recipients, meshes: Vec::new() })
    }
}
