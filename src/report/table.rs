//! The one form of tables.

/// The widest that a column gets. A longer cell pushes the rest of its own line, and names that Kubernetes takes are shorter.
const WIDEST: usize = 300;

/// Columns as wide as they have to be, two blanks apart, a line for each row.
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
