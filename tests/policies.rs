//! The pages about policies and docs/inputs.md: their tables have a row for every field that is read, and the examples of the
//! policies render what they show.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use meshtree::model::access_policy::AccessPolicy;
use meshtree::model::compact::Cluster;
use meshtree::model::decode::{Decode, field_paths};
use meshtree::model::failover_service::FailoverService;
use meshtree::model::later::{AccessPolicyV1, TrafficPolicyV1, VirtualMeshV1};
use meshtree::model::policy_test::PolicyTest;
use meshtree::model::selector::{IdentitySelector, ServiceSelector, WorkloadSelector};
use meshtree::model::settings::Settings;
use meshtree::model::traffic_policy::TrafficPolicy;
use meshtree::model::virtual_mesh::VirtualMesh;

fn read(page: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).expect("the page is there")
}

const INPUTS: &str = "docs/inputs.md";
const QUESTIONS: &str = "docs/questions.md";
const COMMON: &str = "docs/policies.md";
const ROUTES: &str = "docs/policies/traffic-policy.md";
const ACCESS: &str = "docs/policies/access-policy.md";
const MESHES: &str = "docs/policies/virtual-mesh.md";
const FAILOVER: &str = "docs/policies/failover-service.md";

/// The fields named in the tables below a heading of a page, up to the next heading of that level: in the column that is
/// headed `field`.
///
/// A name that begins with a dot stands for its neighbour's with another last part.
fn documented(page: &str, heading: &str) -> BTreeSet<String> {
    let text = read(page);
    let section = text.split_once(&format!("\n## {heading}\n")).expect("the section is there").1;
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut out = BTreeSet::new();
    let mut column = None;
    for row in section.lines() {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        if !row.starts_with('|') {
            column = None;
        } else if !row.starts_with("| `") {
            column = column.or(cells.iter().position(|cell| cell.starts_with("field")));
            // The rows of policies have IDs, so that cases can say which they cover.
            let has_ids = cells.last() == Some(&"rule") || column.is_none() || row.starts_with("|--");
            assert!(has_ids || [INPUTS, QUESTIONS].contains(&page), "{page}, {heading}: fields without IDs: {row}");
        }
        let Some(cell) = column.and_then(|column| cells.get(column)).filter(|_| row.starts_with("| `")) else {
            continue;
        };
        let mut last = String::new();
        for name in cell.split('`').skip(1).step_by(2) {
            last = match (name.strip_prefix('.'), last.rsplit_once('.')) {
                (Some(part), Some((before, _))) => format!("{before}.{part}"),
                _ => name.to_owned(),
            };
            out.insert(last.clone());
        }
    }
    out
}

/// The fields of a kind; those of selectors have tables of their own.
fn fields<T: Decode>(selectors: &[&str]) -> BTreeSet<String> {
    let collapse = |path: String| {
        let inside = selectors.iter().find(|selector| path.starts_with(&format!("{selector}.")));
        inside.map_or(path, |selector| (*selector).to_owned())
    };
    field_paths::<T>().into_iter().map(collapse).collect()
}

#[test]
fn every_field_has_a_row() {
    let service = "federation.selectors[].destinationSelectors[]";
    let both = &["sourceSelector[]", "destinationSelector[]"];
    let wanted = [
        (ROUTES, "Fields", fields::<TrafficPolicy>(both)),
        (ACCESS, "Fields", fields::<AccessPolicy>(both)),
        (MESHES, "Fields", fields::<VirtualMesh>(&[service])),
        (FAILOVER, "Fields", fields::<FailoverService>(&[])),
        (COMMON, "Destination selectors", fields::<ServiceSelector>(&[])),
        (ROUTES, "Source selectors", fields::<WorkloadSelector>(&[])),
        (ACCESS, "Source selectors", fields::<IdentitySelector>(&[])),
        (INPUTS, "Settings", fields::<Settings>(&[])),
        (QUESTIONS, "Tests", fields::<PolicyTest>(&[])),
        (INPUTS, "Compact form", fields::<Cluster>(&[])),
    ];
    for (page, heading, wanted) in wanted {
        let found = documented(page, heading);
        let none: Vec<&String> = Vec::new();
        assert_eq!(found.difference(&wanted).collect::<Vec<_>>(), none, "{page}, {heading}: no such field");
        assert_eq!(wanted.difference(&found).collect::<Vec<_>>(), none, "{page}, {heading}: no row");
    }
}

