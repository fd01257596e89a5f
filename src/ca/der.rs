//! The few elements of DER that are taken apart and put together here.

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BITS: u8 = 0x03;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const OBJECT_ID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
/// The version of a certificate, which is behind a tag of its own.
pub(super) const VERSION: u8 = 0xa0;

/// The content of the element with this tag at the start of `der`, and what follows it.
pub(super) fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |sum, &digit| sum << 8 | usize::from(digit)), rest)
        }
        _ => return None,
    };
    if found == tag { rest.split_at_checked(length) } else { None }
}

/// The whole of the element with this tag at the start of `der`, and what follows it.
pub(super) fn whole(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, rest) = element(tag, der)?;
    Some((&der[..der.len() - rest.len()], rest))
}

/// An element with this tag and content.
pub(super) fn write(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length @ 0..=0x7f) => out.push(length),
        _ => {
            let digits = content.len().to_be_bytes();
            let digits = &digits[digits.iter().take_while(|digit| **digit == 0).count()..];
            // A length has eight digits at most.
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or(u8::MAX));
            out.extend(digits);
        }
    }
    out.extend(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x1_0000] {
            let content = vec![7; length];
            let mut written = write(OCTETS, &[&content[..length / 2], &content[length / 2..]]);
            assert_eq!(element(OCTETS, &written), Some((&content[..], &[][..])));
            assert_eq!(element(SEQUENCE, &written), None);
            written.push(9);
            let (first, rest) = whole(OCTETS, &written).expect("an element");
            assert_eq!((first.len(), rest), (written.len() - 1, &[9][..]));
        }
    }

    #[test]
    fn what_is_cut_short_is_nothing() {
        assert_eq!(element(SEQUENCE, &[SEQUENCE, 0x82, 0xff, 0xff, 0x02]), None);
        assert_eq!(element(SEQUENCE, &[SEQUENCE, 0x80]), None);
        assert_eq!(element(SEQUENCE, &[]), None);
    }
}
