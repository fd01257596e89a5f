//! Signs the CRLs of an authority, all of them at once, and puts them into the Secret of every mesh.

mod given;
mod words;

use std::collections::BTreeMap;
use std::path::PathBuf;

use age::x25519::Identity;
use time::{Duration, OffsetDateTime, UtcOffset};

use super::amend::{Change, amend};
use super::crl::{self, Crl, Revoked};
use super::error::CaError;
use super::manifest::values;
use super::options::Options;
use super::rotation::Phase;
use super::secret::{CA_KEY, CRLS, ROOT_KEY};
use super::signing_key::SigningKey;
use super::stored::{Broken, Cacerts, Certificate, Closed, MeshFile, Root, Stored};
use super::write::Writer;
use super::{facts, paths, pem, refusals, store, unfinished, unseal};
use crate::diag::{Diag, Report};
use crate::plan::{Authority, MeshCa};

/// What is asked of CRLs.
#[derive(Clone, Debug)]
pub struct CrlOrder {
    /// The intermediates to revoke, each by its serial number, or by the mesh that signs with it.
    pub revoke: Vec<String>,
    /// For how many days the CRLs count.
    pub days: u32,
    /// Whether an intermediate may be revoked that a mesh signs with now.
    pub cut_off: bool,
    /// Whether the CRLs are taken away instead.
    pub remove: bool,
    /// The clusters whose istiod does not read CRLs.
    pub too_old: Vec<String>,
    /// CRLs that clusters signed with keys that never leave them: names of files and their texts.
    pub given: Vec<(String, String)>,
}

/// CRLs that are decided and not signed.
pub struct Lists {
    store: PathBuf,
    now: OffsetDateTime,
    identities: Vec<Identity>,
    signers: Vec<Signing>,
    /// CRLs of intermediates whose keys are in their clusters alone.
    given: Vec<Crl>,
    ends: OffsetDateTime,
    /// CRLs of intermediates that have been replaced, whose workloads may still be there.
    kept: Vec<Crl>,
    /// The files that change, with their texts.
    files: Vec<(PathBuf, String)>,
}

/// A file with CRLs.
pub(super) struct Listed {
    pub(super) file: PathBuf,
    pub(super) text: String,
    /// What it was made of.
    pub(super) former: String,
}

/// A CA, and what it revokes.
struct Signing {
    certificate: Certificate,
    key: SigningKey,
    revoked: Vec<Revoked>,
}

#[derive(Clone, Copy)]
struct Case<'a> {
    asked: &'a Authority,
    options: &'a Options,
    order: &'a CrlOrder,
    now: OffsetDateTime,
}

type Refused = Vec<Diag>;

/// Decides about CRLs. Nothing is written; nothing, and the reasons in the report, if they cannot be signed.
pub fn revocation(
    asked: &Authority,
    options: &Options,
    order: &CrlOrder,
    now: OffsetDateTime,
    report: &mut Report,
) -> Option<Lists> {
    let now = now.to_offset(UtcOffset::UTC);
    let now = now.replace_nanosecond(0).unwrap_or(now);
    let case = Case { asked, options, order, now };
    let lists = case.lists().map_err(|refused| refused.into_iter().for_each(|diag| report.push(diag))).ok()?;
    let is_early = |crl: &&Crl| crl.ends + Duration::DAY < lists.ends;
    if let Some(first) = lists.given.iter().filter(is_early).map(|crl| crl.ends).min() {
        report.push(words::ends_first(case, first));
    }
    Some(lists)
}

/// The same for meshes whose Secrets are about to be in the store.
pub(super) fn revocation_of(
    (asked, options, now): (&Authority, &Options, OffsetDateTime),
    order: &CrlOrder,
    (root, meshes): (&Root, &[(MeshCa, MeshFile)]),
    identities: Vec<Identity>,
) -> Result<Lists, Vec<Diag>> {
    Case { asked, options, order, now }.of(root, meshes, identities)
}

