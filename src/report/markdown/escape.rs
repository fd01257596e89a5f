//! Texts in Markdown that are nothing but text.

/// A text in the font of code, also in a heading or in the cell of a table. A code span could be left by backticks, and a cell by
/// a `|`; entities are never syntax.
pub(in crate::report) fn code(text: &str) -> String {
    format!("<code>{}</code>", entities(text))
}

/// A text that is not code. A mention or the number of an issue would notify somebody or add a link, so it is broken by a space
/// without a width.
pub(in crate::report) fn prose(text: &str) -> String {
    let mut out = String::new();
    for part in text.split_inclusive(['@', '#']) {
        out.push_str(&entities(part));
        if part.ends_with(['@', '#']) {
            out.push_str("&#8203;");
        }
    }
    out
}

fn entities(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            ' ' | '.' | ',' | '-' | '/' => out.push(c),
            _ if c.is_control() => out.push(' '),
            _ if c.is_ascii_punctuation() => out.push_str(&format!("&#{};", u32::from(c))),
            _ => out.push(c),
        }
    }
    out
}

/// Lines in a fence that is longer than every row of backticks in them.
pub(in crate::report) fn fence(language: &str, lines: &str) -> String {
    let ticks = "`".repeat(longest_row(lines).max(2) + 1);
    let lines: String =
        lines.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { ' ' } else { c }).collect();
    format!("{ticks}{language}\n{}\n{ticks}\n", lines.trim_end_matches('\n'))
}

fn longest_row(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_syntax() {
        assert_eq!(code("a|b`c</code>"), "<code>a&#124;b&#96;c&#60;&#47;code&#62;</code>".replace("&#47;", "/"));
        assert_eq!(code("VirtualService shop/web-1"), "<code>VirtualService shop/web-1</code>");
        assert_eq!(code("a\nb\u{1b}"), "<code>a b </code>");
        assert_eq!(prose("see @team and #12, *now*"), "see &#64;&#8203;team and &#35;&#8203;12, &#42;now&#42;");
    }

    #[test]
    fn fences_are_longer_than_what_is_in_them() {
        assert_eq!(fence("diff", "+a\n"), "```diff\n+a\n```\n");
        assert_eq!(fence("", "+```\n+````x\n"), "`````\n+```\n+````x\n`````\n");
        assert_eq!(fence("", "a\r\nb\u{1b}[1m\tc"), "```\na \nb [1m\tc\n```\n");
    }
}
