//! Takes the root that a rotation is to lead to into the store, where somebody else has issued it.

use super::adopt::fits;
use super::brought::Brought;
use super::custodian::{Custodian, Stop};
use super::document::Node;
use super::error::CaError;
use super::rotation::RootId;
use super::store::rotation::anchor;
use super::write::Writer;
use super::{paths, secret, sops, x509};
use crate::diag::{Diag, Report};

impl Custodian {
    /// Puts a root beside the one that signs, for the rotation that begins: encrypted if its key is brought, and alone otherwise. One that is
    /// there already is left as it is.
    ///
    /// # Errors
    /// A store that cannot be written. What is refused is in the report, and then nothing is written.
    pub fn next_root(&self, virtual_mesh: Option<&str>, brought: &Brought, report: &mut Report) -> Result<(), CaError> {
        Self::stopped(self.next_root_brought(virtual_mesh, brought, report), report).map(Option::unwrap_or_default)
    }

    fn next_root_brought(
        &self,
        virtual_mesh: Option<&str>,
        brought: &Brought,
        report: &mut Report,
    ) -> Result<(), Stop> {
        let (asked, directory) = self.authority(virtual_mesh)?;
        let root = self.existing_root(asked, &directory)?;
        let pair = brought.root(false)?;
        let certificate = x509::root(&pair.certificate)
            .map_err(|what| brought.wrong(format!("{} {what}", pair.certificate_name)).hint(TABLE))?;
        self.valid_now(&certificate, &pair.certificate_name, brought)?;
        if pair.key.is_some() {
            fits(&pair, &certificate, brought)?;
        }
        if certificate.der == root.certificate.der {
            return Err(wrong(brought, "is the root that signs already", "bring another one").into());
        }
        if let Some(rotating) = root.rotation.as_deref().filter(|rotating| rotating.is_under_way()) {
            let is_this = rotating.record.to == RootId::of(&certificate);
            let what = "is not the root that the rotation under way leads to";
            return if is_this { Ok(()) } else { Err(wrong(brought, what, UNDER_WAY).into()) };
        }
        let file = paths::next_root_file(&directory);
        if let Some(next) = anchor(&self.options.store, &file)? {
            let what = format!("is not the root that {} has", file.display());
            let hint = "remove that file first, if the rotation is to lead to this one";
            let is_this = next.certificate.der == certificate.der;
            return if is_this { Ok(()) } else { Err(wrong(brought, &what, hint).into()) };
        }
        let (name, header) = (self.root_secret(asked), secret::header(&asked.virtual_mesh));
        let text = match pair.key {
            Some(key) => {
                // Whoever opens the root now opens the one that takes its place.
                let recipients = self.recipients(asked, &paths::root_file(&directory), report)?;
                let document = secret::root(&name, &pair.certificate, Node::Text(key));
                sops::seal(document, &recipients, self.now)?.text(&header)?
            }
            None => sops::plain(&secret::root_alone(&name, &pair.certificate), &header)?,
        };
        Writer::open(&self.options.store)?.put(&file, &text, None)?;
        Ok(())
    }
}

const TABLE: &str = "docs/own-root.md lists what a root of your own must be";
const UNDER_WAY: &str = "finish that rotation first: `meshtree ca rotate status` shows the next step";

fn wrong(brought: &Brought, what: &str, hint: &str) -> Diag {
    brought.wrong(format!("the root that --to names {what}")).hint(hint)
}
