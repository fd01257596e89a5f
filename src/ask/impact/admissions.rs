//! Admissions by content: what two plans let in is compared once for each pair of contents.

use std::collections::BTreeMap;

use crate::ask::space::{Admission, Allow};
use crate::plan::Callers;

/// The number of a content: equal contents have one number.
type Number = usize;

/// What an admission says, whichever policies say it.
pub(super) type Content = (bool, Vec<Number>);

/// Who may call: the names of each selector.
type Names<'p> = Vec<(bool, Vec<&'p str>)>;

/// Callers, methods, paths and ports of a rule.
type Rule<'p> = (Number, &'p [&'static str], Vec<&'p str>, Vec<u32>);

/// Numbers contents.
#[derive(Debug, Default)]
pub(super) struct Contents<'p> {
    /// Lists of callers that were numbered already, by their addresses.
    seen: BTreeMap<(usize, usize), Number>,
    callers: BTreeMap<Names<'p>, Number>,
    rules: BTreeMap<Rule<'p>, Number>,
}

impl<'p> Contents<'p> {
    /// The content of an admission. The order of rules does not matter.
    pub(super) fn of(&mut self, admission: &Admission<'p>) -> Content {
        let mut rules: Vec<Number> = admission.allowed.iter().map(|allow| self.rule(allow)).collect();
        rules.sort_unstable();
        rules.dedup();
        (admission.allowed.is_empty() && admission.shut_by.is_some(), rules)
    }

    /// The number of what a policy allows.
    pub(super) fn rule(&mut self, allow: &Allow<'p>) -> Number {
        let Allow { by: _, callers, methods, paths, ports } = allow;
        let callers = self.callers(callers);
        let next = self.rules.len();
        *self.rules.entry((callers, methods, paths.clone(), ports.clone())).or_insert(next)
    }

    fn callers(&mut self, callers: &'p [Callers<'p>]) -> Number {
        let address = (callers.as_ptr().addr(), callers.len());
        if let Some(known) = self.seen.get(&address) {
            return *known;
        }
        let names = |callers: &'p Callers<'p>| match callers {
            Callers::Namespaces(namespaces) => (false, namespaces.iter().map(|name| &**name).collect()),
            Callers::Identities(identities) => (true, identities.names().iter().map(String::as_str).collect()),
        };
        let next = self.callers.len();
        let number = *self.callers.entry(callers.iter().map(names).collect()).or_insert(next);
        self.seen.insert(address, number);
        number
    }
}
