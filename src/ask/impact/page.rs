//! The page of all kinds of consequences.

use super::kinds::{Kind, Section};

/// docs/risks.md: what each kind of consequence means, and how risky it is.
pub fn page() -> String {
    let mut out = "# Consequences and their risks\n\n".to_owned();
    out += "`meshtree diff` puts each consequence into one of these kinds, and each kind has one risk. The risk of a change is the \
            highest of all its\nconsequences; `--fail-on RISK` fails at this risk or a higher one. [review.md](review.md) explains the report.\n\n";
    out += "| risk | meaning |\n|---|---|\n";
    for risk in super::Risk::ALL.into_iter().rev() {
        out += &format!("| {} | {} |\n", risk.as_str(), risk.means());
    }
    for section in Section::ALL {
        out += &format!("\n## {}\n\n| kind | risk | meaning |\n|---|---|---|\n", section.as_str());
        let mine = Kind::ALL.iter().filter(|kind| kind.section() == section);
        mine.for_each(|kind| {
            out += &format!("| `{}` | {} | {} |\n", kind.as_str(), kind.risk().as_str(), kind.means());
        });
    }
    out
}
