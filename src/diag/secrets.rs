//! What must not get into a terminal or the log of a CI job, by its content: the one filter for messages, source lines and
//! differences.

use std::borrow::Cow;
use std::ops::Range;

/// What replaces a secret.
pub(crate) const HIDDEN: &str = "[not shown, for it may hold a secret]";

/// What only key material and ciphertext contain. The last one is how `-----BEGIN ` begins in Base64.
const MATERIAL: [&str; 5] = ["PRIVATE KEY-----", "AGE-SECRET-KEY-", "age-secret-key-", "ENC[", "LS0tLS1CRUdJTi"];

/// How access tokens begin.
const TOKENS: [&str; 17] = [
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "npm_",
    "hvs.",
    "dckr_pat_",
    "sk_live_",
    "AKIA",
    "AIza",
    "eyJhbGciOi",
    "eyJ0eXAiOi",
];

/// Fewer characters behind the beginning of a token are a word.
const SHORTEST_TOKEN: usize = 12;

/// The shortest run of Base64 that counts as a key; a line of PEM has 64 characters.
const SHORTEST_KEY: usize = 40;

/// Ends of the names of fields whose values may be secret.
///
/// Those of `recipients` are public, unless somebody confused them with private keys.
const PRIVATE: [&str; 10] =
    ["password", "passwd", "token", "secret", "key.pem", ".key", "privatekey", "apikey", "authorization", "recipients"];

/// Whether a text contains a mark of key material or ciphertext.
pub(crate) fn is_material(text: &str) -> bool {
    MATERIAL.iter().any(|mark| text.contains(mark))
}

/// Whether a text contains a key: by its mark, or by a line of its Base64.
pub(crate) fn holds_key(text: &str) -> bool {
    is_material(text) || runs(text, in_base64).any(|run| is_random(&text[run]))
}

/// Whether a line of a file looks as if it held a secret. Rather too often than too rarely: the place is shown all the same.
pub(crate) fn in_line(line: &str) -> bool {
    is_material(line)
        || has_base64(line)
        || names_secret(line)
        || is_hash(line)
        || matches!(redacted(line), Cow::Owned(_))
}

/// A text in which something stands for each of its secrets: messages quote what was found.
pub(crate) fn redacted(text: &str) -> Cow<'_, str> {
    let mut secrets: Vec<Range<usize>> =
        logins(text).chain(tokens(text)).chain(keys(text)).chain(passwords(text)).collect();
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    secrets.sort_by_key(|range| (range.start, range.end));
    let (mut shown, mut at) = (String::with_capacity(text.len()), 0);
    for Range { start, end } in secrets {
        if start >= at {
            shown.push_str(&text[at..start]);
            shown.push_str(HIDDEN);
        }
        at = at.max(end);
    }
    shown.push_str(&text[at..]);
    Cow::Owned(shown)
}

/// The longest pieces of a text that consist of such characters.
fn runs(text: &str, is_part: fn(char) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(is_part)?;
        at = text[start..].find(|c| !is_part(c)).map_or(text.len(), |end| start + end);
        Some(start..at)
    })
}

fn in_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')
}

fn in_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// `user:token` of `https://user:token@host` and of `user:token@host`.
fn logins(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices('@').filter_map(|(at, _)| {
        let begins = |c: char| c.is_whitespace() || matches!(c, '/' | '@' | '`' | '"' | '\'' | '(' | '<' | ',');
        let start = text[..at].rfind(begins).map_or(0, |before| before + 1);
        let (user, token) = text[start..at].split_once(':')?;
        let host = text[at + 1..].chars().next().is_none_or(|c| c.is_ascii_alphanumeric() || "[`\"'".contains(c));
        // The digest of an image follows its tag in the same way.
        let is_image = text[at + 1..].starts_with("sha256:");
        (!user.is_empty() && !token.is_empty() && host && !is_image).then_some(start..at)
    })
}

