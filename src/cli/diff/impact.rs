//! The consequences of a change, where both sides have inputs.

use super::Rendering;
use crate::ask::Evaluator;
use crate::ask::impact::{Impact, impact};
use crate::ask::space::Revision;
use crate::diag::{Place, Pos};
use crate::fleet::Meaning;
use crate::plan::{Index, Plan};
use crate::report::impact::ImpactReport;

/// What the inputs of today mean for callers, compared with those of another side; with nothing if that has no fleet.
pub(super) fn compared(before: Option<&Rendering<'_>>, after: &Rendering<'_>) -> ImpactReport {
    let new = &after.meaning;
    match before {
        Some(before) => {
            let old = &before.meaning;
            let changed = new.fleet().changed_policies(Some(old.fleet()));
            let found = between((&old.plan, &old.index), new, changed);
            ImpactReport::of(&found, &|side, place| match side {
                Revision::Before => located(old, place),
                Revision::After => located(new, place),
            })
        }
        None => {
            let found = between((&Plan::default(), &Index::default()), new, Default::default());
            ImpactReport::of(&found, &|_, place| located(new, place))
        }
    }
}

fn between<'a>(
    (plan, index): (&Plan<'a>, &Index<'a>),
    after: &Meaning<'_>,
    changed: std::collections::BTreeSet<String>,
) -> Impact {
    let (before, after) = (Evaluator::new(plan, index), Evaluator::new(&after.plan, &after.index));
    impact(&before, &after, changed)
}

/// Where something is in the files of a fleet.
fn located(meaning: &Meaning<'_>, place: &Place) -> (Option<String>, Option<Pos>) {
    match place {
        Place::Nowhere => (None, None),
        Place::File(file) => (Some(file.to_string()), None),
        Place::Point(file, pos) => (Some(file.to_string()), Some(*pos)),
        Place::Field(origin, path) => (Some(origin.file.to_string()), meaning.fleet().sources.locator()(origin, path)),
    }
}
