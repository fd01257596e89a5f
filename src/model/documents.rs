//! The documents of a file: as text where that is enough, as trees where it is not.

use rayon::prelude::*;

use super::by_kind::{decode_document, typed_list};
use super::decoded::Decoded;
use super::kind::Kind;
use super::known::{Known, known};
use super::unread::Unread;
use super::{existing, kubernetes, kustomize, policy_test};
use crate::diag::{Code, Diag, Place, Pos, Report, Severity};
use crate::load::pieces::{Piece, cut_off, is_stored};
use crate::load::tree::Value;
use crate::load::{Document, LARGEST_TREE, MOST_OBJECTS, SourceFile, list_in_list};

/// How many mistakes of one file are reported. A file with more is garbage, and would have one on each line.
const MOST_MISTAKES: usize = 1000;

/// How many objects are decoded at the same time, so that no more mistakes are ever held than those of so many.
const AT_ONCE: usize = 1 << 14;

/// Decodes every document of one file.
pub(super) fn decode_file(file: &SourceFile) -> (Vec<Decoded>, Report) {
    let documents: Vec<_> = file.documents().collect();
    if documents.len() > MOST_OBJECTS {
        let mut report = Report::default();
        let message = format!("the file has more than {MOST_OBJECTS} documents, which is the limit");
        let diag = Diag::new(Code::TooLarge, Place::File(file.shown.clone()), message);
        report.push(diag.hint("split it by namespace or by kind"));
        return (vec![anything()], report);
    }
    let decode = |document: &Document<'_>| Some(decode_objects(file, document));
    let (mut decoded, mut report) = in_turn(&documents, decode).unwrap_or_default();
    if decoded.is_empty() && report.diags().is_empty() {
        empty(file, &documents).into_iter().for_each(|diag| report.push(diag));
    }
    // Errors in the file may be caused by the cut.
    if file.cluster.is_some() && !report.has_errors() {
        let ends = cut_off(file).map(|error| error.diag(file.shown.clone())).or_else(|| half(file, decoded.last()?));
        if let Some(diag) = ends {
            let is_error = diag.severity == Severity::Error;
            report.push(diag);
            decoded.extend(is_error.then(anything));
        }
    }
    if report.errors() > MOST_MISTAKES {
        report.keep(MOST_MISTAKES);
        let message = format!("too many errors in this file: only the first {MOST_MISTAKES} are reported");
        report.push(Diag::new(Code::TooLarge, Place::File(file.shown.clone()), message));
        decoded.push(anything());
    }
    (decoded, report)
}

/// Reports a file of a cluster that has no object in it: a dump that failed, or inventory that nobody has written yet.
fn empty(file: &SourceFile, documents: &[Document<'_>]) -> Option<Diag> {
    let cluster = file.cluster.as_ref()?;
    let is_null = |document: &Document<'_>| document.node().is_ok_and(|node| node.value == Value::Null);
    let message = format!("the file is empty, so it adds nothing to what is known of cluster {cluster}");
    let line = documents.first().map_or(1, |document| document.span.first_line);
    let place = Place::Point(file.shown.clone(), Pos { line, column: 1 });
    let hint = "if it is a dump, dump it again; otherwise delete it";
    documents.iter().all(is_null).then(|| Diag::new(Code::EmptyFile, place, message).hint(hint))
}

/// What the rest of a file may hold.
fn anything() -> Decoded {
    let mut unread = Unread::any_policy();
    unread.inventory = true;
    Decoded::Unread(unread)
}

/// Decodes parts of a text, many at the same time, and puts together what is found in their order. After too many mistakes the
/// rest is left out. None if a part cannot be decoded by itself.
fn in_turn<P: Sync>(
    parts: &[P],
    decode: impl Fn(&P) -> Option<(Vec<Decoded>, Report)> + Sync,
) -> Option<(Vec<Decoded>, Report)> {
    let mut all = (Vec::new(), Report::default());
    for parts in parts.chunks(AT_ONCE) {
        let found: Option<Vec<_>> = parts.par_iter().map(&decode).collect();
        for (decoded, findings) in found? {
            all.0.extend(decoded);
            all.1.append(findings);
        }
        if all.1.errors() > MOST_MISTAKES {
            break;
        }
    }
    Some(all)
}

/// Reports a last object that has only metadata although a cluster has stored it: the text was cut off between two lines.
fn half(file: &SourceFile, last: &Decoded) -> Option<Diag> {
    let Decoded::Kubernetes(_, raw) = last else { return None };
    let place = raw.half()?;
    let message = "the object is incomplete: it ends before its spec";
    let diag = || Diag::new(Code::Syntax, place.clone(), message).hint("dump it again: it may have been cut off");
    is_stored(file.documents().last()?.text()).then(diag)
}

/// Decodes the object or objects of one document.
fn decode_objects(file: &SourceFile, document: &Document<'_>) -> (Vec<Decoded>, Report) {
    // Only the inventory of a cluster comes in dumps.
    if file.cluster.is_none() {
        return decode_trees(file, document);
    }
    if seems_compact(document.text()) {
        // All of it is needed, so its lines say nothing that the tree does not, unless something is wrong.
        let (decoded, report) = decode_trees(file, document);
        if matches!(decoded[..], [Decoded::Compact(..)]) && !report.has_errors() {
            return (decoded, report);
        }
    }
    let decode = |pieces: Vec<Piece<'_>>| in_turn(&pieces, |piece| decode_piece(file, document, piece));
    if let Some(found) = document.pieces_by_lines().and_then(decode) {
        return found;
    }
    match document.pieces() {
        Ok(pieces) => pieces.and_then(decode).unwrap_or_else(|| decode_trees(file, document)),
        Err(error) => {
            let mut report = Report::default();
            report.push(error.diag(file.shown.clone()));
            (unread_text(document.text()), report)
        }
    }
}

/// Whether a document begins as a compact inventory is usually written.
fn seems_compact(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !matches!(*line, "" | "---") && !line.starts_with('#'));
    let is_header = |line: &str| match line.split_once(": ") {
        Some(("apiVersion", version)) => Kind::VERSIONS.contains(&(Kind::Cluster, version)),
        Some(("kind", name)) => name == Kind::Cluster.as_str(),
        _ => false,
    };
    lines.by_ref().take(2).filter(|line| is_header(line)).count() == 2
}

