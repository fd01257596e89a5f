//! A small YAML document and its text: enough for a Secret, in a fixed layout, safe for readers of YAML 1.1.

use zeroize::Zeroizing;

/// A value of a document.
pub(super) enum Node {
    /// A text; wiped, since any may be a private key before it is sealed.
    Text(Zeroizing<String>),
    /// A mapping, in its order.
    Map(Vec<(String, Node)>),
    /// A list of mappings.
    List(Vec<Vec<(String, Node)>>),
}

impl Node {
    /// A text.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(Zeroizing::new(text.into()))
    }
}

/// A mapping from pairs.
pub(super) fn map<const N: usize>(entries: [(&str, Node); N]) -> Vec<(String, Node)> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// The document's text below a comment line.
pub(super) fn write(comment: &str, entries: &[(String, Node)]) -> String {
    let mut out = format!("# {comment}\n");
    write_map(&mut out, entries, 0);
    out
}

fn write_map(out: &mut String, entries: &[(String, Node)], depth: usize) {
    for (key, value) in entries {
        indent(out, depth);
        write_entry(out, key, value, depth);
    }
}

fn write_entry(out: &mut String, key: &str, value: &Node, depth: usize) {
    push_scalar(out, key);
    out.push(':');
    match value {
        Node::Text(text) if is_block(text) => {
            out.push_str(" |\n");
            for line in text.lines() {
                indent(out, depth + 1);
                out.push_str(line);
                out.push('\n');
            }
        }
        Node::Text(text) => {
            out.push(' ');
            push_scalar(out, text);
            out.push('\n');
        }
        Node::Map(entries) => {
            out.push('\n');
            write_map(out, entries, depth + 1);
        }
        Node::List(items) => {
            out.push('\n');
            items.iter().for_each(|item| write_item(out, item, depth));
        }
    }
}

fn write_item(out: &mut String, item: &[(String, Node)], depth: usize) {
    for (i, (key, value)) in item.iter().enumerate() {
        indent(out, depth);
        out.push_str(if i == 0 { "- " } else { "  " });
        write_entry(out, key, value, depth + 1);
    }
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

/// Whether the text can stand as a literal block: lines of plain letters with one newline at the end.
fn is_block(text: &str) -> bool {
    let printable =
        |line: &str| !line.is_empty() && line.bytes().all(|b| (b' '..=b'~').contains(&b)) && line.trim() == line;
    text.strip_suffix('\n').is_some_and(|lines| lines.split('\n').all(printable))
}

fn push_scalar(out: &mut String, text: &str) {
    if is_plain(text) {
        out.push_str(text);
        return;
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            // The last five are line breaks or a byte order mark to some readers.
            c if c.is_control() || matches!(c, '\u{85}' | '\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Whether every reader takes the bare text for this very text. What starts with a letter and is none of these words is
/// neither number nor time nor boolean in any version of YAML.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '^')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._/=+,:[]^()|$\\-".contains(&b))
        && !text.ends_with(':')
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout() {
        let document = [
            ("kind".to_owned(), Node::text("Secret")),
            ("data".to_owned(), Node::Map(map([("a.pem", Node::text("one\ntwo\n")), ("b", Node::text(""))]))),
            ("list".to_owned(), Node::List(vec![map([("x", Node::text("1")), ("y", Node::text("z\n"))])])),
        ];
        let expected = "# Hello.\nkind: Secret\ndata:\n  a.pem: |\n    one\n    two\n  b: \"\"\nlist:\n- x: \"1\"\n  \"y\": |\n    z\n";
        assert_eq!(write("Hello.", &document), expected);
    }

    #[test]
    fn whatever_is_written_is_read_back() {
        let texts = [
            "yes",
            "No",
            "~",
            "",
            " a",
            "a ",
            "0x1f",
            "1e3",
            "12:30:45",
            "2026-01-02T03:04:05Z",
            "a: b",
            "a #b",
            "- a",
            "ends:",
            "é\u{2028}\u{85}\u{feff}\t\"\\",
            "[x]",
            "ENC[a,b:c]",
            "^(a\\.b|c)$",
            "a\n",
            "a\n\n",
            "\n",
            " a\n",
            "a\r\nb\n",
            "&x",
            "!x",
            "%",
            "@",
            "`",
            "Prune=false",
        ];
        for text in texts {
            let written = write("c", &[("k".to_owned(), Node::Map(map([("v", Node::text(text))])))]);
            let value: serde_yaml::Value = serde_yaml::from_str(&written).expect("valid YAML");
            assert_eq!(value["k"]["v"].as_str(), Some(text), "{written}");
        }
    }
}
