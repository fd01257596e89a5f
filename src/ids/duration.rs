//! Durations in Go's syntax in, in protobuf's JSON form out.

use std::fmt;

/// A span of time in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub i64);

impl Duration {
    /// A whole number of seconds.
    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds * 1_000_000_000)
    }

    /// As people write it, in a message: below a second in milliseconds, without zeros at the end.
    pub fn as_written(self) -> String {
        const SECOND: u64 = 1_000_000_000;
        let (sign, nanoseconds) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let number = match nanoseconds {
            1..SECOND => format!("{}.{:06}", nanoseconds / 1_000_000, nanoseconds % 1_000_000),
            _ => format!("{}.{:09}", nanoseconds / SECOND, nanoseconds % SECOND),
        };
        let unit = if (1..SECOND).contains(&nanoseconds) { "ms" } else { "s" };
        format!("{sign}{}{unit}", number.trim_end_matches('0').trim_end_matches('.'))
    }

    /// Reads Go's form: `2m`, `1h30m`, `100ms`, `1.5s`, `-3s`, `0`.
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, mut rest) = match text.as_bytes().first()? {
            b'-' => (-1i128, &text[1..]),
            b'+' => (1, &text[1..]),
            _ => (1, text),
        };
        if rest == "0" {
            return Some(Self(0));
        }
        if rest.is_empty() {
            return None;
        }
        let mut total: i128 = 0;
        while !rest.is_empty() {
            let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
            let (number, tail) = rest.split_at(number_end);
            let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(unit_end);
            total += nanoseconds(number, unit_nanoseconds(unit)?)?;
            rest = tail;
        }
        i64::try_from(sign * total).ok().map(Self)
    }
}

/// How many nanoseconds a unit of Go's has.
fn unit_nanoseconds(unit: &str) -> Option<i128> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// A decimal number of units in nanoseconds; what is below one is cut off, as Go does.
fn nanoseconds(number: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') || whole.len() > 19 {
        return None;
    }
    let mut total = if whole.is_empty() { 0 } else { whole.parse::<i128>().ok()? * unit };
    let mut place = unit;
    for digit in fraction.bytes() {
        place /= 10;
        total += i128::from(digit - b'0') * place;
    }
    Some(total)
}

/// Seconds with no, 3, 6 or 9 decimals: `10s`, `0.005s`.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let nanoseconds = self.0.unsigned_abs();
        let (seconds, rest) = (nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);
        write!(f, "{sign}{seconds}")?;
        match rest {
            0 => {}
            _ if rest % 1_000_000 == 0 => write!(f, ".{:03}", rest / 1_000_000)?,
            _ if rest % 1_000 == 0 => write!(f, ".{:06}", rest / 1_000)?,
            _ => write!(f, ".{rest:09}")?,
        }
        f.write_str("s")
    }
}

impl serde::Serialize for Duration {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_syntax_in_and_protobuf_form_out() {
        for (text, expected) in [
            ("2m", Some("120s")),
            ("1h30m", Some("5400s")),
            ("100ms", Some("0.100s")),
            ("5ms", Some("0.005s")),
            ("1.5s", Some("1.500s")),
            ("0", Some("0s")),
            ("-3s", Some("-3s")),
            ("1us", Some("0.000001s")),
            ("1ns", Some("0.000000001s")),
            (".5s", Some("0.500s")),
            ("10", None),
            ("s", None),
            ("", None),
            ("1d", None),
            ("1.2.3s", None),
            (".s", None),
        ] {
            assert_eq!(Duration::parse(text).map(|d| d.to_string()).as_deref(), expected, "{text}");
        }
    }
}
