//! CRLs of intermediates whose keys never leave their clusters: signed there, and given here.

use x509_parser::parse_x509_crl;

use super::super::crl::{self, Crl};
use super::super::facts::time;
use super::super::stored::Cacerts;
use super::{Case, Refused, words};
use crate::plan::MeshCa;

impl Case<'_> {
    /// The CRL of each intermediate whose key is in its cluster alone: the latest of those that were given and those that are there.
    pub(super) fn given(self, found: &[(&MeshCa, &Cacerts)], known: &[Crl]) -> Result<Vec<Crl>, Refused> {
        let elsewhere: Vec<_> = found.iter().filter(|(_, cacerts)| cacerts.is_key_in_cluster()).collect();
        let mut brought = Vec::new();
        let mut refused = Vec::new();
        for (file, text) in &self.order.given {
            match self.of_file(text, &elsewhere) {
                Ok(crls) => brought.extend(crls),
                Err(what) => refused.push(words::not_given(self, file, &what)),
            }
        }
        let mut given = Vec::new();
        for (mesh, cacerts) in elsewhere.into_iter().filter(|_| refused.is_empty()) {
            let own = brought.iter().chain(known).filter(|crl| crl.ends > self.now && crl.is_by(&cacerts.certificate));
            given.push(own.max_by_key(|crl| crl.begins).cloned().ok_or_else(|| words::in_cluster(self, mesh)));
        }
        let (given, absent): (Vec<_>, Vec<_>) = given.into_iter().partition(Result::is_ok);
        refused.extend(absent.into_iter().filter_map(Result::err));
        if refused.is_empty() { Ok(given.into_iter().flatten().collect()) } else { Err(refused) }
    }

    /// The CRLs of a file, each of one of these intermediates; otherwise why it is of no use.
    fn of_file(self, text: &str, elsewhere: &[&(&MeshCa, &Cacerts)]) -> Result<Vec<Crl>, String> {
        let crls = crl::read(text).filter(|crls| !crls.is_empty()).ok_or("has no CRL in PEM")?;
        for crl in &crls {
            if !elsewhere.iter().any(|(_, cacerts)| crl.is_by(&cacerts.certificate)) {
                return Err(
                    "has a CRL that none of the intermediates signed whose keys are in their clusters".to_owned()
                );
            }
            if crl.ends <= self.now {
                return Err(format!("has a CRL that ended at {}", time(crl.ends)));
            }
            if crl.is_special() {
                return Err("has a CRL with a critical extension, which proxies do not evaluate".to_owned());
            }
        }
        Ok(crls)
    }
}

impl Crl {
    /// Whether it is not of all that its CA has issued, or asks for more than proxies do.
    fn is_special(&self) -> bool {
        parse_x509_crl(&self.der).is_ok_and(|(_, crl)| crl.extensions().iter().any(|extension| extension.critical))
    }
}
