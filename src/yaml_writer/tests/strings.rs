//! Text that some reader would take for something else.

use proptest::prelude::*;
use regex_lite::Regex;

use super::readers::{Tree, read};
use super::{inline, written};

/// Text that has gone wrong in some writer of YAML, or could.
#[rustfmt::skip]
pub(super) const TRICKY: &[&str] = &[
    // Words of YAML 1.1 and 1.2, in every case.
    "y", "Y", "yes", "Yes", "YES", "yEs", "n", "N", "no", "No", "NO", "nO", "on", "On", "ON", "oN", "off", "Off", "OFF",
    "true", "True", "TRUE", "tRue", "false", "False", "FALSE", "fALSE", "null", "Null", "NULL", "nULL", "~", "",
    ".inf", ".Inf", ".INF", "+.inf", "-.inf", "-.INF", ".nan", ".NaN", ".NAN", "inf", "nan", "NaN", "Infinity", "+inf",
    "<<", "=", "none", "None", "undefined", "yess", "nop", "trues", "onn",
    // Whole numbers.
    "0", "1", "-1", "+1", "00", "007", "0777", "08", "09", "0o7", "0o17", "-0o7", "0x1f", "0X1F", "-0x1f", "+0x1F", "0b11",
    "-0b11", "0b", "0x", "0o", "1_000", "1__0", "_1", "1_", "-_1", "1,000", "123456789012345678901234567890", "1e", "1k",
    // Floats.
    "1.10", "1.", ".5", "-.5", "+.5", ".", "..", "...", "._", "._1", "1e3", "1E3", "1e+3", "1e-3", "1.5e3", "1.e+3", ".1e3",
    "1e999", "-1e999", "685_230.15", "685.230_15e+03", "6.8523015e+5", "0x1p4", "1.5f", "1d", "0.0", "-0", "-0.0", "1.2.3",
    "1.7.0", "e3", "E5", "1e3s",
    // Base 60, dates and times.
    "12:30", "12:30:45", "1:1", "190:20:30", "190:20:30.15", "-1:30", "0:0", "60:60", "2020-01-01", "2020-1-1", "2020-01",
    "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10 -5", "2001-12-15 2:59:43.10", "2001-12-14T21:59:43Z",
    // Indicators.
    "-", "--", "---", "--- a", "- a", "-a", "?", "? a", "?a", ":", ": a", ":a", "a:", "a: b", "a:b", "a::b", "a :b", "a : b",
    "#", "#a", "a#", "a #b", "a# b", "a: #b", "&", "&a", "*", "*a", "*.global", "!", "!a", "!!str a", "!!int 1", "|", "|-",
    "|a", ">", ">-", "> a", "'", "''", "'a'", "a'b", "it's", "\"", "\"\"", "\"a\"", "a\"b", "%", "%YAML 1.2", "@", "@type",
    "`", "`a`", ",", ",a", "a,b", "a, b", "[", "]", "[]", "[a]", "a]", "{", "}", "{}", "{a: b}", "a}", "{{ a }}", "\\",
    "\\n", "\\d+\\.", "C:\\temp", "a\\'b\"c", "$", "$a", "${a}", "^a$", "(a)", "~a", "a~", "a;b", "a&b", "a*b", "a|b",
    "=a", "a=", "a=b", "<<a", "a@b", "a+b", "+a", "a/b", "/", "//", "/*", "a.b", "a.", ".a", "a-", "a_", "_", "__", "...a",
    "--- ", "... ", "---\n", "a\n---\nb", "a\n...\nb", "a\n# b\n", "a\nb: c\n", "key: |\n  a\n",
    // Blanks.
    " ", "  ", " a", "a ", " a ", "a b", "a  b", "\t", "\ta", "a\t", "a\tb", " \t ", "a\t#b", "a:\tb", "-\ta",
    // Several lines.
    "\n", "\n\n", "a\n", "a\n\n", "a\n\n\n", "\na", "\n\na", "\na\n", "a\nb", "a\nb\n", "a\n\nb", " a\nb", " a\nb\n\n",
    "  a\n b\n", "a\n b", "a\n  b\n", "a \nb", "a\n \nb", "a\n ", "a\n\t", "a\n\t\n", "a\n\tb\n", "\ta\nb\n", "a\tb\nc\n",
    " \na", "\n a", " \n", "\n ", "\t\na", "a\n\t\tb", " \ta\nb", "  \ta\n", "'a\nb'", "\"a\nb\"", "#a\n#b\n", "- a\n- b\n",
    "a:\n  b: c\n", "é\nü\n", "-----BEGIN CERTIFICATE-----\nMIIC+/==\n-----END CERTIFICATE-----\n",
    "-----BEGIN CERTIFICATE-----\nMIIC+/==\n-----END CERTIFICATE-----",
    // Breaks and controls.
    "\r", "a\r", "\r\n", "a\r\nb\r\n", "a\rb", "\0", "a\0b", "\u{1}", "\u{7}", "\u{8}", "\u{b}", "\u{c}", "\u{1b}[31m",
    "\u{7f}", "\u{80}", "\u{85}", "a\u{85}b", "\u{9f}", "\u{a0}", "a\u{a0}", "\u{ad}", "\u{200b}", "\u{200d}", "\u{2028}",
    "a\u{2028}b", "\u{2029}", "a\n\u{2028}b", "\u{202e}abc", "\u{2066}a\u{2069}", "\u{3000}", "\u{feff}", "\u{feff}a",
    "a\u{feff}", "a\n\u{feff}b", "\u{fffd}", "\u{fffe}", "\u{ffff}", "\u{1fffe}", "\u{10ffff}", "\u{e0001}", "\u{e000}",
    // Letters of the world.
    "é", "e\u{301}", "ñandú", "日本", "日本 語", "😀", "a😀b", "👩\u{200d}💻", "ß\nß", "Ω: b",
    // What configuration is made of.
    "reviews.default.svc.cluster.local", "networking.istio.io/v1alpha3", "type.googleapis.com/x.y.Z", "/api", "x-b3-traceid",
    "outbound|9080||reviews.default.svc.cluster.local", "172.18.0.220", "240.0.0.0/4", "1.2.3.4.5", "1.2.3.",
    "1.2.3.4s", "1234.1.1.1", "10s", "0s", "0.100s", "120s", "1h30m", "1h30m0.5s", "5ms", "2us", "3ns", "10", "10 s", "10sec",
    "1m5", "1.s", ".5s", "1.5.5s", "1_0s", "0x5s", "-5s", "1h30", "2d", "1w", "10S", "128Mi", "5%", "50%",
    "MESH_INTERNAL", "version-v1", "kind2/ns/default/sa/x", "spiffe://kind2/ns/default/sa/x", "http://a.b:80/c?d=e#f",
    "docker.io/istio/pilot:1.7.0", "[::1]:80", "::1", "fe80::1", "2001:db8::1", "abcdef:12", "deadbeef", "12345e7",
    "5d41402abc4b2a76b9719d911017c592", "1e1234", "SGVsbG8=", "7Vbq+/==", "{\"a\": [1, 2]}", "app=reviews,version!=v1",
    "a/b:c@sha256:0123", "*/*", "GET", "v1", "443", "8080", "tls: true", "- --flag=1", "--flag=1", "=~", "!=", ">=1.0",
    "<a>", "a<b",
];

