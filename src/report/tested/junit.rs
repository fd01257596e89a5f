//! The results in JUnit's XML, which CI systems show.

use std::fmt::Write as _;

use super::{CaseView, SuiteView, Tested};
use crate::diag::show::xml::escaped;

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
    let suite = escaped(suite);
    let _ = writeln!(out, "  <testsuite name=\"{suite}\" tests=\"{}\" failures=\"{failed}\">", cases.len());
    for CaseView { name, line, column, passed, failures } in cases {
        let end = if *passed { "/>" } else { ">" };
        let name = escaped(name);
        let _ = writeln!(out, "    <testcase name=\"{name}\" classname=\"{suite}\"{end}");
        for failure in failures {
            let message = format!("expected {}, found {}", failure.expected, failure.found);
            // The schema has no attributes for file and line.
            let text = escaped(&format!("{file}:{line}:{column}\n{}", failure.text("")));
            let _ = writeln!(out, "      <failure message=\"{}\">{text}</failure>", escaped(&message));
        }
        if !passed {
            out.push_str("    </testcase>\n");
        }
    }
    out.push_str("  </testsuite>\n");
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
            "<testcase name=\"it&apos;s\" classname=\"s\">",
            ">t.yaml:7:0\n",
            "<failure message=\"expected &lt;a&gt;, found &quot;b&quot; &amp; \u{fffd}\">",
            "name=\"x\" classname=\"s\"/>",
        ] {
            assert!(xml.contains(wanted), "{wanted} is not in\n{xml}");
        }
        let count = |text: &str| xml.matches(text).count();
        assert_eq!((count("<testcase "), count("</testcase>") + count("\"/>\n")), (2, 2));
    }
}
