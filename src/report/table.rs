//! The layout of all tables, and numbers with their nouns.

/// The maximum width of a column. A longer cell shifts the rest of its own line; valid Kubernetes names are shorter.
const WIDEST: usize = 300;

/// Columns as wide as necessary, two spaces apart, one line per row.
pub(super) fn table<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let widths = widths(rows);
    let line = |row: &[String; N]| -> String {
        let cells: String = widths.iter().zip(row).map(|(width, cell)| format!("{cell:width$}  ")).collect();
        cells.trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// The width of each column, in characters.
pub(super) fn widths<const N: usize>(rows: &[[String; N]]) -> [usize; N] {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count()).min(WIDEST);
        }
    }
    widths
}

/// A number with its noun, singular or plural.
pub(super) fn plural(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