fn tricky() -> impl Iterator<Item = String> {
    // The limit of readers on keys, from both sides; long lines are not folded.
    let long = [1022, 1023, 1024, 1025, 5000].map(|length| "k".repeat(length));
    let long_quoted = [1021, 1022, 1023, 1024].map(|length| format!("*{}", "k".repeat(length)));
    let words = vec!["word"; 400].join(" ");
    let lines = "line\n".repeat(300);
    TRICKY.iter().map(|text| text.to_string()).chain(long).chain(long_quoted).chain([words, lines])
}

#[test]
fn there_are_many_and_each_once() {
    let mut all: Vec<_> = tricky().collect();
    assert!(all.len() > 180);
    all.sort();
    let count = all.len();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn as_a_document() {
    for text in tricky() {
        assert_eq!(read(&written(&text)), Tree::Text(text));
    }
}

#[test]
fn as_an_item() {
    for text in tricky() {
        let item = Tree::Text(text);
        let list = Tree::List(vec![item.clone(), Tree::List(vec![item.clone(), "next".into()]), item]);
        assert_eq!(read(&written(&list)), list);
    }
}

#[test]
fn as_a_value() {
    for text in tricky() {
        let value = Tree::Text(text);
        let inner = Tree::Map(vec![("a".into(), value.clone()), ("b".into(), "next".into())]);
        let map = Tree::Map(vec![
            ("a".into(), value.clone()),
            ("b".into(), inner.clone()),
            ("c".into(), Tree::List(vec![inner, value.clone()])),
            ("d".into(), value),
        ]);
        assert_eq!(read(&written(&map)), map);
    }
}

#[test]
fn as_a_key() {
    for text in tricky() {
        let key = Tree::Text(text);
        let inner = Tree::Map(vec![(key.clone(), Tree::List(vec![Tree::Null]))]);
        let map = Tree::Map(vec![
            (key.clone(), inner.clone()),
            ("next key".into(), Tree::List(vec![inner, Tree::Map(vec![(key, "text\nof lines\n".into())])])),
        ]);
        assert_eq!(read(&written(&map)), map);
    }
}

#[test]
fn all_in_one_document() {
    let texts: Vec<_> = tricky().map(Tree::Text).collect();
    let map = Tree::Map(texts.iter().map(|text| (text.clone(), text.clone())).collect());
    assert_eq!(read(&written(&map)), map);
    let list = Tree::List(texts);
    assert_eq!(read(&written(&list)), list);
}

#[test]
fn inside_brackets_and_braces() {
    for text in tricky() {
        let scalar = inline(&text);
        assert_eq!(scalar.lines().count(), 1, "{text:?}");
        let expected = Tree::Text(text.clone());
        assert_eq!(read(&format!("[{scalar}, {scalar}]\n")), Tree::List(vec![expected.clone(), expected.clone()]));
        if scalar.len() <= 1024 {
            assert_eq!(read(&format!("{{{scalar}: {scalar}}}\n")), Tree::Map(vec![(expected.clone(), expected)]));
        }
    }
}

#[test]
fn plain_is_what_reviewers_see_all_the_time() {
    for text in [
        "reviews.default.svc.cluster.local",
        "reviews.default.svc.kind3.global",
        "networking.istio.io/v1alpha3",
        "outbound|9080||reviews.default.svc.cluster.local",
        "outbound_.9080_._.reviews.default.svc.cluster.local",
        "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
        "/api",
        "/",
        "x-b3-traceid",
        "172.18.0.220",
        "10s",
        "0s",
        "0.100s",
        "0.005s",
        "120s",
        "1h30m",
        "kind2/ns/default/sa/bookinfo-reviews",
        "spiffe://kind2/ns/default/sa/bookinfo-reviews",
        "MESH_INTERNAL",
        "version-v1",
        "v1",
        "docker.io/istio/pilot:1.7.0",
        "nope",
        "none",
        "Y1",
    ] {
        assert_eq!(inline(text), text);
    }
}

#[test]
fn quotes_where_only_some_reader_errs() {
    for text in [
        "y",
        "N",
        "ON",
        "oFF",
        "nan",
        "NaN",
        "inf",
        "Infinity",
        "1e",
        "1k",
        "2d",
        "10S",
        "1.5f",
        "128Mi",
        "1.2.3",
        "1.7.0",
        "1.2.3.4.5",
        "1234.1.1.1",
        "240.0.0.0/4",
        "12:30",
        "1_000",
        "2020-01",
        ".5",
        "._",
        "<<",
        "=",
        "a b",
        "a,b",
        "a#b",
    ] {
        assert_eq!(inline(text), format!("'{text}'"));
    }
}

#[test]
fn quotes_are_single_unless_something_is_escaped() {
    for (text, form) in [
        ("", "''"),
        ("*.global", "'*.global'"),
        ("@type", "'@type'"),
        ("it's", "'it''s'"),
        ("'", "''''"),
        (r"\d+\.\d+", r"'\d+\.\d+'"),
        (r#"say "hi""#, r#"'say "hi"'"#),
        ("yes", "'yes'"),
        ("1.10", "'1.10'"),
        ("1e3", "'1e3'"),
        ("0x1f", "'0x1f'"),
        ("+1", "'+1'"),
        ("1.7.0", "'1.7.0'"),
        ("8080", "'8080'"),
        ("日本", "'日本'"),
        ("a: b", "'a: b'"),
        ("a\tb", r#""a\tb""#),
        ("a\r\nb", r#""a\r\nb""#),
        ("a \"\\\n", r#""a \"\\\n""#),
        ("\0", r#""\u0000""#),
        ("\u{85}\u{2028}\u{feff}", r#""\u0085\u2028\ufeff""#),
        ("\u{e0001}", r#""\U000e0001""#),
        // Text that would be shown in another order than it is read.
        ("a\u{202e}b", r#""a\u202eb""#),
    ] {
        assert_eq!(inline(text), form);
    }
}

#[test]
fn blocks_are_text_of_lines() {
    for (text, form) in [
        ("a\nb\n", "key: |\n  a\n  b\n"),
        ("a\nb", "key: |-\n  a\n  b\n"),
        ("a\n\n", "key: |+\n  a\n\n"),
        ("a\n\n\n", "key: |+\n  a\n\n\n"),
        ("a\n", "key: |\n  a\n"),
        ("a\n\n  b: 'c'\n", "key: |\n  a\n\n    b: 'c'\n"),
        ("  a\nb\n", "key: |2\n    a\n  b\n"),
        (" a\nb", "key: |2-\n   a\n  b\n"),
        ("a\n\tb\n", "key: |\n  a\n  \tb\n"),
        ("a \nb\n", "key: \"a \\nb\\n\"\n"),
        ("a\n\t\nb\n", "key: \"a\\n\\t\\nb\\n\"\n"),
        ("\ta\nb\n", "key: \"\\ta\\nb\\n\"\n"),
        ("\na\n", "key: \"\\na\\n\"\n"),
        ("\n", "key: \"\\n\"\n"),
        ("a\r\nb\r\n", "key: \"a\\r\\nb\\r\\n\"\n"),
        ("a\u{85}b\n", "key: \"a\\u0085b\\n\"\n"),
    ] {
        let map = Tree::Map(vec![("key".into(), text.into())]);
        assert_eq!(written(&map), form);
    }
}

/// The types of YAML 1.1 that a plain scalar can resolve to, by the expressions of <https://yaml.org/type/>.
const YAML_1_1: &[(&str, &[&str])] = &[
    ("bool", &["y|Y|yes|Yes|YES|n|N|no|No|NO", "true|True|TRUE|false|False|FALSE", "on|On|ON|off|Off|OFF"]),
    (
        "float",
        &[
            r"[-+]?([0-9][0-9_]*)?\.[0-9.]*([eE][-+][0-9]+)?",
            // Readers mean these, also without a sign in the exponent and without a dot before it.
            r"[-+]?[0-9][0-9_]*\.?[0-9_]*([eE][-+]?[0-9]+)?",
            r"[-+]?\.[0-9_]+([eE][-+]?[0-9]+)?",
            r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*",
            r"[-+]?\.(inf|Inf|INF)",
            r"\.(nan|NaN|NAN)",
        ],
    ),
    (
        "int",
        &[
            "[-+]?0b[0-1_]+",
            "[-+]?0[0-7_]+",
            "[-+]?(0|[1-9][0-9_]*)",
            "[-+]?0x[0-9a-fA-F_]+",
            "[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+",
        ],
    ),
    ("merge", &["<<"]),
    ("null", &["~", "null|Null|NULL", ""]),
    (
        "timestamp",
        &[
            "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]",
            concat!(
                "[0-9][0-9][0-9][0-9]-[0-9][0-9]?-[0-9][0-9]?",
                r"([Tt]|[ \t]+)[0-9][0-9]?:[0-9][0-9]:[0-9][0-9](\.[0-9]*)?",
                r"(([ \t]*)Z|[-+][0-9][0-9]?(:[0-9][0-9])?)?",
            ),
        ],
    ),
    ("value", &["="]),
];

/// The types of YAML 1.2's core schema.
const YAML_1_2: &[(&str, &[&str])] = &[
    ("null", &["null|Null|NULL|~", ""]),
    ("bool", &["true|True|TRUE|false|False|FALSE"]),
    ("int", &["[-+]?[0-9]+", "0o[0-7]+", "0x[0-9a-fA-F]+"]),
    (
        "float",
        &[r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", r"[-+]?(\.inf|\.Inf|\.INF)", r"\.nan|\.NaN|\.NAN"],
    ),
];

/// What plain scalars resolve to.
struct Resolver(Vec<(&'static str, Regex)>);

impl Resolver {
    fn new() -> Self {
        let types = YAML_1_1.iter().chain(YAML_1_2);
        let whole = types.flat_map(|(name, patterns)| patterns.iter().map(move |pattern| (*name, *pattern)));
        Self(whole.map(|(name, pattern)| (name, Regex::new(&format!("^(?:{pattern})$")).expect("valid"))).collect())
    }

    /// The type other than string that `text` has when it stands without quotes.
    fn other_than_text(&self, text: &str) -> Option<&'static str> {
        self.0.iter().find(|(_, pattern)| pattern.is_match(text)).map(|(name, _)| *name)
    }

    /// Panics if `text` is written plain and is something else in some version of YAML.
    fn check(&self, text: &str) {
        if inline(text) != text {
            return;
        }
        if let Some(other) = self.other_than_text(text) {
            // The one liberty taken: by the letter of the first expression this is a float, to no reader it is.
            let parts: Vec<_> = text.split('.').collect();
            assert_eq!((other, parts.len()), ("float", 4), "{text} is a {other}");
            assert!(parts.iter().all(|part| part.len() <= 3 && part.parse::<u16>().is_ok()), "{text} is a {other}");
        }
    }
}

#[test]
fn the_resolver_knows_the_types() {
    let resolver = Resolver::new();
    for (text, other) in [
        ("Yes", "bool"),
        ("n", "bool"),
        ("1.5", "float"),
        ("1e3", "float"),
        ("190:20:30.15", "float"),
        (".NaN", "float"),
        ("0b1_0", "int"),
        ("0x1F", "int"),
        ("0o17", "int"),
        ("190:20:30", "int"),
        ("<<", "merge"),
        ("", "null"),
        ("~", "null"),
        ("2001-12-14", "timestamp"),
        ("2001-12-14t21:59:43.10-05:00", "timestamp"),
        ("=", "value"),
    ] {
        // Where several types fit, any of them will do as long as it is no text.
        assert!(resolver.0.iter().any(|(name, pattern)| *name == other && pattern.is_match(text)), "{text}: {other}");
        assert_ne!(inline(text), text);
    }
    for text in ["text", "10s", "1.7.0-x", "a:b"] {
        assert_eq!(resolver.other_than_text(text), None, "{text}");
    }
}

#[test]
fn nothing_plain_is_another_type() {
    let resolver = Resolver::new();
    for text in tricky() {
        resolver.check(&text);
    }
}

/// All text of up to five characters from which numbers, dates and words are made.
#[test]
fn nothing_short_and_plain_is_another_type() {
    let resolver = Resolver::new();
    let mut texts = vec![String::new()];
    let mut begin = 0;
    for _ in 0..5 {
        let end = texts.len();
        for i in begin..end {
            for c in "01.:_-+exob".chars() {
                texts.push(format!("{}{c}", texts[i]));
            }
        }
        begin = end;
    }
    for text in &texts {
        resolver.check(text);
    }
    assert!(texts.iter().any(|text| inline(text) == *text), "the test is blind");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_plain_among_look_alikes_is_another_type(
        text in "[-+]?([0-9_]{1,4}[.:eExob_-]?){1,6}[smhnuZT]{0,2}",
        word in "[yYnNoOtTfF~.][a-zA-Z]{0,7}",
    ) {
        let resolver = Resolver::new();
        resolver.check(&text);
        resolver.check(&word);
    }
}
