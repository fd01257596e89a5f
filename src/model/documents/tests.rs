//! The fast way through a dump against the parser: one List in every style that YAML has.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Writes YAML in whatever style the choices say.
struct Pen<'a> {
    choices: &'a [u8],
    at: usize,
    out: String,
    anchors: usize,
}

impl Pen<'_> {
    fn pick(&mut self, most: usize) -> usize {
        self.at += 1;
        usize::from(self.choices[self.at % self.choices.len()]) % most
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn blanks(&mut self, count: usize) {
        self.out.extend(std::iter::repeat_n(' ', count));
    }

    /// What may come before any value.
    fn properties(&mut self) {
        match self.pick(24) {
            0 => {
                self.anchors += 1;
                self.out += &format!(" &a{}", self.anchors);
            }
            1 => self.push(" # c"),
            _ => {}
        }
    }

    /// A value behind what is at a column.
    fn value(&mut self, value: &Value, column: usize) {
        match value {
            Value::Array(items) if !items.is_empty() && self.pick(3) > 0 => {
                self.properties();
                self.push("\n");
                let at = column + self.pick(4);
                items.iter().for_each(|item| self.item(item, at));
            }
            Value::Object(entries) if !entries.is_empty() && self.pick(3) > 0 => {
                self.properties();
                self.push("\n");
                let at = column + 1 + self.pick(4);
                self.entries(entries, at, true);
            }
            Value::String(text) => self.text(text, column),
            value => {
                match self.pick(4) {
                    0 => {
                        self.push("\n");
                        let blanks = column + 1 + self.pick(3);
                        self.blanks(blanks);
                    }
                    _ => self.push(" "),
                }
                self.flow(value);
                self.push("\n");
            }
        }
    }

    fn item(&mut self, item: &Value, column: usize) {
        self.blanks(column);
        self.push("-");
        match item {
            Value::Object(entries) if !entries.is_empty() && self.pick(3) > 0 => {
                let gap = 1 + self.pick(3);
                self.blanks(gap);
                self.entries(entries, column + 1 + gap, false);
            }
            item => self.value(item, column),
        }
    }

    /// The entries of a mapping, the first of them in a line that has begun or in one of its own.
    fn entries(&mut self, entries: &serde_json::Map<String, Value>, column: usize, indent: bool) {
        let first = self.pick(entries.len());
        let order = entries.iter().skip(first).chain(entries.iter().take(first));
        for (i, (key, value)) in order.enumerate() {
            if i > 0 || indent {
                self.blanks(column);
            }
            match self.pick(12) {
                0 => self.out += &format!("\"{key}\":"),
                1 => self.out += &format!("'{key}' :"),
                2 => {
                    self.out += &format!("? {key}\n");
                    self.blanks(column);
                    self.push(":");
                }
                _ => self.out += &format!("{key}:"),
            }
            self.value(value, column);
            // Deeper ones would be part of a block of text.
            match self.pick(20) {
                0 => self.push("# - kind: Pod\n"),
                1 => self.push("\n"),
                _ => {}
            }
        }
    }

    fn text(&mut self, text: &str, column: usize) {
        let inner = column + 1 + self.pick(4);
        match self.pick(9) {
            0 if is_plain(text) => self.out += &format!(" {text}\n"),
            1 if is_plain(text) => {
                let broken = text.replace(' ', &format!("\n{}", " ".repeat(inner)));
                self.out += &format!(" {broken}\n");
            }
            2 => self.out += &format!(" |-\n{}{text}\n", " ".repeat(inner)),
            3 => {
                let broken = text.replace(' ', &format!("\n{}", " ".repeat(inner)));
                self.out += &format!(" >-\n{}{broken}\n", " ".repeat(inner));
            }
            4 => self.out += &format!(" !!str '{}'\n", text.replace('\'', "''")),
            _ => {
                self.push(" ");
                self.quoted(text);
                self.push("\n");
            }
        }
    }

    /// Quoted text, perhaps over lines that begin anywhere.
    fn quoted(&mut self, text: &str) {
        let gap = match self.pick(3) {
            0 => format!("\n{}", " ".repeat(self.pick(12))),
            _ => " ".to_owned(),
        };
        let is_double = self.pick(2) == 0;
        let text = if is_double { text.replace('\\', "\\\\").replace('"', "\\\"") } else { text.replace('\'', "''") };
        let quote = if is_double { '"' } else { '\'' };
        self.out += &format!("{quote}{}{quote}", text.replace(' ', &gap));
    }

    fn flow(&mut self, value: &Value) {
        match value {
            Value::Array(items) => {
                self.push("[");
                for (i, item) in items.iter().enumerate() {
                    self.comma(i);
                    self.flow(item);
                }
                self.push("]");
            }
            Value::Object(entries) => {
                self.push("{");
                for (i, (key, value)) in entries.iter().enumerate() {
                    self.comma(i);
                    let key = if self.pick(3) == 0 { format!("\"{key}\": ") } else { format!("{key}: ") };
                    self.push(&key);
                    self.flow(value);
                }
                self.push("}");
            }
            Value::String(text) if is_plain(text) && self.pick(2) == 0 => self.push(text),
            Value::String(text) => self.quoted(text),
            value => self.out += &value.to_string(),
        }
    }

    fn comma(&mut self, index: usize) {
        self.push(if index > 0 { "," } else { "" });
        match self.pick(5) {
            0 => {
                let blanks = self.pick(12);
                self.push(["\n", " # c: [\n", "\n\n"][blanks % 3]);
                self.blanks(blanks);
            }
            _ => self.push(" "),
        }
    }
}

