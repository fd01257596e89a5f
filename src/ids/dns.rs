//! The names that Kubernetes and Istio accept.

/// Whether a text is a label of a DNS name (RFC 1123): names of namespaces and of ports.
pub fn is_label(text: &str) -> bool {
    text.len() <= 63 && is_long_label(text)
}

/// Whether a text is a label of a DNS name that begins with a letter (RFC 1035): names of services.
pub fn is_service_name(text: &str) -> bool {
    is_label(text) && text.starts_with(|c: char| c.is_ascii_lowercase())
}

/// Whether a text has the form of a DNS name (RFC 1123): names of most objects, whose labels Kubernetes allows any length.
pub fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_long_label)
}

/// Whether a text is the name of a host.
pub fn is_host_name(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label)
}

/// Whether a text is a label of a DNS name but for its length: Kubernetes does not limit the labels of a subdomain.
pub fn is_long_label(text: &str) -> bool {
    let edge = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    begins_and_ends(text, edge) && text.bytes().all(|byte| edge(byte) || byte == b'-')
}

/// Whether a text can be a trust domain. What SPIFFE and Istio accept differs between versions; this is what any of them accepts.
pub fn is_trust_domain(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    !text.is_empty() && text.len() <= 255 && text.bytes().all(inside)
}

/// Whether a text begins and ends with such a byte.
pub fn begins_and_ends(text: &str, edge: impl Fn(u8) -> bool) -> bool {
    let ends = [text.bytes().next(), text.bytes().next_back()];
    ends.into_iter().all(|byte| byte.is_some_and(&edge))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_kubernetes_wants_them() {
        let (longest, long) = ("a".repeat(63), "a".repeat(64));
        for (text, label, service, subdomain) in [
            ("service-mesh-hub", true, true, true),
            ("0", true, false, true),
            ("9-a", true, false, true),
            ("a.b", false, false, true),
            ("a..b", false, false, false),
            ("A", false, false, false),
            ("a_b", false, false, false),
            ("-a", false, false, false),
            ("a-", false, false, false),
            ("", false, false, false),
            (&*longest, true, true, true),
            (&*long, false, false, true),
        ] {
            let found = (is_label(text), is_service_name(text), is_subdomain(text));
            assert_eq!(found, (label, service, subdomain), "{text:?}");
        }
        assert!(is_host_name(&[&*longest; 3].join(".")) && !is_host_name(&long) && !is_host_name("a..b"));
        assert!(is_subdomain(&"a".repeat(253)) && !is_subdomain(&"a".repeat(254)));
    }

    #[test]
    fn trust_domains_are_what_any_version_takes() {
        for (text, wanted) in [("cluster.local", true), ("Kind_2", true), ("a b", false), ("", false), ("a/b", false)] {
            assert_eq!(is_trust_domain(text), wanted, "{text:?}");
        }
    }
}
