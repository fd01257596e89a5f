//! `meshtree explain`: what a diagnostic code means.

use clap::Args;

use super::{Outcome, complete, terminal};
use crate::diag::{Code, Exit, explain::explain, nearest};

/// Explains what a diagnostic code means and what to do.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The code, such as MT0201; without it, all codes are listed
    #[arg(add = complete::codes())]
    code: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let Some(wanted) = &arguments.code else {
        let list: String = Code::ALL.iter().map(|code| format!("{code}  {}\n", code.summary())).collect();
        return terminal::print(list.as_bytes(), Outcome::Done);
    };
    match wanted.parse::<Code>() {
        Ok(code) => terminal::print(explain(code).as_bytes(), Outcome::Done),
        Err(()) => {
            let near = nearest(wanted, Code::ALL.iter().map(|code| code.as_str()));
            let hint = near.map(|near| format!(": did you mean {near}?")).unwrap_or_default();
            terminal::message(&format!("error: unknown code {wanted}{hint}\nmeshtree explain lists all codes"));
            Ok(Outcome::Failed(Exit::Usage))
        }
    }
}
