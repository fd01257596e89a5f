//! `requiredVersion`: which versions of this program may render a fleet.

use std::cmp::Ordering;

/// Whether a range such as `>=0.1, <0.2` admits a version; `None` if the text is not a valid range.
///
/// Each part is an operator (`>=`, `>`, `<=`, `<`, `=`) and one to three numbers; all parts have to hold. Without an operator, or
/// with `=`, the numbers that are given have to be equal: `0.1` admits `0.1.7`.
pub(super) fn admits(range: &str, version: &str) -> Option<bool> {
    let version = numbers(version.split(['-', '+']).next()?)?;
    let mut all = true;
    for part in range.split(',') {
        let part = part.trim();
        let (operator, wanted) = part.split_at(part.find(|c: char| !"<>=".contains(c))?);
        let wanted = numbers(wanted.trim())?;
        let whole = |numbers: &[u64]| [0, 1, 2].map(|i| numbers.get(i).copied().unwrap_or_default());
        let order = whole(&version).cmp(&whole(&wanted));
        all &= match operator {
            "" | "=" => version.starts_with(&wanted),
            ">=" => order != Ordering::Less,
            ">" => order == Ordering::Greater,
            "<=" => order != Ordering::Greater,
            "<" => order == Ordering::Less,
            _ => return None,
        };
    }
    Some(all)
}

/// One to three numbers with dots between them.
fn numbers(text: &str) -> Option<Vec<u64>> {
    let parts: Option<Vec<u64>> = text
        .split('.')
        .map(|part| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten())
        .collect();
    parts.filter(|parts| parts.len() <= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (range, expected) in [
            (">=0.1, <0.2", Some(true)),
            (">=0.1.3", Some(true)),
            (">0.1.3", Some(false)),
            ("<=0.1.3", Some(true)),
            ("<0.1.3", Some(false)),
            ("0.1", Some(true)),
            ("=0.1.3", Some(true)),
            ("= 0.1.4", Some(false)),
            ("0", Some(true)),
            (">=0.2,<1", Some(false)),
            ("", None),
            (">=", None),
            ("^0.1", None),
            ("=>0.1", None),
            ("0.1.2.3", None),
            ("0.1,", None),
            ("0.+1", None),
        ] {
            assert_eq!(admits(range, "0.1.3"), expected, "{range:?}");
        }
        assert_eq!(admits(">=0.1", "0.1.0-rc.1+meta"), Some(true));
    }
}