/// The later API's fields are those of the model, except where the page says otherwise.
#[test]
fn later_names_are_listed() {
    let listed = documented(COMMON, "The later API");
    let known: BTreeSet<String> = [
        field_paths::<TrafficPolicy>(),
        field_paths::<AccessPolicy>(),
        field_paths::<VirtualMesh>(),
        field_paths::<FailoverService>(),
    ]
    .concat()
    .into_iter()
    .collect();
    let later = [field_paths::<TrafficPolicyV1>(), field_paths::<AccessPolicyV1>(), field_paths::<VirtualMeshV1>()];
    let missing: Vec<String> = later
        .concat()
        .into_iter()
        .filter(|path| !known.contains(path) && !path.strip_prefix("policy.").is_some_and(|path| known.contains(path)))
        .filter(|path| !listed.iter().any(|listed| path == listed || path.starts_with(&format!("{listed}."))))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

/// An example: files in, parts of files out.
#[derive(Debug, Default)]
struct Example {
    heading: String,
    inputs: BTreeMap<String, String>,
    outputs: Vec<(String, String)>,
}

/// The files that are part of every example.
fn fleet() -> BTreeMap<String, String> {
    let text = read(COMMON);
    let section = text.split_once("\n## The fleet of the examples\n").expect("the section is there").1;
    let blocks = section.split("\n```yaml\n").skip(1).filter_map(|rest| rest.split_once("\n```\n"));
    let fleet: BTreeMap<String, String> = blocks
        .filter_map(|(block, _)| block.split_once('\n'))
        .map(|(first, text)| (first.trim_start_matches("# ").to_owned(), format!("{text}\n")))
        .collect();
    assert_eq!(fleet.len(), 3, "{:?}", fleet.keys());
    fleet
}

/// The examples of a page, one for each heading below which a rendered file is shown. A block's first line names its file.
fn examples(page: &str, fleet: &BTreeMap<String, String>) -> Vec<Example> {
    let mut out: Vec<Example> = Vec::new();
    let mut heading = String::new();
    let text = read(page);
    let mut lines = text.lines();
    let mut inputs = BTreeMap::new();
    while let Some(line) = lines.next() {
        if line.starts_with('#') {
            heading = format!("{page}, {}", line.trim_start_matches(['#', ' ']));
            inputs = fleet.clone();
        }
        if line != "```yaml" {
            continue;
        }
        let first = lines.next().unwrap_or_default();
        let path = first.strip_prefix("# ").filter(|path| path.ends_with(".yaml")).unwrap_or_default().to_owned();
        assert!(!path.is_empty(), "{heading}: a block's first line is the name of its file, not {first:?}");
        let text: String = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        if !path.starts_with("rendered/") {
            inputs.insert(path, text);
        } else if out.last().is_some_and(|last| last.heading == heading) {
            out.last_mut().expect("there is one").outputs.push((path, text));
        } else {
            let inputs = inputs.clone();
            out.push(Example { heading: heading.clone(), inputs, outputs: vec![(path, text)] });
        }
    }
    out
}

#[test]
fn examples_render_what_they_show() {
    let fleet = fleet();
    let pages = [COMMON, MESHES, ROUTES, ACCESS, FAILOVER];
    let examples: Vec<Example> = pages.iter().flat_map(|page| examples(page, &fleet)).collect();
    assert!(examples.len() > 20, "{}", examples.len());
    let mut wrong = Vec::new();
    for Example { heading, inputs, outputs } in examples {
        let dir = tempfile::tempdir().expect("a directory can be made");
        for (path, text) in &inputs {
            let at = dir.path().join(path);
            fs::create_dir_all(at.parent().expect("it is below")).expect("a directory can be made");
            fs::write(at, text).expect("a file can be written");
        }
        let render = Command::new(env!("CARGO_BIN_EXE_meshtree")).arg("render").arg(dir.path()).output();
        let render = render.expect("the program runs");
        let said = String::from_utf8_lossy(&render.stderr);
        if !render.status.success() {
            wrong.push(format!("{heading}:\n{said}"));
            continue;
        }
        for (path, shown) in outputs {
            let found = fs::read_to_string(dir.path().join(&path)).unwrap_or_else(|_| format!("not there\n{said}"));
            let parts = shown.split("...\n").filter(|part| !part.is_empty());
            if parts.into_iter().any(|part| !found.contains(part)) {
                wrong.push(format!("{heading}: {path}\n{found}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
