//! The version of Istio that charts depend on.

use crate::diag::Report;
use crate::load::SourceFile;
use crate::load::tree::{Node, Value};
use crate::version::IstioVersion;

/// Istio's charts, whose versions are Istio's.
const CHARTS: [&str; 3] = ["istiod", "istio-base", "istio-discovery"];

/// The version of Istio's charts among the dependencies of the charts in some files, the lowest if they differ.
pub(super) fn version(files: &[&SourceFile]) -> Option<String> {
    let charts =
        files.iter().filter(|file| matches!(file.relative.rsplit('/').next(), Some("Chart.yaml" | "Chart.yml")));
    let found: Vec<String> = charts.flat_map(|file| dependencies(file)).collect();
    found.into_iter().filter(|version| IstioVersion::parse(version).is_some()).min()
}

fn dependencies(file: &SourceFile) -> Vec<String> {
    let nodes = file.documents().flat_map(|document| document.objects(&mut Report::default()));
    let mut out = Vec::new();
    for (_, node) in nodes {
        let Some(Value::List(items)) = node.get("dependencies").map(|list| &list.value) else { continue };
        let text = |item: &Node, key: &str| item.get(key).and_then(Node::text).map(str::to_owned);
        let is_istio = |item: &&Node| text(item, "name").is_some_and(|name| CHARTS.contains(&&*name));
        out.extend(items.iter().filter(is_istio).filter_map(|item| text(item, "version")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_of_istio_have_the_version_of_istio() {
        let chart = |dependencies: &str| {
            let text = format!("apiVersion: v2\nname: x\nversion: 1.0.0\ndependencies:\n{dependencies}");
            version(&[&SourceFile::new("Chart.yaml", "mesh/Chart.yaml", text)])
        };
        assert_eq!(chart("- {name: istiod, version: 1.24.3}\n").as_deref(), Some("1.24.3"));
        assert_eq!(chart("- {name: istiod, version: ~1.24}\n- {name: redis, version: 1.2.3}\n"), None);
    }
}
