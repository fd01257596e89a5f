//! How far the symbolic links of a fleet may lead.
//!
//! Diagnostics quote lines of the files that they are about, and whoever proposes a change can add a link. What is read is
//! therefore what the repository of the fleet has, whatever else the machine holds.

use std::path::{Path, PathBuf};

use super::{is_input, is_template_name};

/// The directory whose files a fleet may be made of.
pub(super) struct Bounds {
    /// The fleet, without links.
    fleet: PathBuf,
    /// The Git repository around it, or the fleet itself outside of one.
    root: PathBuf,
}

/// What a link leads to, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beyond {
    Repository,
    Fleet,
    /// The files of Git, which can hold credentials.
    Git,
    /// A file elsewhere in the repository whose name is neither that of an input nor of a template, such as `.env`.
    NotInput,
}

impl Bounds {
    pub(super) fn of(fleet: &Path) -> Self {
        let fleet = fleet.canonicalize().unwrap_or_else(|_| fleet.to_owned());
        let root = fleet.ancestors().find(|directory| directory.join(".git").symlink_metadata().is_ok());
        Self { root: root.unwrap_or(&fleet).to_owned(), fleet }
    }

    /// What is wrong with where a link leads. A broken link leads nowhere.
    pub(super) fn beyond(&self, link: &Path) -> Option<Beyond> {
        let target = link.canonicalize().ok()?;
        let Ok(below) = target.strip_prefix(&self.root) else {
            return Some(if self.root == self.fleet { Beyond::Fleet } else { Beyond::Repository });
        };
        if below.components().any(|part| part.as_os_str().eq_ignore_ascii_case(".git")) {
            return Some(Beyond::Git);
        }
        let is_ours = is_input(&target) || is_template_name(&target);
        let is_foreign = !target.starts_with(&self.fleet) && !target.is_dir() && !is_ours;
        is_foreign.then_some(Beyond::NotInput)
    }
}

impl Beyond {
    /// The end of the message about the link.
    pub(super) fn why(self) -> &'static str {
        match self {
            Self::Repository => "which is outside the Git repository of the fleet",
            Self::Fleet => "which is outside the fleet, and the fleet is not in a Git repository",
            Self::Git => "which is a file of Git itself",
            Self::NotInput => "which is outside the fleet and not a *.yaml, *.yml or *.json file",
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_may_lead_as_far_as_the_repository() {
        let dir = tempfile::tempdir().expect("a directory");
        let at = |path: &str| dir.path().join(path);
        for directory in ["repository/fleet/policies", "repository/common", "repository/.git", "elsewhere"] {
            fs::create_dir_all(at(directory)).expect("a directory");
        }
        for file in ["repository/.git/config", "repository/.env", "repository/common/a.yaml", "elsewhere/a.yaml"] {
            fs::write(at(file), "a: b").expect("a file");
        }
        let link = |target: &str| {
            let link = at("repository/fleet/policies/link.yaml");
            _ = fs::remove_file(&link);
            symlink(target, &link).expect("a link");
            Bounds::of(&at("repository/fleet")).beyond(&link)
        };
        assert_eq!(link("../../common"), None);
        assert_eq!(link("../../common/a.yaml"), None);
        assert_eq!(link("../../../elsewhere/a.yaml"), Some(Beyond::Repository));
        assert_eq!(link("../../../elsewhere"), Some(Beyond::Repository));
        assert_eq!(link("../../.git/config"), Some(Beyond::Git));
        assert_eq!(link("../../.env"), Some(Beyond::NotInput));
        assert_eq!(link("nowhere"), None);
        // A link to a link that leads out.
        symlink(at("elsewhere"), at("repository/common/out")).expect("a link");
        assert_eq!(link("../../common/out/a.yaml"), Some(Beyond::Repository));
        fs::remove_dir_all(at("repository/.git")).expect("removed");
        assert_eq!(link("../../common/a.yaml"), Some(Beyond::Fleet));
        assert_eq!(link("link2.yaml"), None);
    }
}
