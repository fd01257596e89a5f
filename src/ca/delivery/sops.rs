//! The Secret as it is kept, encrypted with SOPS: for Flux, which opens it.

use std::borrow::Cow;

use super::{Form, STAYS, Wanted};
use crate::model::settings::Settings;

/// What istiod reads.
pub(super) const SECRET: &str = "Secret";

pub(super) const FORM: Form = Form {
    is_kept: true,
    kind: Some(SECRET),
    text,
    leaves: "no VirtualMesh with mtlsConfig contains the mesh",
    then: STAYS,
};

fn text<'m>(wanted: &Wanted<'m>, _: &Settings) -> Option<Cow<'m, str>> {
    wanted.material.map(|material| Cow::Borrowed(&*material.manifest))
}
