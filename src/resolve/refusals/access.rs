//! What Istio refuses of an AccessPolicy.

use super::{Refusal, Versions, push};
use crate::diag::{FieldPath, Report};
use crate::model::Object;
use crate::model::access_policy::AccessPolicy;
use crate::model::selector::IdentitySelector;
use crate::path;

/// Warns of every field of a policy for which Istio refuses the AuthorizationPolicy.
pub(in crate::resolve) fn warn_of_access(object: &Object<AccessPolicy>, report: &mut Report) {
    let AccessPolicy { source_selector, allowed_paths, destination_selector: _, allowed_methods: _, allowed_ports: _ } =
        &object.spec;
    let mut at: Vec<FieldPath> = Vec::new();
    for (i, IdentitySelector { kube_identity_matcher, .. }) in source_selector.iter().enumerate() {
        let namespaces = kube_identity_matcher.iter().flat_map(|matcher| matcher.namespaces.iter().enumerate());
        for (j, _) in namespaces.filter(|(_, namespace)| namespace.is_empty()) {
            at.push(path!["spec", "sourceSelector", i, "kubeIdentityMatcher", "namespaces", j]);
        }
    }
    for (i, _) in allowed_paths.iter().flatten().enumerate().filter(|(_, path)| path.is_empty()) {
        at.push(path!["spec", "allowedPaths", i]);
    }
    let by = Versions::Every;
    let empty = at.into_iter().map(|at| Refusal { what: format!("{at} is empty"), at, hint: "remove it".into(), by });
    let templates = allowed_paths.iter().flatten().enumerate().filter(|(_, path)| !is_template(path));
    let templates = templates.map(|(i, path)| Refusal {
        at: path!["spec", "allowedPaths", i],
        what: format!("allowedPaths[{i}] {path:?} has braces that are not a valid path template"),
        hint: "use {*} for one segment and {**} for the rest, each as a whole segment".into(),
        by: Versions::Current,
    });
    push("AuthorizationPolicy", object, empty.chain(templates), report);
}

/// Whether the braces of a path, if it has any, are those of a path template.
fn is_template(path: &str) -> bool {
    let is_literal = |segment: &str| {
        let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()+,;:@=".contains(&byte);
        !segment.is_empty() && segment.bytes().all(inside)
    };
    let has_template = path.contains("{*}") || path.contains("{**}");
    let mut is_last = false;
    path.trim_matches('/').split('/').all(|segment| match segment {
        "{*}" | "{**}" if is_last => false,
        "{**}" => {
            is_last = true;
            true
        }
        "{*}" => true,
        _ => !segment.contains(['{', '}']) && (!has_template || is_literal(segment)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_those_of_templates() {
        for (path, wanted) in [
            ("/a*", true),
            ("", true),
            ("/a/{*}/b", true),
            ("/{**}", true),
            ("/{*}/{**}/b", true),
            ("/{**}/{*}", false),
            ("/a{*}", false),
            ("/{id}", false),
            ("/{*}/*", false),
            ("/{*}//a", false),
        ] {
            assert_eq!(is_template(path), wanted, "{path}");
        }
    }
}
