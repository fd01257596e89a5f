//! The rules of the documentation: rows of tables whose last column is `rule` or `name`, and list items that end with an ID
//! in `<sub>`.

use std::fs;
use std::path::Path;

/// One rule of a page.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) page: &'static str,
    /// The heading of the second level above it.
    pub(crate) heading: String,
    /// The fields it is about, given from the heading's subject on.
    pub(crate) fields: Vec<String>,
    /// What it says of this program.
    pub(crate) text: String,
    /// Whether it is a list item, not a row of a table.
    pub(crate) is_item: bool,
    /// The case in its row, if the table has such a column.
    pub(crate) shown_by: Option<String>,
}

/// The pages about policies: what they have in common, and one for each kind.
pub(crate) const POLICIES: [&str; 5] = [
    "docs/policies.md",
    "docs/policies/virtual-mesh.md",
    "docs/policies/traffic-policy.md",
    "docs/policies/access-policy.md",
    "docs/policies/failover-service.md",
];

/// The other pages with rules that cases must cover.
const OTHERS: [&str; 2] = ["docs/osm.md", "docs/differences.md"];

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
    POLICIES.iter().chain(&OTHERS).flat_map(|page| rules_of(page)).collect()
}

/// The rules of one page. Examples have none. A list item that does not begin with a link must be a rule.
fn rules_of(page: &'static str) -> Vec<Rule> {
    let text = read(page);
    let mut out: Vec<Rule> = Vec::new();
    let mut heading = String::new();
    let mut header: Vec<String> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            assert!(lines.any(|line| line == "```"), "{page}: a block without an end: {line}");
        }
        if let Some(title) = line.strip_prefix("## ") {
            title.clone_into(&mut heading);
        }
        if !line.starts_with('|') {
            header.clear();
        } else if header.is_empty() {
            header = cells(line);
        } else if !line.starts_with("|--") && ["rule", "name"].contains(&&*header[header.len() - 1]) {
            out.push(row(page, &heading, &header, cells(line)));
        }
        if let Some(begin) = line.strip_prefix("- ") {
            let mut text = begin.to_owned();
            while let Some(more) = lines.next_if(|line| line.starts_with("  ")) {
                text.push_str(&more[1..]);
            }
            out.extend(item(page, &heading, &text));
        }
    }
    out
}

/// A list item as a rule: a sentence, then an ID.
fn item(page: &'static str, heading: &str, text: &str) -> Option<Rule> {
    let id = text.strip_suffix("`</sub>").and_then(|text| text.rsplit_once(" <sub>`"));
    assert!(id.is_some() || text.starts_with('['), "{page}: a rule without an ID: {text}");
    let (text, id) = id?;
    Some(Rule {
        id: id.to_owned(),
        page,
        heading: heading.to_owned(),
        fields: Vec::new(),
        text: text.to_owned(),
        is_item: true,
        shown_by: None,
    })
}

fn row(page: &'static str, heading: &str, header: &[String], mut cells: Vec<String>) -> Rule {
    assert_eq!(cells.len(), header.len(), "{page}: {cells:?}");
    let about_fields = POLICIES.contains(&page) && header[0].starts_with("field");
    let differs = header[header.len() - 1] == "name";
    let id = cells.pop().unwrap_or_default();
    Rule {
        id: id.trim_matches('`').to_owned(),
        page,
        heading: heading.to_owned(),
        fields: if about_fields { fields(&cells[0]) } else { Vec::new() },
        text: if differs { cells[1].clone() } else { cells[1..].join(" | ") },
        is_item: false,
        shown_by: differs.then(|| cells[2].trim_matches('`').to_owned()),
    }
}

/// The codes of diagnostics that a text names.
pub(crate) fn codes(text: &str) -> Vec<&str> {
    let starts = text.match_indices("MT0").map(|(at, _)| at);
    starts.filter_map(|at| text.get(at..at + 6)).filter(|code| code[2..].bytes().all(|b| b.is_ascii_digit())).collect()
}
