use proptest::prelude::*;

use super::*;
use crate::diag::Pos;
use crate::load::tree::{MAX_DEPTH, MAX_ERRORS, Value, find};
use crate::path;

fn tree(text: &str) -> Node {
    parse(text, 1).expect("the text is well-formed")
}

/// The errors as `line:column code message`.
fn errors(text: &str) -> Vec<String> {
    let errors = parse(text, 1).expect_err("the text is not well-formed");
    let show = |e: &ParseError| format!("{}:{} {} {}", e.pos.line, e.pos.column, e.code, e.message);
    errors.iter().map(show).collect()
}

fn plain(text: &str) -> Value {
    Value::Plain(text.into())
}

fn quoted(text: &str) -> Value {
    Value::Quoted(text.into())
}

#[test]
fn scalars_keep_their_text_and_how_they_are_written() {
    let node = tree("[yes, 0777, 'no', \"1\", !!str 3, ! 4, !!int '5', ~, null, 'null', !!str , nUll]");
    let Value::List(items) = node.value else { panic!("not a list") };
    let values: Vec<Value> = items.into_iter().map(|item| item.value).collect();
    let (first, second) = values.split_at(7);
    assert_eq!(first, [plain("yes"), plain("0777"), quoted("no"), quoted("1"), quoted("3"), quoted("4"), plain("5")]);
    assert_eq!(second, [Value::Null, Value::Null, quoted("null"), quoted(""), plain("nUll")]);
    assert_eq!(tree("a: |\n  x\n  y\n").get("a").map(|n| &n.value), Some(&quoted("x\ny\n")));
    assert_eq!(tree("a:\n").get("a").map(|n| &n.value), Some(&Value::Null));
    assert_eq!(tree("# nothing\n").value, Value::Null);
}

#[test]
fn positions_count_characters_and_lines_of_the_file() {
    let node = parse("é: ü\nñ:  [ö, x]\r\nk:\n- a\n-   b: c\n", 11).expect("well-formed");
    let at = |path| find(&node, &path).map(|pos| (pos.line, pos.column));
    assert_eq!(at(path!["é"]), Some((11, 1)));
    assert_eq!(node.get("é").map(|n| n.pos()), Some(Pos { line: 11, column: 4 }));
    assert_eq!(at(path!["ñ", 1]), Some((12, 9)));
    assert_eq!(at(path!["k", 1]), Some((15, 5)));
    assert_eq!(at(path!["k", 1, "b"]), Some((15, 5)));
}

#[test]
fn what_is_missing_is_found_at_what_encloses_it() {
    let node = tree("spec:\n  traffic_shift:\n    destinations: [a, b]\n");
    let at = |path| find(&node, &path).map(|pos| (pos.line, pos.column));
    assert_eq!(at(path!["spec", "trafficShift"]), Some((2, 3)));
    assert_eq!(at(path!["spec", "trafficShift", "destinations", 1]), Some((3, 23)));
    assert_eq!(at(path!["spec", "trafficShift", "destinations", 7, "weight"]), Some((3, 5)));
    assert_eq!(at(path!["spec", 3]), Some((1, 1)));
    assert_eq!(at(path!["status", "x"]), Some((1, 1)));
}

#[test]
fn every_duplicate_key_is_reported() {
    let found = errors("a: 1\nb: {x: 1, 'x': 2}\na: 2\nc: 3\na: 4\n");
    assert_eq!(
        found,
        [
            "2:11 MT0105 duplicate key `x` (first at line 2)",
            "3:1 MT0105 duplicate key `a` (first at line 1)",
            "5:1 MT0105 duplicate key `a` (first at line 1)",
        ]
    );
    assert_eq!(errors("{\"a\": 1,\n\t\"a\": 2}"), ["2:2 MT0105 duplicate key `a` (first at line 1)"]);
    assert_eq!(errors("<<: {}\n<<: {}\n"), ["2:1 MT0105 duplicate key `<<` (first at line 1)"]);
}

#[test]
fn nobody_is_told_of_more_mistakes_than_can_be_read() {
    for text in ["k: v\n".repeat(500), "? []\n: x\n".repeat(500), format!("[{{{}\"k\": 1}}]", "\"k\": 1, ".repeat(500))]
    {
        assert_eq!(errors(&text).len(), MAX_ERRORS);
    }
}

