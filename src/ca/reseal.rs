//! Encrypts what the store has to the recipients of today. Nothing but whom the data keys are encrypted to changes.

mod copies;
mod data_key;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use age::x25519::{Identity, Recipient};

pub use self::copies::say_roots;
use self::data_key::NOT_IN_LINES;
use super::error::CaError;
use super::identities::Identities;
use super::recipient::{RecipientsError, Resolved};
use super::recipients::Recipients;
use super::refusals;
use super::sealed_file::{self, OTHER_KEYS, SealedFile};
use super::stored::Broken;
use super::unseal::{UnsealError, verified_key};
use super::write::Writer;
use crate::diag::listing::{joined, shortened};
use crate::diag::{Code, Diag, Place, Report};

/// How the files of a store compare with the recipients of today.
pub struct Recipiency {
    store: PathBuf,
    /// What says who the recipients are.
    source: String,
    outdated: Vec<Outdated>,
    broken: Vec<Broken>,
    /// Files of which nobody knows who should be able to open them.
    unknown: Vec<(PathBuf, RecipientsError)>,
    files: usize,
    /// Whether no recipients are set anywhere.
    has_nobody: bool,
}

/// A file whose recipients are not those of today.
struct Outdated {
    sealed: SealedFile,
    to: Vec<Recipient>,
    /// The lists of keys of other kinds that nobody asks for.
    without: Vec<&'static str>,
    change: Change,
}

/// Who can open a file afterwards and could not, and the other way around.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    added: Vec<String>,
    removed: Vec<String>,
}

/// A file that was encrypted to other recipients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resealed {
    pub file: PathBuf,
    /// Who can decrypt it now and could not before.
    pub added: Vec<String>,
    /// Who could decrypt it before, and still can as far as Git has it.
    pub removed: Vec<String>,
}

impl Recipiency {
    /// Compares the encrypted files below a directory of a store. No key is needed.
    pub fn of(store: &Path, directory: &Path, recipients: &Recipients) -> Self {
        let mut found = Self {
            store: store.to_path_buf(),
            source: String::new(),
            outdated: Vec::new(),
            broken: Vec::new(),
            unknown: Vec::new(),
            files: 0,
            has_nobody: false,
        };
        for sealed in sealed_file::below(store, directory) {
            match sealed {
                Ok(sealed) => found.compare(sealed, recipients),
                Err(broken) => found.broken.push(broken),
            }
        }
        // Known once anything was compared.
        found.source =
            recipients.file().map_or_else(|| "`spec.ca.recipients`".to_owned(), |file| file.display().to_string());
        found
    }

    fn compare(&mut self, sealed: SealedFile, recipients: &Recipients) {
        self.files += 1;
        let Resolved { keys: to, left_out } = match recipients.of(&sealed.file) {
            Ok(resolved) => resolved,
            Err(error) => return self.unknown.push((sealed.file, error)),
        };
        if to.is_empty() {
            self.has_nobody = true;
            return;
        }
        let is_asked = |list: &&str| {
            let names = OTHER_KEYS.iter().find(|(name, _)| name == list).map_or(&[][..], |(_, names)| names);
            names.iter().any(|name| left_out.iter().any(|kind| kind == name))
        };
        let without: Vec<_> = sealed.other_keys().into_iter().filter(|list| !is_asked(list)).collect();
        let wants: BTreeSet<_> = to.iter().map(ToString::to_string).collect();
        let has: BTreeSet<_> = sealed.recipients().into_iter().collect();
        let kinds = without.iter().map(|list| format!("its `{list}` keys"));
        let removed: Vec<_> = has.difference(&wants).cloned().chain(kinds).collect();
        let change = Change { added: wants.difference(&has).cloned().collect(), removed };
        if !change.added.is_empty() || !change.removed.is_empty() {
            self.outdated.push(Outdated { sealed, to, without, change });
        }
    }

    /// How many encrypted files there are.
    pub fn files(&self) -> usize {
        self.files
    }

