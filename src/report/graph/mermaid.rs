//! The drawing as a flowchart of Mermaid.

use super::drawing::{Drawing, Edge, EdgeKind, Fate, Node, NodeKind};

/// The colours of nodes by their classes.
const CLASSES: [(&str, &str); 7] = [
    ("open", "fill:#fff3cd,stroke:#b58900,color:#000"),
    ("shut", "fill:#f8d7da,stroke:#a33,color:#000"),
    ("caller", "stroke-dasharray:4"),
    ("workload", "stroke-dasharray:4"),
    ("changed", "stroke:#0969da,stroke-width:3px"),
    ("added", "stroke:#1a7f37,stroke-width:3px"),
    ("removed", "stroke:#cf222e,stroke-width:3px,stroke-dasharray:6"),
];

impl Drawing {
    /// A flowchart of Mermaid.
    pub fn mermaid(&self) -> String {
        let mut out = "flowchart LR\n".to_owned();
        for (at, group) in self.groups.iter().enumerate() {
            out += &format!("  subgraph c{at}[\"{}\"]\n", escaped(group));
            let nodes = self.nodes.iter().enumerate().filter(|(_, node)| node.group == Some(at));
            nodes.for_each(|(at, node)| out += &format!("    {}\n", shape(at, node)));
            out += "  end\n";
        }
        let free = self.nodes.iter().enumerate().filter(|(_, node)| node.group.is_none());
        free.for_each(|(at, node)| out += &format!("  {}\n", shape(at, node)));
        self.edges.iter().for_each(|edge| out += &format!("  {}\n", arrow(edge)));
        for (at, edge) in self.edges.iter().enumerate() {
            match edge.fate {
                Fate::Same | Fate::Changed => {}
                Fate::Added => out += &format!("  linkStyle {at} stroke:#1a7f37,stroke-width:3px\n"),
                Fate::Removed => out += &format!("  linkStyle {at} stroke:#cf222e,stroke-width:3px\n"),
            }
        }
        for (class, style) in CLASSES {
            let mine = self.nodes.iter().enumerate().filter(|(_, node)| classes(node).contains(&class));
            let mine: Vec<String> = mine.map(|(at, _)| format!("n{at}")).collect();
            if !mine.is_empty() {
                out += &format!("  classDef {class} {style}\n  class {} {class}\n", mine.join(","));
            }
        }
        out
    }
}

fn classes(node: &Node) -> [&'static str; 2] {
    let fate = match node.fate {
        Fate::Same => "",
        Fate::Added => "added",
        Fate::Removed => "removed",
        Fate::Changed => "changed",
    };
    [node.kind.class(), fate]
}

fn shape(at: usize, node: &Node) -> String {
    let lines: Vec<String> = std::iter::once(&node.name()).chain(&node.notes).map(|line| escaped(line)).collect();
    let label = lines.join("<br/>");
    match node.kind {
        NodeKind::Service | NodeKind::Open | NodeKind::Shut => format!("n{at}[\"{label}\"]"),
        NodeKind::Workload | NodeKind::Caller => format!("n{at}(\"{label}\")"),
        NodeKind::Failover | NodeKind::Policy => format!("n{at}{{{{\"{label}\"}}}}"),
        NodeKind::Mesh | NodeKind::VirtualMesh => format!("n{at}([\"{label}\"])"),
    }
}

fn arrow(Edge { from, to, kind, label, fate: _ }: &Edge) -> String {
    let line = match kind {
        EdgeKind::Access => "-->",
        EdgeKind::Shift => "==>",
        EdgeKind::Mirror | EdgeKind::Failover => "-.->",
        EdgeKind::Federation => "-.-",
    };
    match label.is_empty() {
        true => format!("n{from} {line} n{to}"),
        false => format!("n{from} {line}|\"{}\"| n{to}", escaped(label)),
    }
}

/// A text in a label, in which characters that Mermaid, Markdown or HTML could read are numbers.
fn escaped(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || " -_./:,()%=".contains(c);
    text.chars().map(|c| if is_plain(c) { c.to_string() } else { format!("#{};", u32::from(c)) }).collect()
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn no_text_ends_its_label() {
        assert_eq!(escaped("shop/web-1 (75 %)"), "shop/web-1 (75 %)");
        assert_eq!(escaped("a\"]; b"), "a#34;#93;#59; b");
        assert_eq!(escaped("<b>`#|\n"), "#60;b#62;#96;#35;#124;#10;");
    }
}
