use super::check;

/// Held against Go's `regexp.Compile`.
#[test]
fn what_go_accepts_is_accepted() {
    for text in [
        "",
        "/api/v[0-9]+/.*",
        "a|b",
        "a|",
        "(|a)*",
        "^*",
        "(?i)abc",
        "(?i:abc)",
        "(?i-s)a",
        "(?P<name>a)",
        "(?:a)+?",
        "a{2}",
        "a{2,}",
        "a{,2}",
        "a{",
        "a{}",
        "a{x}",
        "a{01}",
        "a{1000}",
        "(a{10}){100}",
        "(a{0}){1000}",
        "(a*){1000}",
        "(a{1000})*",
        "((a{500}){1}){2}",
        "(a{2,}){500}",
        "[]a]",
        "[^]a]",
        "[a-]",
        "[a-z-9]",
        "[[:alpha:]]",
        "[[:^word:]x]",
        "[[:alpha]",
        "[\\d\\w]",
        "\\d\\D\\s\\S\\w\\W",
        "\\pL\\PN\\p{Greek}\\p{^Lu}",
        "[\\pL\\P{Any}]",
        "\\Qa*(\\E",
        "\\Q",
        "\\Qab\\E*",
        "\\x41\\x{1F600}\\0\\01\\12\\101",
        "\\.\\-\\_\\/",
        "\\A\\b\\B\\z",
        "\\t\\n\\r\\f\\v\\a",
        "a*(?i)*",
        "ä{3}",
        "(?)",
        "[[a]",
        "[a&&b]",
        "(\\Q(\\E)?",
    ] {
        assert_eq!(check(text), Ok(()), "{text}");
    }
}

#[test]
fn what_go_refuses_is_refused_by_name() {
    for (text, what) in [
        ("(?!/admin).*", "(?! looks around, which RE2 does not support"),
        ("a(?=b)", "(?= looks around, which RE2 does not support"),
        ("(?<=a)b", "(?<= looks around, which RE2 does not support"),
        ("(?<!a)b", "(?<! looks around, which RE2 does not support"),
        ("(?>a)", "(?> does not begin a group that RE2 supports"),
        ("(?<n>a)", "(?<n does not begin a group that RE2 supports"),
        ("(?P=n)", "(?P does not begin a group that RE2 supports"),
        ("(?P<a b>x)", "(?P does not begin a group that RE2 supports"),
        ("(?P<n>a)(?P<n>b)", "the group name n is there twice"),
        ("(?i-)a", "(?i does not begin a group that RE2 supports"),
        ("(?", "(? does not begin a group that RE2 supports"),
        ("*", "* has nothing before it that it repeats"),
        ("a|*", "* has nothing before it that it repeats"),
        ("(+)", "+ has nothing before it that it repeats"),
        ("{2}", "{2} has nothing before it that it repeats"),
        ("(?i)*", "* has nothing before it that it repeats"),
        ("a**", "** repeats a repetition"),
        ("a++", "++ repeats a repetition"),
        ("a*?+", "*?+ repeats a repetition"),
        ("a{2}{3}", "{2}{3} repeats a repetition"),
        ("a{1001}", "{1001} is not a valid number of repetitions"),
        ("a{3,2}", "{3,2} is not a valid number of repetitions"),
        ("a{99999999999}", "{99999999999} is not a valid number of repetitions"),
        ("(a{100}){11}", "{11} is not a valid number of repetitions"),
        ("(a{2,}){501}", "{501} is not a valid number of repetitions"),
        ("(a", "an opening ( is not closed"),
        ("a)", "a closing ) has no opening one"),
        ("[a", "an opening [ is not closed"),
        ("[", "an opening [ is not closed"),
        ("[]", "an opening [ is not closed"),
        ("[z-a]", "the range z-a is in the wrong order"),
        ("[a-\\d]", "\\d is not an escape that RE2 supports"),
        ("[[:foo:]]", "[:foo:] is not a known class of characters"),
        ("\\p{Foo}", "\\p{Foo} is not a known class of characters"),
        ("\\p{Letter}", "\\p{Letter} is not a known class of characters"),
        ("\\pX", "\\p{X} is not a known class of characters"),
        ("\\1", "\\1 refers back to a group, which RE2 does not support"),
        ("\\9", "\\9 refers back to a group, which RE2 does not support"),
        ("\\C", "\\C is not an escape that RE2 supports"),
        ("\\Z", "\\Z is not an escape that RE2 supports"),
        ("\\ä", "\\ä is not an escape that RE2 supports"),
        ("\\xg1", "\\x needs two hexadecimal digits, or a character's number in braces"),
        ("\\x{}", "\\x needs two hexadecimal digits, or a character's number in braces"),
        ("\\x{110000}", "\\x needs two hexadecimal digits, or a character's number in braces"),
        ("a\\", "a \\ at the end escapes nothing"),
    ] {
        assert_eq!(check(text).map_err(|wrong| wrong.what), Err(what.to_owned()), "{text}");
    }
}

/// Depth costs no stack.
#[test]
fn deep_expressions_are_read() {
    let deep = format!("{}{}", "(".repeat(200_000), ")".repeat(200_000));
    assert_eq!(check(&deep), Ok(()));
}
