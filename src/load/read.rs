//! The text of a file, or why it has none.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::diag::{Code, Diag, Place, Pos};
use crate::ids::Text;

/// The size of the largest file that is read.
pub const MAX_BYTES: u64 = 256 << 20;

/// How much is read before it is checked: a file that is not text usually shows it in the first piece.
const PIECE: u64 = 1 << 20;

/// Why a file is not read.
#[derive(Debug)]
pub(super) enum Problem {
    Io(io::Error),
    Directory,
    Special,
    TooLarge(u64),
    /// Too large; reading stopped before the end.
    Endless,
    /// Not UTF-8, from here on; with what it looks like and what to do.
    NotUtf8(Pos, Option<&'static str>),
    Nul(Pos, Option<&'static str>),
    /// What Git LFS keeps instead of the content.
    LfsPointer,
}

impl Problem {
    pub(super) fn diag(self, shown: impl Into<Text>) -> Diag {
        let shown = shown.into();
        let file = Place::File(shown.clone());
        let not_text = |pos, message: &str, hint: Option<&str>| {
            Diag::new(Code::NotText, Place::Point(shown.clone(), pos), message).maybe_hint(hint.map(Into::into))
        };
        match self {
            Self::Io(error) => Diag::new(Code::Unreadable, file, format!("the file cannot be read: {error}")),
            Self::Directory => {
                Diag::new(Code::Unreadable, file, "this is a directory, not a file").hint("pass the files in it")
            }
            Self::Special => Diag::new(Code::Unreadable, file, "this is neither a file nor a directory"),
            Self::TooLarge(bytes) => {
                let message = format!("the file has {bytes} bytes, and the limit is {MAX_BYTES}");
                Diag::new(Code::TooLarge, file, message).hint("split it by namespace or by kind")
            }
            Self::Endless => {
                let message = format!("the file has more than {MAX_BYTES} bytes, which is the limit");
                Diag::new(Code::TooLarge, file, message).hint("split it by namespace or by kind")
            }
            Self::NotUtf8(pos, hint) => not_text(pos, "this byte is not valid UTF-8", hint),
            Self::Nul(pos, hint) => not_text(pos, "text cannot contain NUL bytes", hint),
            Self::LfsPointer => {
                Diag::new(Code::Unreadable, file, "Git LFS has not downloaded this file: it is only a pointer")
                    .hint("run `git lfs install && git lfs pull`")
            }
        }
    }
}

/// Reads a file of UTF-8 text.
pub(super) fn text(path: &Path) -> Result<String, Problem> {
    let metadata = std::fs::metadata(path).map_err(Problem::Io)?;
    // Before it is opened: opening a pipe waits for somebody to write into it.
    if metadata.is_dir() {
        return Err(Problem::Directory);
    }
    if !metadata.is_file() {
        return Err(Problem::Special);
    }
    if metadata.len() > MAX_BYTES {
        return Err(Problem::TooLarge(metadata.len()));
    }
    stream(File::open(path).map_err(Problem::Io)?, metadata.len())
}

/// Reads a file as it is, text or not, by the same limits.
pub(super) fn raw(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("this is not a file"));
    }
    if metadata.len() > MAX_BYTES {
        return Err(io::Error::other(format!("the file has {} bytes, and the limit is {MAX_BYTES}", metadata.len())));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!("the file has more than {MAX_BYTES} bytes, which is the limit")));
    }
    Ok(bytes)
}

/// Reads UTF-8 text whose length may be known.
pub(super) fn stream(from: impl Read, expected: u64) -> Result<String, Problem> {
    let bytes = bytes(from, expected)?;
    match String::from_utf8(bytes) {
        Ok(text) if super::is_lfs_pointer(&text) => Err(Problem::LfsPointer),
        Ok(text) => match text.strip_prefix('\u{feff}') {
            Some(rest) => Ok(rest.to_owned()),
            None => Ok(text),
        },
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            Err(Problem::NotUtf8(behind(&error.as_bytes()[..valid]), looks_like(error.as_bytes())))
        }
    }
}

