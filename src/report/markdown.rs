//! Markdown for the comment of a pull request or the summary of a job: sections of blocks, cut between two blocks at a size.
//!
//! What is in a block comes from the inputs, which anybody may have proposed: it is never read as Markdown or as HTML.

mod escape;

pub(super) use escape::{code, fence, prose};

/// Room for the note about what is cut.
const NOTE: usize = 2000;

/// A part of a page with a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub title: String,
    /// Whole lines of Markdown. A page is cut between two of them.
    pub blocks: Vec<String>,
}

impl Section {
    /// A section without blocks, which is not printed.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), blocks: Vec::new() }
    }

    /// Adds a table, of which each row is a block. `more` says that further rows are left out, and where they are.
    pub(super) fn table(&mut self, columns: &[&str], rows: impl Iterator<Item = Vec<String>>) {
        let head = format!("| {} |\n|{}\n", columns.join(" | "), " --- |".repeat(columns.len()));
        for (index, row) in rows.enumerate() {
            let row = format!("| {} |\n", row.join(" | "));
            self.blocks.push(if index == 0 { format!("{head}{row}") } else { row });
        }
    }
}

/// Writes a page of at most so many bytes: `head`, then the sections in their order. From the first block that does not fit on,
/// the rest is left out, and the end of the page says what; `all` says where all of it is.
pub(super) fn page(head: &str, sections: &[Section], most: usize, all: &str) -> String {
    let mut out = head.to_owned();
    let mut cut = Vec::new();
    let most = most.saturating_sub(NOTE);
    for Section { title, blocks } in sections.iter().filter(|section| !section.blocks.is_empty()) {
        let heading = format!("\n### {title}\n\n");
        let mut written = 0;
        for block in blocks {
            let length = if written == 0 { heading.len() + block.len() } else { block.len() };
            if !cut.is_empty() || out.len() + length > most {
                break;
            }
            if written == 0 {
                out.push_str(&heading);
            }
            out.push_str(block);
            written += 1;
        }
        if written < blocks.len() {
            cut.push(format!("{} of {} in “{title}”", blocks.len() - written, blocks.len()));
        }
    }
    if !cut.is_empty() {
        out.push_str(&format!("\n**Not shown, since the page would be too long:** {}. {all}\n", cut.join(", ")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_between_blocks() {
        let section = |title: &str, count: usize| Section {
            title: title.into(),
            blocks: (0..count).map(|n| format!("{n}: {}\n", "x".repeat(95))).collect(),
        };
        let sections = [section("A", 2), Section::new("None"), section("B", 40), section("C", 1)];
        let whole = page("head\n", &sections, 100_000, "See all.");
        assert!(
            !whole.contains("Not shown") && !whole.contains("None") && whole.contains("\n### C\n\n0: x"),
            "{whole}"
        );
        for most in 3000..3200 {
            let page = page("head\n", &sections, most, "See all.");
            assert!(page.len() <= most, "{} > {most}", page.len());
            assert!(page.starts_with("head\n\n### A\n\n0: x"), "{page}");
            let shown = page.lines().filter(|line| line.contains(": x")).count();
            assert!(page.lines().filter(|line| line.contains(": x")).all(|line| line.ends_with(&"x".repeat(95))));
            let wanted = format!("{} of 40 in “B”, 1 of 1 in “C”. See all.\n", 42 - shown);
            assert!(page.ends_with(&wanted), "{wanted:?} is not in {page}");
        }
    }
}