    /// What to report of files that others than those of today can decrypt, or not all of these.
    pub fn warnings(&self) -> Vec<Diag> {
        let mut alike: BTreeMap<(Option<&Path>, &Change), Vec<&Path>> = BTreeMap::new();
        for Outdated { sealed, change, .. } in &self.outdated {
            alike.entry((self.authority(&sealed.file), change)).or_default().push(&sealed.file);
        }
        let mut found: Vec<Diag> =
            alike.into_iter().filter_map(|((_, change), files)| self.warning(change, &files)).collect();
        // The rules are the same for all: what is wrong with them is said once.
        found.extend(self.unknown.iter().find_map(|(file, error)| unknown(file, error)));
        found
    }

    /// The directory of a VirtualMesh that a file is in.
    fn authority<'f>(&self, file: &'f Path) -> Option<&'f Path> {
        file.ancestors().take_while(|path| *path != self.store).last()
    }

    fn warning(&self, Change { added, removed }: &Change, files: &[&Path]) -> Option<Diag> {
        let (first, more) = files.split_first()?;
        let (name, source) = (first.file_name().unwrap_or_default().to_string_lossy(), &self.source);
        let (whose, verb) = match more.len() {
            0 => (name.into_owned(), "is"),
            1 => (format!("{name} and another file of its directory"), "are"),
            more => (format!("{name} and {more} more files of its directory"), "are"),
        };
        let mut parts = Vec::new();
        if !added.is_empty() {
            let what = if more.is_empty() { "it" } else { "them" };
            parts.push(format!("{} cannot decrypt {what}", joined(added)));
        }
        if !removed.is_empty() {
            parts.push(format!("{} still can", joined(removed)));
        }
        let message = format!("{whose} {verb} not encrypted to the recipients of {source}: {}", parts.join(", "));
        let mut hint =
            "run `meshtree ca reseal` where an age identity that decrypts it is available, and commit".to_owned();
        if !removed.is_empty() {
            hint.push_str(". Who is removed can still decrypt what Git has of it: issue new keys if they must not");
        }
        Some(Diag::new(Code::OtherRecipients, refusals::place(first), message).hint(hint))
    }

    /// Encrypts every file to the recipients of today: all of them are opened before the first one is written, and each is written
    /// at once. What is not done because the run ends is what the next run finds.
    ///
    /// # Errors
    /// A store that cannot be written or was written meanwhile.
    pub fn reseal(self, identities: &Identities, report: &mut Report) -> Result<Vec<Resealed>, CaError> {
        let new = self.texts(identities, report);
        if report.has_errors() || new.is_empty() {
            return Ok(Vec::new());
        }
        let writer = Writer::open(&self.store)?;
        let mut done = Vec::new();
        for (Outdated { sealed: SealedFile { file, text: former, .. }, change, .. }, text) in new {
            let relative = file.strip_prefix(&self.store).unwrap_or(file).to_path_buf();
            writer.renewed(&self.store, &(relative, text), former)?;
            let Change { added, removed } = change.clone();
            done.push(Resealed { file: file.clone(), added, removed });
        }
        Ok(done)
    }

    /// The files that change, each with its text for the recipients of today. Whatever is in the way is reported.
    fn texts(&self, identities: &Identities, report: &mut Report) -> Vec<(&Outdated, String)> {
        self.broken.iter().for_each(|broken| report.push(refusals::broken(broken)));
        self.unknown.iter().for_each(|(file, error)| report.push(refused(file, error)));
        if self.has_nobody {
            report.push(nobody());
        }
        if self.outdated.is_empty() || report.has_errors() {
            return Vec::new();
        }
        let found = identities.load().map_err(|error| error.to_string());
        let found = found.and_then(|found| if found.is_empty() { Err(NO_IDENTITY.to_owned()) } else { Ok(found) });
        let found = match found {
            Ok(found) => found,
            Err(why) => {
                report.push(closed(&self.outdated, &why));
                return Vec::new();
            }
        };
        let text = |outdated| match Outdated::resealed(outdated, &found) {
            Ok(text) => Some((outdated, text)),
            Err(diag) => {
                report.push(*diag);
                None
            }
        };
        self.outdated.iter().filter_map(text).collect()
    }
}

