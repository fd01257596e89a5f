//! A root of somebody's own: it is put into the store, never made.

use std::fs;

use aes_gcm::aead::consts::U32;
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::aes::Aes256;
use aes_gcm::{AesGcm, KeyInit};
use age::x25519::Identity;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use meshtree::ca::Options;
use meshtree::diag::Code;
use meshtree::ids::ObjectRef;
use meshtree::plan::{CaPlan, RootSource};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    KeyPair, KeyUsagePurpose, NameConstraints, RsaKeySize,
};
use sha2::Digest as _;

use crate::certificates::der;
use crate::fixture::{Fleet, HUB, clusters, issue_time, mesh_file, plan};
use crate::sops_reader;

/// The plan of a VirtualMesh whose root is in a Secret.
pub(crate) fn given(clusters: &[&str]) -> CaPlan {
    let mut plan = plan(clusters);
    plan.authorities[0].root = RootSource::Given(ObjectRef::new("pki", "company-root"));
    plan
}

/// A root as another tool makes it: more in its name, and a key identifier of its own.
pub(crate) fn root(change: impl FnOnce(&mut CertificateParams)) -> (String, String) {
    let key = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key");
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Root");
    params.distinguished_name.push(DnType::OrganizationName, "Company");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = issue_time() - time::Duration::days(10);
    params.not_after = issue_time() + time::Duration::days(100);
    change(&mut params);
    (params.self_signed(&key).expect("a certificate").pem(), key.serialize_pem())
}

/// A self-signed CA certificate with the serial number -5. Its key was never kept.
const NEGATIVE: &str = "\
-----BEGIN CERTIFICATE-----
MIIC2zCCAcOgAwIBAgIB+zANBgkqhkiG9w0BAQsFADAOMQwwCgYDVQQKDANvZGQw
IBcNMjYxMTI4MDgyNjE0WhgPMjEyNjExMDQwODI2MTRaMA4xDDAKBgNVBAoMA29k
ZDCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAKiQtxkIM/DYzv47j6Ir
DbofCwODEIXVUAe5sCrIroPwX1amgDawxeppI+STAW+3ui7w8UYiEsexiaFgAvsj
08vTeI9kTi8QYeRMvkUd0jywN//OxUgEnI0BX7cVoYrSHLI3HAd3mOCKM0B4/gzG
QoPbEAGr8q6wSWa8ky2uKDQwvtzzdxRCLDhToIBR1Pz2Wynb27XBjCEyzu3urW+6
CKw0QjyDRmpYMRb46zAG/bcYvHGa/1bjwbSOd3WRDjKqrztcjlKog3GY5KPJ5XFK
sDR/OWQ+iDV03Z7wtAifrB0tzXABlSPTrfI4IM1vz0OCK+b11dPYoKu7cVM0OoBr
ds8CAwEAAaNCMEAwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQwHQYD
VR0OBBYEFGePKEEayFc+9iO9YxWAX3maUfj5MA0GCSqGSIb3DQEBCwUAA4IBAQBz
6L8mOVOecljzKKGQ8E9Qia2IOViAq6+5kmEUS8CP4a8UD7CoyOyFpYnhrAgevNcA
1I4OuhwUNYoDVSNvQHQOqU2CGFGpT0O8vj40qd+e3JSXd0ZMgvk2wvjLf20mhXYS
HYoM0wunPwMLzzM5dZa2OPcxW5ewL7qvNDyoh4QN+TKhZNR2NMHFezh/lHfPG222
LWM58H6goEUHlsjKLcuj1y1ND6FLAk5G5rJsdSv4TzUW//Z3vObwDIyJhV8T2uIl
BZhCG2vFfL/OUH6hpxj3kOL9TYvsa3swjleKoJcsocqfym18lJ7LHdQUE3HmdhBf
f+8UI5jIkkklHSJliPHI
-----END CERTIFICATE-----
";

