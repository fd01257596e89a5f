//! Whether a rule of an access policy lets a request in.

use super::{Caller, HttpRequest, Truth};
use crate::plan::{Operation, Rule};

/// Whether a rule lets a request in at a port. `ports` are those that its operation allows there; no port is one that the inventory
/// does not say.
pub(super) fn admits(
    rule: &Rule<'_, '_>,
    caller: Caller<'_>,
    request: &HttpRequest,
    at: Option<u32>,
    ports: &[u32],
) -> Truth {
    let Operation { methods, paths, ports: _ } = rule.operation;
    let method = methods.is_empty() || methods.contains(&request.method.as_str());
    let path = paths.is_empty() || paths.iter().any(|pattern| is_path(pattern, &request.path));
    let port = match at {
        _ if ports.is_empty() => Truth::Yes,
        Some(at) => ports.contains(&at).into(),
        None => Truth::Unknown,
    };
    Truth::from(method && path).and(port).and(is_caller(rule, caller))
}

fn is_caller(rule: &Rule<'_, '_>, caller: Caller<'_>) -> Truth {
    match caller {
        _ if rule.callers.is_empty() => Truth::Yes,
        Caller::Known(principal) => rule.callers.iter().any(|callers| principal.is_among(callers)).into(),
        Caller::Nobody => Truth::No,
        Caller::Unknown => Truth::Unknown,
    }
}

/// Whether a path matches a pattern: `*` alone, at the beginning or at the end matches anything.
pub(super) fn is_path(pattern: &str, path: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        _ if pattern == "*" => !path.is_empty(),
        (_, Some(prefix)) => path.starts_with(prefix),
        (Some(suffix), None) => path.ends_with(suffix),
        (None, None) => path == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_paths() {
        for (pattern, path, wanted) in [
            ("/a", "/a", true),
            ("/a", "/a/", false),
            ("/a*", "/ab", true),
            ("/a*", "/b", false),
            ("*.html", "/x.html", true),
            ("*.html", "/x.htm", false),
            ("*", "/", true),
            ("*a*", "*ab", true),
        ] {
            assert_eq!(is_path(pattern, path), wanted, "{pattern} {path}");
        }
    }
}