#[test]
fn keys_are_text() {
    assert_eq!(
        errors("? [a]\n: b\n~: c\n{d: e}: f\n"),
        [
            "1:3 MT0104 the key of a mapping must be text, not a list",
            "3:1 MT0104 the key of a mapping must be text, not null",
            "4:1 MT0104 the key of a mapping must be text, not a mapping",
        ]
    );
}

#[test]
fn merge_keys_give_way_to_what_is_written() {
    let node = tree("base: &b {x: 1, y: 1}\none:\n  <<: *b\n  y: 2\ntwo:\n  <<: [{x: 3}, *b]\n'<<': z\n");
    let text = |path: [&str; 2]| node.get(path[0]).and_then(|n| n.get(path[1])).and_then(Node::text);
    assert_eq!((text(["one", "x"]), text(["one", "y"])), (Some("1"), Some("2")));
    assert_eq!((text(["two", "x"]), text(["two", "y"])), (Some("3"), Some("1")));
    assert_eq!(find(&node, &path!["one", "x"]), Some(Pos { line: 1, column: 11 }));
    assert_eq!(node.get("<<").and_then(Node::text), Some("z"));
    assert_eq!(errors("a:\n  <<: 3\n"), ["2:7 MT0104 `<<` requires a mapping or a list of mappings"]);
}

#[test]
fn aliases_are_copies_within_a_budget() {
    let node = tree("a: &x {b: [1, 2]}\nc: *x\n");
    assert_eq!(node.get("a").map(|n| &n.value), node.get("c").map(|n| &n.value));
    assert_eq!(node.get("c").map(|n| n.pos()), Some(Pos { line: 2, column: 4 }));

    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        bomb += &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(", "));
    }
    assert!(errors(&bomb)[0].contains("MT0106"));
    let heavy = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 16), vec!["*a"; 1000].join(", "));
    assert!(errors(&heavy)[0].contains("MT0106"));
    let nested = format!("{}x{}", "[&a ".repeat(90), "]".repeat(90));
    assert!(parse(&nested, 1).is_ok());
    assert!(errors("a: &x [*x]")[0].starts_with("1:8 MT0106"));
}

#[test]
fn deep_nesting_is_refused_before_it_is_followed() {
    for open in ["[", "{a: ", "- ", "? "] {
        assert!(parse(&open.repeat(100_000), 1).is_err(), "{open}");
    }
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(parse(&deep(MAX_DEPTH), 1).is_ok());
    assert!(parse(&deep(MAX_DEPTH + 1), 1).is_err());
    let mut towers = format!("a: &a {}\n", deep(100));
    towers += "b: [[[[[[[[[[[[[[[[[[[[[[[[[[[[*a]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n";
    assert!(errors(&towers)[0].contains("deeper than 128"));
}

#[test]
fn syntax_errors_point_at_the_cause() {
    for (text, wanted) in [
        ("a:\n  b: 'x\n    c: d\n", "2:6 MT0104 the quote is never closed"),
        ("a: \"x\nb: c", "1:4 MT0104 the quoted text continues on a line that is not indented enough"),
        ("a: [b, {c: d\n", "1:8 MT0104 the `{` is never closed"),
        ("a: b\n c: d\n", "2:3 MT0104 a second `: ` in one line, or incorrect indentation"),
        ("- a\n-b\n", "2:3 MT0104 a key without a `:`, or text that is not indented under its key"),
        ("a: *b\n", "1:4 MT0104 an alias of an unknown anchor: anchors must come before their aliases"),
        ("a: !foo b\n", "1:4 MT0104 tag `!foo` is not supported here"),
        ("a: !!set {b}\n", "1:4 MT0104 tag `!!set` is not supported here"),
        ("a\n--- b\n", "2:1 MT0104 a second document begins without `---`"),
    ] {
        assert_eq!(errors(text), [wanted], "{text}");
    }
}

