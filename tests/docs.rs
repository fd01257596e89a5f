//! Generated pages are up to date, what pages refer to exists, and the pages follow docs/wording.md.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// Compares a page with what the program generates; `UPDATE=1` in the environment rewrites it.
fn check(page: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::write(&path, wanted).expect("the page can be written");
    }
    let found = fs::read_to_string(&path).expect("the page is there");
    assert!(found == wanted, "{page} is out of date: run `UPDATE=1 cargo test --test docs`");
}

#[test]
fn diagnostics_page() {
    check("docs/diagnostics.md", &meshtree::diag::explain::reference());
}

#[test]
fn versions_page() {
    check("docs/istio-versions.md", &meshtree::version::page());
}

#[test]
fn risks_page() {
    check("docs/risks.md", &meshtree::ask::impact::page());
}

#[test]
fn variables_of_templates() {
    const MARKS: [&str; 2] = ["<!-- variables: generated -->\n", "<!-- end of variables -->\n"];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/templates.md");
    let page = fs::read_to_string(path).expect("the page is there");
    let (before, rest) = page.split_once(MARKS[0]).expect("the beginning of the tables");
    let (_, after) = rest.split_once(MARKS[1]).expect("the end of the tables");
    let tables = meshtree::templates::view::page();
    check("docs/templates.md", &[before, MARKS[0], "\n", &tables, "\n", MARKS[1], after].concat());
}

/// The benches and tests in the commands of a page exist.
#[test]
fn named_targets_are_there() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(project.join("Cargo.toml")).expect("the manifest is there");
    let mut missing = Vec::new();
    let mut named = 0;
    for page in ["CONTRIBUTING.md", "README.md", "docs/performance.md"] {
        let text = fs::read_to_string(project.join(page)).expect("the page is there");
        for words in text.split_whitespace().collect::<Vec<_>>().windows(2) {
            let name = words[1].trim_end_matches(|c: char| !c.is_alphanumeric());
            let is_there = match words[0] {
                "--bench" => manifest.contains(&format!("[[bench]]\nname = \"{name}\"\n")),
                "--test" => project.join(format!("tests/{name}.rs")).exists(),
                _ => continue,
            };
            named += 1;
            if !is_there {
                missing.push(format!("{page}: {} {name}", words[0]));
            }
        }
    }
    assert!(named > 0 && missing.is_empty(), "{missing:?}");
}

/// The source files in the pages for contributors exist.
#[test]
fn named_files_are_there() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut missing = Vec::new();
    for page in ["CONTRIBUTING.md", "docs/architecture.md"] {
        let text = fs::read_to_string(project.join(page)).expect("the page is there");
        let in_code = text.split('`').skip(1).step_by(2);
        let files = in_code.filter(|name| name.starts_with("src/") && !name.contains('<'));
        missing.extend(files.filter(|name| !project.join(name).exists()).map(|name| format!("{page}: {name}")));
        assert!(text.contains("`src/"), "{page} names files");
    }
    assert_eq!(missing, Vec::<String>::new());
}

/// Every page of the project: its path and its text.
fn pages() -> BTreeMap<PathBuf, String> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = WalkDir::new(project.join("docs")).into_iter().map(|entry| entry.expect("docs can be read").into_path());
    let top = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "tests/fleets/README.md"].map(|page| project.join(page));
    let is_page = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("the page can be read");
        (path, text)
    };
    top.into_iter().chain(docs).filter(is_page).map(read).collect()
}

/// The text of a page without blocks of code.
fn prose(text: &str) -> String {
    let mut in_block = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.starts_with("```");
        in_block ^= is_fence;
        !in_block && !is_fence
    });
    lines.map(|line| format!("{line}\n")).collect()
}

/// The anchors that GitHub gives to the headings of a page.
fn anchors(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for title in prose(text)
        .lines()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')))
    {
        let kept = title.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect();
        let before = out.iter().filter(|other| **other == anchor).count();
        out.push(if before == 0 { anchor } else { format!("{anchor}-{before}") });
    }
    out
}

