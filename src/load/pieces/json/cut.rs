//! The items of a List that is written as kubectl writes it: one item begins in each line of a certain indentation.

use memchr::memmem;

use crate::load::MOST_OBJECTS;

/// A List in parts.
pub(in crate::load::pieces) struct Cut<'a> {
    /// The texts of its items, if each of them is one value.
    pub(in crate::load::pieces) items: Vec<&'a str>,
    /// The text of the List without them.
    pub(in crate::load::pieces) rest: String,
}

/// Cuts a List at the lines in which its items begin; none if it is written otherwise.
pub(in crate::load::pieces) fn cut(text: &str) -> Option<Cut<'_>> {
    const ITEMS: &str = "\"items\": [\n";
    let key = memmem::find(text.as_bytes(), ITEMS.as_bytes())?;
    let inside = key + ITEMS.len();
    let indent = |text: &str| text.len() - text.trim_start_matches(' ').len();
    let line = memchr::memrchr(b'\n', &text.as_bytes()[..key]).map_or(0, |end| end + 1);
    let outer = indent(&text[line..key]);
    let inner = indent(&text[inside..]);
    // From the line break before the first item on, which is the last byte of the opening line.
    let from = inside - 1;
    let begin = format!("\n{}{{", " ".repeat(inner));
    let begins = memmem::find_iter(&text.as_bytes()[from..], &begin).map(|at| from + at + 1 + inner);
    let begins: Vec<usize> = begins.take(MOST_OBJECTS + 1).collect();
    let (first, last) = (*begins.first()?, *begins.last()?);
    let end = last + memmem::find(&text.as_bytes()[last..], format!("\n{}]", " ".repeat(outer)).as_bytes())?;
    if first != inside + inner || inner <= outer || begins.len() > MOST_OBJECTS {
        return None;
    }
    let comma = |item: &'_ str| item.trim_end().strip_suffix(',').map(str::len);
    let mut items = Vec::with_capacity(begins.len());
    for two in begins.windows(2) {
        let [begin, next] = *two else { return None };
        let item = &text[begin..next];
        items.push(item[..comma(item)?].trim_end());
    }
    items.push(text[last..end].trim_end());
    Some(Cut { items, rest: format!("{}{}", &text[..inside], &text[end..]) })
}

/// Whether an item that begins at a column, from 0, is closed at the same one, or in its only line.
pub(in crate::load::pieces) fn is_closed(item: &str, column: usize) -> bool {
    let last = item.rsplit('\n').next().unwrap_or_default();
    let is_one_line = last.len() == item.len();
    item.ends_with('}') && (is_one_line || last.len() == column + 1 && last[..column].bytes().all(|byte| byte == b' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The items and the rest.
    fn parts(text: &str) -> Option<(Vec<&str>, String)> {
        cut(text).map(|Cut { items, rest }| (items, rest))
    }

    #[test]
    fn a_list_of_kubectls_is_cut_at_its_items() {
        let text = "{\n    \"items\": [\n        {\n            \"a\": [\n                {}\n            ]\n        },\n        {},\n        \
                    {\"b\": \"[\"}\n    ],\n    \"kind\": \"List\"\n}\n";
        let (items, rest) = parts(text).expect("parts");
        assert_eq!(items.len(), 3);
        assert!(items[0].starts_with("{\n") && items[0].ends_with("\n        }"));
        assert_eq!(items[1..], ["{}", "{\"b\": \"[\"}"]);
        assert_eq!(rest, "{\n    \"items\": [\n\n    ],\n    \"kind\": \"List\"\n}\n");
    }

    #[test]
    fn an_item_is_closed_where_it_is_opened() {
        for (item, column, closed) in [
            ("{\n    }", 4, true),
            ("{}", 4, true),
            ("{\n      }", 4, false),
            ("{\n  }", 4, false),
            ("{", 4, false),
            ("{\n    ]", 4, false),
        ] {
            assert_eq!(is_closed(item, column), closed, "{item}");
        }
    }

    #[test]
    fn what_is_written_otherwise_is_not_cut() {
        for text in [
            "{\"items\": [{}]}",
            "{\n\"items\": [\n{}\n]}",
            "{\n  \"items\": [\n    1,\n    {}\n  ]\n}",
            "{\n  \"items\": [\n    {}\n",
            "{\n  \"items\": [\n    {}\n    {}\n  ]\n}",
            "{\n \"items\": [\n  {\"a\": [\n  {},\n  {}\n  ]}\n ]\n}",
        ] {
            assert_eq!(parts(text), None, "{text}");
        }
    }
}
