//! Fields of rendered objects by their paths: `spec.http[0].timeout`, `metadata.labels["a.b/c"]`.

use serde_json::Value;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// Reads a path; none if it is not one.
pub(super) fn parse(text: &str) -> Option<Vec<Step>> {
    let mut out = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix("[\"") {
            let (key, after) = inside.split_once("\"]")?;
            out.push(Step::Key(key.to_owned()));
            rest = after;
        } else if let Some(inside) = rest.strip_prefix('[') {
            let (index, after) = inside.split_once(']')?;
            out.push(Step::Index(index.parse().ok()?));
            rest = after;
        } else {
            let key = if out.is_empty() { rest } else { rest.strip_prefix('.')? };
            let end = key.find(['.', '[']).unwrap_or(key.len());
            out.push(Step::Key(key.get(..end).filter(|key| !key.is_empty())?.to_owned()));
            rest = &key[end..];
        }
    }
    (!out.is_empty()).then_some(out)
}

/// What is at a path.
pub(super) fn find<'v>(value: &'v Value, path: &[Step]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    })
}

/// Whether two values are equal; numbers are compared by what they are, however they are written.
pub(super) fn are_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| are_equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let is_there = |(key, value)| other.get(key).is_some_and(|other| are_equal(value, other));
            one.len() == other.len() && one.iter().all(is_there)
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_lead_into_values() {
        let value = json!({"spec": {"http": [{"timeout": "5s"}]}, "metadata": {"labels": {"a.b/c": "x"}}});
        let at = |path: &str| parse(path).and_then(|path| find(&value, &path).cloned());
        assert_eq!(at("spec.http[0].timeout"), Some(json!("5s")));
        assert_eq!(at("metadata.labels[\"a.b/c\"]"), Some(json!("x")));
        assert_eq!(at("spec.http[1].timeout"), None);
        for wrong in ["", ".spec", "spec.", "spec..http", "spec.http[x]", "spec.http[0", "spec[0]http"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_are_equal_however_they_are_written() {
        assert!(are_equal(&json!({"a": [1, 2.5]}), &json!({"a": [1.0, 2.5]})));
        assert!(!are_equal(&json!({"a": 1}), &json!({"a": "1"})) && !are_equal(&json!([1]), &json!([1, 2])));
        assert!(!are_equal(&json!({"a": 1}), &json!({"a": 1, "b": 2})));
    }
}