/// A self-signed CA certificate whose key is for RSASSA-PSS alone. The key was never kept.
const PSS: &str = "\
-----BEGIN CERTIFICATE-----
MIIDdTCCAimgAwIBAgIUAiKMv7PKEzBZscwQbXLGTjTy+K0wQQYJKoZIhvcNAQEK
MDSgDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEF
AKIDAgEgMA4xDDAKBgNVBAoMA29kZDAgFw0yNjExMjgxNjUxMDhaGA8yMTI2MTEw
NDE2NTEwOFowDjEMMAoGA1UECgwDb2RkMIIBIDALBgkqhkiG9w0BAQoDggEPADCC
AQoCggEBALg108sDbLuFhYbJjePup2UJC7n93PEoPr9Z9SWgaIA0wLt3zuqlV0NG
gv3pr/5MeUAiTG5JWXzFF3QkUNA1g+OrOY2OXBJROmpz/3wLatRYSnSIbcv+s8DK
pu/cuISWADvuQNbORg3+63zcMOyaJFayHC6/q0cSbxTcxgdqCbQuG1lMvdXALIDA
ABBFXwMo98w4mmbhTwPf/hRZ+vWtvnr7vSS6bd3ADoL3hsfx7+diouqolgCvLzYh
8iB9xxV/ccUoIevuDoutFSd2EpImmt+Nsc2EhYOrfvyteoy88A1dMoqUTmLwAcQH
SlxzONxyp03k2PyfrX2OguC7jKgKDm8CAwEAAaNjMGEwHQYDVR0OBBYEFC80b/oQ
sIJNBRGiMQ2eQwSXWsJbMB8GA1UdIwQYMBaAFC80b/oQsIJNBRGiMQ2eQwSXWsJb
MA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgIEMEEGCSqGSIb3DQEBCjA0
oA8wDQYJYIZIAWUDBAIBBQChHDAaBgkqhkiG9w0BAQgwDQYJYIZIAWUDBAIBBQCi
AwIBIAOCAQEAbByGqoxhH5NAjPDDBMYpnh2jhWsfRttMkeIAltBxL4n7j72fX41i
jeKVC73gMTtalY8CyPrHdH3/xlkQbYE5qlnKfrvYmyaVNW8uB2cnwV6JE8KCn2it
skBii+F0jK+eJbZb+Athhh8yE56cfvPoue6c3Rx0kak02PkV4sWvrVYHasT2st92
skQDzXAwBfBpJglgEoMugV3rSB3bgYX9hI/s28RWFsQPtKmFE6nHb6QR6gFhR1kw
aPepEYijy+rB4Lc8IOBWy1Zt6BTGEqeytDfzpQbrMtSFIPS/x8AqFpvUwTNutQG5
PkAc6BcMBEBEnzVwFNC6EXrez5j8yJwk5A==
-----END CERTIFICATE-----
";

/// The Secret as `kubectl get secret … -o yaml | sops encrypt` leaves it: entries in Base64, the key encrypted.
fn exported(certificate: &str, key: &str, identity: &Identity) -> String {
    let coded = |text: &str| BASE64_STANDARD.encode(text);
    let (certificate, key) = (coded(certificate), coded(key));
    let data_key = [7; 32];
    let seal = |plain: &str, aad: &str| {
        let cipher = AesGcm::<Aes256, U32>::new_from_slice(&data_key).expect("a cipher");
        let nonce = [9; 32];
        let sealed =
            cipher.encrypt(&nonce.into(), Payload { msg: plain.as_bytes(), aad: aad.as_bytes() }).expect("sealed");
        let (data, tag) = sealed.split_at(sealed.len() - 16);
        let [data, iv, tag] = [data, &nonce, tag].map(|bytes| BASE64_STANDARD.encode(bytes));
        format!("ENC[AES256_GCM,data:{data},iv:{iv},tag:{tag},type:str]")
    };
    let modified = "2027-01-01T00:00:00Z";
    let mut hash = sha2::Sha512::new();
    for value in ["v1", "Secret", "company-root", "pki", &key, &certificate] {
        hash.update(value);
    }
    let mac: String = hash.finalize().iter().map(|byte| format!("{byte:02X}")).collect();
    let recipient = identity.to_public();
    let enc = age::encrypt_and_armor(&recipient, &data_key).expect("an age file").replace('\n', "\n      ");
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: company-root\n  namespace: pki\ndata:\n  key.pem: {}\n  root-cert.pem: {certificate}\n\
         sops:\n  age:\n  - recipient: {recipient}\n    enc: |\n      {enc}\n  lastmodified: \"{modified}\"\n  mac: {}\n  encrypted_regex: ^key\\.pem$\n  version: 3.9.0\n",
        seal(&key, "data:key.pem:"),
        seal(&mac, modified),
    )
}

