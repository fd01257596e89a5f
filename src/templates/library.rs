//! The templates of a fleet, each parsed once.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::Environment;

use super::engine::environment;
use super::spot::Spot;
use crate::diag::{Code, Diag, Place, Report, nearest};
use crate::ids::{Provenance, Text};
use crate::load::{SourceFile, TEMPLATES};

/// The folder of templates that others include.
const LIBRARY: &str = "lib";

/// The ends of names of templates whose output is read.
const ENDS: [&str; 3] = [".yaml.j2", ".yml.j2", ".json.j2"];

/// For what a template is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Per {
    Cluster,
    Namespace,
    Service,
}

impl Per {
    const ALL: [Self; 3] = [Self::Cluster, Self::Namespace, Self::Service];

    fn folder(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Namespace => "namespace",
            Self::Service => "service",
        }
    }
}

/// A template that is rendered.
#[derive(Debug)]
pub(super) struct Template<'f> {
    /// Its name among templates: the path below `templates/`.
    pub(super) name: &'f str,
    pub(super) per: Per,
    pub(super) file: &'f SourceFile,
    /// What its objects come from.
    pub(super) sources: Provenance,
}

/// All templates.
pub(super) struct Library<'f> {
    /// Each by its name.
    pub(super) files: BTreeMap<&'f str, &'f SourceFile>,
    /// Those that are rendered, in the order of their names.
    pub(super) rendered: Vec<Template<'f>>,
    pub(super) environment: Environment<'f>,
}

impl<'f> Library<'f> {
    /// Parses the templates. Those with a mistake are reported and left out.
    pub(super) fn read(files: &'f [SourceFile], report: &mut Report) -> Self {
        let mut library = Self { files: BTreeMap::new(), rendered: Vec::new(), environment: environment() };
        for file in files {
            let Some(name) = below(&file.relative) else { continue };
            library.files.insert(name, file);
            let placed = placed(name, file);
            if let Err(error) = library.environment.add_template(name, &file.text) {
                let spot = Spot::of_error(&error, &file.text);
                let message = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
                report.push(Diag::new(Code::TemplateSyntax, spot.place(&file.shown), message));
                continue;
            }
            match placed {
                Ok(None) => {}
                Ok(Some(per)) => {
                    let sources = [named(&file.relative)].into();
                    library.rendered.push(Template { name, per, file, sources });
                }
                Err(diag) => report.push(*diag),
            }
        }
        library
    }
}

/// How the source of an object begins that comes from a template.
const SOURCE: &str = "Template ";

/// What objects that come from a template have as their source.
pub fn named(relative: &str) -> Text {
    format!("{SOURCE}{relative}").into()
}

/// Whether a source of an object is a template.
pub fn is_template(source: &str) -> bool {
    source.starts_with(SOURCE)
}

fn below(relative: &str) -> Option<&str> {
    relative.strip_prefix(TEMPLATES)?.strip_prefix('/')
}

/// For what a template is rendered; nothing for one that others include.
fn placed(name: &str, file: &SourceFile) -> Result<Option<Per>, Box<Diag>> {
    let wrong = |message: String, hint: String| {
        let place = Place::File(file.shown.clone());
        Err(Box::new(Diag::new(Code::TemplateFolder, place, message).hint(hint)))
    };
    let Some((folder, rest)) = name.split_once('/') else {
        let hint = "move it into templates/cluster/, templates/namespace/ or templates/service/, or into templates/lib/ if \
                    other templates include it";
        return wrong("a template directly in templates/ is not rendered for anything".to_owned(), hint.to_owned());
    };
    if folder == LIBRARY {
        return Ok(None);
    }
    let Some(per) = Per::ALL.into_iter().find(|per| per.folder() == folder) else {
        let folders = || Per::ALL.into_iter().map(Per::folder).chain([LIBRARY]);
        let hint = match nearest(folder, folders()) {
            Some(near) => format!("did you mean templates/{near}/?"),
            None => "use templates/cluster/, templates/namespace/, templates/service/ or templates/lib/".to_owned(),
        };
        return wrong(format!("templates/{folder}/ does not say for what its templates are rendered"), hint);
    };
    if !ENDS.iter().any(|end| rest.ends_with(end)) {
        let message =
            format!("the name of a template in templates/{folder}/ must end in .yaml.j2, .yml.j2 or .json.j2");
        return wrong(message, "rename it, or move it into templates/lib/ if other templates include it".to_owned());
    }
    // The lock separates sources by a comma.
    if name.contains(", ") || name.contains(char::is_control) {
        return wrong(
            "the path of a template must not contain a control character or a comma before a space".to_owned(),
            "rename it".to_owned(),
        );
    }
    Ok(Some(per))
}

/// The texts of a template and of those that it may include or import, directly or through others: of those whose names it has.
pub fn closure<'f>(files: &'f [SourceFile], file: &'f SourceFile) -> BTreeSet<&'f str> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let mut open = vec![file];
    while let Some(file) = open.pop() {
        if !found.insert(&file.text) {
            continue;
        }
        let is_named = |other: &&SourceFile| below(&other.relative).is_some_and(|name| file.text.contains(name));
        open.extend(files.iter().filter(is_named));
    }
    found
}
