//! Who may call the services of an Open Service Mesh.

use super::AccessId;

/// What is bound for a service of an Open Service Mesh alone.
#[derive(Clone, Debug, Default)]
pub struct SmiService<'a> {
    /// Who may call it, in the order of the access policies.
    pub grants: Vec<Grant<'a>>,
}

/// What an access policy allows for one service.
#[derive(Clone, Debug)]
pub struct Grant<'a> {
    /// The policy.
    pub policy: AccessId,
    /// The account as which the pods behind the service run.
    pub account: &'a str,
    /// The accounts that may call, each once.
    pub sources: Vec<Account<'a>>,
}

/// A service account of the service's own cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
}