/// A fleet whose store has this root and nothing else.
pub(crate) fn with_root((certificate, key): &(String, String)) -> Fleet {
    let fleet = Fleet::empty();
    fs::create_dir_all(fleet.path("")).expect("a directory");
    fs::write(fleet.path("root.yaml"), exported(certificate, key, &fleet.identity)).expect("a file");
    fleet
}

#[test]
fn intermediates_are_issued_under_it() {
    let root = root(|_| {});
    let fleet = with_root(&root);
    // The root has 100 days left of 110, less than a year: nothing more was asked than it gives.
    let material = fleet.render(&given(&["kind1", "kind2"]), &fleet.opening());
    assert_eq!(clusters(&material.meshes), ["kind1", "kind2"]);
    let cacerts = sops_reader::open(&fleet.read(&mesh_file("kind1")), &fleet.identity);
    let entry = |name: &str| cacerts["stringData"][name].as_str().expect("an entry").to_owned();
    assert_eq!(entry("root-cert.pem"), root.0);
    assert_eq!(entry("cert-chain.pem"), format!("{}{}", entry("ca-cert.pem"), root.0));
    let [above, below] = [root.0.clone(), entry("ca-cert.pem")].map(|pem| der(&pem));
    let [above, below] = [&above, &below].map(|der| x509_parser::parse_x509_certificate(der).expect("a certificate").1);
    below.verify_signature(Some(above.public_key())).expect("signed by the root");
    assert_eq!(below.issuer().as_raw(), above.subject().as_raw());
    assert_eq!(below.validity().not_after, above.validity().not_after, "it does not outlive the root");
    let identifier = |certificate: &x509_parser::certificate::X509Certificate<'_>, authority: bool| {
        certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            x509_parser::extensions::ParsedExtension::SubjectKeyIdentifier(id) if !authority => Some(id.0.to_vec()),
            x509_parser::extensions::ParsedExtension::AuthorityKeyIdentifier(id) if authority => {
                id.key_identifier.as_ref().map(|id| id.0.to_vec())
            }
            _ => None,
        })
    };
    assert!(identifier(&above, false).is_some());
    assert_eq!(identifier(&below, true), identifier(&above, false));
    let again = Options { locked: true, ..Options::new(fleet.dir.path().join("ca")) };
    assert_eq!(
        clusters(&fleet.render(&given(&["kind1", "kind2"]), &again).meshes),
        ["kind1", "kind2"],
        "without any key"
    );
}

#[test]
fn it_is_never_made() {
    let fleet = Fleet::empty();
    let said = fleet.refusal(&given(&["kind1"]), &fleet.opening(), Code::CaMissing);
    assert!(
        said.contains("VirtualMesh service-mesh-hub/virtual-mesh has its root in Secret pki/company-root, which is not in the CA store"),
        "{said}"
    );
    assert!(
        said.contains("| meshtree ca adopt FLEET --virtual-mesh service-mesh-hub/virtual-mesh --secret -`")
            && said.contains("delivery: none"),
        "{said}"
    );
}

#[test]
fn another_root_than_the_one_named_is_told() {
    let fleet = Fleet::issued();
    let (pending, report) = fleet.plan(&given(&["kind1"]), &fleet.options());
    let said: Vec<_> = report.diags().iter().map(|diag| (diag.code, diag.message.as_str())).collect();
    let message =
        "the root is Secret service-mesh-hub/virtual-mesh.service-mesh-hub, the policy asks for pki/company-root";
    assert_eq!(said, [(Code::CaExpired, message)]);
    assert_eq!(clusters(&pending.ready().meshes), ["kind1"]);
    let mut named = given(&["kind1"]);
    named.authorities[0].root = RootSource::Given(ObjectRef::new(HUB, "virtual-mesh.service-mesh-hub"));
    fleet.render(&named, &fleet.options());
}

