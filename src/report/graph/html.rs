//! The graph as one page for a browser, which needs nothing else.

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use serde::Serialize;

use super::Graph;

/// What the page's script reads.
#[derive(Serialize)]
struct Data<'g> {
    after: &'g Graph,
    before: Option<&'g Graph>,
}

/// The page. With an earlier graph, it shows what differs from it.
///
/// # Errors
/// A graph that is not JSON, or a template that is wrong; no such graph exists, and a test renders the template.
pub fn page(fleet: &str, graph: &Graph, before: Option<(&str, &Graph)>) -> Result<String, PageError> {
    let data = inert(&serde_json::to_string(&Data { after: graph, before: before.map(|(_, before)| before) })?);
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_auto_escape_callback(|_| AutoEscape::Html);
    templates.add_template("graph", include_str!("../../../templates/graph.html.j2"))?;
    let context = context! {
        fleet => fleet,
        before => before.map(|(name, _)| name),
        data => Value::from_safe_string(data),
        style => Value::from_safe_string(include_str!("../../../templates/graph.css").to_owned()),
        script => Value::from_safe_string(include_str!("../../../templates/graph.js").to_owned()),
    };
    Ok(templates.get_template("graph")?.render(context)?)
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Template(#[from] minijinja::Error),
}

/// JSON in which nothing ends the element that it is in, or begins a comment there: `<` is an escape.
fn inert(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::places::PolicyView;

    #[test]
    fn no_name_ends_the_data() {
        let hostile = "</script><script>alert(1)</script><!--";
        let policy = PolicyView { policy: hostile.to_owned(), place: Some(hostile.to_owned()) };
        let graph = Graph { policies: vec![policy], clusters: vec![hostile.to_owned()], ..Graph::default() };
        let page = page(hostile, &graph, Some((hostile, &graph))).expect("a page");
        assert!(!page.contains("alert(1)</script>") && !page.contains("<!--"));
        assert_eq!(page.matches("</script>").count(), 2, "the data and the script");
        let data = page.split("type=\"application/json\">").nth(1).and_then(|rest| rest.split("</script>").next());
        let data: serde_json::Value = serde_json::from_str(data.expect("the data")).expect("JSON");
        assert_eq!(data["after"]["clusters"][0], hostile);
    }
}
