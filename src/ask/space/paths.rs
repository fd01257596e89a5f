//! The parts into which patterns cut all paths.

use std::collections::BTreeSet;

/// A character that no pattern has.
const FILLER: char = '\u{1}';

/// Representatives of all paths: for each path there is one that matches the same prefixes, suffixes and exact texts.
///
/// Which prefixes a path has follows from the longest of them, and so do suffixes. A representative is a prefix and a suffix with
/// something between them that no pattern has; every exact text represents itself.
pub fn representatives<'t>(patterns: impl IntoIterator<Item = Pattern<'t>>) -> Vec<String> {
    let (mut prefixes, mut suffixes, mut exact) = (BTreeSet::from(["/"]), BTreeSet::from([""]), BTreeSet::new());
    for pattern in patterns {
        match pattern {
            // A path begins with a slash, so an empty prefix and `/` are the same.
            Pattern::Prefix(text) if text.starts_with('/') => {
                prefixes.insert(text);
            }
            Pattern::Prefix(_) => {}
            Pattern::Suffix(text) => {
                suffixes.insert(text);
            }
            Pattern::Exact(text) => {
                exact.insert(text.to_owned());
            }
        }
    }
    let join =
        |prefix: &str| suffixes.iter().map(move |suffix| format!("{prefix}{FILLER}{suffix}")).collect::<Vec<_>>();
    let mut out: Vec<String> = exact.into_iter().collect();
    out.extend(prefixes.iter().flat_map(|prefix| join(prefix)));
    out
}

/// Whether a representative stands for paths of some length, and not for one alone.
pub fn is_many(representative: &str) -> bool {
    representative.contains(FILLER)
}

/// Whether a representative stands for paths of which no more is known than that no prefix or suffix matches them.
pub fn is_any(representative: &str) -> bool {
    let mut chars = representative.chars();
    (chars.next(), chars.next(), chars.next()) == (Some('/'), Some(FILLER), None)
}

/// A representative as people read it.
pub fn shown(representative: &str) -> String {
    representative.replace(FILLER, "…")
}

/// A pattern of paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern<'t> {
    Prefix(&'t str),
    Suffix(&'t str),
    Exact(&'t str),
}

impl<'t> Pattern<'t> {
    /// Reads a pattern of an access policy.
    pub fn of_access(text: &'t str) -> Self {
        match (text.strip_prefix('*'), text.strip_suffix('*')) {
            (_, Some(prefix)) => Self::Prefix(prefix),
            (Some(suffix), None) => Self::Suffix(suffix),
            (None, None) => Self::Exact(text),
        }
    }

    /// Whether a path matches it.
    pub fn matches(self, path: &str) -> bool {
        match self {
            Self::Prefix(text) => path.starts_with(text),
            Self::Suffix(text) => path.ends_with(text),
            Self::Exact(text) => path == text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_a_representative_that_matches_the_same() {
        let patterns = ["/a*", "/ab*", "*.html", "*l", "/ab", "/x.html", "/*", "*"].map(Pattern::of_access);
        let found = representatives(patterns);
        let of = |path: &str| patterns.map(|pattern| pattern.matches(path));
        for path in
            ["/", "/a", "/ab", "/abc", "/ax.html", "/x.html", "/y.html", "/l", "/al", "/ab.html", "/b", "/a/b.htm"]
        {
            assert!(found.iter().any(|representative| of(representative) == of(path)), "{path}");
        }
    }
}
