//! A SealedSecret: the controller of its cluster alone opens it. The copy that is kept in the store is delivered as it is, since
//! sealing needs the private key, which rendering does not have.

use std::borrow::Cow;

use super::{Form, Wanted};
use crate::model::settings::Settings;

pub(super) const FORM: Form = Form {
    is_kept: true,
    kind: Some("SealedSecret.bitnami.com"),
    text,
    leaves: "`delivery` is sealed-secret",
    then: "annotate the Secret in the cluster with `sealedsecrets.bitnami.com/managed: \"true\"`, so that the controller takes it over: it does not touch a Secret of somebody else",
};

fn text<'m>(wanted: &Wanted<'m>, _: &Settings) -> Option<Cow<'m, str>> {
    wanted.material?.sealed.as_deref().map(Cow::Borrowed)
}
