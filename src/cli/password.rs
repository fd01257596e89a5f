//! `meshtree password`: the hash of a password, for the settings of an edge gateway.

use std::io::{self, IsTerminal, Read};

use clap::Args;
use zeroize::Zeroizing;

use super::{Outcome, terminal};
use crate::ca;
use crate::diag::Exit;

/// The longest password: openssl hashes the same number of bytes, and ignores the rest.
const LONGEST: u64 = 256;

/// Prints the hash of a password, as the users of an edge gateway have it: spec.objects.edgeGateway.routes.<name>.basicAuth.users.
///
/// The password is the one line of standard input; on a terminal, it is asked for twice and not shown. The hash is in the form
/// apr1, with a salt of its own, so it differs each time. Whoever has the hash can try passwords against it: use a long one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  meshtree password\n  pass show edge/user | meshtree password")]
pub(super) struct Arguments {}

type Password = Zeroizing<Vec<u8>>;

pub(super) fn run(_: &Arguments) -> anyhow::Result<Outcome> {
    let is_asked = io::stdin().is_terminal();
    let read = if is_asked { asked()? } else { one_line(io::stdin().lock())? };
    let password = match read {
        Ok(password) => password,
        Err(refusal) => {
            terminal::message(&format!("error: {refusal}"));
            return Ok(Outcome::Failed(Exit::Usage));
        }
    };
    terminal::print(format!("{}\n", ca::hashed_password(&password)?).as_bytes(), Outcome::Done)
}

/// Asks for a password on the terminal.
fn asked() -> io::Result<Result<Password, &'static str>> {
    let ask = |prompt| -> io::Result<Password> { Ok(Zeroizing::new(rpassword::prompt_password(prompt)?.into_bytes())) };
    let password = ask("Password: ")?;
    if password != ask("Repeat it: ")? {
        return Ok(Err("the two passwords differ"));
    }
    Ok(accepted(password))
}

/// The one line of a stream.
fn one_line(stream: impl Read) -> io::Result<Result<Password, &'static str>> {
    // With room for one byte too many behind the end of the line.
    let mut text: Password = Zeroizing::new(Vec::with_capacity(2 * LONGEST as usize));
    stream.take(LONGEST + 3).read_to_end(&mut text)?;
    let line = text.strip_suffix(b"\n").unwrap_or(&text);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Ok(accepted(Zeroizing::new(line.to_vec())))
}

/// A password that is not empty, not cut off, and that can be typed.
fn accepted(password: Password) -> Result<Password, &'static str> {
    if password.is_empty() {
        return Err("the password is empty: write it to standard input, as one line");
    }
    if password.len() as u64 > LONGEST {
        return Err("the password is too long: 256 bytes at most");
    }
    if password.iter().any(|byte| byte.is_ascii_control()) {
        return Err("the password has more than one line, or a control character");
    }
    Ok(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Vec<u8>, &'static str> {
        one_line(text).expect("read").map(|password| password.to_vec())
    }

    #[test]
    fn a_password_is_one_line() {
        let longest = [b'x'; 256];
        for (text, wanted) in [
            (&b"secret\n"[..], &b"secret"[..]),
            (b"secret", b"secret"),
            (b"two words \r\n", b"two words "),
            (&[&longest[..], b"\r\n"].concat(), &longest),
        ] {
            assert_eq!(read(text).as_deref(), Ok(wanted));
        }
        let too_long = [b'x'; 300];
        for text in [&b""[..], b"\n", b"a\nb\n", b"a\n\n", b"a\0b", &[b'x'; 257], &too_long] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
