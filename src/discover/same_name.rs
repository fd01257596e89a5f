//! Objects of the inventory that would have one name: Service Mesh Hub joins name, namespace and cluster by dashes, so that two objects
//! whose names have dashes can become one.

use std::fmt::Display;

use crate::diag::{Code, Diag, Place, Report};
use crate::ids::dns::is_subdomain;
use crate::ids::{ClusterObjectRef, ObjectRef};

/// Whether an object has a name that an API server accepts. Others are reported for that, and may differ from it in their letters.
pub(super) fn has_valid_name(object: &ClusterObjectRef) -> bool {
    is_subdomain(&object.name) && is_subdomain(&object.namespace)
}

/// Reports the second of two objects with one name, which would be lost. `what` is what both are, in the plural.
pub(super) fn same_name(
    (what, key): (&str, &ObjectRef),
    (first, second): (&dyn Display, &dyn Display),
    (there, here): (Option<&Place>, &Place),
    report: &mut Report,
) {
    let message = format!("{what} {first} and {second} have one name, {key}, so {second} would be lost");
    let diag = Diag::new(Code::SameName, here.clone(), message)
        .hint("rename one of them, its namespace or its cluster: Service Mesh Hub joins these names by dashes");
    report.push(match there {
        Some(there) => diag.related(there.clone(), "the other one is here"),
        None => diag,
    });
}
