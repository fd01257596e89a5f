//! The results in JUnit's XML, which CI systems show.

use std::fmt::Write as _;

use super::{CaseView, SuiteView, Tested};

impl Tested {
    /// A document of JUnit's XML: a suite for each PolicyTest, a case for each expectation.
    pub fn junit(&self) -> String {
        let Self { passed, failed, suites } = self;
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        // Writing to a String does not fail.
        let _ = writeln!(out, "<testsuites name=\"meshtree\" tests=\"{}\" failures=\"{failed}\">", passed + failed);
        suites.iter().for_each(|suite| push(suite, &mut out));
        out + "</testsuites>\n"
    }
}

fn push(SuiteView { name: suite, file, cases }: &SuiteView, out: &mut String) {
    let failed = cases.iter().filter(|case| !case.passed).count();
    let (suite, file) = (escaped(suite), escaped(file));
    let _ =
        writeln!(out, "  <testsuite name=\"{suite}\" tests=\"{}\" failures=\"{failed}\" file=\"{file}\">", cases.len());
    for CaseView { name, line, column: _, passed, failures } in cases {
        let end = if *passed { "/>" } else { ">" };
        let name = escaped(name);
        let _ =
            writeln!(out, "    <testcase name=\"{name}\" classname=\"{suite}\" file=\"{file}\" line=\"{line}\"{end}");
        for failure in failures {
            let message = format!("expected {}, found {}", failure.expected, failure.found);
            let text = escaped(&failure.text(""));
            let _ = writeln!(out, "      <failure message=\"{}\">{text}</failure>", escaped(&message));
        }
        if !passed {
            out.push_str("    </testcase>\n");
        }
    }
    out.push_str("  </testsuite>\n");
}

/// Text as XML holds it, in attributes too. Characters that XML cannot hold are replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' | '\t' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tested::FailureView;

    #[test]
    fn everything_is_escaped() {
        let failure = FailureView { expected: "<a>".into(), found: "\"b\" & \u{1}".into(), ..FailureView::default() };
        let failed = CaseView { name: "it's".into(), line: 7, failures: vec![failure], ..CaseView::default() };
        let passed = CaseView { name: "x".into(), passed: true, ..CaseView::default() };
        let suite = SuiteView { name: "s".into(), file: "t.yaml".into(), cases: vec![failed, passed] };
        let xml = Tested { passed: 1, failed: 1, suites: vec![suite] }.junit();
        for wanted in [
            "tests=\"2\" failures=\"1\"",
            "<testcase name=\"it&apos;s\" classname=\"s\" file=\"t.yaml\" line=\"7\">",
            "<failure message=\"expected &lt;a&gt;, found &quot;b&quot; &amp; \u{fffd}\">",
            "name=\"x\" classname=\"s\" file=\"t.yaml\" line=\"0\"/>",
        ] {
            assert!(xml.contains(wanted), "{wanted} is not in\n{xml}");
        }
        let count = |text: &str| xml.matches(text).count();
        assert_eq!((count("<testcase "), count("</testcase>") + count("\"/>\n")), (2, 2));
    }
}
