//! Which VirtualMesh a command is for.

use crate::diag::listing::choices;
use crate::diag::{Code, Diag, Place, Report};
use crate::fleet::Meaning;
use crate::ids::ObjectRef;

/// The VirtualMesh that is meant: the only one with `mtlsConfig`, or the one that is named.
pub(super) fn chosen(named: Option<&str>, meaning: &Meaning<'_>, report: &mut Report) -> Option<ObjectRef> {
    let authorities = meaning.plan.ca_plan().authorities;
    let names: Vec<_> = authorities.iter().map(|authority| authority.virtual_mesh.to_string()).collect();
    let all = || choices(names.iter());
    let (message, hint) = match (named, &authorities[..]) {
        (None, [only]) => return Some(only.virtual_mesh.clone()),
        (_, []) => (
            "the fleet has no VirtualMesh with mtlsConfig, so there is no root".to_owned(),
            "a root is issued for a VirtualMesh with `spec.mtlsConfig.shared`".to_owned(),
        ),
        (None, _) => (
            format!("several VirtualMeshes have a root: {}", all()),
            "add --virtual-mesh NAMESPACE/NAME with one of them".to_owned(),
        ),
        (Some(name), _) => match authorities.iter().find(|authority| authority.virtual_mesh.to_string() == name) {
            Some(found) => return Some(found.virtual_mesh.clone()),
            None => (
                format!("--virtual-mesh {name}: unknown VirtualMesh, or one without mtlsConfig"),
                format!("use one of {}", all()),
            ),
        },
    };
    report.push(Diag::new(Code::Usage, Place::Nowhere, message).hint(hint));
    None
}
