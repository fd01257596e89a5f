//! Whether what is encrypted in the store belongs to what is not: for a check where an age identity is available.

use std::path::Path;

use age::x25519::Identity;

use super::identities::Identities;
use super::private_key::PrivateKey;
use super::reseal::EDITED;
use super::sealed_file::{self, SealedFile};
use super::secret::{CA_CERT, CA_KEY, ROOT_CERT, ROOT_KEY};
use super::stored::Broken;
use super::unseal::{UnsealError, unseal};
use super::{pem, refusals, x509};
use crate::diag::Report;

/// The private keys, each with the certificate that it belongs to.
const PAIRS: [(&str, &str); 2] = [(CA_KEY, CA_CERT), (ROOT_KEY, ROOT_CERT)];

/// Opens every file of a store that the identities open, and reports those that were changed without sops and those whose key is not
/// that of their certificate. Gives the number of private keys that were compared.
pub fn prove(store: &Path, identities: &Identities, report: &mut Report) -> usize {
    // Whoever has no identity has nothing to compare, which is not a fault of the store.
    let Ok(found) = identities.load() else { return 0 };
    if found.is_empty() {
        return 0;
    }
    let mut proved = 0;
    // What cannot be read has been reported by its reader.
    for sealed in sealed_file::below(store, store).into_iter().filter_map(Result::ok) {
        match proof(&sealed, &found) {
            Ok(keys) => proved += keys,
            Err(broken) => report.push(refusals::broken(&broken)),
        }
    }
    proved
}

/// How many private keys of a file are those of their certificates; none if the file stays closed.
fn proof(sealed: &SealedFile, identities: &[Identity]) -> Result<usize, Broken> {
    let SealedFile { file, document, .. } = sealed;
    let mut proved = 0;
    for (key, certificate) in PAIRS {
        let opened = match unseal(document, identities, key) {
            Ok(opened) => opened,
            Err(UnsealError::NotAge | UnsealError::NoIdentity(_)) => return Ok(0),
            Err(error @ (UnsealError::Value(_) | UnsealError::Mac)) => {
                return Err(Broken { hint: EDITED, ..Broken::new(file, error.to_string()) });
            }
        };
        if opened.is_empty() {
            continue;
        }
        let public = sealed.entry(certificate).and_then(|text| x509::facts(pem::certificates(&text)?.first()?));
        let has = PrivateKey::from_pem(&opened).ok();
        match (has, public) {
            (Some(has), Some(public)) if has.public() == public.public_key => proved += 1,
            (Some(_), Some(_)) => {
                let what = format!("has a `{key}` that is not the private key of its `{certificate}`");
                return Err(Broken { hint: OTHER_KEY, ..Broken::new(file, what) });
            }
            // Neither is this program's own; what it is for is for its reader to say.
            (None, _) | (_, None) => {}
        }
    }
    Ok(proved)
}

const OTHER_KEY: &str = "restore the file from Git as a whole, or issue the certificate again: istiod does not start with a key that is not its certificate's";