#[test]
fn what_other_readers_take_for_something_else_is_refused() {
    let key = "a `?` at the beginning of text in brackets, which kubectl takes for the mark of a key";
    for (text, wanted) in [
        ("{ ?foo: bar }", format!("1:3 MT0104 {key}")),
        ("a:\n- [é, ?x]", format!("2:7 MT0104 {key}")),
        ("a: {b: [c, ?d: e]}", format!("1:12 MT0104 {key}")),
        ("a: &an:chor b", "1:4 MT0104 the anchor `an:chor`, whose name kubectl reads differently".to_owned()),
        ("a: &x.y [b]", "1:4 MT0104 the anchor `x.y`, whose name kubectl reads differently".to_owned()),
        ("a: &x.y !!str b", "1:4 MT0104 the anchor `x.y`, whose name kubectl reads differently".to_owned()),
        ("a: \"b\u{85} c\"", "1:6 MT0104 the character U+0085, which kubectl takes for the end of a line".to_owned()),
        (
            "a: b\n# é\u{2028}c: d",
            "2:4 MT0104 the character U+2028, which kubectl takes for the end of a line".to_owned(),
        ),
    ] {
        assert_eq!(errors(text)[0], wanted, "{text}");
    }
    for text in [
        "a: ?b",
        "a: b?c",
        "a: [b?, 'c', '?d', \"?e\"]",
        "? a\n: b",
        "{? a : b}",
        "a: &b-_1 c\nd: *b-_1",
        "a: b&c:d *e.f",
        "a: \"\\N\\L\"",
    ] {
        assert!(parse(text, 1).is_ok(), "{text}: {:?}", parse(text, 1));
    }
}

#[test]
fn tabs_are_named() {
    for text in ["a:\n\tb: c\n", "a: |\n  x\n\ty\n", "a:\n  - b\n\t- c\n"] {
        let errors = parse(text, 1).expect_err("tabs do not indent");
        let Pos { line, column } = errors[0].pos;
        assert_eq!(
            text.split('\n').nth(line - 1).map(|l| l[..column].trim_end_matches(|c| c != '\t').is_empty()),
            Some(false)
        );
        assert_eq!(errors[0].hint.as_deref(), Some("indent YAML with spaces, not with tabs"), "{text:?}");
    }
    assert_eq!(errors("{\n\t\"a\": [1\n\t\"b\": 2}"), ["3:2 MT0104 `,` or `]` is missing before this"]);
    assert_eq!(
        tree("# c\n---\n\t{\"a\":\n\t\"\\ud83d\\ude00\"}").get("a").map(|n| n.pos()),
        Some(Pos { line: 4, column: 2 })
    );
    assert_eq!(tree("{\n\t\"a\": [\n\t\t1\n\t]\n}").get("a").map(|n| n.pos()), Some(Pos { line: 2, column: 7 }));
}

/// What a tree means to a reader that knows booleans and numbers.
fn meaning(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Plain(text) => serde_json::from_str(text).unwrap_or_else(|_| text.to_string().into()),
        Value::Quoted(text) => text.to_string().into(),
        Value::List(items) => items.iter().map(meaning).collect(),
        Value::Map(entries) => entries.iter().map(|e| (e.key.to_string(), meaning(&e.value))).collect(),
    }
}

