//! What errors of templates mean, and what was probably meant by a name that does not exist.

use std::collections::BTreeMap;

use minijinja::{Error, ErrorKind};
use serde_json::Value as Json;

use super::engine::FUEL;
use super::failure::Failure;
use super::library::Per;
use super::spot::Spot;
use super::view::{Shape, Shaped, Variables, views};
use crate::diag::{Code, nearest};
use crate::ids::Text;

/// What a template sees, as far as hints need it.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) values: BTreeMap<Text, Json>,
    pub(super) per: Per,
}

/// A step from a value to one in it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Item,
}

/// The error that was first: one in an included template is behind that of the include.
pub(super) fn innermost(error: &Error) -> &Error {
    let mut found = error;
    while let Some(inner) = std::error::Error::source(found).and_then(|inner| inner.downcast_ref::<Error>()) {
        if inner.line().is_none() {
            break;
        }
        found = inner;
    }
    found
}

impl Seen {
    /// What an error of a template means. `sources` has the texts of templates.
    pub(super) fn failure<'s>(
        &self,
        error: &Error,
        sources: impl Fn(&str) -> Option<&'s str>,
        template: &str,
    ) -> Failure {
        let placed = innermost(error);
        let name = placed.name().unwrap_or(template);
        let spot = sources(name).map(|text| Spot::of_error(placed, text)).unwrap_or_default();
        let (code, message, hint) = self.meaning(placed);
        Failure { template: name.to_owned(), spot, code, message, hint }
    }

    fn meaning(&self, error: &Error) -> (Code, String, Option<String>) {
        let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<Error>()).unwrap_or(error);
        let detail = cause.detail().unwrap_or_default();
        if let Some(expression) = undefined_in(detail) {
            let hint = self.hint(expression);
            return (Code::TemplateUndefined, format!("`{expression}` is undefined"), hint);
        }
        match cause.kind() {
            ErrorKind::UndefinedError => (Code::TemplateUndefined, "an undefined value is used".to_owned(), None),
            ErrorKind::OutOfFuel => {
                let message = format!("it runs for too long: {FUEL} steps are the limit");
                (Code::TemplateFailed, message, Some("look for a loop within a loop over all services".to_owned()))
            }
            ErrorKind::TemplateNotFound => {
                let hint = "write the path below templates/, such as lib/labels.j2; other files cannot be included";
                (Code::TemplateFailed, detail.to_owned(), Some(hint.to_owned()))
            }
            kind if detail.is_empty() => (Code::TemplateFailed, kind.to_string(), None),
            kind => (Code::TemplateFailed, format!("{kind}: {detail}"), None),
        }
    }

    fn hint(&self, expression: &str) -> Option<String> {
        let steps = steps(expression)?;
        if let [Step::Name(root), ..] = &steps[..]
            && !self.sees(root)
        {
            return Some(match self.per {
                Per::Cluster => "a template for each cluster sees cluster, fleet and values".to_owned(),
                _ => "a template for each namespace sees cluster, namespace, fleet and values".to_owned(),
            });
        }
        match self.meant(&steps) {
            Meant::Near(near) => Some(format!("did you mean `{near}`?")),
            Meant::Null(before) => Some(format!("`{before}` is null here: test it first, as in `{{% if {before} %}}`")),
            Meant::Nothing => Some("`meshtree template vars` prints what templates see".to_owned()),
        }
    }

    /// Whether a variable that some templates see is one of this template's; so are all others, as far as it is known here.
    fn sees(&self, root: &str) -> bool {
        match root {
            "service" => self.per == Per::Service,
            "namespace" => self.per != Per::Cluster,
            _ => true,
        }
    }

    fn meant(&self, steps: &[Step]) -> Meant {
        let mut at = At::Shape(Variables::shape());
        let mut shown = String::new();
        for (i, step) in steps.iter().enumerate() {
            let before = shown.clone();
            match step {
                Step::Item => shown.push_str("[…]"),
                Step::Name(name) if shown.is_empty() => shown.push_str(name),
                Step::Name(name) => shown.push_str(&format!(".{name}")),
            }
            let names = match at.step(step, &self.values) {
                Ok(next) => {
                    at = next;
                    continue;
                }
                Err(names) => names,
            };
            let Step::Name(name) = step else { return Meant::Nothing };
            let join = |near: &str| if before.is_empty() { near.to_owned() } else { format!("{before}.{near}") };
            if let Some(near) = nearest(name, names.iter().map(String::as_str)) {
                return Meant::Near(join(near));
            }
            return if i == 0 { of_local(steps) } else { Meant::Nothing };
        }
        // Everything on the way exists, so something of it is null.
        match shown.rsplit_once('.') {
            Some((before, _)) => Meant::Null(before.to_owned()),
            None => Meant::Nothing,
        }
    }
}

