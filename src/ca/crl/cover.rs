//! Whether the CRLs of an authority are those of all its CAs, and the same in every mesh.

use time::OffsetDateTime;

use super::super::facts::hex;
use super::super::stored::{Certificate, MeshFile};
use super::{Crl, read};
use crate::plan::MeshCa;

/// What the meshes of an authority have of CRLs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ca) enum Cover {
    /// None at all.
    Nothing,
    /// Those of all CAs, in every mesh, until the first of them ends.
    Whole(CrlFacts),
    /// Something is missing: what.
    Partly(String),
}

/// The CRLs of an authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlFacts {
    /// When the first of them ends.
    pub ends: OffsetDateTime,
    /// The serial numbers that the root revokes, in hexadecimal digits.
    pub revoked: Vec<String>,
}

/// Looks at the meshes that have a Secret.
pub(in crate::ca) fn cover(root: &Certificate, meshes: &[(MeshCa, MeshFile)]) -> Cover {
    let present: Vec<_> = meshes.iter().filter_map(|(mesh, found)| Some((mesh, found.cacerts()?))).collect();
    let Some(text) = present.iter().find_map(|(_, cacerts)| cacerts.crls.as_deref()) else { return Cover::Nothing };
    for (mesh, cacerts) in &present {
        match &cacerts.crls {
            None => return Cover::Partly(format!("mesh {} has none, and others have CRLs", mesh.mesh)),
            Some(other) if other != text => {
                return Cover::Partly(format!("those of mesh {} are not those of the others", mesh.mesh));
            }
            Some(_) => {}
        }
    }
    let Some(crls) = read(text) else { return Cover::Partly("they cannot be read".to_owned()) };
    let of = |certificate: &Certificate| crls.iter().find(|crl: &&Crl| crl.is_by(certificate));
    let Some(of_root) = of(root) else { return Cover::Partly("there is none of the root".to_owned()) };
    let mut ends = of_root.ends;
    for (mesh, cacerts) in &present {
        match of(&cacerts.certificate) {
            Some(crl) => ends = ends.min(crl.ends),
            None => return Cover::Partly(format!("there is none of the intermediate of mesh {}", mesh.mesh)),
        }
    }
    let mut revoked: Vec<_> = of_root.revoked.iter().map(|revoked| hex(&revoked.serial)).collect();
    revoked.sort();
    Cover::Whole(CrlFacts { ends, revoked })
}