impl Lists {
    /// Signs the CRLs and writes them.
    ///
    /// # Errors
    /// A store that cannot be written, or was written meanwhile.
    pub fn carry_out(self) -> Result<(), CaError> {
        let store = self.store.clone();
        let changed = self.texts()?;
        let writer = Writer::open(&store)?;
        changed.iter().try_for_each(|Listed { file, text, former }| writer.put(file, text, Some(former)))
    }

    /// Signs the CRLs, and gives the files that have them then. Nothing is written.
    pub(super) fn texts(self) -> Result<Vec<Listed>, CaError> {
        let Self { store: _, now, identities, signers, given, ends, kept, files } = self;
        let signed = signers
            .iter()
            .map(|Signing { certificate, key, revoked }| crl::issued((certificate, key), revoked, now, ends))
            .collect::<Result<Vec<_>, _>>()?;
        let kept = given.iter().chain(&kept).map(|crl| pem::encode(crl::LABEL, &crl.der).to_string());
        let text: String = signed.into_iter().chain(kept).collect();
        let change = || if text.is_empty() { Change::Removed(CRLS) } else { Change::Public(CRLS, text.clone()) };
        let changed = files.into_iter().map(|(file, former)| {
            let amended = amend(&former, &identities, &[change()], now);
            let text = amended.map_err(|closed| CaError::Amend { file: file.clone(), what: closed.what() })?;
            Ok(Listed { file, text, former })
        });
        changed.collect()
    }
}

