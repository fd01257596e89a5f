//! `corsPolicy`

use super::durations::{Refused, refused};
use super::patterns::regex;
use crate::ids::Duration;
use crate::model::traffic_policy::{CorsPolicy, StringMatch, StringMatchType};
use crate::path;
use crate::plan::{Cors, Feature, Part, Problem, TextMatch};
use crate::resolve::problems::keep_first_in_status;

/// Binds cross-origin resource sharing.
pub(super) fn bind(cors: &CorsPolicy) -> Result<Cors<'_>, Vec<Problem>> {
    let CorsPolicy { allow_origins, allow_methods, allow_headers, expose_headers, max_age, allow_credentials } = cors;
    let (mut origins, mut problems) = (Vec::with_capacity(allow_origins.len()), Vec::new());
    for (i, origin) in allow_origins.iter().enumerate() {
        match bind_origin(origin) {
            Some(origin) => origins.push(origin),
            None => problems.push(no_condition(i)),
        }
    }
    keep_first_in_status(&mut problems);
    for (i, origin) in allow_origins.iter().enumerate() {
        if let Some(StringMatchType::Regex(text)) = &origin.match_type {
            let at = path!["spec", "corsPolicy", "allowOrigins", i, "regex"];
            problems.extend(regex(text, &format!("allowOrigins[{i}].regex"), Part::Feature(Feature::Cors), at));
        }
    }
    problems.extend(max_age.and_then(check_max_age));
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Cors {
        allow_origins: origins.into(),
        allow_methods: allow_methods.as_deref(),
        allow_headers: allow_headers.as_deref(),
        expose_headers: expose_headers.as_deref(),
        max_age: *max_age,
        allow_credentials: *allow_credentials,
    })
}

fn bind_origin(StringMatch { match_type }: &StringMatch) -> Option<TextMatch<'_>> {
    Some(match match_type.as_ref()? {
        StringMatchType::Exact(text) => TextMatch::Exact(text),
        StringMatchType::Prefix(text) => TextMatch::Prefix(text),
        StringMatchType::Regex(text) => TextMatch::Regex(text),
    })
}

fn no_condition(index: usize) -> Problem {
    let text = format!("AllowOrigins[{index}].MatchType has unexpected type <nil>");
    Problem::new(Part::Feature(Feature::Cors), path!["spec", "corsPolicy", "allowOrigins", index], text)
        .plain(format!("allowOrigins[{index}] has none of exact, prefix and regex"))
        .hint("set one of them")
}

fn check_max_age(max_age: Duration) -> Option<Problem> {
    const SECOND: i64 = Duration::seconds(1).0;
    let in_seconds = max_age.0 % SECOND == 0;
    // The status follows the check of all durations, which knows nothing of whole seconds.
    let status = match refused(max_age, false) {
        Some(Refused { status, plain: _ }) => status,
        None if in_seconds => return None,
        None => format!("{max_age} is too precise: Istio takes it in whole seconds"),
    };
    let plain = match max_age.0 < SECOND {
        true => format!("{} is too short: the minimum is 1s", max_age.as_written()),
        false => format!("{} is too precise: Istio requires whole seconds", max_age.as_written()),
    };
    let at = path!["spec", "corsPolicy", "maxAge"];
    Some(Problem::new(Part::Feature(Feature::Cors), at, format!("maxAge {status}")).plain(format!("maxAge {plain}")))
}
