//! What `.meshtreeignore` files leave out, by the rules of `.gitignore`.

use std::collections::BTreeMap;

use regex_lite::Regex;

/// The ignore files seen so far.
#[derive(Default)]
pub(super) struct Ignore {
    /// The rules of each directory that has some, by its path from the fleet (`""` for the fleet itself).
    directories: BTreeMap<String, Vec<Rule>>,
}

/// The longest line that is a pattern: no path is longer. What a line costs grows faster than its length.
const LONGEST: usize = 4096;

/// One line of an ignore file.
struct Rule {
    /// Matches a path from the directory of the file.
    pattern: Regex,
    negated: bool,
    directories_only: bool,
}

impl Ignore {
    /// Adds the ignore file of a directory.
    pub(super) fn add(&mut self, directory: &str, text: &str) {
        let rules: Vec<Rule> = text.lines().filter_map(Rule::parse).collect();
        if !rules.is_empty() {
            self.directories.insert(directory.to_owned(), rules);
        }
    }

    /// Whether a path from the fleet is ignored. Callers never ask about paths in ignored directories.
    pub(super) fn matches(&self, relative: &str, is_directory: bool) -> bool {
        let mut enclosing = relative;
        // The innermost directory's file decides, and within it the last matching rule.
        while !enclosing.is_empty() {
            enclosing = enclosing.rsplit_once('/').map_or("", |(parent, _)| parent);
            let inner = relative[enclosing.len()..].trim_start_matches('/');
            let rules = self.directories.get(enclosing).map_or(&[][..], Vec::as_slice);
            let applies = |rule: &&Rule| (is_directory || !rule.directories_only) && rule.pattern.is_match(inner);
            if let Some(rule) = rules.iter().rev().find(applies) {
                return !rule.negated;
            }
        }
        false
    }
}

impl Rule {
    /// The rule of a line, if it is one.
    fn parse(line: &str) -> Option<Self> {
        let line = trim_end(line);
        if line.is_empty() || line.starts_with('#') || line.len() > LONGEST {
            return None;
        }
        let (negated, line) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
        let (directories_only, line) = line.strip_suffix('/').map_or((false, line), |rest| (true, rest));
        if line.is_empty() {
            return None;
        }
        // A pattern without a slash inside matches at any depth.
        let anchored = line.contains('/');
        let glob = regex(line.strip_prefix('/').unwrap_or(line));
        let pattern = Regex::new(&format!("^{}{glob}$", if anchored { "" } else { "(?:.*/)?" })).ok()?;
        Some(Self { pattern, negated, directories_only })
    }
}

/// A line without the blanks at its end, unless a backslash keeps the last one.
fn trim_end(line: &str) -> &str {
    let trimmed = line.trim_end();
    let kept = trimmed.len() < line.len() && trimmed.ends_with('\\') && line[trimmed.len()..].starts_with(' ');
    if kept { &line[..=trimmed.len()] } else { trimmed }
}

