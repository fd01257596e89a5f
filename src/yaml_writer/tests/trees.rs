//! Any data comes back as it was.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;

use super::readers::{Tree, read};
use super::strings::TRICKY;
use super::{inline, written};

/// Text as hostile as can be: any characters, YAML's own, look-alikes of numbers, lines of both.
fn text() -> impl Strategy<Value = String> {
    let special = || {
        let chars: Vec<char> =
            " \t\n\r:#-?'\"\\|>&*!%@`,[]{}=<~.+_0129eExXoObyYnN/aZ\u{0}\u{7f}\u{85}\u{a0}\u{2028}\u{feff}é日😀"
                .chars()
                .collect();
        vec(select(chars), 0..12).prop_map(String::from_iter)
    };
    prop_oneof![
        vec(any::<char>(), 0..12).prop_map(String::from_iter),
        special(),
        "[-+0-9.:_eExob]{0,8}",
        "[a-zA-Z/_][a-zA-Z0-9_./|:@=+-]{0,16}",
        vec(prop_oneof!["[ a-z:#'\"-]{0,8}", Just(String::new()), special()], 1..6).prop_map(|lines| lines.join("\n")),
        vec(" {0,3}[a-z:#-]{0,4}", 2..6).prop_map(|lines| lines.join("\n")),
        select(TRICKY).prop_map(str::to_owned),
    ]
}

/// Numbers whose text no reader takes for a whole number beyond its range.
fn float() -> impl Strategy<Value = Tree> {
    prop_oneof![
        (-1e15..1e15f64),
        (-1.0..1.0f64),
        any::<f64>()
            .prop_filter("finite and not a huge whole number", |x| x.is_finite() && !(1e15..1e21).contains(&x.abs())),
    ]
    .prop_map(|value| {
        // A number without decimals is written without a dot, and so read as a whole one.
        if value.fract() == 0.0 && value.abs() < 1e15 { Tree::Int(value as i64) } else { Tree::Float(value) }
    })
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        1 => Just(Tree::Null),
        1 => any::<bool>().prop_map(Tree::Bool),
        1 => any::<i64>().prop_map(Tree::Int),
        1 => float(),
        6 => text().prop_map(Tree::Text),
    ];
    leaf.prop_recursive(6, 48, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Tree::List),
            btree_map(text(), inner, 0..5)
                .prop_map(|map| Tree::Map(map.into_iter().map(|(key, value)| (Tree::Text(key), value)).collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn trees_come_back(tree in tree()) {
        let document = written(&tree);
        prop_assert!(document.ends_with('\n') && !document.contains('\r'));
        prop_assert_eq!(read(&document), tree);
    }

    #[test]
    fn no_line_ends_with_a_blank(tree in tree()) {
        for line in written(&tree).lines() {
            prop_assert!(!line.ends_with([' ', '\t']), "{:?}", line);
        }
    }

    #[test]
    fn scalars_come_back_from_brackets(texts in vec(text(), 1..6)) {
        let items: Vec<_> = texts.iter().map(|text| inline(text)).collect();
        let document = format!("[{}]\n", items.join(", "));
        prop_assert_eq!(read(&document), Tree::List(texts.into_iter().map(Tree::Text).collect()));
    }
}