/// Checks that every key and scalar is where its position says.
fn check_positions(node: &Node, text: &str) {
    let at = |pos: Pos| text.split('\n').nth(pos.line - 1).map(|line| line.chars().skip(pos.column - 1));
    let stands = |pos: Pos, word: &str, quoted: bool| {
        let here: String = at(pos).expect("the line is there").collect();
        let first = word.split(['\n', ' ']).next().unwrap_or_default();
        assert!(here.starts_with(first) || quoted && here.starts_with(['"', '\'', '|']), "{here:?} is not {word:?}");
    };
    match &node.value {
        Value::Null => {}
        Value::Plain(word) => stands(node.pos(), word, false),
        Value::Quoted(word) => stands(node.pos(), word, true),
        Value::List(items) => items.iter().for_each(|item| check_positions(item, text)),
        Value::Map(entries) => entries.iter().for_each(|entry| {
            stands(entry.key_pos(), &entry.key, true);
            check_positions(&entry.value, text);
        }),
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let text =
        prop_oneof!["\\PC{0,12}", "[ -~\n\té😀#:'\"]{0,12}", "[a-z]{1,8}", "(yes|null|~|1|0x1|1e3|<<|-|[*]a|&b)"];
    let key = prop_oneof!["\\PC{0,12}", "[ -~\té😀#:'\"]{0,12}", "[a-zA-Z./-]{1,20}"];
    // serde_yaml writes this key bare, which makes a merge of it, and breaks lines where only YAML 1.1 has them.
    let breaks = |text: &String| !text.contains(['\u{85}', '\u{2028}', '\u{2029}']);
    let text = text.prop_filter("no line breaks of YAML 1.1", breaks);
    let key = key.prop_filter("no merge key", move |key| key != "<<" && breaks(key));
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (-1000i32..1000).prop_map(|n| (f64::from(n) / 8.0).into()),
        text.prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(key.clone(), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), line in 1usize..9) {
        let _ = parse(&text, line);
        let _ = super::super::json::parse(&text, line);
    }

    #[test]
    fn no_mixture_of_indicators_makes_it_panic(text in "([ \t\n\r:,{}\\[\\]&*!|>'\"#%@`?~<a0-]|---\n|\\.\\.\\.\n|<<: |&a |[*]a |!!str |\u{feff}){0,80}") {
        if let Err(errors) = parse(&text, 1) {
            prop_assert!(!errors.is_empty());
            let lines = text.split(['\n', '\r']).count();
            prop_assert!(errors.iter().all(|e| e.pos.line >= 1 && e.pos.line <= lines && e.pos.column >= 1));
        }
    }

    #[test]
    fn yaml_of_another_writer_is_read_as_meant(value in json()) {
        let text = serde_yaml::to_string(&value).expect("it is plain data");
        let node = parse(&text, 1).map_err(|e| TestCaseError::fail(format!("{e:?} in {text}")))?;
        prop_assert_eq!(meaning(&node), value, "{}", text);
        check_positions(&node, &text);
    }

    #[test]
    fn json_of_another_writer_is_read_as_meant(value in json(), tabs in any::<bool>()) {
        let mut text = serde_json::to_string_pretty(&value).expect("it is plain data");
        if tabs {
            text = text.lines().map(|line| {
                let inner = line.trim_start();
                "\t".repeat((line.len() - inner.len()) / 2) + inner + "\n"
            }).collect();
        }
        let node = parse(&text, 1).map_err(|e| TestCaseError::fail(format!("{e:?} in {text}")))?;
        prop_assert_eq!(meaning(&node), value, "{}", text);
        let node = super::super::json::parse(&text, 1).map_err(|e| TestCaseError::fail(format!("{e:?} in {text}")))?;
        check_positions(&node, &text);
    }
}

#[test]
fn a_second_object_without_a_separator_is_one_mistake() {
    let told = |text: &str| -> Vec<String> {
        let errors = parse(text, 1).expect_err("a key twice");
        errors
            .iter()
            .map(|e| format!("{} {} ({})", e.pos.line, e.message, e.hint.as_deref().unwrap_or_default()))
            .collect()
    };
    let object = "apiVersion: v1\nkind: A\nmetadata: {name: a}\nspec: {}\n";
    let again = |line: usize, key: &str, first: usize| {
        format!(
            "{line} duplicate key `{key}` (first at line {first}): a second object begins here (insert a line with `---` before this one)"
        )
    };
    assert_eq!(told(&object.repeat(2)), [again(5, "apiVersion", 1)]);
    assert_eq!(told(&object.repeat(3)), [again(5, "apiVersion", 1), again(9, "apiVersion", 1)]);
    let kind_first = "kind: B\nmetadata: {name: b}\napiVersion: v1\n";
    assert_eq!(told(&format!("{object}{kind_first}")), [again(5, "kind", 2)]);
    // Deeper down, and of other keys, it is a key twice.
    assert_eq!(told("a: {kind: A, kind: B}"), ["1 duplicate key `kind` (first at line 1) (remove one of the two)"]);
    assert_eq!(told("a: 1\na: 2"), ["2 duplicate key `a` (first at line 1) (remove one of the two)"]);
}

