//! `meshtree test`: which expectations are met.

mod junit;

use serde::Serialize;

use super::places::{Places, PolicyView};
use crate::diag::show::{Annotation, FileFacts, Point, Rule};
use crate::diag::{Place, Severity};
use crate::expect::{Case, Failure, Suite};

/// The results of a fleet's tests.
#[derive(Debug, Default, Serialize)]
pub struct Tested {
    pub passed: usize,
    pub failed: usize,
    pub suites: Vec<SuiteView>,
}

/// The results of one PolicyTest.
#[derive(Debug, Default, Serialize)]
pub struct SuiteView {
    pub name: String,
    pub file: String,
    pub cases: Vec<CaseView>,
}

/// The result of one expectation.
#[derive(Debug, Default, Serialize)]
pub struct CaseView {
    pub name: String,
    pub line: usize,
    pub column: usize,
    pub passed: bool,
    pub failures: Vec<FailureView>,
}

/// Something that is not as expected.
#[derive(Debug, Default, Serialize)]
pub struct FailureView {
    /// The request or the field.
    pub about: String,
    pub expected: String,
    pub found: String,
    /// The policies that decide.
    pub policies: Vec<PolicyView>,
}

impl Tested {
    /// The kind of its document.
    pub const KIND: &'static str = "TestReport";

    /// The results of some tests.
    pub fn of(suites: &[Suite], places: &Places<'_>) -> Self {
        let suites: Vec<SuiteView> = suites.iter().map(|suite| SuiteView::of(suite, places)).collect();
        let cases = || suites.iter().flat_map(|suite| &suite.cases);
        let (all, passed) = (cases().count(), cases().filter(|case| case.passed).count());
        Self { passed, failed: all - passed, suites }
    }

    /// The failures as findings at the lines of the expectations.
    pub fn annotations(&self, files: &FileFacts<'_>) -> Vec<Annotation> {
        let summary = "an expectation of a PolicyTest is not met".to_owned();
        let rule = Rule { id: "expectation".to_owned(), text: summary.clone(), summary };
        let of_suite = |SuiteView { name: suite, file, cases }: &SuiteView| {
            let of_case = |CaseView { name, line, column, passed: _, failures }: &CaseView| {
                let place = Point { file: Some(file.clone()), line: Some(*line), column: Some(*column) };
                let of_failure = |failure: &FailureView| {
                    let message = format!("{suite}: {name}\n{}", failure.text(""));
                    Annotation::at(place.clone(), rule.clone(), Severity::Error, message.trim_end().to_owned(), files)
                };
                failures.iter().map(of_failure).collect::<Vec<_>>()
            };
            cases.iter().flat_map(of_case).collect::<Vec<_>>()
        };
        self.suites.iter().flat_map(of_suite).collect()
    }

    /// A block for each failure, and the number of tests; with `all`, a line for each test that passed as well.
    pub fn text(&self, all: bool) -> String {
        let mut out = String::new();
        for SuiteView { name: suite, file, cases } in &self.suites {
            for CaseView { name, line, column, passed, failures } in cases {
                match passed {
                    true if all => out += &format!("ok   {suite}: {name}\n"),
                    true => {}
                    false => out += &format!("FAIL {suite}: {name} ({file}:{line}:{column})\n"),
                }
                failures.iter().for_each(|failure| out += &failure.text("  "));
            }
        }
        let Self { passed, failed, suites: _ } = self;
        out + &match failed {
            0 => format!("{}, all passed\n", count(*passed)),
            failed => format!("{}, {failed} failed\n", count(passed + failed)),
        }
    }
}

fn count(tests: usize) -> String {
    format!("{tests} test{}", if tests == 1 { "" } else { "s" })
}

impl SuiteView {
    fn of(Suite { name, file, cases }: &Suite, places: &Places<'_>) -> Self {
        let case = |Case { name, pos, failures }: &Case| CaseView {
            name: name.clone(),
            line: pos.line,
            column: pos.column,
            passed: failures.is_empty(),
            failures: failures.iter().map(|failure| FailureView::of(failure, places)).collect(),
        };
        let file = places.text(&Place::File(file.clone())).unwrap_or_default();
        Self { name: name.to_string(), file, cases: cases.iter().map(case).collect() }
    }
}

impl FailureView {
    fn of(Failure { about, expected, found, by }: &Failure, places: &Places<'_>) -> Self {
        Self { about: about.clone(), expected: expected.clone(), found: found.clone(), policies: places.policies(by) }
    }

    /// What was expected and what was found, with the policies.
    fn text(&self, indent: &str) -> String {
        let Self { about, expected, found, policies } = self;
        let mut out = format!("{indent}{about}\n{indent}  expected: {expected}\n{indent}  found:    {found}\n");
        policies.iter().for_each(|policy| out += &format!("{indent}  by:       {policy}\n"));
        out
    }
}
