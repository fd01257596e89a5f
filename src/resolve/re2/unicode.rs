//! Classes of characters by Unicode: `\pL`, `\p{Greek}`.

use super::Wrong;
use super::names::{CATEGORIES, SCRIPTS};

/// The name of a category or a script behind `\p` or `\P`.
pub(super) fn unicode(after: &str, letter: char) -> Result<&str, Wrong> {
    let (name, rest) = match after.strip_prefix('{') {
        Some(braced) => braced.split_once('}').unwrap_or((braced, "")),
        None => after.split_at(after.chars().next().map_or(0, char::len_utf8)),
    };
    if after.starts_with('{') && !after.contains('}') {
        return Err(Wrong::new(format!("\\{letter}{{{name} has no closing brace")).hint("close it: \\p{Greek}"));
    }
    let plain = if after.starts_with('{') { name.strip_prefix('^').unwrap_or(name) } else { name };
    let is_known = plain == "Any" || CATEGORIES.contains(&plain) || SCRIPTS.contains(&plain);
    match is_known {
        true => Ok(rest),
        false => Err(Wrong::new(format!("\\{letter}{{{name}}} is not a known class of characters"))
            .hint("use a category such as \\pL or a script such as \\p{Greek}")),
    }
}
