//! Expectations of PolicyTests, compared with what the plan says and what is rendered of it.

mod access;
mod context;
mod destinations;
mod failover;
mod field;
mod rendered;
mod route;

use rayon::prelude::*;

use crate::ask::{By, Evaluator};
use crate::built::BuiltObjects;
use crate::diag::{Pos, Report};
use crate::ids::Text;
use crate::model::policy_test::{AccessTest, Expectation, ExpectationKind, TestFile};

use context::{Cx, Wrong};
use rendered::Objects;

/// How many mistakes are reported with what was probably meant.
const MOST_HINTS: usize = 200;

/// The results of one PolicyTest.
#[derive(Clone, Debug)]
pub struct Suite {
    pub name: Text,
    pub file: Text,
    pub cases: Vec<Case>,
}

/// The result of one expectation.
#[derive(Clone, Debug)]
pub struct Case {
    pub name: String,
    /// Where it is written.
    pub pos: Pos,
    /// What is not as expected.
    pub failures: Vec<Failure>,
}

/// Something that is not as expected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Failure {
    /// What it is about: a request, or a field.
    pub about: String,
    pub expected: String,
    pub found: String,
    /// The policies that decide.
    pub by: Vec<By>,
}

/// Compares expectations with a fleet: those whose names are chosen, by `suite: case`. Expectations that are not complete or name
/// something unknown are reported.
pub fn run(
    (evaluator, built): (&Evaluator<'_, '_>, &BuiltObjects),
    tests: &[TestFile],
    is_chosen: impl Fn(&str) -> bool + Sync,
    report: &mut Report,
) -> Vec<Suite> {
    let chosen = |test: &TestFile| -> Vec<(usize, String)> {
        let named = test.spec.tests.iter().enumerate().map(|(i, expectation)| (i, name(expectation)));
        named.filter(|(_, name)| is_chosen(&format!("{}: {name}", test.name))).collect()
    };
    let chosen: Vec<Vec<(usize, String)>> = tests.iter().map(chosen).collect();
    let all = tests.iter().zip(&chosen).flat_map(|(test, cases)| cases.iter().map(|(i, _)| &test.spec.tests[*i]));
    let objects = Objects::of(evaluator, built, all);
    let suite = |(test, cases): (&TestFile, Vec<(usize, String)>)| {
        let results: Vec<(Case, Vec<Wrong>)> = cases
            .into_par_iter()
            .map(|(i, name)| {
                let mut cx = Cx::new(evaluator, test, i);
                let failures = compare(&mut cx, &test.spec.tests[i], &objects);
                let pos = test.at.get(i).copied().unwrap_or_default();
                (Case { name, pos, failures }, cx.wrong)
            })
            .collect();
        let (cases, wrong): (Vec<Case>, Vec<Vec<Wrong>>) = results.into_iter().unzip();
        for wrong in wrong.into_iter().flatten() {
            // A hint compares with all names of the fleet.
            let is_first = report.diags().len() < MOST_HINTS;
            report.push(if is_first { wrong.with_hint(evaluator) } else { wrong.diag });
        }
        Suite { name: test.name.clone(), file: test.origin.file.clone(), cases }
    };
    let suites = tests.iter().zip(chosen).map(suite).collect::<Vec<_>>();
    suites.into_iter().filter(|suite| !suite.cases.is_empty()).collect()
}

/// What is not as one expectation has it.
fn compare(cx: &mut Cx<'_, '_, '_>, expectation: &Expectation, objects: &Objects) -> Vec<Failure> {
    match &expectation.kind {
        None => {
            let known = ["allow", "deny", "mixed", "route", "failover", "rendered"].join(", ");
            cx.incomplete("the expectation says nothing", &format!("write one of {known}"));
            Vec::new()
        }
        Some(ExpectationKind::Allow(test)) => access::compare(cx.below("allow"), test, crate::ask::Verdict::Allowed),
        Some(ExpectationKind::Deny(test)) => access::compare(cx.below("deny"), test, crate::ask::Verdict::Denied),
        Some(ExpectationKind::Mixed(test)) => access::compare(cx.below("mixed"), test, crate::ask::Verdict::Mixed),
        Some(ExpectationKind::Route(test)) => route::compare(cx.below("route"), test),
        Some(ExpectationKind::Failover(test)) => failover::compare(cx.below("failover"), test),
        Some(ExpectationKind::Rendered(test)) => rendered::compare(cx.below("rendered"), test, objects),
    }
}

/// The name of an expectation: its own, or what it is about.
fn name(expectation: &Expectation) -> String {
    let list = |texts: &[Text]| texts.join(", ");
    let access = |kind: &str, test: &AccessTest| {
        let AccessTest { from, identity, to, at, method, path, .. } = test;
        let request = [list(&method.0), list(&path.0)].into_iter().filter(|part| !part.is_empty());
        let request: String = request.map(|part| format!(" {part}")).collect();
        format!("{kind} {}{} to {}{}{request}", list(&from.0), list(&identity.0), list(&to.0), list(&at.0))
    };
    match (&expectation.name, &expectation.kind) {
        (Some(name), _) => name.to_string(),
        (None, None) => "nothing".to_owned(),
        (None, Some(ExpectationKind::Allow(test))) => access("allow", test),
        (None, Some(ExpectationKind::Deny(test))) => access("deny", test),
        (None, Some(ExpectationKind::Mixed(test))) => access("mixed", test),
        (None, Some(ExpectationKind::Route(test))) => {
            let path = test.path.as_ref().map(|path| format!(" {path}")).unwrap_or_default();
            format!("route {} to {}{path}", test.from, test.to)
        }
        (None, Some(ExpectationKind::Failover(test))) => {
            format!("failover {} to {} without {}", test.from, test.to, list(&test.down.0))
        }
        (None, Some(ExpectationKind::Rendered(test))) => {
            let field = test.field.as_ref().map(|field| format!(" {field}")).unwrap_or_default();
            format!("rendered {} {}{field}", test.cluster, test.object)
        }
    }
}
