//! `meshtree password`: hashes are openssl's own, and passwords are neither arguments nor printed.

mod support;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use support::{Run, meshtree, run};

/// Runs it with a password on standard input.
fn hashed(input: &[u8]) -> Run {
    let mut command = meshtree(Path::new("/"));
    let piped = command.arg("password").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the program runs");
    // A program that refuses what it has read so far does not read the rest.
    _ = child.stdin.take().expect("a pipe").write_all(input);
    child.wait_with_output().expect("it ends").into()
}

/// What openssl makes of a password and a salt; nothing where it is not installed.
fn by_openssl(password: &str, salt: &str) -> Option<String> {
    let mut command = Command::new("openssl");
    let output = command.args(["passwd", "-apr1", "-salt", salt, password]).output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).expect("text"))
}

#[test]
fn hashes_are_those_of_openssl() {
    for password in ["x", "password", "correct horse battery staple", "sixteen letters!", "schön, mit Umlaut"] {
        let hash = hashed(format!("{password}\n").as_bytes()).exits(0).stdout;
        let salt = hash.split('$').nth(2).expect("a salt");
        assert_eq!(salt.len(), 8, "{hash}");
        if let Some(wanted) = by_openssl(password, salt) {
            assert_eq!(hash, wanted, "{password}");
        }
    }
    assert_ne!(hashed(b"same").exits(0).stdout, hashed(b"same").exits(0).stdout);
}

#[test]
fn what_is_not_one_line_is_refused() {
    for input in [&b""[..], b"\n", b"first\nsecond\n", &[b'x'; 257], &[b'x'; 100_000]] {
        let refused = hashed(input).exits(2);
        assert!(refused.stdout.is_empty() && !refused.stderr.contains("first") && !refused.stderr.contains("xx"));
    }
    run(Path::new("/"), &["password", "secret"]).exits(2);
}