/// Decodes a document that is read as a tree.
fn decode_trees(file: &SourceFile, document: &Document<'_>) -> (Vec<Decoded>, Report) {
    if policy_test::is_test(document.text()) {
        return (vec![Decoded::Test(document.origin())], Report::default());
    }
    let mut report = Report::default();
    let place = Place::Point(file.shown.clone(), Pos { line: document.span.first_line, column: 1 });
    if let Some(diag) = too_large(document.text(), place) {
        report.push(diag);
        return (unread_text(document.text()), report);
    }
    let objects = document.objects(&mut report);
    let mut found = if report.has_errors() { unread_text(document.text()) } else { Vec::new() };
    for (i, (origin, node)) in objects.into_iter().enumerate() {
        let mut findings = Report::default();
        found.extend(decode_document(file, origin, &node, &mut findings));
        if findings.has_errors() {
            found.push(Decoded::Unread(Unread::of_node(&node)));
        }
        report.append(findings);
        if i % MOST_MISTAKES == 0 && report.errors() > MOST_MISTAKES {
            break;
        }
    }
    (found, report)
}

/// What a text holds that is not understood.
fn unread_text(text: &str) -> Vec<Decoded> {
    vec![Decoded::Unread(Unread::of_text(text))]
}

/// Reports text that is too large for a tree.
fn too_large(text: &str, place: Place) -> Option<Diag> {
    (text.len() > LARGEST_TREE).then(|| {
        let message = format!(
            "the document is {} MiB and is not plain Kubernetes YAML or JSON, so it is too large to parse",
            text.len() >> 20
        );
        let hint = "put it below clusters/ in the form that kubectl prints, or split it";
        Diag::new(Code::TooLarge, place, message).hint(hint)
    })
}

/// Decodes the text of one object; none if that cannot be done without the rest of its document.
fn decode_piece(file: &SourceFile, document: &Document<'_>, piece: &Piece<'_>) -> Option<(Vec<Decoded>, Report)> {
    let (mut found, findings) = read_piece(file, document, piece)?;
    if findings.has_errors() {
        found.extend(unread_text(piece.text));
    }
    Some((found, findings))
}

fn read_piece(file: &SourceFile, document: &Document<'_>, piece: &Piece<'_>) -> Option<(Vec<Decoded>, Report)> {
    let mut report = Report::default();
    if let (Some((api_version, name)), Some(cluster)) = (&piece.header, &file.cluster) {
        let place = Place::Point(file.shown.clone(), piece.pos);
        let ignored = || Decoded::Ignored(format!("{api_version} {name}"));
        if piece.item.is_none() && name.ends_with("List") {
            // Its items are to be unpacked.
            return None;
        }
        if let Some(one) = kubernetes::listed(api_version, name) {
            report.push(typed_list(place, one));
            return Some((Vec::new(), report));
        }
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        if piece.seems_whole()
            && let Some(object) = existing::read(piece, api_version, name, &place)
        {
            return Some((vec![Decoded::Existing(cluster.clone(), Box::new(object))], report));
        }
        match kubernetes::read(piece, api_version, name, place) {
            Some(kubernetes::Read::Object(raw)) => {
                return Some((vec![Decoded::Kubernetes(cluster.clone(), raw)], report));
            }
            Some(kubernetes::Read::Unclear) => {}
            _ if !piece.seems_whole() => return None,
            Some(kubernetes::Read::Nothing) => return Some((vec![ignored()], report)),
            Some(kubernetes::Read::Hook) => {
                return Some((vec![Decoded::Ignored(format!("{api_version} {name} that is a hook"))], report));
            }
            None if piece.item.is_some() && (&**api_version, &**name) == ("v1", "List") => {
                report.push(list_in_list(&file.shown, piece.pos));
                return Some((Vec::new(), report));
            }
            // A kustomization is no object, and says more than its header.
            None if kustomize::is_header(api_version, name) => {}
            None if matches!(known(api_version, group, name), Known::Other) => return Some((vec![ignored()], report)),
            None => {}
        }
    }
    if !piece.is_whole() {
        return None;
    }
    if let Some(diag) = too_large(piece.text, Place::Point(file.shown.clone(), piece.pos)) {
        report.push(diag);
        return Some((Vec::new(), report));
    }
    match piece.node() {
        Ok(node) if node.value == Value::Null => Some((Vec::new(), report)),
        Ok(node) => {
            let decoded = decode_document(file, piece.origin(document), &node, &mut report);
            Some((decoded.into_iter().collect(), report))
        }
        // An alias of what another item has: only the whole document has both.
        Err(errors) if errors.iter().any(|error| error.message.contains("alias")) => None,
        Err(errors) => {
            errors.into_iter().for_each(|error| report.push(error.diag(file.shown.clone())));
            Some((Vec::new(), report))
        }
    }
}

#[cfg(test)]
mod tests;
