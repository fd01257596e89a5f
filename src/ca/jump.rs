//! Whether the root that is rendered follows from the one in the tree, by the rule of the istiod that is to change to it.

use std::collections::BTreeSet;

use super::manifest::Manifest;
use super::options::TreeRoots;
use super::secret::ROOT_CERT;
use super::{pem, refusals};
use crate::diag::{Code, Diag};
use crate::plan::MeshCa;

/// The roots that a Secret has workloads trust; nothing if it cannot be read.
pub(super) fn bundle(text: &str) -> Option<String> {
    Some(Manifest::read(&text.replace("\r\n", "\n")).ok()?.entry(ROOT_CERT).ok()?.into_owned())
}

/// The refusal of a bundle that does not follow from the one in the tree.
pub(super) fn refusal(mesh: &MeshCa, tree: &TreeRoots, bundle: &str) -> Option<Diag> {
    let TreeRoots { file, bundle: former, istio, by_set } = tree;
    if follows(former, bundle, *by_set) {
        return None;
    }
    let why = if !*by_set && follows(former, bundle, true) {
        format!("has the same certificates in another text, and Istio {istio} compares the text")
    } else {
        "neither contains the root of the tree nor is contained in it".to_owned()
    };
    let MeshCa { mesh, cluster, .. } = mesh;
    let message = format!(
        "`root-cert.pem` of mesh {mesh} in cluster {cluster} {why}: its istiod would not change to it, or separate its workloads"
    );
    let hint = "change the root by `meshtree ca rotate`, one committed phase after the other. If the tree is not what the cluster has, check it out as it was applied; if the change is planned, render with --accept-root-change";
    Some(Diag::new(Code::RootJump, refusals::place(file), message).hint(hint))
}

/// Whether a running istiod changes from one bundle to the other, if it changes its root at all.
fn follows(former: &str, bundle: &str, by_set: bool) -> bool {
    if !by_set {
        return bundle.contains(former) || former.contains(bundle);
    }
    let set = |text| pem::certificates(text).map(|all| all.into_iter().collect::<BTreeSet<_>>());
    match (set(former), set(bundle)) {
        (Some(former), Some(bundle)) => former.is_subset(&bundle) || bundle.is_subset(&former),
        (_, None) | (None, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundles_that_follow() {
        let [a, b, c] = ["a", "b", "c"].map(|name| pem::encode(pem::CERTIFICATE, name.as_bytes()).to_string());
        let wide = a.replace("-----\n", "-----\n\n");
        for (former, bundle, by_text, by_set) in [
            (a.clone(), a.clone(), true, true),
            (a.clone(), format!("{a}{b}"), true, true),
            (format!("{a}{b}"), b.clone(), true, true),
            (format!("{a}{b}"), format!("{b}{a}"), false, true),
            (a.clone(), format!("{wide}{b}"), false, true),
            (a.clone(), b.clone(), false, false),
            (format!("{a}{b}"), format!("{b}{c}"), false, false),
            (a.clone(), "no certificate".to_owned(), false, false),
        ] {
            assert_eq!(follows(&former, &bundle, false), by_text, "{former}{bundle}");
            assert_eq!(follows(&former, &bundle, true), by_set, "{former}{bundle}");
        }
    }
}
