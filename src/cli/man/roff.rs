//! Commands as pages of the manual, in the language of man(7).

use clap::builder::StyledStr;
use clap::{Arg, ArgAction, Command};

/// The page of a command and those of all commands below it, each with its file name.
pub(super) fn pages(mut command: Command) -> Vec<(String, String)> {
    command.build();
    let mut out = Vec::new();
    add(&command, "meshtree", &mut out);
    out
}

fn add(command: &Command, name: &str, out: &mut Vec<(String, String)>) {
    out.push((format!("{name}.1"), page(command, name)));
    for below in commands(command) {
        add(below, &format!("{name}-{}", below.get_name()), out);
    }
}

/// The commands below one, without `help`, whose page would say what every page says.
fn commands(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|below| below.get_name() != "help" && !below.is_hide_set())
}

fn page(command: &Command, name: &str) -> String {
    let about = text(command.get_about());
    let version = env!("CARGO_PKG_VERSION");
    let mut out = format!(".TH {} 1 \"\" \"meshtree {version}\" \"meshtree\"\n", quoted(&name.to_uppercase()));
    out += &format!(".SH NAME\n{} \\- {}\n", escaped(name), escaped(about.trim_end_matches('.')));
    out += &format!(".SH SYNOPSIS\n{}\n", synopsis(command, name));
    out += &format!(".SH DESCRIPTION\n{}", paragraphs(&text(command.get_long_about().or(command.get_about()))));
    let below: Vec<&Command> = commands(command).collect();
    if !below.is_empty() {
        out += ".SH COMMANDS\n";
        for one in below {
            let title = format!("{name}-{}", one.get_name());
            out += &format!(".TP\n\\fB{}\\fR(1)\n{}\n", escaped(&title), escaped(&text(one.get_about())));
        }
    }
    let (positional, options): (Vec<&Arg>, Vec<&Arg>) =
        command.get_arguments().filter(|arg| !arg.is_hide_set()).partition(|arg| arg.is_positional());
    for (title, arguments) in [("ARGUMENTS", positional), ("OPTIONS", options)] {
        if !arguments.is_empty() {
            out += &format!(".SH {title}\n");
            arguments.into_iter().for_each(|arg| out += &argument(arg));
        }
    }
    let more = text(command.get_after_help());
    if !more.is_empty() {
        out += &format!(".SH NOTES\n.nf\n{}.fi\n", lines(&more));
    }
    if let Some((above, _)) = name.rsplit_once('-') {
        out += &format!(".SH SEE ALSO\n\\fB{}\\fR(1)\n", escaped(above));
    }
    out
}

/// How a command is called.
fn synopsis(command: &Command, name: &str) -> String {
    let mut words = vec![format!("\\fB{}\\fR", escaped(&name.replace('-', " ")))];
    words.push("[\\fIOPTIONS\\fR]".to_owned());
    for arg in command.get_positionals().filter(|arg| !arg.is_hide_set()) {
        let value = format!("\\fI{}\\fR", escaped(&value_name(arg)));
        words.push(if arg.is_required_set() { value } else { format!("[{value}]") });
    }
    if command.has_subcommands() {
        words.push("\\fICOMMAND\\fR".to_owned());
    }
    words.join(" ")
}

fn argument(arg: &Arg) -> String {
    let short = arg.get_short().map(|short| format!("\\fB\\-{short}\\fR"));
    let long = arg.get_long().map(|long| format!("\\fB\\-\\-{}\\fR", escaped(long)));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    let value = format!("\\fI{}\\fR", escaped(&value_name(arg)));
    let title = match (names.is_empty(), takes_value) {
        (true, _) => value,
        (false, true) => format!("{} {value}", names.join(", ")),
        (false, false) => names.join(", "),
    };
    let help = text(arg.get_long_help().or(arg.get_help()));
    let mut out = format!(".TP\n{title}\n{}", paragraphs(&help));
    let defaults: Vec<String> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    if takes_value && !defaults.is_empty() {
        out += &format!(".br\nDefault: {}\n", escaped(&defaults.join(", ")));
    }
    let values: Vec<_> = arg.get_possible_values().into_iter().filter(|value| !value.is_hide_set()).collect();
    if takes_value && !values.is_empty() {
        out += ".RS\n";
        for value in values {
            let help = text(value.get_help());
            out += &format!(".IP \\(bu 2\n{}{}\n", escaped(value.get_name()), described(&help));
        }
        out += ".RE\n";
    }
    out
}

fn described(help: &str) -> String {
    if help.is_empty() { String::new() } else { format!(": {}", escaped(help)) }
}

fn value_name(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    let name = names.iter().map(|name| name.to_string()).collect::<Vec<_>>().join(" ");
    if name.is_empty() { arg.get_id().as_str().to_uppercase() } else { name }
}

fn text(styled: Option<&StyledStr>) -> String {
    styled.map(ToString::to_string).unwrap_or_default()
}

/// Paragraphs of a text, with a macro between them.
fn paragraphs(text: &str) -> String {
    let written: Vec<String> = text.split("\n\n").map(lines).collect();
    written.join(".PP\n")
}

/// The lines of a text, each ended.
fn lines(text: &str) -> String {
    text.lines().map(|line| escaped(line) + "\n").collect()
}

/// A text in which nothing is a macro or an escape.
fn escaped(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-");
    if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}") } else { escaped }
}

/// An argument of a macro.
fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text).replace('"', "\\(dq"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_a_macro() {
        assert_eq!(lines(".TH x\n'y\na\\b --c"), "\\&.TH x\n\\&'y\na\\eb \\-\\-c\n");
    }
}
