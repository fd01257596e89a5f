//! The lock and the journal of a cluster's directory, if they are valid.

use super::super::error::{Operation, OutputError};
use super::super::journal::Journal;
use super::super::listing::{Kind, Listing};
use super::super::lock::{Lock, LockFault};
use super::super::names::{JOURNAL, LOCK};
use super::super::refusal::Refusal;
use super::compare::Owned;
use crate::load;

/// The lock and the journal that earlier runs left.
pub(super) struct Prior {
    pub(super) lock: Option<String>,
    pub(super) journal: Option<String>,
    fault: Option<Refusal>,
}

impl Prior {
    pub(super) fn read(listing: &Listing) -> Result<Self, OutputError> {
        let mut prior = Self { lock: None, journal: None, fault: None };
        prior.lock = prior.read_one(listing, LOCK)?;
        prior.journal = prior.read_one(listing, JOURNAL)?;
        Ok(prior)
    }

    fn read_one(&mut self, listing: &Listing, name: &str) -> Result<Option<String>, OutputError> {
        let fault = match listing.kind(name) {
            None => return Ok(None),
            Some(Kind::File) => {
                let path = listing.root().join(name);
                match String::from_utf8(load::read_bytes(&path).map_err(OutputError::io(Operation::Read, &path))?) {
                    Ok(text) => return Ok(Some(text)),
                    Err(_) => "the file is not valid UTF-8".to_owned(),
                }
            }
            Some(other) => format!("expected a file, found {other}"),
        };
        self.fault.get_or_insert(Refusal::BadLock { path: name.to_owned(), fault });
        Ok(None)
    }

    /// Whether earlier runs left this lock and nothing else.
    pub(super) fn is_just(&self, lock: &str) -> bool {
        let Self { lock: found, journal, fault } = self;
        found.as_deref() == Some(lock) && journal.is_none() && fault.is_none()
    }

    /// The files that are known to be our own: none from a lock or journal that is not valid.
    pub(super) fn owned(&self) -> (Owned<'_>, Option<Refusal>) {
        let mut fault = self.fault.clone();
        let lock = usable(self.lock.as_deref().map(Lock::parse), LOCK, &mut fault);
        let journal = usable(self.journal.as_deref().map(Journal::parse), JOURNAL, &mut fault);
        (Owned::new(lock.unwrap_or_default(), journal), fault)
    }
}

/// The parsed value; otherwise the fault is recorded.
fn usable<T>(parsed: Option<Result<T, LockFault>>, name: &str, fault: &mut Option<Refusal>) -> Option<T> {
    match parsed? {
        Ok(value) => Some(value),
        Err(error) => {
            fault.get_or_insert(Refusal::BadLock { path: name.to_owned(), fault: error.to_string() });
            None
        }
    }
}
