//! What editors need to check files of a fleet: its schema, and the line by which a file names it.

use std::path::{Component, Path, PathBuf};

use super::write;
use crate::model::schema;

/// Where a fleet keeps the schema of its files. Hidden directories hold no inputs.
pub(super) const SCHEMA: &str = ".meshtree/schema.json";

/// The schema of every file of a fleet.
pub(super) fn schema_text() -> String {
    text(&schema::any())
}

/// A schema as it is written.
pub(super) fn text(schema: &serde_json::Value) -> String {
    format!("{schema:#}\n")
}

/// The line by which editors with YAML's language server find the schema of a file.
pub(super) fn modeline(fleet: &Path, file: &Path) -> String {
    let path = from_to(file.parent().unwrap_or(Path::new("")), &fleet.join(SCHEMA));
    format!("# yaml-language-server: $schema={path}\n")
}

/// Writes the schema into a fleet that does not have it. Returns whether it was written.
pub(super) fn ensure_schema(fleet: &Path) -> std::io::Result<bool> {
    match write::create_below(fleet, SCHEMA, &schema_text()) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        done => done.map(|()| true),
    }
}

/// The path from a directory to a file, with `/` between its parts.
fn from_to(directory: &Path, file: &Path) -> String {
    let parts = |path: &Path| -> Vec<String> {
        // The directory of a file that is named alone has no name.
        let path = Path::new(".").join(path);
        let path = std::path::absolute(&path).unwrap_or(path);
        let mut out: Vec<String> = Vec::new();
        for part in path.components() {
            match part {
                Component::ParentDir => _ = out.pop(),
                Component::CurDir => {}
                other => out.push(other.as_os_str().to_string_lossy().into_owned()),
            }
        }
        out
    };
    let (from, to) = (parts(directory), parts(file));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - shared);
    let steps: Vec<&str> = up.chain(to[shared..].iter().map(String::as_str)).collect();
    steps.join("/")
}

/// Where a file is from a fleet's directory, if it is below it.
pub(super) fn relative(fleet: &Path, file: &Path) -> Option<PathBuf> {
    let path = from_to(fleet, file);
    (!path.starts_with("..")).then(|| path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modeline_leads_to_the_schema_from_wherever_the_file_is() {
        for (fleet, file, path) in [
            (".", "policies/a.yaml", "../.meshtree/schema.json"),
            (".", "a.yaml", ".meshtree/schema.json"),
            ("fleet", "fleet/clusters/east/a.yaml", "../../.meshtree/schema.json"),
            ("fleet", "a.yaml", "fleet/.meshtree/schema.json"),
            ("/x/fleet", "/y/a.yaml", "../x/fleet/.meshtree/schema.json"),
        ] {
            let line = modeline(Path::new(fleet), Path::new(file));
            assert_eq!(line, format!("# yaml-language-server: $schema={path}\n"), "{fleet} {file}");
        }
    }
}
