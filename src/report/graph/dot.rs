//! The drawing in the language of Graphviz.

use super::drawing::{Drawing, Edge, EdgeKind, Fate, Node, NodeKind};

impl Drawing {
    /// A directed graph of Graphviz.
    pub fn dot(&self) -> String {
        let mut out = "digraph meshtree {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n  \
                       edge [fontname=\"sans-serif\", fontsize=10];\n"
            .to_owned();
        for (at, group) in self.groups.iter().enumerate() {
            out += &format!("  subgraph cluster_{at} {{\n    label={};\n", quoted(group));
            let nodes = self.nodes.iter().enumerate().filter(|(_, node)| node.group == Some(at));
            nodes.for_each(|(at, node)| out += &format!("    n{at} {};\n", attributes(node)));
            out += "  }\n";
        }
        let free = self.nodes.iter().enumerate().filter(|(_, node)| node.group.is_none());
        free.for_each(|(at, node)| out += &format!("  n{at} {};\n", attributes(node)));
        for edge in &self.edges {
            let Edge { from, to, label, .. } = edge;
            out += &format!("  n{from} -> n{to} [label={}{}];\n", quoted(label), style(edge));
        }
        out + "}\n"
    }
}

fn attributes(node: &Node) -> String {
    let lines: Vec<String> = std::iter::once(node.name()).chain(node.notes.iter().cloned()).collect();
    let look = match node.kind {
        NodeKind::Service => "",
        NodeKind::Open => ", style=filled, fillcolor=\"#fff3cd\"",
        NodeKind::Shut => ", style=filled, fillcolor=\"#f8d7da\"",
        NodeKind::Workload | NodeKind::Caller => ", style=dashed",
        NodeKind::Policy | NodeKind::Failover => ", shape=hexagon",
        NodeKind::Mesh | NodeKind::VirtualMesh => ", shape=oval",
    };
    format!("[label={}{look}{}]", quoted(&lines.join("\n")), color(node.fate))
}

fn style(Edge { kind, fate, .. }: &Edge) -> String {
    let look = match kind {
        EdgeKind::Access => "",
        EdgeKind::Shift => ", penwidth=2",
        EdgeKind::Mirror | EdgeKind::Failover => ", style=dashed",
        EdgeKind::Federation => ", style=dotted, dir=none",
    };
    format!("{look}{}", color(*fate))
}

fn color(fate: Fate) -> &'static str {
    match fate {
        Fate::Same => "",
        Fate::Added => ", color=\"#1a7f37\", penwidth=3",
        Fate::Changed => ", color=\"#0969da\", penwidth=3",
        Fate::Removed => ", color=\"#cf222e\", penwidth=3",
    }
}

/// A text in quotes. Graphviz reads a backslash as the beginning of an escape.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn no_text_ends_its_quotes() {
        assert_eq!(quoted("a\nb"), "\"a\\nb\"");
        assert_eq!(quoted("a\\\"];"), "\"a\\\\\\\"];\"");
    }
}
