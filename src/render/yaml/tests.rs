//! What is written, read by others.

mod structure;

use serde::Serialize;

/// The document of `value`, which must be writable.
fn written<T: Serialize + ?Sized>(value: &T) -> String {
    let mut out = String::new();
    super::write(value, &mut out).expect("writable");
    out
}
