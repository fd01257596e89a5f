//! Reads what the store has of a rotation: `rotation.yaml`, and the roots beside the one that signs.

use std::path::Path;

use super::super::paths;
use super::super::rotation::{Phase, Record, RootId};
use super::super::stored::{Anchor, Broken, Root, Rotating};
use super::{check_root, read_file};

/// The rotation of an authority with this root; nothing if there was none.
pub(super) fn read(store: &Path, directory: &Path, root: &Root) -> Result<Option<Rotating>, Broken> {
    let file = paths::rotation_file(directory);
    let Some(text) = read_file(store, &file)? else { return Ok(None) };
    let record = Record::read(&text).map_err(|what| Broken::new(&file, what))?;
    let (next, former) = (paths::next_root_file(directory), paths::former_root_file(directory));
    let signing = Anchor {
        file: root.file.clone(),
        certificate: root.certificate.clone(),
        pem: root.pem.clone(),
        sealed_to: root.sealed_to.clone(),
        text: root.text.clone(),
    };
    let (next, former) = (anchor(store, &next)?, anchor(store, &former)?);
    let is = |anchor: &Option<Anchor>, id: &RootId| {
        anchor.as_ref().is_some_and(|anchor| RootId::of(&anchor.certificate) == *id)
    };
    let signing = Some(signing);
    let is_in_place = match record.phase {
        Phase::Trust => is(&signing, &record.from) && is(&next, &record.to) && former.is_none(),
        Phase::Sign => is(&signing, &record.to) && next.is_none() && is(&former, &record.from),
        // A next root is that of the rotation to come.
        Phase::Untrust => is(&signing, &record.to) && former.is_none(),
    };
    let all = [signing, next, former];
    let find = |id: &RootId| all.iter().find(|anchor| is(anchor, id)).cloned().flatten();
    let (old, new) = (find(&record.from), find(&record.to));
    let missing = |id: &RootId, which: &str| {
        Broken::new(
            &file,
            format!(
                "names the {which} root {}, which none of root.yaml, next-root.yaml and former-root.yaml has",
                id.pin
            ),
        )
    };
    let new = new.ok_or_else(|| missing(&record.to, "new"))?;
    if old.is_none() && record.phase != Phase::Untrust {
        return Err(missing(&record.from, "former"));
    }
    Ok(Some(Rotating { record, old, new, is_in_place }))
}

/// The root in a file; nothing if there is none.
pub(in crate::ca) fn anchor(store: &Path, file: &Path) -> Result<Option<Anchor>, Broken> {
    let Some(text) = read_file(store, file)? else { return Ok(None) };
    let (manifest, certificate, pem) = check_root(&text).map_err(|fault| Broken::of(file, fault))?;
    Ok(Some(Anchor { file: file.to_path_buf(), certificate, pem, sealed_to: manifest.sealed_to(), text }))
}