/// The regular expression of a glob.
fn regex(glob: &str) -> String {
    let mut pattern = "(?s)".to_owned();
    let mut rest = glob;
    while let Some(c) = rest.chars().next() {
        let begins_part = rest.len() == glob.len() || glob[..glob.len() - rest.len()].ends_with('/');
        if begins_part && rest == "**" {
            pattern.push_str(".+");
            break;
        }
        if begins_part && let Some(after) = rest.strip_prefix("**/") {
            pattern.push_str("(?:.*/)?");
            rest = after;
            continue;
        }
        if c == '['
            && let Some((class, after)) = class(rest)
        {
            pattern.push_str(&class);
            rest = after;
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '*' => pattern.push_str("[^/]*"),
            '?' => pattern.push_str("[^/]"),
            '\\' => {
                let escaped = rest.chars().next().unwrap_or('\\');
                rest = rest.strip_prefix(escaped).unwrap_or(rest);
                pattern.push_str(&regex_lite::escape(escaped.encode_utf8(&mut [0; 4])));
            }
            c => pattern.push_str(&regex_lite::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    pattern
}

/// A class of characters such as `[a-z]` or `[!0-9]` at the beginning, and what follows it.
fn class(glob: &str) -> Option<(String, &str)> {
    let inner = &glob[1..];
    let (negated, inner) = inner.strip_prefix(['!', '^']).map_or((false, inner), |rest| (true, rest));
    // A bracket that comes first is a member.
    let end = inner.char_indices().skip(1).find(|(_, c)| *c == ']')?.0;
    let mut class = if negated { "[^/".to_owned() } else { "[".to_owned() };
    for c in inner[..end].chars() {
        if "\\[]^&~".contains(c) {
            class.push('\\');
        }
        class.push(c);
    }
    class.push(']');
    Regex::new(&class).is_ok().then_some((class, &inner[end + 1..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ignore(text: &str) -> Ignore {
        let mut ignore = Ignore::default();
        ignore.add("", text);
        ignore
    }

    /// Checks which of some paths (directories end in `/`) the rules leave out.
    fn check(rules: &str, left_out: &[&str], kept: &[&str]) {
        let ignore = ignore(rules);
        let matches = |path: &str| ignore.matches(path.trim_end_matches('/'), path.ends_with('/'));
        left_out.iter().for_each(|path| assert!(matches(path), "{rules:?} leaves out {path}"));
        kept.iter().for_each(|path| assert!(!matches(path), "{rules:?} keeps {path}"));
    }

    #[test]
    fn names_match_at_any_depth_and_paths_from_the_root() {
        check("# c\n\nvalues.yaml\n", &["values.yaml", "a/b/values.yaml", "values.yaml/"], &["xvalues.yaml", "# c"]);
        check("/values.yaml", &["values.yaml"], &["a/values.yaml"]);
        check("charts/values.yaml", &["charts/values.yaml"], &["a/charts/values.yaml"]);
        check("charts/", &["charts/", "a/charts/"], &["charts"]);
    }

    #[test]
    fn stars_and_classes() {
        check("*.json", &["a.json", "b/a.json"], &["a.jsonx", "json"]);
        check("/*.json", &["a.json"], &["b/a.json"]);
        check("a/*/c", &["a/b/c"], &["a/c", "a/b/b/c"]);
        check("a/**/c", &["a/c", "a/b/c", "a/b/b/c"], &["c", "b/a/c"]);
        check("**/c", &["c", "a/b/c"], &["cc"]);
        check("a/**", &["a/b", "a/b/c"], &["a", "b/a/c"]);
        check("v?.yaml", &["v1.yaml", "vé.yaml"], &["v.yaml", "v12.yaml"]);
        check("v[0-9].yaml\nw[!0-9].yaml", &["v1.yaml", "wa.yaml"], &["va.yaml", "w1.yaml"]);
        check("a[b.yaml\n(c)+.yaml", &["a[b.yaml", "(c)+.yaml"], &["ab.yaml", "cc.yaml"]);
    }

    #[test]
    fn the_last_rule_counts_and_may_take_back() {
        check("*.yaml\n!keep.yaml\n", &["a.yaml"], &["keep.yaml", "b/keep.yaml"]);
        check("!keep.yaml\n*.yaml\n", &["keep.yaml"], &[]);
        check("\\!x\n\\#y\nz\\ \nw  \n", &["!x", "#y", "z ", "w"], &["z", "x"]);
    }

    #[test]
    fn the_innermost_file_counts() {
        let mut ignore = ignore("*.yaml\n/a/b/x.json");
        ignore.add("a/b", "!keep.yaml\n/x.json\n!/y.json");
        assert!(!ignore.matches("a/b/keep.yaml", false) && !ignore.matches("a/b/c/keep.yaml", false));
        assert!(ignore.matches("a/keep.yaml", false) && ignore.matches("a/b/other.yaml", false));
        assert!(ignore.matches("a/b/x.json", false) && !ignore.matches("a/x.json", false));
    }

    proptest! {
        #[test]
        fn no_rule_panics(rules in "[a*?!/\\[\\]\\\\# .é\n-]{0,40}", path in "[aé./-]{1,12}") {
            ignore(&rules).matches(&path, true);
        }

        #[test]
        fn a_name_matches_itself(name in "[a-zé.(){}+^$|-]{1,12}") {
            let below = format!("d/{name}");
            prop_assert!(ignore(&name).matches(&name, false) && ignore(&name).matches(&below, false));
        }
    }
}
