//! What a template gives, read back: objects, and what is wrong with them, by where it is in the output and in the template.

use minijinja::OutputSpan;
use minijinja::OutputSpanKind;

use super::library::{Library, Template};
use super::object;
use super::spot::{Fault, Spot};
use crate::built::Built;
use crate::diag::{Code, Place, Pos, Report};
use crate::load::SourceFile;

/// An output as it was understood.
#[derive(Debug, Default)]
pub(super) struct Output {
    /// Each with the position of its name.
    pub(super) objects: Vec<(Built, Pos)>,
    pub(super) faults: Vec<Fault>,
}

impl Output {
    /// Reads the output of a template; every object gets some labels.
    pub(super) fn read(template: &Template<'_>, text: &str, labels: &[(String, String)]) -> Self {
        let mut out = Self::default();
        let relative = template.name.strip_suffix(".j2").unwrap_or(template.name);
        let file = SourceFile::new(relative, relative, text.to_owned());
        let mut problems = Report::default();
        for (_, node) in file.documents().flat_map(|document| document.objects(&mut problems)).collect::<Vec<_>>() {
            match object::built(&node, template, labels) {
                Ok(built) => out.objects.push(built),
                Err(faults) => out.faults.extend(faults),
            }
        }
        for diag in problems.diags() {
            let pos = match &diag.place {
                Place::Point(_, pos) => *pos,
                Place::Nowhere | Place::File(_) | Place::Field(..) => Pos { line: 1, column: 1 },
            };
            let hint = diag.hint.clone();
            out.faults.push(Fault { pos, code: Code::TemplateOutput, message: diag.message.clone(), hint });
        }
        out
    }
}

/// The template that gave what is at a position of an output, and where in it.
pub(super) fn source<'l>(text: &str, spans: &[OutputSpan], pos: Pos, library: &Library<'l>) -> (Option<&'l str>, Spot) {
    let line: usize = text.split_inclusive('\n').take(pos.line.saturating_sub(1)).map(str::len).sum();
    let within: usize = text[line..].chars().take(pos.column.saturating_sub(1)).map(char::len_utf8).sum();
    let offset = line + within;
    let after = spans.partition_point(|span| span.output_range().start <= offset);
    let Some(span) = after.checked_sub(1).and_then(|at| spans.get(at)) else { return (None, Spot::default()) };
    let Some((name, file)) = library.files.get_key_value(span.name()) else { return (None, Spot::default()) };
    let begin = span.source_range().start;
    let at = match span.kind() {
        OutputSpanKind::Raw => begin + offset.min(span.output_range().end) - span.output_range().start,
        // What an expression gives is not in the template.
        _ => begin,
    };
    (Some(name), Spot::at(&file.text, at))
}