impl Case<'_> {
    fn lists(self) -> Result<Lists, Refused> {
        let Self { asked, options, .. } = self;
        if let Some(diag) = refusals::bad_names(asked) {
            return Err(vec![diag]);
        }
        let identities = options
            .identities
            .load()
            .map_err(|error| vec![words::closed(self, &self.root_file(), &error.to_string())])?;
        let stored = store::read(asked, &Options { locked: true, renew: None, ..options.clone() });
        let (root, meshes) = match stored {
            Stored::Nothing { .. } => return Err(vec![words::nothing(self)]),
            Stored::Broken(broken) => return Err(vec![refusals::broken(&broken)]),
            Stored::Root(root, meshes) => (root, meshes),
        };
        self.of(&root, &meshes, identities)
    }

    /// The CRLs of these CAs.
    fn of(self, root: &Root, meshes: &[(MeshCa, MeshFile)], identities: Vec<Identity>) -> Result<Lists, Refused> {
        let Self { options, order, now, .. } = self;
        let found = self.found(root, meshes)?;
        let ends = now + Duration::days(i64::from(order.days));
        let files = || {
            let changes = found.iter().filter(|(_, cacerts)| !order.remove || cacerts.crls.is_some());
            changes.map(|(mesh, cacerts)| (self.mesh_file(mesh), cacerts.text.clone())).collect()
        };
        let store = options.store.clone();
        if order.remove {
            self.check_open(&found, &identities)?;
            let (signers, given, kept, files) = (Vec::new(), Vec::new(), Vec::new(), files());
            return Ok(Lists { store, now, identities, signers, given, ends, kept, files });
        }
        let known: Vec<Crl> = self.known(&found)?;
        let given = self.given(&found, &known)?;
        let revoked = self.revoked(root, &found, &known)?;
        let signers = self.signers(root, &found, (&known, revoked), &identities)?;
        let elsewhere = found.iter().filter(|(_, cacerts)| cacerts.is_key_in_cluster());
        let certificates = elsewhere.map(|(_, cacerts)| &cacerts.certificate);
        let certificates: Vec<_> = signers.iter().map(|signer| &signer.certificate).chain(certificates).collect();
        let is_of_one = |crl: &Crl| certificates.iter().any(|certificate| crl.is_by(certificate));
        let kept = known.into_iter().filter(|crl| crl.ends > now && !is_of_one(crl)).collect();
        Ok(Lists { store, now, identities, ends, given, kept, files: files(), signers })
    }

    fn root_file(self) -> PathBuf {
        paths::root_file(&paths::directory(&self.options.store, &self.asked.virtual_mesh))
    }

    fn mesh_file(self, mesh: &MeshCa) -> PathBuf {
        paths::mesh_file(&paths::directory(&self.options.store, &self.asked.virtual_mesh), &mesh.mesh)
    }

    /// The Secrets of all meshes, if nothing is in the way of CRLs.
    fn found<'m>(
        self,
        root: &Root,
        meshes: &'m [(MeshCa, MeshFile)],
    ) -> Result<Vec<(&'m MeshCa, &'m Cacerts)>, Refused> {
        let Self { asked, options, order, .. } = self;
        let directory = paths::directory(&options.store, &asked.virtual_mesh);
        let mut refused = Vec::new();
        let mut found = Vec::new();
        for (mesh, file) in meshes {
            match file {
                MeshFile::Broken(broken) => refused.push(refusals::broken(broken)),
                MeshFile::Missing(_) => refused.push(words::absent(self, mesh)),
                MeshFile::Present(cacerts) | MeshFile::Renewed(cacerts, _) => found.push((mesh, &**cacerts)),
            }
        }
        if let Some(rotating) = root.rotation.as_deref() {
            let places = (&*directory, &*options.store);
            refused.extend(unfinished::refusal(&asked.virtual_mesh, (rotating, meshes), places));
            if refused.is_empty() && rotating.record.phase != Phase::Untrust && !order.remove {
                refused.push(words::in_rotation(self, rotating.record.phase));
            }
        }
        if !order.remove {
            refused.extend((!order.too_old.is_empty()).then(|| words::too_old(self)));
            let unable = found.iter().filter(|(_, cacerts)| !cacerts.certificate.signs_revocations);
            refused.extend(unable.map(|(mesh, _)| words::unable(self, mesh)));
            refused.extend((!root.certificate.signs_revocations).then(|| words::unable_root(self)));
        }
        if refused.is_empty() { Ok(found) } else { Err(refused) }
    }

    /// The CRLs that any mesh has.
    fn known(self, found: &[(&MeshCa, &Cacerts)]) -> Result<Vec<Crl>, Refused> {
        let mut known = Vec::new();
        for (mesh, cacerts) in found {
            let Some(text) = &cacerts.crls else { continue };
            let file = self.mesh_file(mesh);
            let unread = || vec![refusals::broken(&Broken::new(&file, format!("`stringData.{CRLS}` cannot be read")))];
            for crl in crl::read(text).ok_or_else(unread)? {
                if !known.contains(&crl) {
                    known.push(crl);
                }
            }
        }
        Ok(known)
    }

    /// The intermediates that the root revokes from now on.
    fn revoked(self, root: &Root, found: &[(&MeshCa, &Cacerts)], known: &[Crl]) -> Result<Vec<Revoked>, Refused> {
        let mut revoked = former(known, &root.certificate);
        let mut refused = Vec::new();
        for text in &self.order.revoke {
            let of_mesh = found.iter().find(|(mesh, _)| mesh.mesh.to_string() == *text || *mesh.mesh.name == **text);
            let serial = of_mesh.map(|(_, cacerts)| cacerts.certificate.serial.clone()).or_else(|| serial(text));
            let Some(serial) = serial else {
                refused.push(words::unknown(self, text));
                continue;
            };
            let user = found.iter().find(|(_, cacerts)| trimmed(&cacerts.certificate.serial) == trimmed(&serial));
            match user {
                Some((mesh, _)) if !self.order.cut_off => refused.push(words::in_use(self, mesh, &facts::hex(&serial))),
                _ if trimmed(&serial) == trimmed(&root.certificate.serial) => refused.push(words::of_root(self)),
                _ => _ = revoked.entry(trimmed(&serial).to_vec()).or_insert(self.now),
            }
        }
        if !refused.is_empty() {
            return Err(refused);
        }
        Ok(revoked.into_iter().map(|(serial, at)| Revoked { serial, at }).collect())
    }

    /// Every CA whose key is here, with it.
    fn signers(
        self,
        root: &Root,
        found: &[(&MeshCa, &Cacerts)],
        (known, revoked): (&[Crl], Vec<Revoked>),
        identities: &[Identity],
    ) -> Result<Vec<Signing>, Refused> {
        let open = |file: PathBuf, text: &str, certificate: &Certificate, entry: &str| {
            let document = values(text).unwrap_or_default();
            unseal::key(&document, certificate, identities, entry).map(SigningKey::Own).map_err(|closed| match closed {
                Closed::Broken(what) => vec![refusals::broken(&Broken::new(&file, what))],
                closed => vec![words::closed(self, &file, &closed.what())],
            })
        };
        let key = match (&self.options.signer, &root.key) {
            (Some(program), _) => SigningKey::Program(program.clone()),
            (None, Err(Closed::Offline)) => return Err(vec![words::offline(self)]),
            (None, _) => open(self.root_file(), &root.text, &root.certificate, ROOT_KEY)?,
        };
        let mut signers = vec![Signing { certificate: root.certificate.clone(), key, revoked }];
        let mut refused = Vec::new();
        for (mesh, cacerts) in found.iter().filter(|(_, cacerts)| !cacerts.is_key_in_cluster()) {
            let certificate = cacerts.certificate.clone();
            let revoked = former(known, &certificate).into_iter().map(|(serial, at)| Revoked { serial, at }).collect();
            match open(self.mesh_file(mesh), &cacerts.text, &certificate, CA_KEY) {
                Ok(key) => signers.push(Signing { certificate, key, revoked }),
                Err(why) => refused.extend(why),
            }
        }
        if refused.is_empty() { Ok(signers) } else { Err(refused) }
    }

    fn check_open(self, found: &[(&MeshCa, &Cacerts)], identities: &[Identity]) -> Result<(), Refused> {
        let refused = found.iter().filter_map(|(mesh, cacerts)| {
            match amend(&cacerts.text, identities, &[Change::Removed(CRLS)], self.now).err()? {
                Closed::Broken(what) => Some(refusals::broken(&Broken::new(&self.mesh_file(mesh), what))),
                closed => Some(words::closed(self, &self.mesh_file(mesh), &closed.what())),
            }
        });
        let refused: Vec<_> = refused.collect();
        if refused.is_empty() { Ok(()) } else { Err(refused) }
    }
}

