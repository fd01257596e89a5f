//! Where the symbolic links of a commit lead, without any file system.

use super::commit::{Commit, Entry};

/// The most links that a path may go through, as in Linux.
const MOST: usize = 40;

/// What a link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A file of the commit.
    File(String),
    /// A directory of the commit; the empty path is the whole of it.
    Directory(String),
    /// Something outside of the repository.
    Outside,
    /// Something that the commit does not have.
    Missing,
    /// A submodule, or something in one.
    Submodule,
}

/// Follows a link, given the look-up of a target by the name of its object; `top` is where the repository is.
pub(super) fn follow(
    commit: &Commit,
    top: &str,
    link: &str,
    target: &mut dyn FnMut(&str) -> anyhow::Result<Option<String>>,
) -> anyhow::Result<Found> {
    let mut at: Vec<String> = Vec::new();
    // What is still to be gone, the next name last.
    let mut names: Vec<String> = link.rsplit('/').map(str::to_owned).collect();
    let mut links = 0;
    while let Some(name) = names.pop() {
        match name.as_str() {
            "" | "." => continue,
            ".." if at.pop().is_none() => return Ok(Found::Outside),
            ".." => continue,
            _ => at.push(name),
        }
        let path = at.join("/");
        match commit.get(&path) {
            Some(Entry::File(_)) => {
                let rest = names.iter().any(|name| !matches!(name.as_str(), "" | "."));
                return Ok(if rest { Found::Missing } else { Found::File(path) });
            }
            Some(Entry::Submodule) => return Ok(Found::Submodule),
            Some(Entry::Link(object)) => {
                links += 1;
                let Some(found) = target(object)?.filter(|_| links <= MOST) else { return Ok(Found::Missing) };
                at.pop();
                let found = match found.strip_prefix(top) {
                    Some(below) if !top.is_empty() && below.starts_with('/') => {
                        at.clear();
                        below
                    }
                    _ if found.starts_with('/') => return Ok(Found::Outside),
                    _ => &found,
                };
                names.extend(found.rsplit('/').map(str::to_owned));
            }
            None if commit.is_directory(&path) => {}
            None => return Ok(Found::Missing),
        }
    }
    Ok(Found::Directory(at.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_within_the_commit() {
        let links = [
            ("fleet/a.yaml", "../common/a.yaml"),
            ("fleet/common", "../common"),
            ("fleet/twice.yaml", "common/a.yaml"),
            ("fleet/top", ".."),
            ("fleet/out.yaml", "../../a.yaml"),
            ("fleet/etc.yaml", "/etc/passwd"),
            ("fleet/absolute.yaml", "/home/r/common/a.yaml"),
            ("fleet/near.yaml", "/home/rest/a.yaml"),
            ("fleet/self.yaml", "self.yaml"),
            ("fleet/none.yaml", "nowhere/../../common/a.yaml"),
            ("fleet/through.yaml", "../common/a.yaml/x"),
        ];
        let commit = Commit::of(&["common/a.yaml", "fleet/b.yaml"], &links);
        let followed = |link: &str| {
            let found = follow(&commit, "/home/r", link, &mut |object| Ok(Some(object.to_owned())));
            found.expect("no error")
        };
        let file = |path: &str| Found::File(path.to_owned());
        for (link, wanted) in [
            ("fleet/a.yaml", file("common/a.yaml")),
            ("fleet/common", Found::Directory("common".to_owned())),
            ("fleet/twice.yaml", file("common/a.yaml")),
            ("fleet/top", Found::Directory(String::new())),
            ("fleet/out.yaml", Found::Outside),
            ("fleet/etc.yaml", Found::Outside),
            ("fleet/absolute.yaml", file("common/a.yaml")),
            ("fleet/near.yaml", Found::Outside),
            ("fleet/self.yaml", Found::Missing),
            ("fleet/none.yaml", Found::Missing),
            ("fleet/through.yaml", Found::Missing),
        ] {
            assert_eq!(followed(link), wanted, "{link}");
        }
    }
}
