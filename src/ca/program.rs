//! A program that signs with a root's key: one in an HSM, a key service or a vault, which nobody can read.
//!
//! The contract is in docs/ca.md: the bytes to sign on standard input, the signature on standard output, exit code 0. What it
//! answers is believed only if it verifies with the public key of the root.

use std::ffi::OsString;
use std::io::{Read, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::algorithm::Algorithm;
use super::error::CaError;

/// The most that is read of an answer: no signature is that long.
const LONGEST: u64 = 1 << 16;
/// How often a program that runs is looked at.
const PAUSE: Duration = Duration::from_millis(10);
/// The variable that names the algorithm for it.
const ALGORITHM: &str = "MESHTREE_ALGORITHM";

/// A program that signs.
#[derive(Clone, Debug)]
pub struct Program {
    command: Vec<OsString>,
    timeout: Duration,
    /// One signature at a time: a token has one slot, and whoever types its PIN has one keyboard.
    turn: Arc<Mutex<()>>,
}

impl Program {
    /// A program with its arguments, which must answer in time; nothing if no program is named.
    pub fn new(command: Vec<OsString>, timeout: Duration) -> Option<Self> {
        (!command.is_empty()).then(|| Self { command, timeout, turn: Arc::default() })
    }

    /// The signature of a message by the key with this public half.
    pub(super) fn sign(&self, algorithm: Algorithm, public: &[u8], message: &[u8]) -> Result<Vec<u8>, CaError> {
        let _turn = self.turn.lock();
        let answer = self.answer(algorithm, message).map_err(|what| self.failed(what))?;
        let verifies = |signature: &Vec<u8>| algorithm.verify(public, message, signature);
        let coded = || STANDARD.decode(answer.trim_ascii()).ok().filter(verifies);
        Some(answer.clone()).filter(verifies).or_else(coded).ok_or_else(|| {
            let what = "printed what is not a signature by the key of the root";
            self.failed(format!("{what} ({}, {} bytes)", algorithm.name(), answer.len()))
        })
    }

    fn failed(&self, what: String) -> CaError {
        let program = self.command.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        CaError::Signer { program, what }
    }

    /// What the program prints for a message.
    fn answer(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, String> {
        let (program, arguments) = self.command.split_first().ok_or("is not named")?;
        let mut command = Command::new(program);
        command.args(arguments).env(ALGORITHM, algorithm.name()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("cannot be started: {error}"))?;
        let (sender, receiver) = mpsc::channel();
        if let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) {
            let message = message.to_vec();
            // A program may end without reading all, which its answer will show.
            thread::spawn(move || _ = input.write_all(&message));
            thread::spawn(move || {
                let mut answer = Vec::new();
                let read = output.take(LONGEST).read_to_end(&mut answer);
                let _ = sender.send(read.map(|_| answer));
            });
        }
        let status = self.wait(&mut child)?;
        if !status.success() {
            return Err(format!("failed ({status})"));
        }
        // What it left behind may keep the pipe open.
        let read = receiver.recv_timeout(self.timeout.max(PAUSE)).map_err(|_| self.late())?;
        read.map_err(|error| format!("cannot be read: {error}"))
    }

    /// Waits until a program ends; one that takes too long is ended.
    fn wait(&self, child: &mut Child) -> Result<ExitStatus, String> {
        let mut waited = Duration::ZERO;
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) if waited < self.timeout => {
                    thread::sleep(PAUSE);
                    waited += PAUSE;
                }
                Ok(None) => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(self.late());
                }
                Err(error) => return Err(format!("cannot be waited for: {error}")),
            }
        }
    }

    fn late(&self) -> String {
        format!("did not answer within {} seconds (--signer-timeout)", self.timeout.as_secs())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::private_key::PrivateKey;
    use super::*;

    fn program(script: &str, seconds: u64) -> Program {
        let command = ["sh", "-c", script].map(OsString::from).to_vec();
        Program::new(command, Duration::from_secs(seconds)).expect("a program")
    }

    fn said(script: &str, seconds: u64) -> String {
        let signed = program(script, seconds).sign(Algorithm::P256, b"public", b"message");
        signed.expect_err("an error").to_string()
    }

    #[test]
    fn an_answer_is_a_signature_as_it_is_or_in_base64() {
        let made = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
        let key = PrivateKey::from_pem(&made.serialize_pem()).expect("a key");
        let signature = key.sign(b"message").expect("signed");
        let dir = tempfile::tempdir().expect("a directory");
        for answer in [signature.clone(), format!("{}\n", STANDARD.encode(&signature)).into_bytes()] {
            let file = dir.path().join("answer");
            std::fs::write(&file, answer).expect("a file");
            let script = format!(
                "test \"$(cat)\" = message && test $MESHTREE_ALGORITHM = ECDSA_P256_SHA256 && cat {}",
                file.display()
            );
            let found = program(&script, 60).sign(Algorithm::P256, key.public(), b"message").expect("signed");
            assert_eq!(found, signature);
        }
    }

    #[test]
    fn what_is_not_a_signature_is_reported() {
        assert!(said("cat > /dev/null; exit 3", 60).contains("the signer `sh` failed (exit status: 3)"));
        assert!(said("cat", 60).contains("is not a signature by the key of the root (ECDSA_P256_SHA256, 7 bytes)"));
        assert!(said("exec sleep 60", 0).contains("did not answer within 0 seconds (--signer-timeout)"));
        // Whoever is left behind keeps the pipe open.
        assert!(said("sleep 60 &", 0).contains("did not answer within 0 seconds"));
        let nobody = Program::new(vec!["/nonexistent/signer".into()], Duration::ZERO).expect("a program");
        let said = nobody.sign(Algorithm::Rsa, b"", b"").expect_err("an error").to_string();
        assert!(said.contains("the signer `/nonexistent/signer` cannot be started: "), "{said}");
        assert!(Program::new(Vec::new(), Duration::ZERO).is_none());
    }
}
