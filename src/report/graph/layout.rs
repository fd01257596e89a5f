//! Places of nodes: a column for each cluster, in it a row for each node. Nothing is optimised, so that a small change of a fleet is a
//! small change of its picture.

use super::drawing::{Drawing, Node, NodeKind};

/// The width of a node, in pixels.
pub(super) const WIDTH: usize = 230;
/// The height of a line of text.
pub(super) const LINE: usize = 15;
/// Between a node and the next one.
const GAP: usize = 14;
/// Between two columns, where edges turn.
const AISLE: usize = 170;
/// Around everything, and above the first row.
const MARGIN: usize = 30;
const TOP: usize = 70;
/// How many notes of a node are shown.
pub(super) const MOST_NOTES: usize = 4;

/// A node's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) height: usize,
}

/// A column.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// Nothing above what is in no cluster.
    pub(super) title: String,
    pub(super) x: usize,
    pub(super) height: usize,
}

/// The places of everything in a drawing.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) columns: Vec<Column>,
    /// By the position of the node.
    pub(super) spots: Vec<Spot>,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Layout {
    /// Who is outside of the clusters and calls, then the clusters, then what is outside and called.
    pub(super) fn of(drawing: &Drawing) -> Self {
        let mut out = Self { spots: vec![Spot::default(); drawing.nodes.len()], ..Self::default() };
        let is_caller = |node: &Node| matches!(node.kind, NodeKind::Caller | NodeKind::Policy);
        out.column(drawing, "", |node| node.group.is_none() && is_caller(node));
        for (at, group) in drawing.groups.iter().enumerate() {
            out.column(drawing, group, |node| node.group == Some(at));
        }
        out.column(drawing, "", |node| node.group.is_none() && !is_caller(node));
        out.width = (2 * MARGIN + out.columns.len() * (WIDTH + AISLE)).saturating_sub(AISLE);
        out.height = out.columns.iter().map(|column| column.height).max().unwrap_or_default() + TOP + MARGIN;
        out
    }

    /// Adds a column, unless it is empty and has no title.
    fn column(&mut self, drawing: &Drawing, title: &str, is_mine: impl Fn(&Node) -> bool) {
        let x = MARGIN + self.columns.len() * (WIDTH + AISLE);
        let mut y = TOP;
        for (at, node) in drawing.nodes.iter().enumerate().filter(|(_, node)| is_mine(node)) {
            let lines = 1 + node.notes.len().min(MOST_NOTES) + usize::from(node.notes.len() > MOST_NOTES);
            let height = lines * LINE + 10;
            self.spots[at] = Spot { x, y, height };
            y += height + GAP;
        }
        if y > TOP || !title.is_empty() {
            self.columns.push(Column { title: title.to_owned(), x, height: y - TOP });
        }
    }
}
