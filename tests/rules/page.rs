//! The rules that the documentation names: rows of tables whose first column is `rule` or `name`, and list items that begin
//! with a name.

use std::fs;
use std::path::Path;

/// One rule of a page.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// Its name.
    pub(crate) id: String,
    /// The page.
    pub(crate) page: &'static str,
    /// The heading of the second level under which it stands.
    pub(crate) heading: String,
    /// The fields it is about, given from the heading's subject on.
    pub(crate) fields: Vec<String>,
    /// What it says of this program.
    pub(crate) text: String,
    /// The case that its row names, if the table has such a column.
    pub(crate) shown_by: Option<String>,
}

/// The pages whose rules have to be covered.
pub(crate) const PAGES: [&str; 3] = ["docs/policies.md", "docs/osm.md", "docs/differences.md"];

/// The text of a file of the project.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The texts between backticks.
pub(crate) fn code_spans(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Fields in code spans. A name that begins with a dot stands for its neighbour's with another last part.
pub(crate) fn fields(cell: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for name in code_spans(cell) {
        let field = match (name.strip_prefix('.'), out.last().and_then(|last| last.rsplit_once('.'))) {
            (Some(part), Some((before, _))) => format!("{before}.{part}"),
            _ => name.to_owned(),
        };
        out.push(field);
    }
    out
}

/// A table's row as its cells.
fn cells(row: &str) -> Vec<String> {
    row.trim_start_matches("| ").trim_end_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
}

/// The rules of every page, in their order.
pub(crate) fn rules() -> Vec<Rule> {
    PAGES.iter().flat_map(|page| rules_of(page)).collect()
}

/// The rules of one page. An example is no place for rules; a list item that is no link has to be one.
fn rules_of(page: &'static str) -> Vec<Rule> {
    let text = read(page);
    let mut out: Vec<Rule> = Vec::new();
    let mut heading = String::new();
    let mut header: Vec<String> = Vec::new();
    let (mut in_example, mut in_item) = (false, false);
    for line in text.lines() {
        in_example ^= line.starts_with("```");
        if in_example {
            continue;
        }
        if let Some(title) = line.strip_prefix("## ") {
            title.clone_into(&mut heading);
        }
        if !line.starts_with('|') {
            header.clear();
        } else if header.is_empty() {
            header = cells(line);
        } else if !line.starts_with("|--") && ["rule", "name"].contains(&&*header[0]) {
            out.push(row(page, &heading, &header, &cells(line)));
        }
        in_item &= line.starts_with("  ");
        if let Some(item) = line.strip_prefix("- `") {
            let (id, text) = item.split_once("` ").unwrap_or_else(|| panic!("{page}: {line}"));
            let (page, heading, text) = (page, heading.clone(), text.to_owned());
            out.push(Rule { id: id.to_owned(), page, heading, fields: Vec::new(), text, shown_by: None });
            in_item = true;
        } else if in_item {
            let rule = out.last_mut().expect("an item began");
            rule.text.push_str(&line[1..]);
        } else {
            assert!(!line.starts_with("- ") || line.starts_with("- ["), "{page}: a rule without a name: {line}");
        }
    }
    out
}

fn row(page: &'static str, heading: &str, header: &[String], cells: &[String]) -> Rule {
    assert_eq!(cells.len(), header.len(), "{page}: {cells:?}");
    let about_fields = page == "docs/policies.md" && header[1].starts_with("field");
    let differs = header[0] == "name";
    Rule {
        id: cells[0].trim_matches('`').to_owned(),
        page,
        heading: heading.to_owned(),
        fields: if about_fields { fields(&cells[1]) } else { Vec::new() },
        text: if differs { cells[2].clone() } else { cells[2..].join(" | ") },
        shown_by: differs.then(|| cells[3].trim_matches('`').to_owned()),
    }
}

/// The codes of diagnostics that a text names.
pub(crate) fn codes(text: &str) -> Vec<&str> {
    let starts = text.match_indices("MT0").map(|(at, _)| at);
    starts.filter_map(|at| text.get(at..at + 6)).filter(|code| code[2..].bytes().all(|b| b.is_ascii_digit())).collect()
}
