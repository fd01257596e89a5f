//! Classes of characters: `[a-z]`, `[[:alpha:]]`, `\pL`.

use super::Wrong;
use super::escape::{character, is_perl_class};
use super::names::POSIX;
use super::unicode::unicode;

/// Reads a class of which the opening bracket is read, and gives what follows it.
pub(super) fn class(after: &str) -> Result<&str, Wrong> {
    let mut rest = after.strip_prefix('^').unwrap_or(after);
    let mut is_first = true;
    loop {
        match rest.strip_prefix(']') {
            Some(rest) if !is_first => return Ok(rest),
            _ => is_first = false,
        }
        rest = match whole_class(rest) {
            Some(found) => found?,
            None => range(rest)?,
        };
    }
}

/// A class within the class, if there is one.
fn whole_class(rest: &str) -> Option<Result<&str, Wrong>> {
    if let Some(named) = rest.strip_prefix("[:") {
        let (name, after) = named.split_once(":]")?;
        let is_known = POSIX.contains(&name.strip_prefix('^').unwrap_or(name));
        return Some(match is_known {
            true => Ok(after),
            false => Err(Wrong::new(format!("[:{name}:] is not a known class of characters"))),
        });
    }
    let escaped = rest.strip_prefix('\\')?;
    let first = escaped.chars().next()?;
    match first {
        'p' | 'P' => Some(unicode(&escaped[1..], first)),
        _ if is_perl_class(first) => Some(Ok(&escaped[1..])),
        _ => None,
    }
}

/// One character or a range of them.
fn range(rest: &str) -> Result<&str, Wrong> {
    let (low, after) = member(rest)?;
    // In [a-] the hyphen stands for itself.
    match after.strip_prefix('-') {
        Some(upper) if !upper.starts_with(']') => {
            let (high, after) = member(upper)?;
            match low <= high {
                true => Ok(after),
                false => {
                    let written = &rest[..rest.len() - after.len()];
                    Err(Wrong::new(format!("the range {written} is in the wrong order")))
                }
            }
        }
        _ => Ok(after),
    }
}

fn member(rest: &str) -> Result<(char, &str), Wrong> {
    if let Some(escaped) = rest.strip_prefix('\\') {
        return character(escaped);
    }
    match rest.chars().next() {
        Some(found) => Ok((found, &rest[found.len_utf8()..])),
        None => Err(Wrong::new("an opening [ is not closed").hint("close it, or write \\[ for the character")),
    }
}
