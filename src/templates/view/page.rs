//! The tables of docs/templates.md: every struct that templates see, with its fields.

use super::{View, views};

/// The tables, one for each struct.
pub fn page() -> String {
    views().into_iter().map(table).collect::<Vec<_>>().join("\n")
}

fn table(View { name, about, fields }: &View) -> String {
    let mut out = format!("### {name}\n\n{}\n\n| field | type | meaning |\n|---|---|---|\n", about.trim());
    for field in *fields {
        let (name, shape) = (field.name(), field.shape().described());
        let about = field.about.trim().trim_end_matches('.');
        out.push_str(&format!("| `{name}` | {shape} | {} |\n", lower(about)));
    }
    out
}

/// A sentence as the cell of a table.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().collect::<String>() + letters.as_str()
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::super::*;

    #[test]
    fn templates_see_what_the_tables_name() {
        fn check<T: Default + Serialize + Shaped>() {
            let json = serde_json::to_value(T::default()).expect("JSON");
            let mut found: Vec<String> = json.as_object().expect("a map").keys().cloned().collect();
            let view = T::shape().view().expect("a struct");
            let mut named: Vec<String> = view.fields.iter().map(Field::name).collect();
            found.sort();
            named.sort();
            assert_eq!(found, named, "{}", view.name);
        }
        check::<Variables>();
        check::<FleetView>();
        check::<ClusterView>();
        check::<MeshView>();
        check::<GatewayView>();
        check::<VirtualMeshView>();
        check::<MemberView>();
        check::<NamespaceView>();
        check::<ServiceView>();
        check::<PortView>();
        check::<SubsetView>();
        check::<PolicyView>();
        check::<FederationView>();
        check::<WorkloadView>();
        check::<RemoteServiceView>();
        check::<FailoverServiceView>();
        check::<BackingView>();
        assert_eq!(views().len(), 17, "a new struct is checked above");
    }
}
