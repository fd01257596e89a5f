//! What a user brings to be adopted: a Secret as kubectl prints it, or PEM files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::secret::{CA_CERT, CA_KEY, ROOT_CERT, ROOT_KEY};
use super::sops::SEALED;
use super::store::is_private;
use crate::diag::{Code, Diag, Place};
use crate::ids::ObjectRef;
use crate::load::strict;

/// The entries of cert-manager's form, and those in which it has the CA above.
const TLS: (&str, &str) = ("tls.crt", "tls.key");
const TLS_CA: &str = "ca.crt";

/// The entries in which a root is: of Service Mesh Hub, of cert-manager, of istiod's own.
const ROOTS: [(&str, &str); 3] = [(ROOT_CERT, ROOT_KEY), TLS, (CA_CERT, CA_KEY)];
/// The entries in which the intermediate of a mesh is.
const INTERMEDIATES: [(&str, &str); 2] = [(CA_CERT, CA_KEY), TLS];

/// A certificate with its key, and where they are from.
pub(super) struct Pair {
    pub(super) certificate: String,
    pub(super) key: Option<Zeroizing<String>>,
    /// How the certificate is named in messages.
    pub(super) certificate_name: String,
    pub(super) key_name: String,
}

/// What a user brings.
pub struct Brought {
    /// The file, as it is shown.
    file: String,
    /// The file of its key, if that is another one.
    key_file: Option<String>,
    entries: BTreeMap<String, Zeroizing<String>>,
    /// The Secret that it is.
    pub(super) secret: Option<ObjectRef>,
    pub(super) secret_type: Option<String>,
}

/// A Secret, or a List with one, as far as it matters here.
#[derive(Deserialize)]
struct Manifest {
    kind: Option<String>,
    metadata: Option<Metadata>,
    r#type: Option<String>,
    data: Option<BTreeMap<String, Option<String>>>,
    #[serde(rename = "stringData")]
    string_data: Option<BTreeMap<String, Option<String>>>,
    items: Option<Vec<Manifest>>,
}

#[derive(Deserialize)]
struct Metadata {
    name: Option<String>,
    namespace: Option<String>,
}