fn is_plain(text: &str) -> bool {
    let words = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '/' | '-');
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(words)
}

/// The objects of a cluster, with texts that look like something else.
fn objects(texts: &[&str]) -> Vec<Value> {
    let text = |i: usize| texts[i % texts.len()];
    let template = json!({
        "metadata": {"labels": {"app": "web", "note": text(0)}, "annotations": {"x": text(1), "sidecar.istio.io/inject": "true"}},
        "spec": {
            "containers": [
                {"name": "web", "image": "x/web", "args": [text(2), text(3)], "env": [{"name": "A", "value": text(4)}]},
                {"env": [], "name": "b", "ports": [{"containerPort": 80, "name": "http", "protocol": text(5)}]},
            ],
            "serviceAccountName": "web",
            "volumes": [{"name": text(6), "configMap": {"name": text(7)}}],
        },
    });
    vec![
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"a": text(8)}}}),
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"replicas": 1, "strategy": {"type": text(9)}, "template": template}, "status": {"conditions": [{"message": text(10)}]}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": text(11), "b": text(12)}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop", "labels": {"n": text(13)}},
            "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http", "name": text(14)}, {"port": 81}]}}),
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "namespace": "shop", "uid": "u",
            "ownerReferences": [{"controller": true, "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web"}]},
            "spec": {"containers": [{"name": "web", "command": [text(15)]}], "nodeName": "n"}}),
    ]
}

/// What is found in a file, without the places, and its mistakes.
fn found(name: &str, text: &str) -> (Vec<String>, Vec<String>) {
    let file = SourceFile::new(name, format!("clusters/east/{name}"), text.to_owned());
    let (decoded, report) = decode_file(&file);
    let shown = |decoded: &Decoded| {
        let text = format!("{decoded:?}");
        match (text.find("place: "), text.find("object: ")) {
            (Some(from), Some(to)) => format!("{}{}", &text[..from], &text[to..]),
            _ => text,
        }
    };
    let errors = report.diags().iter().map(|diag| format!("{:?} {} {:?}", diag.place, diag.message, diag.hint));
    (decoded.iter().map(shown).collect(), errors.collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn a_dump_means_the_same_in_every_style(
        choices in prop::collection::vec(any::<u8>(), 40..400),
        texts in prop::collection::vec(prop::sample::select(vec![
            "web", "a b c", "name: no", "- kind: Pod", "it's \"x\" {", "kind: Secret", "{a: [", "metadata: {name: y}", "a\\b",
            "'", "\"", "x: |", "&a *b !c", "? x", "labels: {app: no}", "one, two] and # three", "spec:",
        ]), 1..16),
        as_list in any::<bool>(),
    ) {
        let objects = objects(&texts);
        let mut pen = Pen { choices: &choices, at: 0, out: String::new(), anchors: 0 };
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        let json = if as_list {
            let Value::Object(entries) = &list else { unreachable!() };
            pen.entries(entries, 0, true);
            found("a.json", &list.to_string())
        } else {
            for object in &objects {
                let Value::Object(entries) = object else { unreachable!() };
                pen.push("---\n");
                pen.entries(entries, 0, true);
            }
            let all: Vec<_> = objects.iter().flat_map(|object| found("a.json", &object.to_string()).0).collect();
            (all, Vec::new())
        };
        prop_assert_eq!(json.1, Vec::<String>::new());
        let (read, errors) = found("a.yaml", &pen.out);
        prop_assert_eq!(errors, Vec::<String>::new(), "{}", &pen.out);
        prop_assert_eq!(read, json.0, "{}", &pen.out);
    }
}

#[test]
fn a_mapping_in_braces_over_several_lines_is_one_item() {
    let (read, errors) = found(
        "a.yaml",
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: apps/v1\n  kind: ReplicaSet\n  metadata:\n    name: web-1\n    \
         ownerReferences:\n    - {controller: true,\n      apiVersion: apps/v1, name: web,\n      kind: Deployment}\n",
    );
    assert_eq!(errors, Vec::<String>::new());
    assert!(read[0].contains("Owner { kind: \"Deployment\", name: \"web\", controller: true }"), "{read:?}");
}
