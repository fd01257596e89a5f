//! Whether the root that is rendered follows from the one in the tree, by the rule of the istiod that is to change to it.

use std::collections::BTreeSet;

use super::manifest::Manifest;
use super::options::TreeRoots;
use super::sealer::Content;
use super::tree_object::{self, SEALED, TreeBundle, fingerprints};
use super::{pem, refusals};
use crate::diag::{Code, Diag};
use crate::plan::MeshCa;

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

/// The warning of an object whose roots cannot be compared, since it does not say which they are; nothing if it was made of the same
/// Secret as what is rendered.
pub(super) fn unsaid(mesh: &MeshCa, tree: &TreeRoots, stored: Option<&str>) -> Option<Diag> {
    let TreeBundle::Unsaid(object) = &tree.bundle else { return None };
    let kind = tree_object::kind(object);
    let is_same = if kind == SEALED {
        stored.is_some_and(|text| Content::of(text).is_ok_and(|content| content.is_digest_of(object)))
    } else {
        stored.is_some_and(|text| Manifest::read(text).is_ok_and(|secret| tree_object::is_for(object, &secret)))
    };
    if is_same {
        return None;
    }
    let MeshCa { mesh, cluster, .. } = mesh;
    let message = format!(
        "{kind} in the tree is of other certificates of mesh {mesh} in cluster {cluster} than are rendered, and does not say of which roots: whether its istiod would change to those that are rendered cannot be checked"
    );
    let hint = "compare `meshtree ca show` with the ConfigMap istio-ca-root-cert of the cluster before this is applied. What is rendered now says it";
    Some(Diag::new(Code::RootsUnsaid, refusals::place(&tree.file), message).hint(hint))
}

/// Whether a running istiod changes from one bundle to the other, if it changes its root at all.
fn follows(former: &TreeBundle, bundle: &str, by_set: bool) -> bool {
    match former {
        TreeBundle::Text(former) if by_set => {
            let set = |text| pem::certificates(text).map(|all| all.into_iter().collect::<BTreeSet<_>>());
            match (set(former), set(bundle)) {
                (Some(former), Some(bundle)) => former.is_subset(&bundle) || bundle.is_subset(&former),
                (_, None) | (None, _) => false,
            }
        }
        TreeBundle::Text(former) => bundle.contains(former) || former.contains(bundle),
        // Said by a warning of its own.
        TreeBundle::Unsaid(_) => true,
        TreeBundle::Fingerprints(former) => {
            let Some(bundle) = fingerprints(bundle) else { return false };
            if by_set {
                let [former, bundle] = [former, &bundle].map(|all| all.iter().collect::<BTreeSet<_>>());
                former.is_subset(&bundle) || bundle.is_subset(&former)
            } else {
                // As texts contain one another if nobody has edited them.
                has_run(former, &bundle) || has_run(&bundle, former)
            }
        }
    }
}

/// Whether a list has another one in it, in a row.
fn has_run(list: &[String], run: &[String]) -> bool {
    run.is_empty() || list.windows(run.len()).any(|window| window == run)
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
            (format!("{a}{b}{c}"), format!("{a}{c}"), false, true),
            (a.clone(), b.clone(), false, false),
            (format!("{a}{b}"), format!("{b}{c}"), false, false),
            (a.clone(), "no certificate".to_owned(), false, false),
        ] {
            let (text, hashes) = (
                TreeBundle::Text(former.clone()),
                TreeBundle::Fingerprints(fingerprints(&former).expect("certificates")),
            );
            for form in [text, hashes] {
                assert_eq!(follows(&form, &bundle, false), by_text, "{form:?} {bundle}");
                assert_eq!(follows(&form, &bundle, true), by_set, "{form:?} {bundle}");
            }
        }
        assert!(!follows(&TreeBundle::Text(a.clone()), &format!("{wide}{b}"), false));
        assert!(follows(&TreeBundle::Text(a), &format!("{wide}{b}"), true));
    }
}
