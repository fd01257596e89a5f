//! What is written, read by others.

mod readers;
mod strings;
mod structure;
mod trees;

use serde::Serialize;

/// The document of `value`, which must be writable.
fn written<T: Serialize + ?Sized>(value: &T) -> String {
    let mut out = String::new();
    super::write(value, &mut out).expect("writable");
    out
}

/// The one-line form of `text`.
fn inline(text: &str) -> String {
    let mut out = String::new();
    super::scalar(text, &mut out);
    out
}
