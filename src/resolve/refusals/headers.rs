//! Names and values of headers that Istio refuses.

use crate::ids::Text;

/// The names that conditions on requests can have beside those of headers.
const PSEUDO_HEADERS: [&str; 5] = [":method", ":scheme", ":authority", ":path", ":status"];

/// Whether Istio accepts a text as the name of a header: RFC 7230, and a comma.
pub(super) fn is_name(name: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+,-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(inside)
}

/// Whether a condition on requests can have this name.
pub(super) fn is_matched_name(name: &str) -> bool {
    is_name(name) || PSEUDO_HEADERS.contains(&name)
}

/// Whether a header is the authority, which can be changed in requests alone.
pub(super) fn is_authority(name: &Text) -> bool {
    name.eq_ignore_ascii_case(":authority") || name.eq_ignore_ascii_case("host")
}

/// Whether a header can be neither added nor removed.
pub(super) fn is_internal(name: &str) -> bool {
    name.starts_with(':') || name.eq_ignore_ascii_case("host")
}

const UNPAIRED: &str = "has a % that is neither doubled nor the start of a variable";
const AS_TEXT: &str = "write %% for the character, or a variable such as %REQ(x-request-id)%";

/// Why the value of an added header is not valid, and what would be: Envoy reads `%…%` in it as a variable.
pub(super) fn wrong_value(value: &str) -> Option<(&'static str, &'static str)> {
    if value.chars().any(|c| c.is_ascii_control() && c != '\t') {
        return Some(("has a control character", "remove the character"));
    }
    let mut at = Place::Text;
    let mut rest = value.chars().peekable();
    while let Some(next) = rest.next() {
        at = match at {
            Place::Text if next == '%' && rest.next_if_eq(&'%').is_some() => Place::Text,
            // An escaped character.
            Place::Argument if next == '\\' => match rest.next() {
                Some(_) => Place::Argument,
                None => return Some(("ends within a variable", AS_TEXT)),
            },
            at => match at.after(next) {
                Some(at) => at,
                None => return Some((UNPAIRED, AS_TEXT)),
            },
        };
    }
    match at {
        Place::Text => None,
        _ => Some((UNPAIRED, AS_TEXT)),
    }
}

/// Where in a value Envoy's parser is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    /// In the name of a variable.
    Variable,
    /// Behind the opening bracket of a variable.
    Arguments,
    /// Before the quote of an argument in a list.
    Quote,
    Argument,
    /// Behind an argument of a list.
    Delimiter,
    /// Behind a list of arguments.
    ArgumentsEnd,
    /// Behind the closing bracket of a variable.
    VariableEnd,
}

impl Place {
    /// Where it is after a character; `None` if that character cannot be there.
    fn after(self, next: char) -> Option<Self> {
        Some(match (self, next) {
            (Self::Text, '%') => Self::Variable,
            (Self::Variable | Self::VariableEnd, '%') => Self::Text,
            (Self::Variable, '(') => Self::Arguments,
            (Self::Arguments, '[') | (Self::Delimiter, ',') => Self::Quote,
            (Self::Quote, '"') => Self::Argument,
            (Self::Argument, '"') => Self::Delimiter,
            (Self::Delimiter, ']') => Self::ArgumentsEnd,
            (Self::Argument | Self::ArgumentsEnd, ')') => Self::VariableEnd,
            (Self::Text | Self::Variable | Self::Argument, _) | (_, ' ') => self,
            (Self::Arguments, _) => Self::Argument,
            (Self::Quote | Self::Delimiter | Self::ArgumentsEnd | Self::VariableEnd, _) => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_envoy_reads_them() {
        for value in
            ["", "a b", "100%%", "%HOSTNAME%", "a %REQ(x-a)% b", "%D([\"a\", \"b\"] ) %", "%X(a\\)b)%", "%x%%%y"]
        {
            assert_eq!(wrong_value(value), None, "{value}");
        }
        for value in ["100%", "50% off", "%START_TIME%%", "%X(%", "%X([a])%", "%X([\"a\"]x)%", "%X(a)b%", "%X(a\\"] {
            assert!(wrong_value(value).is_some(), "{value}");
        }
        assert_eq!(wrong_value("a\nb").map(|(why, _)| why), Some("has a control character"));
        assert_eq!(wrong_value("a\tb"), None);
    }

    #[test]
    fn names() {
        for (name, header, matched) in [
            ("x-a", true, true),
            ("X_A.b~", true, true),
            ("x a", false, false),
            ("x:a", false, false),
            ("é", false, false),
            (":path", false, true),
            (":foo", false, false),
            // A claim of a token is a condition at gateways alone.
            ("@request.auth.claims.sub", false, false),
        ] {
            assert_eq!((is_name(name), is_matched_name(name)), (header, matched), "{name}");
        }
    }
}