/// What the CRLs of a CA revoke so far, by serial number.
fn former(known: &[Crl], certificate: &Certificate) -> BTreeMap<Vec<u8>, OffsetDateTime> {
    let own = known.iter().filter(|crl| crl.is_by(certificate));
    own.flat_map(|crl| &crl.revoked).map(|revoked| (trimmed(&revoked.serial).to_vec(), revoked.at)).collect()
}

/// A serial number as people write it: hexadecimal digits, with or without colons.
fn serial(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<_> = text.chars().filter(|c| *c != ':').map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let is_whole = !digits.is_empty() && digits.len().is_multiple_of(2) && digits.len() <= 42;
    let byte = |pair: &[u32]| pair.iter().try_fold(0, |sum, digit| u8::try_from(sum * 16 + digit).ok().map(u32::from));
    let bytes = digits.chunks(2).map(|pair| byte(pair).and_then(|byte| u8::try_from(byte).ok()));
    is_whole.then(|| bytes.collect::<Option<Vec<u8>>>())?
}

/// A serial number without the zeros before it: it may be written with one that says that it is positive.
fn trimmed(serial: &[u8]) -> &[u8] {
    let zeros = serial.iter().take_while(|byte| **byte == 0).count();
    &serial[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_are_read() {
        assert_eq!(serial("0a:FF:10"), Some(vec![10, 255, 16]));
        assert_eq!(serial("0aff10"), Some(vec![10, 255, 16]));
        for text in ["", "a", "0g", "istiod-istio-system-kind2", ":"] {
            assert_eq!(serial(text), None, "{text}");
        }
        assert_eq!(trimmed(&[0, 0xff]), [0xff]);
    }
}
