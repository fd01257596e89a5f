//! The severities that users choose: `spec.diagnostics` of the settings, and `--deny` on the command line.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::{Code, Diag, Report, Severity, nearest};

/// The severity that the settings give to a code; `None` turns it off.
pub type Level = Option<Severity>;

/// What `--deny` raises to an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deny {
    /// Every warning.
    Warnings,
    /// Every finding of a code.
    Code(Code),
}

impl FromStr for Deny {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WARNINGS: &str = "warnings";
        if text == WARNINGS {
            return Ok(Self::Warnings);
        }
        text.parse().map(Self::Code).map_err(|()| {
            let near = nearest(text, std::iter::once(WARNINGS).chain(Code::ALL.iter().map(|code| code.as_str())));
            match near {
                Some(near) => format!("neither `warnings` nor a diagnostic code: did you mean {near}?"),
                None => "neither `warnings` nor a diagnostic code; `meshtree explain` lists the codes".to_owned(),
            }
        })
    }
}

/// What raised a finding to an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raised {
    /// `--deny`.
    Denied(Deny),
    /// `spec.diagnostics`.
    Settings,
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(Deny::Warnings) => f.write_str("--deny warnings"),
            Self::Denied(Deny::Code(code)) => write!(f, "--deny {code}"),
            Self::Settings => f.write_str("spec.diagnostics in the settings"),
        }
    }
}

/// The severities that a user chose.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    codes: BTreeMap<Code, Level>,
    deny: Vec<Deny>,
}

impl Levels {
    /// Those of the settings and of the command line.
    pub fn new(codes: BTreeMap<Code, Level>, deny: &[Deny]) -> Self {
        Self { codes, deny: deny.to_vec() }
    }

    /// Gives every finding the severity that the user chose, and removes what is turned off. Applying it again changes nothing.
    ///
    /// What is an error by itself stays one: `--allow-invalid` alone lowers errors, before this.
    pub fn apply(&self, report: &mut Report) {
        if !self.codes.is_empty() || !self.deny.is_empty() {
            report.revise(|diag| self.keeps(diag));
        }
    }

    /// Gives a finding its severity. Whether it is kept.
    fn keeps(&self, diag: &mut Diag) -> bool {
        if diag.severity == Severity::Error {
            return true;
        }
        let by_code = Deny::Code(diag.code);
        if self.deny.contains(&by_code) {
            diag.raise(Raised::Denied(by_code));
            return true;
        }
        match self.codes.get(&diag.code) {
            // What --allow-invalid leaves out is an error by itself.
            _ if diag.is_left_out() => return true,
            Some(Some(Severity::Error)) => diag.raise(Raised::Settings),
            Some(Some(severity)) => diag.severity = *severity,
            Some(None) if !diag.code.is_loud() => return false,
            Some(None) | None => {}
        }
        if diag.severity == Severity::Warning && self.deny.contains(&Deny::Warnings) {
            diag.raise(Raised::Denied(Deny::Warnings));
        }
        true
    }
}

/// Why the settings cannot give a level to a code.
pub fn refusal(code: Code, level: Level) -> Option<&'static str> {
    match level {
        Some(Severity::Error) => None,
        _ if code.severity() == Severity::Error => {
            Some("is an error and cannot be lowered, because what is rendered would be incomplete or wrong")
        }
        None if code.is_loud() => {
            Some("cannot be turned off, because it is about key material or about a service that is opened or shut")
        }
        Some(_) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Exit, Place};

    fn levels(codes: &[(Code, Level)], deny: &[&str]) -> Levels {
        let deny: Vec<Deny> = deny.iter().map(|text| text.parse().expect("valid")).collect();
        Levels::new(codes.iter().copied().collect(), &deny)
    }

    /// The severities of findings under these levels, applied twice, and the exit code.
    fn judged(levels: &Levels, diags: Vec<Diag>) -> (Vec<(Code, Severity)>, Option<u8>) {
        let mut report = Report::default();
        diags.into_iter().for_each(|diag| report.push(diag));
        levels.apply(&mut report);
        levels.apply(&mut report);
        (report.diags().iter().map(|d| (d.code, d.severity)).collect(), report.exit().map(Exit::code))
    }

    fn diag(code: Code) -> Diag {
        Diag::new(code, Place::Nowhere, "x")
    }

    #[test]
    fn levels_of_the_settings() {
        use Severity::{Error, Note, Warning};
        let chosen = levels(
            &[
                (Code::UnknownNamespace, Some(Error)),
                (Code::EmptyShift, None),
                (Code::OpensMore, None),
                (Code::NoPorts, Some(Note)),
                (Code::Restarts, Some(Warning)),
            ],
            &[],
        );
        let codes =
            [Code::UnknownNamespace, Code::EmptyShift, Code::OpensMore, Code::NoPorts, Code::Restarts, Code::MeshTwice];
        let wanted = vec![
            (Code::UnknownNamespace, Error),
            (Code::OpensMore, Warning),
            (Code::NoPorts, Note),
            (Code::Restarts, Warning),
            (Code::MeshTwice, Warning),
        ];
        assert_eq!(judged(&chosen, codes.map(diag).to_vec()), (wanted, Some(1)));
    }

    #[test]
    fn denied_findings_exit_with_1_after_all_other_errors() {
        use Severity::{Error, Note};
        let (found, exit) = judged(&levels(&[], &["warnings"]), vec![diag(Code::EmptyShift), diag(Code::Restarts)]);
        assert_eq!((found, exit), (vec![(Code::EmptyShift, Error), (Code::Restarts, Note)], Some(1)));
        let (found, exit) = judged(&levels(&[], &["mt0601"]), vec![diag(Code::Restarts)]);
        assert_eq!((found, exit), (vec![(Code::Restarts, Error)], Some(1)));
        let (_, exit) = judged(&levels(&[], &["warnings"]), vec![diag(Code::EmptyShift), diag(Code::WriteFailed)]);
        assert_eq!(exit, Some(5));
        assert!("MT9999".parse::<Deny>().is_err() && "warning".parse::<Deny>().is_err());
    }

    #[test]
    fn the_command_line_wins_and_what_is_left_out_stays_a_warning() {
        let (found, exit) =
            judged(&levels(&[(Code::EmptyShift, None)], &["MT0619", "warnings"]), vec![diag(Code::EmptyShift)]);
        assert_eq!((found, exit), (vec![(Code::EmptyShift, Severity::Error)], Some(1)));
        let left_out = Diag { severity: Severity::Warning, ..diag(Code::Conflict) };
        let (found, exit) = judged(&levels(&[], &["warnings"]), vec![left_out.clone()]);
        assert_eq!((found, exit), (vec![(Code::Conflict, Severity::Warning)], None));
        assert_eq!(judged(&levels(&[], &["MT0502"]), vec![left_out]).1, Some(1));
    }

    #[test]
    fn only_what_leaves_the_output_right_can_be_lowered() {
        use Severity::{Error, Note, Warning};
        for code in Code::ALL {
            assert_eq!(refusal(*code, Some(Error)), None);
            let is_error = code.severity() == Error;
            assert_eq!(refusal(*code, Some(Warning)).is_some(), is_error, "{code}");
            assert_eq!(refusal(*code, Some(Note)).is_some(), is_error, "{code}");
            assert_eq!(refusal(*code, None).is_some(), is_error || code.is_loud(), "{code}");
        }
    }
}
