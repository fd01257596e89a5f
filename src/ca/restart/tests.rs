use super::*;

#[test]
fn crls_change_nothing_that_has_to_be_restarted_for() {
    let secret = |entries: &str| format!("apiVersion: v1\nkind: Secret\nstringData: {{{entries}}}\n");
    let one = fingerprint(&secret("ca-cert.pem: \"a\\n\", root-cert.pem: b"));
    // printf 'a\nb' | sha256sum
    assert_eq!(one.as_deref(), Some("7e18f737311b2dc3b2f269dd78396b0351f14fb66efa879f768cb23181883c78"));
    assert_eq!(fingerprint(&secret("ca-cert.pem: \"a\\n\", root-cert.pem: b, ca-crl.pem: c")), one);
    assert_ne!(fingerprint(&secret("ca-cert.pem: \"a\\n\", root-cert.pem: c")), one);
    assert_eq!(fingerprint(&secret("root-cert.pem: b")), None);
}