fn tokens(text: &str) -> impl Iterator<Item = Range<usize>> {
    runs(text, in_token).filter_map(|run| {
        let word = &text[run.clone()];
        let begin = TOKENS.iter().filter_map(|token| word.find(token).map(|at| (at, token.len()))).min()?;
        let (at, length) = begin;
        let is_word = at > 0 && word[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        (!is_word && word.len() - at - length >= SHORTEST_TOKEN).then_some(run.start + at..run.end)
    })
}

fn keys(text: &str) -> impl Iterator<Item = Range<usize>> {
    runs(text, in_base64).filter(|run| is_random(&text[run.clone()]))
}

/// What follows the word `password`, as in a `.netrc`, or the scheme of a header. In quotation marks it is the name of a field.
fn passwords(text: &str) -> impl Iterator<Item = Range<usize>> {
    let (mut after, mut is_value) = (false, false);
    runs(text, |c| !c.is_whitespace()).filter(move |run| {
        let word = text[run.clone()].trim_start_matches(['`', '"', '\'']);
        let is_secret = after;
        let is = |names: &[&str]| names.iter().any(|name| word.eq_ignore_ascii_case(name));
        // `basic` is a word like others, but in a header it is a scheme.
        after = is(&["password", "passwd", "bearer"]) || is_value && is(&["basic"]);
        is_value = word.ends_with(':');
        is_secret
    })
}

/// Whether a run of Base64 was drawn at random, unlike long names and paths: upper case, lower case and digits in no order. An
/// age identity without its beginning has no lower case.
fn is_random(run: &str) -> bool {
    let run = run.trim_end_matches('=');
    if run.len() < SHORTEST_KEY {
        return false;
    }
    let class = |c: char| match c {
        c if c.is_ascii_uppercase() => Some(0),
        c if c.is_ascii_lowercase() => Some(1),
        c if c.is_ascii_digit() => Some(2),
        // Slashes are the mark of paths.
        '/' => None,
        _ => Some(3),
    };
    let classes: Vec<usize> = run.chars().filter_map(class).collect();
    let count = |wanted| classes.iter().filter(|class| **class == wanted).count();
    let changes = classes.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let (upper, lower, digits) = (count(0), count(1), count(2));
    let is_mixed = upper * 7 >= classes.len() && lower * 7 >= classes.len() && digits >= 1;
    let is_bech32 = upper + digits == run.len() && digits * 10 >= run.len() && upper >= digits;
    // Every key in DER begins with a sequence, and with numbers that are small: its first line is less mixed than the others.
    let is_der = run.starts_with("MI") && is_mixed && changes * 3 >= classes.len();
    is_der || (is_mixed || is_bech32) && changes * 20 >= classes.len() * 9
}

/// Whether there is a run of Base64 as long as keys are; a line inside a PEM block shows nothing else.
fn has_base64(line: &str) -> bool {
    // Letters alone are a long name, such as requiredDuringSchedulingIgnoredDuringExecution.
    let is_key = |run: &str| run.len() >= SHORTEST_KEY && run.contains(|c: char| !c.is_ascii_alphabetic());
    runs(line, in_base64).any(|run| is_key(&line[run]))
}

/// Whether there is the hash of a password, as in `/etc/shadow` and `.htpasswd`.
fn is_hash(line: &str) -> bool {
    ["$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$", "$apr1$", "$argon2"].iter().any(|mark| line.contains(mark))
}

/// Whether the line gives a value to a field that is named as secrets are.
fn names_secret(line: &str) -> bool {
    let mut parts = line.split(':').peekable();
    while let (Some(key), Some(_)) = (parts.next(), parts.peek()) {
        let key = key.trim_end_matches(['"', '\'', ' ']).to_ascii_lowercase().replace(['_', '-'], "");
        if PRIVATE.iter().any(|name| key.ends_with(name)) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn secrets_are_taken_out_of_messages() {
        for (text, secret) in [
            ("https://bot:ghp_hunter2@git.example/x is wrong", "hunter2"),
            ("`bot:hunter2@git.example`", "hunter2"),
            ("fatal: unable to access 'https://x-access-token:hunter2@git.example/a/b'", "hunter2"),
            ("unknown field `ghp_0123456789abcdefABCDEF0123456789abcd`", "0123456789"),
            ("machine git.example login bot password hunter2", "hunter2"),
            ("the header Authorization: Bearer abc.def", "abc.def"),
            ("x: Basic dTpw", "dTpw"),
            ("eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl", "c2lnbmF0dXJl"),
            ("\"1RLF8MV6QQKNYQ5XG3JFRC4K6L2DLY8N4HT5SEWZ0UJP7A9VTXQSS3WJNY\"", "1RLF8M"),
        ] {
            let shown = redacted(text);
            assert!(!shown.contains(secret) && shown.contains(HIDDEN), "{shown}");
            assert!(in_line(text), "{text}");
        }
    }

    #[test]
    fn names_and_paths_stay() {
        for text in [
            "requiredDuringSchedulingIgnoredDuringExecution2 is unknown",
            "clusters/kind2/applications/bookinfo/productpage/v1/deployments/a",
            "/UserService/GetUserByEmailAddress/v1/Search/OrderHistory/Page2",
            "/api/v1/namespaces/istio-system/services/istiod/proxy/debug/v2/x",
            "docker.io/istio/pilot:1.7.0@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
            "reviews.default.svc.cluster.local:9080",
            "unknown field `password` in Settings",
            "user@host.example, @x and a: b@c",
            "npm_config",
        ] {
            assert_eq!(redacted(text), text);
        }
    }

    #[test]
    fn first_lines_of_keys_are_found() {
        for line in [
            "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj",
            "MIIEpAIBAAKCAQEA7VJTUt9Us8cKjMzEfYyjiWA4R4ypbHqRUTB8F9M4Z5kXcL2w",
            "MHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5CB04fSeQ6tF1aY/PuoAoGCCqGSM49",
        ] {
            assert!(holds_key(line) && redacted(line) == HIDDEN, "{line}");
        }
    }

    proptest! {
        #[test]
        fn lines_of_keys_are_found(bytes in prop::collection::vec(any::<u8>(), 48..49)) {
            // Random bytes can look like words, one line in some thousand: two lines do not both.
            let line = STANDARD.encode(&bytes);
            let mixed = STANDARD.encode(bytes.iter().rev().map(|byte| byte.wrapping_mul(167).wrapping_add(89)).collect::<Vec<_>>());
            let even = bytes.iter().collect::<std::collections::BTreeSet<_>>().len() > 36;
            prop_assert!(!even || holds_key(&line) || holds_key(&mixed), "{line} {mixed}");
        }

        #[test]
        fn nothing_panics(text in "[a-zA-Z0-9 @:/`é_.-]{0,80}") {
            redacted(&text);
            in_line(&text);
        }
    }
}
