//! Standard output and standard error.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::time::Duration;

use super::{Color, Outcome};
use crate::diag::Exit;

/// The longest pause while the reader of a pipe that does not block is slow.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// Writes data to standard output, all of it, and ends the command with its outcome.
///
/// What was found out stays: a reader that has gone (`meshtree diff | head`) changes nothing, and an error of the output only
/// makes a command fail that would have ended with a lesser exit code.
pub(super) fn print(bytes: &[u8], outcome: Outcome) -> anyhow::Result<Outcome> {
    match standard_output().and_then(|mut out| write_all(&mut out, bytes)) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            message(&format!("error: cannot write to standard output: {error}"));
            Ok(outcome.or_failed(Exit::Io))
        }
        _ => Ok(outcome),
    }
}

/// Standard output itself: [`io::stdout`] reports success where it is not open for writing.
#[cfg(unix)]
fn standard_output() -> io::Result<impl Write> {
    use std::os::fd::AsFd as _;
    io::stdout().as_fd().try_clone_to_owned().map(std::fs::File::from)
}

#[cfg(not(unix))]
fn standard_output() -> io::Result<impl Write> {
    Ok(io::stdout().lock())
}

/// Writes everything, even where the other end is slow and writing does not block.
fn write_all(out: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    let mut pause = Duration::from_millis(1);
    while !bytes.is_empty() {
        match out.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = &bytes[written..];
                pause = Duration::from_millis(1);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(error) => return Err(error),
        }
    }
    out.flush()
}

/// Text for standard output, with styles if it is a terminal that wants them.
pub(super) fn styled(text: &clap::builder::StyledStr) -> String {
    match anstream::AutoStream::choice(&io::stdout()) {
        anstream::ColorChoice::Never => text.to_string(),
        _ => text.ansi().to_string(),
    }
}

/// Writes a message to standard error. Errors are ignored: a closed standard error must not end the run.
pub(super) fn message(text: &str) {
    let mut out = io::stderr().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let _ = write_all(&mut out, text.as_bytes()).and_then(|()| write_all(&mut out, end.as_bytes()));
}

/// How far something is, on one line of a terminal; nothing where standard error is none.
pub(super) struct Progress {
    is_shown: bool,
}

impl Progress {
    /// Shown unless it is not wanted.
    pub(super) fn new(is_unwanted: bool) -> Self {
        let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
        Self { is_shown: !is_unwanted && !in_ci && io::stderr().is_terminal() }
    }

    /// So many keys of so many are made.
    pub(super) fn show(&self, made: usize, all: usize) {
        if self.is_shown {
            let end = if made == all { "\n" } else { "" };
            let _ = write_all(&mut io::stderr().lock(), format!("\rkeys: {made} of {all}{end}").as_bytes());
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes three bytes, then one, and wants to be asked again in between.
    struct Slow(Vec<u8>, usize);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 += 1;
            match self.1 % 3 {
                0 => Err(ErrorKind::WouldBlock.into()),
                1 => Err(ErrorKind::Interrupted.into()),
                _ => {
                    let taken = bytes.len().min(self.1 % 4 + 1);
                    self.0.extend(&bytes[..taken]);
                    Ok(taken)
                }
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_slow_reader_gets_everything() {
        let mut slow = Slow(Vec::new(), 0);
        write_all(&mut slow, b"0123456789abcdef").expect("written");
        assert_eq!(slow.0, b"0123456789abcdef");
    }
}