/// The bytes of a file, piece by piece, up to the first piece that shows that it is not text.
fn bytes(mut from: impl Read, expected: u64) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected.min(MAX_BYTES)).unwrap_or(0) + 1);
    loop {
        let seen = bytes.len();
        // The size of a file is known.
        if expected == 0 && bytes.capacity() - seen <= PIECE as usize {
            // As much again, but never more room than for the first byte too many.
            bytes.reserve_exact(seen.clamp(PIECE as usize + 1, (MAX_BYTES + 2 * PIECE) as usize - seen));
        }
        let read = from.by_ref().take(PIECE).read_to_end(&mut bytes).map_err(Problem::Io)?;
        if let Some(nul) = memchr::memchr(0, &bytes[seen..]) {
            let before = &bytes[..seen + nul];
            return Err(match std::str::from_utf8(before) {
                Ok(_) => Problem::Nul(behind(before), looks_like(&bytes)),
                Err(error) => Problem::NotUtf8(behind(&before[..error.valid_up_to()]), looks_like(&bytes)),
            });
        }
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Problem::Endless);
        }
        if read == 0 {
            return Ok(bytes);
        }
    }
}

/// What to do about bytes that are not text, if the format is recognized.
fn looks_like(bytes: &[u8]) -> Option<&'static str> {
    let begins = |with: &[u8]| bytes.starts_with(with);
    if begins(&[0xff, 0xfe]) || begins(&[0xfe, 0xff]) {
        return Some("save it as UTF-8: it looks like UTF-16, which PowerShell's `>` writes");
    }
    begins(&[0x1f, 0x8b]).then_some("unpack it first, for example with `gzip -dc`: it is compressed with gzip")
}

/// The position behind these bytes of text.
fn behind(bytes: &[u8]) -> Pos {
    let line = bytes.split(|byte| *byte == b'\n').next_back().unwrap_or_default();
    let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
    // A character has exactly one byte that is not of the form 10xxxxxx.
    let characters = line.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
    Pos { line: bytes.iter().filter(|byte| **byte == b'\n').count() + 1, column: characters + 1 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Result<String, Problem> {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), bytes).expect("writable");
        text(file.path())
    }

    #[test]
    fn bytes_that_are_no_text_are_found() {
        assert!(matches!(read("a\né\u{ff}".as_bytes()), Ok(text) if text == "a\né\u{ff}"));
        assert!(matches!(read(b"\xef\xbb\xbfa: b"), Ok(text) if text == "a: b"));
        assert!(matches!(read(b"a: b\n\xc3\xa9\xc3\xa9\xff"), Err(Problem::NotUtf8(Pos { line: 2, column: 3 }, None))));
        assert!(matches!(read(b"\xef\xbb\xbfa\0\xff"), Err(Problem::Nul(Pos { line: 1, column: 2 }, None))));
        assert!(matches!(read(b"a\n\xff\0"), Err(Problem::NotUtf8(Pos { line: 2, column: 1 }, None))));
        assert!(matches!(
            read(b"\x1f\x8b\x08"),
            Err(Problem::NotUtf8(Pos { line: 1, column: 2 }, Some(hint))) if hint.contains("gzip")
        ));
        assert!(matches!(read(b"\xff\xfea\0:\0"), Err(Problem::NotUtf8(Pos { line: 1, column: 1 }, Some(_)))));
    }

    #[test]
    fn a_large_file_of_zeros_is_refused_after_its_first_piece() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.as_file().set_len(100 << 20).expect("sparse");
        let handle = file.reopen().expect("readable");
        let mut twin = handle.try_clone().expect("shares its position");
        assert!(matches!(bytes(handle, 100 << 20), Err(Problem::Nul(Pos { line: 1, column: 1 }, None))));
        let position = io::Seek::stream_position(&mut twin).expect("seekable");
        assert!(position <= PIECE, "{position} bytes were read");
    }

    #[test]
    fn a_file_beyond_the_limit_is_not_read() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.as_file().set_len(MAX_BYTES + 1).expect("sparse");
        assert!(matches!(text(file.path()), Err(Problem::TooLarge(_))));
        assert!(matches!(text(Path::new("/dev/null")), Err(Problem::Special)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_text_or_have_a_first_bad_one(found in prop::collection::vec(any::<u8>(), 0..64)) {
            match read(&found) {
                Ok(text) => prop_assert!(found.ends_with(text.as_bytes()) && !found.contains(&0)),
                Err(problem) => {
                    let lines = found.iter().filter(|b| **b == b'\n').count() + 1;
                    let diag = problem.diag("x");
                    prop_assert!(matches!(&diag.place, Place::Point(_, pos) if pos.line <= lines && pos.column >= 1));
                }
            }
        }
    }
}