impl Brought {
    /// A Secret in YAML or JSON.
    ///
    /// # Errors
    /// What is not one Secret in clear.
    pub fn secret(file: &str, text: &str) -> Result<Self, Box<Diag>> {
        let refused = |what: String| Diag::new(Code::NotAdopted, Place::File(file.into()), what);
        let mut manifest: Manifest = strict::yaml(text).map_err(|fault| refused(format!("{file} {fault}")))?;
        if let Some(items) = manifest.items.take() {
            let [only] = <[_; 1]>::try_from(items)
                .map_err(|items| refused(format!("{file} is a List of {} objects", items.len())).hint(NAME_ONE))?;
            manifest = only;
        }
        if manifest.kind.as_deref() != Some("Secret") {
            let hint = "for PEM files, use --certificate and --key";
            return Err(refused(format!("{file} is not a Secret")).hint(hint).into());
        }
        let Manifest { kind: _, metadata, r#type, data, string_data, items: _ } = manifest;
        let mut entries = BTreeMap::new();
        for (key, value) in data.unwrap_or_default() {
            let value = Zeroizing::new(value.unwrap_or_default());
            let coded = |_| refused(format!("`data.{key}` of {file} is not text in Base64"));
            let text = if value.starts_with(SEALED) { value } else { decoded(&value).map_err(coded)? };
            entries.insert(key, text);
        }
        for (key, value) in string_data.unwrap_or_default() {
            entries.insert(key, Zeroizing::new(value.unwrap_or_default()));
        }
        if let Some((key, _)) = entries.iter().find(|(_, value)| value.starts_with(SEALED)) {
            let hint = "decrypt it in a pipe: `sops decrypt FILE | meshtree ca adopt FLEET --secret -`";
            return Err(refused(format!("`{key}` of {file} is encrypted by SOPS")).hint(hint).into());
        }
        let secret = metadata.and_then(|metadata| Some(ObjectRef::new(metadata.namespace?, metadata.name?)));
        Ok(Self { file: file.to_owned(), key_file: None, entries, secret, secret_type: r#type })
    }

    /// PEM files: a certificate, and its key if that is brought as well.
    pub fn pem((file, certificate): (&str, String), key: Option<(&str, Zeroizing<String>)>) -> Self {
        let mut entries = BTreeMap::from([(ROOT_CERT.to_owned(), Zeroizing::new(certificate.clone()))]);
        entries.insert(CA_CERT.to_owned(), Zeroizing::new(certificate));
        let key_file = key.as_ref().map(|(file, _)| (*file).to_owned());
        if let Some((_, key)) = key {
            entries.insert(ROOT_KEY.to_owned(), key.clone());
            entries.insert(CA_KEY.to_owned(), key);
        }
        Self { file: file.to_owned(), key_file, entries, secret: None, secret_type: None }
    }

    /// The root in it.
    pub(super) fn root(&self, needs_key: bool) -> Result<Pair, Box<Diag>> {
        self.pair(&ROOTS, needs_key)
    }

    /// The intermediate in it.
    pub(super) fn intermediate(&self) -> Result<Pair, Box<Diag>> {
        self.pair(&INTERMEDIATES, true)
    }

    /// The bundle of roots beside an intermediate.
    pub(super) fn bundle(&self) -> Option<&str> {
        if self.secret.is_none() { None } else { self.entry(ROOT_CERT).or_else(|| self.entry(TLS_CA)) }
    }

    /// Something wrong with it.
    pub(super) fn wrong(&self, what: impl Into<String>) -> Diag {
        Diag::new(Code::NotAdopted, Place::File(self.file.as_str().into()), what)
    }

    fn entry(&self, key: &str) -> Option<&str> {
        self.entries.get(key).map(|text| text.as_str()).filter(|text| !text.trim().is_empty())
    }

    /// The first of these pairs that is there: istiod leaves entries empty that it does not use.
    fn pair(&self, pairs: &[(&str, &str)], needs_key: bool) -> Result<Pair, Box<Diag>> {
        let found = pairs.iter().find_map(|(certificate, key)| {
            let text = self.entry(certificate)?;
            let private = self.entries.get(*key).filter(|text| !text.trim().is_empty());
            (private.is_some() || !needs_key).then(|| Pair {
                certificate: text.to_owned(),
                key: private.cloned(),
                certificate_name: self.name(certificate),
                key_name: self.key_file.clone().unwrap_or_else(|| self.name(key)),
            })
        });
        found.ok_or_else(|| {
            if self.secret.is_none() {
                let hint = "add --key FILE, or --certificate-only if the key of the root stays where it is";
                return self.wrong(format!("there is no key for the certificate in {}", self.file)).hint(hint).into();
            }
            let asked: Vec<_> = pairs.iter().map(|(certificate, key)| format!("`{certificate}` and `{key}`")).collect();
            let has: Vec<_> = self.entries.keys().map(|key| format!("`{key}`")).collect();
            let has = if has.is_empty() { "nothing".to_owned() } else { has.join(", ") };
            self.wrong(format!("{} has neither {}, but {has}", self.file, asked.join(" nor "))).into()
        })
    }

    fn name(&self, entry: &str) -> String {
        if self.secret.is_some() { format!("`{entry}` of {}", self.file) } else { self.file.clone() }
    }
}

const NAME_ONE: &str = "name one Secret: `kubectl get secret NAME -n NAMESPACE -o yaml`";

fn decoded(coded: &str) -> Result<Zeroizing<String>, ()> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(coded.len()));
    STANDARD.decode_vec(coded.trim(), &mut bytes).map_err(|_| ())?;
    std::str::from_utf8(&bytes).map(|text| Zeroizing::new(text.to_owned())).map_err(|_| ())
}

/// A warning about a file that holds a private key in clear and is in the fleet's directory or in a Git work tree.
pub fn near_repository(file: &Path, text: &str, fleet: Option<&Path>) -> Option<Diag> {
    if !is_private(text) {
        return None;
    }
    let real = file.canonicalize().ok()?;
    let is_below = |fleet: &Path| fleet.canonicalize().is_ok_and(|fleet| real.starts_with(fleet));
    let tree: Option<PathBuf> = real.ancestors().find(|dir| dir.join(".git").exists()).map(Path::to_path_buf);
    let near = match (fleet.filter(|fleet| is_below(fleet)), tree) {
        (Some(_), _) => "in the directory of the fleet".to_owned(),
        (None, Some(tree)) => format!("in the Git work tree {}", tree.display()),
        (None, None) => return None,
    };
    let place = Place::File(file.display().to_string().into());
    let message = format!("{} holds a private key in clear, and it is {near}", file.display());
    Some(Diag::new(Code::KeyInClear, place, message).hint(
        "move it out, or pass it by standard input (-); treat the key as disclosed if the file was ever committed",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Brought, String> {
        Brought::secret("f", text).map_err(|diag| diag.message)
    }

    #[test]
    fn each_tool_has_its_entries() {
        let secret = |entries: &str| {
            read(&format!("kind: Secret\nmetadata: {{name: n, namespace: s, uid: x}}\nstringData: {entries}\n"))
                .expect("a Secret")
        };
        let root = |entries: &str| {
            secret(entries).root(true).map(|pair| (pair.certificate, pair.key.expect("a key").to_string()))
        };
        for entries in [
            "{root-cert.pem: c, key.pem: k, other: o}",
            "{tls.crt: c, tls.key: k, ca.crt: o}",
            "{ca-cert.pem: c, ca-key.pem: k, cert-chain.pem: '', key.pem: '', root-cert.pem: ''}",
        ] {
            assert_eq!(root(entries).ok(), Some(("c".to_owned(), "k".to_owned())), "{entries}");
        }
        let error = root("{root-cert.pem: c}").expect_err("no key");
        assert!(error.message.ends_with("`ca-cert.pem` and `ca-key.pem`, but `root-cert.pem`"), "{}", error.message);
        assert_eq!(secret("{root-cert.pem: c}").root(false).expect("alone").certificate, "c");
        assert_eq!(secret("{}").secret, Some(ObjectRef::new("s", "n")));
    }

    #[test]
    fn what_kubectl_prints_is_read() {
        let json = r#"{"kind": "List", "items": [{"kind": "Secret", "data": {"tls.crt": "Yw==", "tls.key": "aw=="}}]}"#;
        assert_eq!(read(json).expect("a Secret").root(true).map(|pair| pair.certificate).unwrap_or_default(), "c");
        for (text, expected) in [
            ("a: [", "f is not a YAML document (line 1, column 4)"),
            ("kind: ConfigMap", "f is not a Secret"),
            ("kind: List\nitems: [{kind: Secret}, {kind: Secret}]", "f is a List of 2 objects"),
            ("kind: Secret\ndata: {key.pem: '%'}", "`data.key.pem` of f is not text in Base64"),
            ("kind: Secret\ndata: {key.pem: 'ENC[AES256_GCM,x]'}", "`key.pem` of f is encrypted by SOPS"),
        ] {
            assert_eq!(read(text).err().as_deref(), Some(expected));
        }
    }
}
