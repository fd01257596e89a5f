//! The drawing as a picture.

use super::drawing::{Drawing, Edge, EdgeKind, Fate, Node};
use super::layout::{LINE, Layout, MOST_NOTES, Spot, WIDTH};

/// How many characters of a name fit into a node.
const FITS: usize = 34;

/// Colours for light and dark backgrounds.
const STYLE: &str = include_str!("../../../templates/graph.svg.css");

/// What edges mean.
const LEGEND: [(EdgeKind, &str); 5] = [
    (EdgeKind::Access, "may call"),
    (EdgeKind::Shift, "traffic shift"),
    (EdgeKind::Mirror, "mirror"),
    (EdgeKind::Failover, "failover, in order"),
    (EdgeKind::Federation, "VirtualMesh"),
];

impl Drawing {
    /// A picture that stands alone.
    pub fn svg(&self) -> String {
        let layout = Layout::of(self);
        let (width, height) = (layout.width.max(640), layout.height);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             role=\"img\" aria-label=\"Services and who may call them\">\n<style>\n{STYLE}</style>\n{}{}",
            markers(),
            legend()
        );
        for column in layout.columns.iter().filter(|column| !column.title.is_empty()) {
            let (x, height) = (column.x - 12, column.height + 34);
            out += &format!(
                "<rect class=\"cluster\" x=\"{x}\" y=\"40\" width=\"{}\" height=\"{height}\" rx=\"8\"/>\n\
                 <text class=\"title\" x=\"{}\" y=\"59\">{}</text>\n",
                WIDTH + 24,
                column.x,
                escaped(&column.title)
            );
        }
        self.edges.iter().for_each(|edge| out += &line(edge, &layout));
        self.nodes.iter().zip(&layout.spots).for_each(|(node, spot)| out += &boxed(node, *spot));
        out + "</svg>\n"
    }
}

/// The heads of arrows, one for each colour.
fn markers() -> String {
    let all = LEGEND.iter().map(|(kind, _)| kind.class()).chain(["added", "removed"]);
    let one = |class: &str| {
        format!(
            "<marker id=\"{class}\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"9\" markerHeight=\"9\" \
             markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"head {class}\" d=\"M0 0L8 4L0 8z\"/></marker>\n"
        )
    };
    format!("<defs>\n{}</defs>\n", all.map(one).collect::<String>())
}

fn legend() -> String {
    let (mut out, mut x) = (String::new(), 30);
    for (kind, text) in LEGEND {
        let class = kind.class();
        out += &format!(
            "<path class=\"edge {class}\" d=\"M{x} 20h24\"/><text class=\"note\" x=\"{}\" y=\"24\">{text}</text>\n",
            x + 29
        );
        x += 50 + text.len() * 7;
    }
    out
}

fn boxed(node: &Node, Spot { x, y, height }: Spot) -> String {
    let name = node.name();
    let whole: Vec<String> = std::iter::once(&name).chain(&node.notes).map(|line| escaped(line)).collect();
    let mut out = format!(
        "<g class=\"node {} {}\"><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{height}\" rx=\"5\"/>",
        node.kind.class(),
        fate(node.fate),
        whole.join("\n")
    );
    let more = node.notes.len().saturating_sub(MOST_NOTES);
    let more = (more > 0).then(|| format!("and {more} more"));
    let notes = node.notes.iter().take(MOST_NOTES).cloned().chain(more);
    for (at, text) in std::iter::once(name.clone()).chain(notes).enumerate() {
        let class = if at == 0 { "name" } else { "note" };
        let (x, y) = (x + 8, y + (at + 1) * LINE);
        out += &format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(&cut(&text)));
    }
    out + "</g>\n"
}

/// An edge: between columns from side to side, within a column around its right side.
fn line(edge: &Edge, layout: &Layout) -> String {
    let (from, to) = (layout.spots[edge.from], layout.spots[edge.to]);
    let (y1, y2) = (from.y + from.height / 2, to.y + to.height / 2);
    let (x1, x2, turn1, turn2) = match from.x.cmp(&to.x) {
        std::cmp::Ordering::Less => (from.x + WIDTH, to.x, from.x + WIDTH + 70, to.x.saturating_sub(70)),
        std::cmp::Ordering::Greater => (from.x, to.x + WIDTH, from.x.saturating_sub(70), to.x + WIDTH + 70),
        std::cmp::Ordering::Equal => {
            // Longer ways are further out.
            let out = from.x + WIDTH + 30 + (y1.abs_diff(y2) / 8).min(100);
            (from.x + WIDTH, to.x + WIDTH, out, out)
        }
    };
    let class = match edge.fate {
        Fate::Same => edge.kind.class(),
        fate => self::fate(fate),
    };
    let head = if edge.kind == EdgeKind::Federation { String::new() } else { format!(" marker-end=\"url(#{class})\"") };
    let mut out = format!(
        "<path class=\"edge {} {}\" d=\"M{x1} {y1}C{turn1} {y1} {turn2} {y2} {x2} {y2}\"{head}/>\n",
        edge.kind.class(),
        fate(edge.fate)
    );
    if !edge.label.is_empty() {
        let (x, y) = ((x1 + x2 + 3 * (turn1 + turn2)) / 8, (y1 + y2) / 2);
        let (whole, label) = (escaped(&edge.label), escaped(&cut(&edge.label)));
        out += &format!("<text class=\"label\" x=\"{x}\" y=\"{y}\"><title>{whole}</title>{label}</text>\n");
    }
    out
}

fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Same => "same",
        Fate::Added => "added",
        Fate::Removed => "removed",
        Fate::Changed => "changed",
    }
}

/// As much of a text as fits into a node.
fn cut(text: &str) -> String {
    match text.chars().count() > FITS {
        true => text.chars().take(FITS - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

/// A text in XML. Control characters, which XML does not have, are spaces.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(escaped("</text><script>'&\"\u{0}"), "&lt;/text&gt;&lt;script&gt;&#39;&amp;&quot; ");
    }

    #[test]
    fn long_texts_are_cut() {
        let long = "é".repeat(FITS + 1);
        assert_eq!(cut(&long).chars().count(), FITS);
        assert_eq!(cut(&long[..2 * FITS]), long[..2 * FITS]);
    }
}
