//! The certificates themselves.

use time::{Duration, OffsetDateTime};
use x509_parser::extensions::{GeneralName, ParsedExtension, X509Extension};
use x509_parser::pem::Pem;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::public_key::PublicKey;

use crate::fixture::{Fleet, HUB, issue_time, mesh_file};

/// The DER of the only certificate in a PEM text.
pub(crate) fn der(pem: &str) -> Vec<u8> {
    let mut all = ders(pem);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

pub(crate) fn ders(pem: &str) -> Vec<Vec<u8>> {
    Pem::iter_from_buffer(pem.as_bytes()).map(|block| block.expect("PEM").contents).collect()
}

fn parse(der: &[u8]) -> X509Certificate<'_> {
    X509Certificate::from_der(der).expect("a certificate").1
}

fn bits(certificate: &X509Certificate<'_>) -> usize {
    let Ok(PublicKey::RSA(key)) = certificate.public_key().parsed() else { panic!("not an RSA key") };
    assert_eq!(key.try_exponent(), Ok(65_537));
    key.modulus.iter().skip_while(|byte| **byte == 0).count() * 8
}

fn extension<'a>(certificate: &'a X509Certificate<'_>, oid: &str) -> Option<&'a X509Extension<'a>> {
    certificate.extensions().iter().find(|extension| extension.oid.to_id_string() == oid)
}

fn times(certificate: &X509Certificate<'_>) -> [OffsetDateTime; 2] {
    let validity = certificate.validity();
    [validity.not_before, validity.not_after].map(|time| time.to_datetime())
}

/// What both kinds have: sha256WithRSA, `keyCertSign` and `cRLSign`, an identifier of their key, a positive serial of 128 bits.
fn check_common(certificate: &X509Certificate<'_>) {
    assert_eq!(certificate.signature_algorithm.algorithm.to_id_string(), "1.2.840.113549.1.1.11");
    assert_eq!(certificate.version.0, 2);
    let usage = extension(certificate, "2.5.29.15").expect("a key usage");
    assert!(usage.critical);
    assert_eq!(usage.value, [3, 2, 1, 6]);
    assert!(extension(certificate, "2.5.29.14").is_some_and(|ski| !ski.critical));
    let serial = certificate.raw_serial();
    assert!(serial[0] < 0x80 && serial.len() <= 17 && serial.iter().any(|byte| *byte != 0), "{serial:x?}");
    assert!(serial.len() >= 12, "a random serial is hardly ever this short: {serial:x?}");
}

#[test]
fn the_root() {
    let fleet = Fleet::issued();
    let der = der(&fleet.entry("root.yaml", "root-cert.pem"));
    let root = parse(&der);
    check_common(&root);
    root.verify_signature(None).expect("signed by itself");
    assert_eq!(root.subject().as_raw(), root.issuer().as_raw());
    // One RDN: O (2.5.4.10) as PrintableString (0x13).
    let mut name = vec![0x30, 27, 0x31, 25, 0x30, 23, 6, 3, 0x55, 4, 10, 0x13, 16];
    name.extend(HUB.bytes());
    assert_eq!(root.subject().as_raw(), name);
    assert_eq!(bits(&root), 2048);
    let now = issue_time().replace_nanosecond(0).expect("a time");
    assert_eq!(times(&root), [now, now + Duration::days(500)]);
    let constraints = extension(&root, "2.5.29.19").expect("basic constraints");
    assert!(constraints.critical);
    assert_eq!(constraints.value, [0x30, 3, 1, 1, 0xff]);
    assert!(root.subject_alternative_name().expect("readable").is_none());
    assert_eq!(root.extensions().len(), 3);
}

#[test]
fn the_intermediates() {
    let fleet = Fleet::issued();
    let root_der = der(&fleet.entry("root.yaml", "root-cert.pem"));
    let root = parse(&root_der);
    let mut serials = vec![root.raw_serial().to_vec()];
    for cluster in ["kind1", "kind2"] {
        let der = der(&fleet.entry(&mesh_file(cluster), "ca-cert.pem"));
        let certificate = parse(&der);
        check_common(&certificate);
        certificate.verify_signature(Some(root.public_key())).expect("signed by the root");
        assert_eq!(certificate.issuer().as_raw(), root.subject().as_raw());
        // O (2.5.4.10) and CN (2.5.4.3), each a PrintableString (0x13).
        let mut name = vec![0x30, 63, 0x31, 25, 0x30, 23, 6, 3, 0x55, 4, 10, 0x13, 16];
        name.extend(HUB.bytes());
        name.extend([0x31, 34, 0x30, 32, 6, 3, 0x55, 4, 3, 0x13, 25]);
        name.extend(format!("istiod-istio-system-{cluster}").bytes());
        assert_eq!(certificate.subject().as_raw(), name);
        assert_eq!(bits(&certificate), 4096);
        let now = issue_time().replace_nanosecond(0).expect("a time");
        assert_eq!(times(&certificate), [now, now.replace_year(2028).expect("a time")]);
        let constraints = extension(&certificate, "2.5.29.19").expect("basic constraints");
        assert!(constraints.critical);
        assert_eq!(constraints.value, [0x30, 6, 1, 1, 0xff, 2, 1, 0]);
        let names = certificate.subject_alternative_name().expect("readable").expect("names");
        assert!(!names.critical, "that is for certificates without a subject");
        let uri = format!("spiffe://{cluster}/ns/istio-system/sa/istiod-service-account");
        assert_eq!(names.value.general_names, [GeneralName::URI(&uri)]);
        check_authority(&certificate, &root);
        assert_eq!(certificate.extensions().len(), 5);
        serials.push(certificate.raw_serial().to_vec());
    }
    serials.sort();
    serials.dedup();
    assert_eq!(serials.len(), 3);
}

/// The identifier of the signer's key is that of the root's.
fn check_authority(certificate: &X509Certificate<'_>, root: &X509Certificate<'_>) {
    let own = extension(root, "2.5.29.14").expect("an identifier");
    let ParsedExtension::SubjectKeyIdentifier(own) = own.parsed_extension() else { panic!("not an identifier") };
    let theirs = extension(certificate, "2.5.29.35").expect("the signer's identifier");
    let ParsedExtension::AuthorityKeyIdentifier(theirs) = theirs.parsed_extension() else { panic!("not one") };
    assert_eq!(theirs.key_identifier.as_ref(), Some(own));
}

#[test]
fn the_chain_is_the_intermediate_and_the_root() {
    let fleet = Fleet::issued();
    let root = fleet.entry("root.yaml", "root-cert.pem");
    for cluster in ["kind1", "kind2"] {
        let file = mesh_file(cluster);
        assert_eq!(fleet.entry(&file, "root-cert.pem"), root);
        assert_eq!(fleet.entry(&file, "cert-chain.pem"), fleet.entry(&file, "ca-cert.pem") + &root);
    }
    assert!(root.ends_with("-----\n") && !root.contains("\n\n"));
}
