//! What becomes of a request as a whole.

use super::{Lost, Outcome, Stop, Trace, Truth};

/// What becomes of a request as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It arrives, and is let in everywhere.
    Allowed,
    /// It is refused everywhere.
    Denied,
    /// It is let in at some pods and refused at others.
    Mixed,
    /// The inventory does not show whether it is let in.
    Unknown,
    /// The caller's proxy does not know what is called, or one of the destinations.
    Lost(Lost),
    /// The request meets the conditions of no route.
    NoRoute,
    /// It is not known which route is taken.
    Undecided,
    /// A destination has no pods in a cluster that is up.
    Nowhere,
}

/// Which stops of a failover service count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stops {
    /// The one at which the request arrives.
    First,
    /// Every one that is up, since the request may arrive at each.
    All,
}

impl Verdict {
    /// What becomes of a request.
    pub fn of(trace: &Trace<'_>, which: Stops) -> Self {
        let sent = match &trace.outcome {
            Outcome::Lost(lost) => return Self::Lost(*lost),
            Outcome::NoRoute(_) => return Self::NoRoute,
            Outcome::Undecided(_) => return Self::Undecided,
            Outcome::Sent(sent) => sent,
        };
        let mut decisions = Vec::new();
        for leg in &sent.legs {
            let stops = match &leg.stops {
                Err(lost) => return Self::Lost(*lost),
                Ok(stops) => stops.iter().filter(|stop| !stop.is_down && !stop.pods.is_empty()),
            };
            let most = if which == Stops::First { 1 } else { usize::MAX };
            let stops: Vec<&Stop> = stops.take(most).collect();
            if stops.is_empty() {
                return Self::Nowhere;
            }
            decisions.extend(stops.into_iter().flat_map(|stop| &stop.pods).map(|pods| pods.decision.allowed));
        }
        Self::of_all(decisions)
    }

    /// What some pods do with a request.
    pub fn of_all(decisions: impl IntoIterator<Item = Truth>) -> Self {
        let decisions: Vec<Truth> = decisions.into_iter().collect();
        let all = |truth| decisions.iter().all(|one| *one == truth);
        match decisions.is_empty() {
            true => Self::Nowhere,
            false if all(Truth::Yes) => Self::Allowed,
            false if all(Truth::No) => Self::Denied,
            false if decisions.contains(&Truth::Unknown) => Self::Unknown,
            false => Self::Mixed,
        }
    }

    /// One word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Mixed => "mixed",
            Self::Unknown => "unknown",
            Self::Lost(_) => "lost",
            Self::NoRoute => "not-found",
            Self::Undecided => "undecided",
            Self::Nowhere => "nowhere",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_of_pods_make_one() {
        use Truth::{No, Unknown, Yes};
        for (decisions, wanted) in [
            (&[][..], Verdict::Nowhere),
            (&[Yes, Yes], Verdict::Allowed),
            (&[No], Verdict::Denied),
            (&[Yes, No], Verdict::Mixed),
            (&[Yes, No, Unknown], Verdict::Unknown),
        ] {
            assert_eq!(Verdict::of_all(decisions.iter().copied()), wanted, "{decisions:?}");
        }
    }
}