enum Meant {
    Near(String),
    /// This is null.
    Null(String),
    Nothing,
}

/// What was meant by a field of a variable of the template's own, whose type is not known.
fn of_local(steps: &[Step]) -> Meant {
    let [Step::Name(root), .., Step::Name(last)] = steps else { return Meant::Nothing };
    let names: Vec<String> = views().iter().flat_map(|view| view.fields.iter().map(super::view::Field::name)).collect();
    match nearest(last, names.iter().map(String::as_str)) {
        Some(near) if near != last => Meant::Near(format!("{root}.{near}")),
        _ => Meant::Nothing,
    }
}

/// Where an expression is on its way.
enum At {
    Shape(Shape),
    Value(Json),
}

impl At {
    /// What a step leads to, or the names that there are.
    fn step(&self, step: &Step, values: &BTreeMap<Text, Json>) -> Result<Self, Vec<String>> {
        match (self, step) {
            (Self::Shape(Shape::Nullable(inner)), _) => Self::Shape((**inner).clone()).step(step, values),
            (Self::Shape(Shape::List(inner)), Step::Item) => Ok(Self::Shape((**inner).clone())),
            (Self::Shape(Shape::Free), _) => {
                let all = values.iter().map(|(key, value)| (key.to_string(), value.clone())).collect();
                Self::Value(Json::Object(all)).step(step, values)
            }
            (Self::Shape(Shape::View(view)), Step::Name(name)) => {
                let found = view.fields.iter().find(|field| field.name() == *name);
                let names = || view.fields.iter().map(super::view::Field::name).collect();
                found.map(|field| Self::Shape(field.shape())).ok_or_else(names)
            }
            (Self::Value(Json::Object(map)), Step::Name(name)) => {
                map.get(name).cloned().map(Self::Value).ok_or_else(|| map.keys().cloned().collect())
            }
            (Self::Value(Json::Array(items)), Step::Item) => {
                items.first().cloned().map(Self::Value).ok_or_else(Vec::new)
            }
            _ => Err(Vec::new()),
        }
    }
}

/// The expression that is undefined by the words of the template engine.
fn undefined_in(detail: &str) -> Option<&str> {
    let end = detail.find("` is undefined")?;
    let start = detail[..end].rfind('`')? + 1;
    Some(&detail[start..end])
}

/// The steps of an expression such as `cluster.services[0].ports`; none if it is more than that.
fn steps(expression: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for part in expression.split('.') {
        let (name, items) = part.split_once('[').map_or((part, None), |(name, items)| (name, Some(items)));
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return None;
        }
        steps.push(Step::Name(name.to_owned()));
        for item in items.into_iter().flat_map(|items| items.split('[')) {
            let item = item.strip_suffix(']')?;
            let key = item.strip_prefix('"').and_then(|key| key.strip_suffix('"'));
            steps.push(key.map_or(Step::Item, |key| Step::Name(key.to_owned())));
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_probably_meant() {
        let values = BTreeMap::from([("pdb".into(), serde_json::json!({"minAvailable": 1}))]);
        let seen = |per| Seen { values: values.clone(), per };
        for (per, expression, wanted) in [
            (Per::Service, "service.prots", "did you mean `service.ports`?"),
            (Per::Service, "cluser", "did you mean `cluster`?"),
            (Per::Service, "cluster.services[0].hots", "did you mean `cluster.services[…].host`?"),
            (Per::Service, "port.nubmer", "did you mean `port.number`?"),
            (Per::Service, "values.pdb.minAvailible", "did you mean `values.pdb.minAvailable`?"),
            (Per::Service, "values[\"pbd\"]", "did you mean `values.pdb`?"),
            (
                Per::Service,
                "cluster.mesh.virtualMesh.name",
                "`cluster.mesh.virtualMesh` is null here: test it first, as in `{% if cluster.mesh.virtualMesh %}`",
            ),
            (Per::Service, "service.wholly", "`meshtree template vars` prints what templates see"),
            (Per::Cluster, "service.name", "a template for each cluster sees cluster, fleet and values"),
            (Per::Namespace, "service", "a template for each namespace sees cluster, namespace, fleet and values"),
        ] {
            assert_eq!(seen(per).hint(expression).as_deref(), Some(wanted), "{expression}");
        }
    }
}
