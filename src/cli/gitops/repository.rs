//! The repository of a fleet, as the files that are written into it name it.

use std::path::{Path, PathBuf};

use crate::cli::git;

/// Where a fleet is.
pub(super) struct Repository {
    /// The root of its repository; outside of one the fleet itself.
    pub(super) root: PathBuf,
    /// The fleet's path from there; `.` for the root.
    pub(super) fleet: String,
    /// The address of its remote, without credentials.
    pub(super) url: Option<String>,
    /// The branch that its remote calls the main one.
    pub(super) branch: Option<String>,
}

impl Repository {
    /// That of a fleet. Without Git, less is known of it.
    pub(super) fn of(fleet: &Path) -> Self {
        let fleet = std::path::absolute(fleet).unwrap_or_else(|_| fleet.to_owned());
        let fleet = fleet.canonicalize().unwrap_or(fleet);
        let root = fleet.ancestors().find(|directory| directory.join(".git").exists());
        let Some(root) = root.map(Path::to_owned) else {
            return Self { root: fleet, fleet: ".".to_owned(), url: None, branch: None };
        };
        let path = fleet.strip_prefix(&root).map(|path| path.display().to_string().replace('\\', "/"));
        let path = path.ok().filter(|path| !path.is_empty()).unwrap_or_else(|| ".".to_owned());
        let url = git::line(&root, &["remote", "get-url", "origin"]).ok();
        let head = git::line(&root, &["symbolic-ref", "--short", "refs/remotes/origin/HEAD"]).ok();
        let branch = head.and_then(|head| head.strip_prefix("origin/").map(str::to_owned));
        Self { root, fleet: path, url: url.map(|url| without_credentials(&url)), branch }
    }
}

/// An address without a password or token. The user of SSH is part of the address.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_once('/').map_or((rest, ""), |(authority, path)| (authority, path));
    let host = match authority.rsplit_once('@') {
        None => authority.to_owned(),
        Some((user, host)) => match (scheme, user.split_once(':')) {
            ("ssh", None) => authority.to_owned(),
            ("ssh", Some((user, _))) => format!("{user}@{host}"),
            _ => host.to_owned(),
        },
    };
    format!("{scheme}://{host}/{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_has_credentials() {
        for (url, expected) in [
            ("https://me:token@git.example/a/b.git", "https://git.example/a/b.git"),
            ("https://token@git.example:8443/a@b", "https://git.example:8443/a@b"),
            ("ssh://git@git.example/a.git", "ssh://git@git.example/a.git"),
            ("ssh://git:secret@git.example/a.git", "ssh://git@git.example/a.git"),
            ("git@git.example:a/b.git", "git@git.example:a/b.git"),
            ("/srv/git/a.git", "/srv/git/a.git"),
        ] {
            assert_eq!(without_credentials(url), expected);
        }
    }
}
