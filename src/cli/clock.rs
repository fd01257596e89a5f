//! Times on the command line.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A time on the command line: a day, which begins at midnight in UTC, or an RFC 3339 time.
pub(super) fn time(text: &str) -> Result<OffsetDateTime, String> {
    let day = || OffsetDateTime::parse(&format!("{text}T00:00:00Z"), &Rfc3339);
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| day())
        .map_err(|_| "write a day such as 2027-01-15 or a time such as 2027-01-15T08:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, seconds) in [("2027-01-15T08:00:00Z", 1_800_000_000), ("2027-01-15", 1_799_971_200)] {
            assert_eq!(time(text).map(OffsetDateTime::unix_timestamp), Ok(seconds));
        }
        assert_eq!(time("2027-01-15T09:00:00+01:00"), time("2027-01-15T08:00:00Z"));
        assert!(time("tomorrow").is_err() && time("2027-02-30").is_err() && time("").is_err());
    }
}
