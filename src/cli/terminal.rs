//! Standard output and standard error.

use std::io::{self, IsTerminal, Write};

use super::Color;

/// Writes data to standard output, all of it.
pub(super) fn data(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}

/// Writes a message to standard error. Errors are ignored: a closed standard error must not end the run.
pub(super) fn message(text: &str) {
    let mut out = io::stderr().lock();
    let _ = out.write_all(text.as_bytes());
    if !text.ends_with('\n') {
        let _ = out.write_all(b"\n");
    }
}

/// Whether an error means that the reader of standard output has closed it.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Whether to colour standard error.
pub(super) fn colors(color: Color) -> bool {
    colors_on(&io::stderr(), color)
}

/// Whether to colour standard output.
pub(super) fn colors_of_data(color: Color) -> bool {
    colors_on(&io::stdout(), color)
}

fn colors_on(stream: &impl IsTerminal, color: Color) -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => stream.is_terminal() && !set("NO_COLOR") && !set("CI"),
    }
}

/// Writes a message to standard error unless it is empty.
pub(super) fn message_unless_empty(text: &str) {
    if !text.is_empty() {
        message(text);
    }
}
