//! The parts into which access policies cut all callers.

use std::collections::BTreeSet;

use crate::ask::Principal;
use crate::plan::{Callers, Identity};

/// Callers that policies treat alike. No text is one that no policy mentions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallerPart<'p> {
    /// Callers without an identity.
    Nobody,
    /// One identity.
    One(Principal<'p>),
    /// The others of a namespace of a trust domain.
    Others { domain: Option<&'p str>, namespace: Option<&'p str> },
}

/// A name that policies cannot mention.
const OTHER: &str = "\u{1}";

impl<'p> CallerPart<'p> {
    /// An identity that stands for all; none for callers without one.
    fn representative(self) -> Option<Principal<'p>> {
        match self {
            Self::Nobody => None,
            Self::One(principal) => Some(principal),
            Self::Others { domain, namespace } => Some(Principal {
                domain: domain.unwrap_or(OTHER),
                namespace: namespace.unwrap_or(OTHER),
                account: OTHER,
            }),
        }
    }

    /// Whether it is the whole or a part of another one, which may be of a comparison where less is mentioned.
    pub fn is_within(self, other: Self) -> bool {
        match (self, other) {
            (Self::One(one), Self::Others { domain, namespace }) => {
                domain.is_none_or(|domain| domain == one.domain)
                    && namespace.is_none_or(|namespace| namespace == one.namespace)
            }
            (Self::Others { domain, namespace }, Self::Others { domain: wider, namespace: whole }) => {
                (wider.is_none() || wider == domain) && (whole.is_none() || whole == namespace)
            }
            (mine, other) => mine == other,
        }
    }

    /// Whether callers of a policy include it; an empty list includes everyone.
    pub fn is_among(self, callers: &[Callers<'_>]) -> bool {
        callers.is_empty()
            || self.representative().is_some_and(|one| callers.iter().any(|callers| one.is_among(callers)))
    }
}

/// What policies mention of callers.
#[derive(Debug, Default)]
pub struct Mentioned<'p> {
    domains: BTreeSet<&'p str>,
    namespaces: BTreeSet<&'p str>,
    identities: BTreeSet<Principal<'p>>,
}

impl<'p> Mentioned<'p> {
    /// Adds what a policy mentions.
    pub fn add(&mut self, callers: &'p Callers<'p>) {
        let identities = match callers {
            Callers::Namespaces(namespaces) => {
                self.namespaces.extend(namespaces.iter().map(|namespace| &**namespace));
                return;
            }
            Callers::Identities(identities) => identities,
        };
        for (identity, _) in identities.iter() {
            match identity {
                Identity::TrustDomain(domain) => {
                    self.domains.insert(domain);
                }
                Identity::Namespace { domain, namespace } => {
                    self.domains.insert(domain);
                    self.namespaces.insert(namespace);
                }
                Identity::Account { domain, namespace, account } => {
                    self.domains.insert(domain);
                    self.namespaces.insert(namespace);
                    self.identities.insert(Principal { domain, namespace, account });
                }
            }
        }
    }

    /// The parts into which this cuts all callers.
    pub fn parts(&self) -> Vec<CallerPart<'p>> {
        let or_other =
            |known: &BTreeSet<&'p str>| known.iter().map(|name| Some(*name)).chain([None]).collect::<Vec<_>>();
        let (domains, namespaces) = (or_other(&self.domains), or_other(&self.namespaces));
        let mut out = vec![CallerPart::Nobody];
        out.extend(self.identities.iter().map(|one| CallerPart::One(*one)));
        for domain in domains {
            out.extend(namespaces.iter().map(|namespace| CallerPart::Others { domain, namespace: *namespace }));
        }
        out
    }

    /// The part of an identity.
    pub fn part_of(&self, principal: Principal<'p>) -> CallerPart<'p> {
        if self.identities.contains(&principal) {
            return CallerPart::One(principal);
        }
        let Principal { domain, namespace, account: _ } = principal;
        let known = |set: &BTreeSet<&'p str>, name: &'p str| set.contains(name).then_some(name);
        CallerPart::Others { domain: known(&self.domains, domain), namespace: known(&self.namespaces, namespace) }
    }
}
