//! The targets of the links of a commit: small objects, asked for one at a time.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use anyhow::{Context, bail};

/// The longest target of a link; systems allow no longer path.
const LONGEST: u64 = 4096;

/// A `git cat-file --batch` that answers until it is dropped.
pub(super) struct Blobs {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Blobs {
    pub(super) fn of(directory: &Path) -> anyhow::Result<Self> {
        let mut command = super::command(directory);
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot run git")?;
        let questions = child.stdin.take().context("cannot write to git cat-file")?;
        let answers = BufReader::new(child.stdout.take().context("cannot read from git cat-file")?);
        Ok(Self { child, questions, answers })
    }

    /// The text of an object; nothing if it is too long for the target of a link, or not text.
    pub(super) fn text(&mut self, object: &str) -> anyhow::Result<Option<String>> {
        self.questions.write_all(format!("{object}\n").as_bytes())?;
        self.questions.flush()?;
        let mut header = String::new();
        self.answers.read_line(&mut header)?;
        let size = header.trim_end().rsplit(' ').next().and_then(|size| size.parse().ok());
        let Some(size) = size else { bail!("unexpected output of git cat-file: {}", header.trim_end()) };
        // The object, and the line feed behind it.
        let mut rest = self.answers.by_ref().take(u64::saturating_add(size, 1));
        if size > LONGEST {
            std::io::copy(&mut rest, &mut std::io::sink())?;
            return Ok(None);
        }
        let mut content = Vec::new();
        rest.read_to_end(&mut content)?;
        content.pop();
        Ok(String::from_utf8(content).ok())
    }
}

impl Drop for Blobs {
    fn drop(&mut self) {
        // It waits for questions for ever.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