#[test]
fn a_root_that_cannot_serve_is_refused() {
    let refused = |change: fn(&mut CertificateParams)| {
        let fleet = with_root(&root(change));
        fleet.refusal(&given(&["kind1"]), &fleet.opening(), Code::CaBroken)
    };
    let said = refused(|params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    assert!(said.contains("allows no intermediate under it"), "{said}");
    let said = refused(|params| params.key_usages = vec![KeyUsagePurpose::CrlSign]);
    assert!(said.contains("may not sign certificates"), "{said}");
    let said = refused(|params| params.is_ca = IsCa::NoCa);
    assert!(said.contains("is not the certificate of a CA"), "{said}");

    let other =
        [(NEGATIVE.to_owned(), "has a negative serial number"), (PSS.to_owned(), "has a key for RSASSA-PSS alone")];
    for (certificate, why) in other {
        let fleet = with_root(&(certificate, root(|_| {}).1));
        let said = fleet.refusal(&given(&["kind1"]), &fleet.opening(), Code::CaBroken);
        assert!(said.contains(why), "{said}");
    }

    let (certificate, _) = root(|_| {});
    let (_, stranger) = root(|_| {});
    let fleet = with_root(&(certificate, stranger));
    let said = fleet.refusal(&given(&["kind1"]), &fleet.opening(), Code::CaBroken);
    assert!(said.contains("is not the key of the root's certificate"), "{said}");
}

/// Each was tried with istiod's own loading of `cacerts`, of Istio 1.7 and 1.31.
#[test]
fn a_root_that_istiod_does_not_load_is_refused() {
    let refused = |change: fn(&mut CertificateParams)| {
        let fleet = with_root(&root(change));
        fleet.refusal(&given(&["kind1"]), &fleet.opening(), Code::CaBroken)
    };
    let said = refused(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]);
    assert!(said.contains("extended key usage without serverAuth"), "{said}");
    let said = refused(|params| {
        let permitted_subtrees = vec![GeneralSubtree::DnsName("example.com".to_owned())];
        params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    });
    assert!(said.contains("has name constraints"), "{said}");
    let unknown = |critical| {
        let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
        extension.set_criticality(critical);
        vec![extension]
    };
    let fleet = with_root(&root(|params| params.custom_extensions = unknown(true)));
    let said = fleet.refusal(&given(&["kind1"]), &fleet.opening(), Code::CaBroken);
    assert!(said.contains("has a critical extension"), "{said}");

    let fleet = with_root(&root(|params| {
        params.custom_extensions = unknown(false);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
    }));
    fleet.plan(&given(&["kind1"]), &fleet.opening()).0.issue().expect("what istiod loads is issued under");
}

#[test]
fn a_root_that_is_not_valid_yet_signs_nothing() {
    let fleet = with_root(&root(|params| params.not_before = issue_time() + time::Duration::days(1)));
    let said = fleet.refusal(&given(&["kind1"]), &fleet.opening(), Code::CaMissing);
    assert!(said.contains("the root that would sign it is not valid before 2027-01-16T08:00:00Z"), "{said}");
    assert!(said.contains("replace the root by one that is valid now"), "{said}");
}

#[test]
fn a_key_in_clear_is_found_wherever_it_hides() {
    let (certificate, key) = root(|_| {});
    for shift in ["", "x", "xx"] {
        let fleet = with_root(&(certificate.clone(), key.clone()));
        let hidden = BASE64_STANDARD.encode(format!("{shift}{key}"));
        fleet.edit("root.yaml", |text| {
            text.replace(
                "  namespace: pki\n",
                &format!("  namespace: pki\n  annotations:\n    last-applied: '{{\"key\": \"{hidden}\"}}'\n"),
            )
        });
        let said = fleet.refusal(&given(&["kind1"]), &fleet.opening(), Code::CaBroken);
        assert!(said.contains("holds a private key in clear") && !said.contains(&hidden[..40]), "{said}");
    }
}
