//! The application of Argo CD for which manifests are printed, as its environment variables describe it.

use std::collections::BTreeMap;

use crate::diag::{Diag, Severity, show};
use crate::gitops::plugin::{Environment, USER};

/// The most findings that are printed: Argo CD shows them as one message.
const MOST: usize = 20;

/// An application.
pub(super) struct Application {
    /// The variables that Argo CD sets, by name.
    variables: BTreeMap<String, String>,
    /// The cluster that it names, once that is known.
    pub(super) cluster: Option<String>,
}

impl Application {
    /// That of the process's environment.
    pub(super) fn of_environment() -> Self {
        let is_of_argo = |name: &str| ["ARGOCD_", "PARAM_", "KUBE_"].iter().any(|prefix| name.starts_with(prefix));
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let variables = std::env::vars_os().filter_map(text).filter(|(name, _)| is_of_argo(name)).collect();
        Self { variables, cluster: None }
    }

    /// Its variables, for its parameters.
    pub(super) fn environment(&self) -> Environment<'_> {
        Environment { variables: &self.variables }
    }

    /// A variable that has a value.
    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Its name; that of no application if the program runs in a terminal.
    pub(super) fn name(&self) -> &str {
        self.variable("ARGOCD_APP_NAME").unwrap_or("-")
    }

    /// The lines of its variables. What its author passes may be secret, so that only names are given.
    pub(super) fn lines(&self) -> String {
        let value = |name: &str, value: &str| if name.starts_with(USER) { "(not shown)" } else { value }.to_owned();
        self.variables.iter().map(|(name, text)| format!("{name}={}\n", value(name, text))).collect()
    }

    /// What is printed of these findings: errors first, the first of them on the line that names the application.
    pub(super) fn told(&self, diags: &[Diag]) -> String {
        if diags.is_empty() {
            return String::new();
        }
        let mut sorted: Vec<Diag> = diags.to_vec();
        sorted.sort_by_key(|diag| std::cmp::Reverse(diag.severity));
        let left = sorted.len().saturating_sub(MOST);
        sorted.truncate(MOST);
        let more = if left > 0 { format!("and {left} more\n") } else { String::new() };
        let is_failed = sorted.iter().any(|diag| diag.severity == Severity::Error);
        let first = show::plain(&self.first(is_failed));
        format!("{first}{}{more}", show::short(&sorted))
    }

    /// What begins the first line.
    fn first(&self, is_failed: bool) -> String {
        let cluster = self.cluster.as_deref().unwrap_or("-");
        let path = self.variable("ARGOCD_APP_SOURCE_PATH").unwrap_or(".");
        let failed = if is_failed { "cannot render: " } else { "" };
        format!("meshtree: app={} path={path} cluster={cluster}: {failed}", self.name())
    }
}
