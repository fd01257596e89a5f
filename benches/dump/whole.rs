//! Whole processes: `meshtree inventory show` beside one that only reads the dump.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;

use super::pairs::Pairs;
use super::print::Form;
use super::process::{peak, quiet, seconds};
use super::{Arguments, generate};

/// What JSON may take of the time of YAML.
const FASTER: f64 = 0.2;

/// Measures all forms.
pub(crate) fn measure(arguments: &Arguments) -> io::Result<()> {
    let Arguments { file, form: _, size, pairs, program } = arguments;
    let dir = tempfile::tempdir_in(file)?;
    let dump = |form: Form| dir.path().join(format!("{form}/clusters/east/dump.{}", form.suffix()));
    let ours = |form: Form| {
        let mut command = quiet(program);
        command.args(["inventory", "show"]).arg(dir.path().join(form.name()));
        command
    };
    for form in Form::ALL {
        let file = dump(form);
        fs::create_dir_all(file.parent().unwrap_or(&file))?;
        let program = program.clone();
        generate(&Arguments { file, form, size: *size, pairs: *pairs, program })?;
    }
    for form in Form::ALL {
        let mut beside = Pairs::default();
        for _ in 0..*pairs {
            beside.add(seconds(&mut ours(form))?, seconds(&mut yardstick(form, &dump(form))?)?);
        }
        let bytes = fs::metadata(dump(form))?.len();
        say(&format!("{form}: {:.1} MB", bytes as f64 / 1e6));
        match form {
            Form::List | Form::Documents => say(&beside.line("inventory show", "serde on one thread", 1.0)),
            // What is asked of it is below.
            Form::Json => say(&told("inventory show", "serde on one thread", &beside)),
        }
        let grown = |peak: u64| (peak as f64 - bytes as f64) / 1e6;
        let peaks = (peak(&mut ours(form))?, peak(&mut yardstick(form, &dump(form))?)?);
        say(&format!("  memory beyond the file {:.1} MB, serde's {:.1} MB", grown(peaks.0), grown(peaks.1)));
    }
    for beside in [Form::List, Form::Documents] {
        let (mut theirs, mut own) = (Pairs::default(), Pairs::default());
        for _ in 0..*pairs {
            let json = seconds(&mut ours(Form::Json))?;
            theirs.add(json, seconds(&mut yardstick(beside, &dump(beside))?)?);
            own.add(json, seconds(&mut ours(beside))?);
        }
        say(&theirs.line("json", &format!("{beside} read by serde on one thread"), FASTER));
        say(&told("json", &format!("{beside} in the same way"), &own));
    }
    Ok(())
}

/// A line of the report that only tells.
fn told(ours: &str, theirs: &str, pairs: &Pairs) -> String {
    let (us, them, ratio) = pairs.medians();
    format!("  {ours} {:.1} ms, {theirs} {:.1} ms: {ratio:.2}", us * 1e3, them * 1e3)
}

fn yardstick(form: Form, file: &Path) -> io::Result<Command> {
    let mut command = quiet(std::env::current_exe()?);
    command.args(["yardstick", "--form", form.name()]).arg(file);
    Ok(command)
}

/// Prints a line at once.
fn say(line: &str) {
    let mut out = io::stdout().lock();
    _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
