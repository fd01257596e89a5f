//! The names of submodules.

use std::path::Path;

use super::commit::{Commit, Entry};

/// The name of the submodule at a path, as `.gitmodules` of the commit has it; the path itself if it is not there.
pub(super) fn name(directory: &Path, commit: &Commit, path: &str) -> anyhow::Result<String> {
    let Some(Entry::File(object)) = commit.get(".gitmodules") else { return Ok(path.to_owned()) };
    let mut git = super::command(directory);
    git.args(["config", "--null", "--blob", object, "--get-regexp", r"^submodule\..*\.path$"]);
    let output = git.output()?;
    // It exits with 1 if nothing matches, and a file that is not valid has no names.
    Ok(find(&String::from_utf8_lossy(&output.stdout), path).unwrap_or(path).to_owned())
}

/// Finds the name in entries such as `submodule.NAME.path`, a line feed, and the path.
fn find<'l>(listing: &'l str, path: &str) -> Option<&'l str> {
    listing.split('\0').find_map(|entry| {
        let (key, value) = entry.split_once('\n')?;
        let name = key.strip_prefix("submodule.")?.strip_suffix(".path")?;
        (value == path).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_paths() {
        let listing = "submodule.a.b.path\nfleet/lib\0submodule.other.path\nfleet/lib2\0";
        assert_eq!(find(listing, "fleet/lib"), Some("a.b"));
        assert_eq!(find(listing, "fleet/lib2"), Some("other"));
        assert_eq!(find(listing, "fleet"), None);
    }
}
