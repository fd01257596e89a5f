//! What each code means, for `explain` and for docs/diagnostics.md.

use minijinja::{Environment, UndefinedBehavior, context};
use serde::Serialize;

use super::{Code, Exit};

/// The blocks of the code table: the digits behind `MT` and what they are about.
const AREAS: [(&str, &str); 9] = [
    ("01", "Files and syntax"),
    ("02", "Decoding"),
    ("03", "Inventory"),
    ("04", "References"),
    ("05", "Policies"),
    ("06", "What is rendered"),
    ("07", "Certificate authorities"),
    ("08", "Output"),
    ("09", "Settings and command line"),
];

/// One block of codes on the page.
#[derive(Serialize)]
struct Area {
    title: &'static str,
    entries: Vec<String>,
}

/// What a code means and what to do, in Markdown.
pub fn explain(code: Code) -> String {
    entry(&templates(), code, "#") + "\n"
}

/// The page docs/diagnostics.md.
pub fn reference() -> String {
    let templates = templates();
    let area = |(digits, title): (&str, &'static str)| {
        let codes = Code::ALL.iter().filter(|code| code.as_str()[2..].starts_with(digits));
        Area { title, entries: codes.map(|code| entry(&templates, *code, "###")).collect() }
    };
    let areas: Vec<Area> = AREAS.into_iter().map(area).collect();
    render(&templates, "diagnostics", context! { areas => minijinja::value::Serde(&areas) })
}

fn entry(templates: &Environment<'_>, code: Code, heading: &str) -> String {
    let context = context! {
        heading => heading,
        code => code.as_str(),
        summary => code.summary(),
        text => code.text(),
        severity => code.severity().to_string(),
        exit => code.exit().code(),
        loud => code.is_loud(),
        invalid => code.exit() == Exit::Invalid,
    };
    render(templates, "diagnostic", context)
}

fn templates() -> Environment<'static> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, source) in [
        ("diagnostic", include_str!("../../templates/diagnostic.md.j2")),
        ("diagnostics", include_str!("../../templates/diagnostics.md.j2")),
    ] {
        // A template that is wrong is missing below; tests render every one.
        _ = templates.add_template(name, source);
    }
    templates
}

/// The text of a template. The templates are part of the program and tests render each of them, so the message of a mistake in one
/// is never seen; if it were, it would be better than no explanation and no exit code.
fn render(templates: &Environment<'_>, name: &str, context: minijinja::Value) -> String {
    let text = templates.get_template(name).and_then(|template| template.render(context));
    text.unwrap_or_else(|error| format!("cannot explain this: {error}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained() {
        let page = reference();
        for code in Code::ALL {
            let explained = explain(*code);
            assert!(explained.starts_with(&format!("# {code}: {}\n\n{}\n\n", code.summary(), code.text())));
            assert!(explained.ends_with(".\n") && !explained.ends_with("\n\n"), "{explained:?}");
            assert!(page.contains(&format!("\n\n##{explained}")), "{code} is not on the page");
        }
        let explained = explain(Code::Conflict);
        assert!(explained.contains("exit code 3") && explained.contains("--allow-invalid"), "{explained}");
        assert!(explain(Code::EmptyShift).contains("A warning:"));
    }

    #[test]
    fn the_page_is_as_markdown_wants_it() {
        let page = reference();
        assert!(!page.contains("\n\n\n") && page.ends_with(".\n") && !page.ends_with("\n\n"));
        assert!(page.lines().all(|line| line.trim_end() == line));
    }
}
