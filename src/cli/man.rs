//! `meshtree man`: the manual pages, made of the same definitions as the help.

mod roff;

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, CommandFactory};

use super::{Cli, Outcome, terminal, write};

/// Writes the manual pages, one for each command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The directory, whose pages are overwritten; without it, the page of meshtree itself is printed
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let pages = roff::pages(Cli::command());
    let Some(out) = &arguments.out else {
        let first = pages.first().map(|(_, text)| text.as_str()).unwrap_or_default();
        return terminal::print(first.as_bytes(), Outcome::Done);
    };
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    for (name, text) in pages {
        let path = out.join(name);
        write::replace(&path, &text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(Outcome::Done)
}