/// Why nothing can be opened at all.
pub(super) const NO_IDENTITY: &str = "no age identity is available";

impl Outdated {
    /// The text of the file for the recipients of today.
    fn resealed(&self, identities: &[Identity]) -> Result<String, Box<Diag>> {
        let Self { sealed, to, without, .. } = self;
        let SealedFile { file, text, document } = sealed;
        let by_sops = |what: &str| {
            let broken = Broken { hint: BY_SOPS, ..Broken::new(file, what) };
            Box::new(refusals::broken(&broken))
        };
        if sealed.has_groups() {
            return Err(by_sops("is encrypted to several key groups, which share its data key between them"));
        }
        let key = verified_key(document, identities).map_err(|error| match error {
            UnsealError::NotAge => by_sops("is not encrypted to any age recipient"),
            UnsealError::NoIdentity(_) => Box::new(cannot_open(file, &error.to_string())),
            UnsealError::Value(_) | UnsealError::Mac => {
                Box::new(refusals::broken(&Broken { hint: EDITED, ..Broken::new(file, error.to_string()) }))
            }
        })?;
        data_key::resealed(text, &key, to, without).ok_or_else(|| by_sops(NOT_IN_LINES))
    }
}

const BY_SOPS: &str =
    "list the recipients in the creation rules of a .sops.yaml, and run `sops updatekeys` with this file";
/// What to do with a file that was changed without sops.
pub(super) const EDITED: &str =
    "restore the file from Git: what was encrypted and what was not no longer belong together";

/// Files whose recipients nobody can compare, since the rules cannot be read. The rules may be another team's.
fn unknown(file: &Path, error: &RecipientsError) -> Option<Diag> {
    // The reader of the settings has reported it.
    let RecipientsError::BadRules { file: rules, pos: _, what } = error else { return None };
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let message = format!("whether {name} is encrypted to the recipients of {} is unknown: {what}", rules.display());
    let hint = "to be independent of that file, list the recipients in `spec.ca.recipients` of meshtree.yaml";
    Some(Diag::new(Code::UnknownRecipients, refusals::place(file), message).hint(hint))
}

fn refused(file: &Path, error: &RecipientsError) -> Diag {
    match error {
        RecipientsError::NotRecipient(error) => Diag::new(Code::NoRecipients, refusals::place(file), error.to_string()),
        RecipientsError::BadRules { file, pos, what } => refusals::bad_rules(file, *pos, what),
    }
}

/// Nothing says who is to open the files.
fn nobody() -> Diag {
    let message = "there are no age recipients to encrypt the CA store to";
    let hint = "list them in `spec.ca.recipients` of meshtree.yaml, or in the creation rules of a .sops.yaml";
    Diag::new(Code::NoRecipients, Place::Nowhere, message).hint(hint)
}

/// None of the files can be opened.
fn closed(outdated: &[Outdated], why: &str) -> Diag {
    let names: Vec<_> = outdated.iter().map(|outdated| outdated.sealed.file.display().to_string()).collect();
    let place = outdated.first().map_or(Place::Nowhere, |first| refusals::place(&first.sealed.file));
    let message = format!("the CA store cannot be encrypted to other recipients ({}): {why}", shortened(&names));
    Diag::new(Code::CaMissing, place, message).hint(WITH_IDENTITY)
}

fn cannot_open(file: &Path, why: &str) -> Diag {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    Diag::new(Code::CaMissing, refusals::place(file), format!("{name} {why}")).hint(WITH_IDENTITY)
}

const WITH_IDENTITY: &str = "run `meshtree ca reseal` where the age identity of a present recipient is in SOPS_AGE_KEY, SOPS_AGE_KEY_FILE or the key file of sops, and commit the files that it changes";