#[test]
fn links_lead_somewhere() {
    let pages = pages();
    let (mut broken, mut followed) = (Vec::new(), 0);
    for (page, text) in &pages {
        // What is shown as code is not a link.
        let text: String = prose(text).split('`').step_by(2).collect();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            if link.contains("://") {
                continue;
            }
            followed += 1;
            let (target, anchor) = link.split_once('#').map_or((link, None), |(target, anchor)| (target, Some(anchor)));
            let at = if target.is_empty() {
                page.clone()
            } else {
                page.parent().expect("it is in a directory").join(target)
            };
            let at = fs::canonicalize(at).unwrap_or_default();
            let has =
                |anchor: &str| pages.get(&at).is_some_and(|text| anchors(text).iter().any(|known| known == anchor));
            if !at.exists() || !anchor.is_none_or(has) {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(followed > 80, "{followed}");
    assert!(broken.is_empty(), "{broken:#?}");
}

/// The phrases in the first column of the table of docs/wording.md that says what not to write.
fn avoided(wording: &str) -> Vec<String> {
    let table = wording.split_once("\n| not | but |\n").expect("the table is there").1;
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.trim_start_matches("| ").split_once(" | "));
    cells.flat_map(|(cell, _)| cell.split(", ").map(str::to_lowercase).collect::<Vec<_>>()).collect()
}

#[test]
fn pages_follow_the_wording() {
    let mut pages = pages();
    let wording = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/wording.md");
    let avoided = avoided(&pages.remove(&wording).expect("the page is there"));
    assert!(avoided.len() > 20, "{avoided:?}");
    let mut wrong = Vec::new();
    for (page, text) in &pages {
        // Code is quoted: a message, or a text of Service Mesh Hub.
        let text: String = prose(text).split('`').step_by(2).collect();
        wrong.extend(found(&text, &avoided).map(|phrase| format!("{}: {phrase:?}", page.display())));
    }
    assert!(wrong.is_empty(), "see docs/wording.md: {wrong:#?}");
}

/// The phrases that a text has.
fn found<'a>(text: &str, phrases: &'a [String]) -> impl Iterator<Item = &'a String> + use<'a> {
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| !word.is_empty()).collect();
    let text = format!(" {} ", words.join(" ").to_lowercase());
    phrases.iter().filter(move |phrase| text.contains(&format!(" {phrase} ")))
}

/// What people read of a line of code: its comment, or the texts in it.
fn words_of_code(line: &str) -> String {
    match line.trim_start().starts_with("//") {
        true => line.to_owned(),
        false => line.split('"').skip(1).step_by(2).collect::<Vec<_>>().join(". "),
    }
}

/// Texts of the program's own in statuses, which programs compare: they stay, and people are shown another text.
const STATUS_TEXTS: [&str; 1] = ["is no number of this enumeration"];

#[test]
fn messages_and_comments_follow_the_wording() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let avoided = avoided(&fs::read_to_string(project.join("docs/wording.md")).expect("the page is there"));
    let (mut wrong, mut lines) = (Vec::new(), 0);
    let is_why = |path: &Path| path.file_name().is_some_and(|name| name == "why.md");
    for top in ["src", "tests/cases"] {
        for entry in walkdir::WalkDir::new(project.join(top)).sort_by_file_name() {
            let path = entry.expect("readable").into_path();
            if !is_why(&path) && path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            for (i, line) in fs::read_to_string(&path).expect("text").lines().enumerate() {
                lines += 1;
                let line = if is_why(&path) { line.to_owned() } else { words_of_code(line) };
                if !STATUS_TEXTS.iter().any(|text| line.contains(text)) {
                    let at = format!("{}:{}", path.strip_prefix(project).expect("below").display(), i + 1);
                    wrong.extend(found(&line, &avoided).map(|phrase| format!("{at}: {phrase:?}")));
                }
            }
        }
    }
    assert!(lines > 20_000, "{lines}");
    assert!(wrong.is_empty(), "see docs/wording.md: {wrong:#?}");
}
