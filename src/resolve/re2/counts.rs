//! The numbers of repetitions: `{2}`, `{2,}`, `{2,5}`.

/// The highest number of repetitions, also of repetitions within repetitions.
const MOST_REPETITIONS: u32 = 1000;

/// The numbers of a repetition `{n}`, `{n,}` or `{n,m}`. A number that is too large for one is `u32::MAX`.
#[derive(Clone, Copy)]
pub(super) struct Counts {
    min: u32,
    /// `None` for any number.
    max: Option<u32>,
}

impl Counts {
    /// How often a part is repeated if it is repeated so often within itself; `None` if that is too often.
    pub(super) fn repeated(self, inside: u32) -> Option<u32> {
        let Self { min, max } = self;
        if min > MOST_REPETITIONS || max.is_some_and(|max| max > MOST_REPETITIONS || max < min) {
            return None;
        }
        let times = max.unwrap_or(min);
        let total = match times {
            0 if max.is_some() => 1,
            0 => inside,
            _ => inside.saturating_mul(times),
        };
        (total <= MOST_REPETITIONS).then_some(total)
    }
}

/// The numbers behind an opening brace, and what follows them; `None` if the brace stands for itself.
pub(super) fn counts(after: &str) -> Option<(Counts, &str)> {
    let (min, rest) = number(after)?;
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((Counts { min, max: Some(min) }, rest));
    }
    let rest = rest.strip_prefix(',')?;
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((Counts { min, max: None }, rest));
    }
    let (max, rest) = number(rest)?;
    Some((Counts { min, max: Some(max) }, rest.strip_prefix('}')?))
}

/// A decimal number without leading zeros.
fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let has_zero = digits.len() > 1 && digits.starts_with('0');
    (!digits.is_empty() && !has_zero).then(|| (digits.parse().unwrap_or(u32::MAX), rest))
}
