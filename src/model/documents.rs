//! The documents of a file: as text where that is enough, as trees where it is not.

use rayon::prelude::*;

use super::kinds::{Decoded, Known, decode_document, known};
use super::kubernetes;
use super::unread::Unread;
use crate::diag::{Code, Diag, Place, Pos, Report};
use crate::load::pieces::Piece;
use crate::load::yaml::Value;
use crate::load::{Document, LARGEST_TREE, SourceFile, list_in_list};

/// Decodes every document of one file.
pub(super) fn decode_file(file: &SourceFile) -> (Vec<Decoded>, Report) {
    let documents: Vec<_> = file.documents().collect();
    let found: Vec<_> = documents.into_par_iter().map(|document| decode_objects(file, &document)).collect();
    gather(found)
}

/// Puts together what was found at the same time, in the order of the file.
fn gather(found: Vec<(Vec<Decoded>, Report)>) -> (Vec<Decoded>, Report) {
    let mut all = (Vec::new(), Report::default());
    for (decoded, findings) in found {
        all.0.extend(decoded);
        all.1.append(findings);
    }
    all
}

/// Decodes the object or objects of one document.
fn decode_objects(file: &SourceFile, document: &Document<'_>) -> (Vec<Decoded>, Report) {
    // Only what is known of a cluster comes in dumps.
    if file.cluster.is_none() {
        return decode_trees(file, document);
    }
    let decode = |pieces: Vec<Piece<'_>>| {
        let found: Option<Vec<_>> = pieces.par_iter().map(|piece| decode_piece(file, document, piece)).collect();
        found.map(gather)
    };
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

/// Decodes a document that is read as a tree.
fn decode_trees(file: &SourceFile, document: &Document<'_>) -> (Vec<Decoded>, Report) {
    let mut report = Report::default();
    let place = Place::Point(file.shown.clone(), Pos { line: document.span.first_line, column: 1 });
    if let Some(diag) = too_large(document.text(), place) {
        report.push(diag);
        return (unread_text(document.text()), report);
    }
    let objects = document.objects(&mut report);
    let mut found = if report.has_errors() { unread_text(document.text()) } else { Vec::new() };
    for (origin, node) in objects {
        let mut findings = Report::default();
        found.extend(decode_document(file, origin, &node, &mut findings));
        if findings.has_errors() {
            found.push(Decoded::Unread(Unread::of_node(&node)));
        }
        report.append(findings);
    }
    (found, report)
}

/// What a text holds that is not understood.
fn unread_text(text: &str) -> Vec<Decoded> {
    vec![Decoded::Unread(Unread::of_text(text))]
}

/// A list of one kind, whose items do not say what they are.
pub(super) fn typed_list(place: Place, kind: &str) -> Diag {
    let message = format!("a {kind}List is not read: its items do not say what they are");
    let hint = "`kubectl get -o yaml` and `-o json` print a List, whose items do";
    Diag::new(Code::WrongType, place, message).hint(hint)
}

/// Reports text that is never made a tree.
fn too_large(text: &str, place: Place) -> Option<Diag> {
    (text.len() > LARGEST_TREE).then(|| {
        let message = format!("{} MiB that are not plain, or not right", text.len() >> 20);
        let hint = "what is this large is read only below clusters/, in the form in which kubectl prints it";
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
        if let Some(one) = kubernetes::listed(api_version, name) {
            report.push(typed_list(place, one));
            return Some((Vec::new(), report));
        }
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        match kubernetes::read(piece, api_version, name, place) {
            Some(kubernetes::Read::Object(raw)) => {
                return Some((vec![Decoded::Kubernetes(cluster.clone(), raw)], report));
            }
            Some(kubernetes::Read::Unclear) => {}
            _ if !piece.seems_whole() => return None,
            Some(kubernetes::Read::Nothing) => return Some((vec![ignored()], report)),
            None if piece.item.is_some() && (&**api_version, &**name) == ("v1", "List") => {
                report.push(list_in_list(&file.shown, piece.pos));
                return Some((Vec::new(), report));
            }
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