/// The values are libyaml's.
#[test]
fn a_block_ends_as_the_text_does() {
    for (text, wanted) in [
        ("|\n  x", "x"),
        ("|+\n  x", "x"),
        ("|-\n  x", "x"),
        ("|\n  x\n", "x\n"),
        ("|\n  x\n\n", "x\n"),
        ("|+\n  x\n\n", "x\n\n"),
        ("|\n  x\n  ", "x\n"),
        ("|\n  x\n ", "x\n"),
        ("|+\n  x\n  ", "x\n"),
        ("|-\n  x\n  ", "x"),
        ("|\n  x\n\n  ", "x\n"),
        ("|+\n  x\n\n  ", "x\n\n"),
        ("|\n  x\n    ", "x\n  "),
        ("|\n   ", ""),
        ("|+\n   ", ""),
        (">\n  x\n  ", "x\n"),
        ("|\n  x\n# x", "x\n"),
        ("|\n  # x", "# x"),
        (">\n  x\n  y", "x y"),
        ("|\n    x\n      y", "x\n  y"),
        ("|\n  é\n  ü", "é\nü"),
        ("|\n  b: x\nb: x", "b: x\n"),
    ] {
        let node = tree(&format!("a: {text}"));
        assert_eq!(node.get("a").and_then(Node::text), Some(wanted), "{text:?}");
    }
}

#[test]
fn lines_in_quotes_and_brackets_may_begin_in_any_column() {
    for (text, wanted) in [
        ("a:\n  b: [\n    \"x\",\n  \"y\"\n  ]\nc: d\n", r#"{"a":{"b":["x","y"]},"c":"d"}"#),
        ("a:\n  b: [\n  'x',\n\"y]\",\n]\n", r#"{"a":{"b":["x","y]"]}}"#),
        ("a:\n  b: \"x\n  y\n\n z\"\n", r#"{"a":{"b":"x y\nz"}}"#),
        ("a:\n- b: 'x\n  y'\n- c\n", r#"{"a":[{"b":"x y"},"c"]}"#),
        ("---\na: {b: c,\nd: [e,\n\tf]}\n", r#"{"a":{"b":"c","d":["e","f"]}}"#),
    ] {
        assert_eq!(meaning(&tree(text)).to_string(), wanted, "{text}");
    }
    // Places are those of the text as it is written.
    let node = tree("a:\n  b: [\n 'x',\n{y: z}]\n");
    let at = |path| find(&node, &path).map(|pos| (pos.line, pos.column));
    assert_eq!((at(path!["a", "b", 0]), at(path!["a", "b", 1, "y"])), (Some((3, 2)), Some((4, 2))));
    assert_eq!(errors("a:\n  b: [x,\ny: 1\n"), ["3:1 MT0104 a line in brackets that is not indented enough"]);
    assert_eq!(errors("a: {b: c,\nb: d}\n"), ["2:1 MT0105 duplicate key `b` (first at line 1)"]);
}

/// Texts in the forms of YAML's chapters, each with what libyaml reads in it.
#[test]
fn what_libyaml_reads_is_read_alike_or_refused_with_a_hint() {
    let cases = include_str!("../../../tests/fixtures/yaml/libyaml.json");
    let cases: Vec<(String, serde_json::Value)> = serde_json::from_str(cases).expect("a list of pairs");
    let mut refused = Vec::new();
    for (text, wanted) in &cases {
        match parse(text, 1) {
            Ok(node) => assert_eq!(texts(&node), *wanted, "{text}"),
            Err(errors) => refused.push((text, errors)),
        }
    }
    refused.iter().for_each(|(text, errors)| assert!(errors[0].hint.is_some(), "{text}\n{errors:?}\n{refused:#?}"));
    assert!(cases.len() > 80 && refused.len() * 8 < cases.len(), "{} of {}: {refused:#?}", refused.len(), cases.len());
}

/// A tree whose scalars are text or null.
fn texts(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Plain(text) | Value::Quoted(text) => text.to_string().into(),
        Value::List(items) => items.iter().map(texts).collect(),
        Value::Map(entries) => entries.iter().map(|e| (e.key.to_string(), texts(&e.value))).collect(),
    }
}
