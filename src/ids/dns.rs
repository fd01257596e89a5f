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

/// Whether a text can be the name of a container's port.
pub fn is_port_name(text: &str) -> bool {
    text.len() <= 15 && is_long_label(text) && !text.contains("--") && text.contains(|c: char| c.is_ascii_lowercase())
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

/// Whether Istio takes a text for a label of a DNS name: unlike Kubernetes, it accepts upper case.
pub fn is_label_of_any_case(text: &str) -> bool {
    text.len() <= 63 && is_part_of_any_case(text)
}

fn is_part_of_any_case(text: &str) -> bool {
    let edge = |byte: u8| byte.is_ascii_alphanumeric();
    begins_and_ends(text, edge) && text.bytes().all(|byte| edge(byte) || byte == b'-')
}

/// Whether Istio accepts a text as the key of a label.
pub fn is_label_key(key: &str) -> bool {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let is_domain = |prefix: &str| prefix.len() <= 253 && prefix.split('.').all(is_part_of_any_case);
    prefix.is_none_or(is_domain) && name.len() <= 63 && is_qualified_name(name)
}

/// Whether Istio accepts a text as the value of a label.
pub fn is_label_value(value: &str) -> bool {
    value.is_empty() || is_qualified_name(value)
}

fn is_qualified_name(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    begins_and_ends(text, |byte| byte.is_ascii_alphanumeric()) && text.bytes().all(inside)
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
        assert!(is_port_name("http-1") && !is_port_name("8080") && !is_port_name("a-name-too-long-1"));
        assert!(is_host_name(&[&*longest; 3].join(".")) && !is_host_name(&long) && !is_host_name("a..b"));
        assert!(is_subdomain(&"a".repeat(253)) && !is_subdomain(&"a".repeat(254)));
    }

    #[test]
    fn labels_are_as_istio_wants_them() {
        let long = "a".repeat(64);
        for (text, key, value) in [
            ("app", true, true),
            ("App_1.x", true, true),
            ("", false, true),
            ("Example.com/app", true, false),
            ("a/b/c", false, false),
            ("/a", false, false),
            ("a b", false, false),
            ("*", false, false),
            ("-a", false, false),
            (&*long, false, true),
        ] {
            assert_eq!((is_label_key(text), is_label_value(text)), (key, value), "{text:?}");
        }
        assert!(is_label_of_any_case("Shop") && !is_label_of_any_case("a.b") && !is_label_of_any_case(&long));
    }

    #[test]
    fn trust_domains_are_what_any_version_takes() {
        for (text, wanted) in [("cluster.local", true), ("Kind_2", true), ("a b", false), ("", false), ("a/b", false)] {
            assert_eq!(is_trust_domain(text), wanted, "{text:?}");
        }
    }
}
