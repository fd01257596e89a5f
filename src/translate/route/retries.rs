//! `retries`

use crate::objects::istio;
use crate::plan::Retries;
use crate::version::Retried;

/// What Istio retries by default before 1.24. Policies are written for that.
const WITH_503: &str = "connect-failure,refused-stream,unavailable,cancelled,503";

/// Retries of failed requests, for an Istio that retries these by default.
pub(super) fn translate(retries: Retries, retried: Retried) -> istio::Retries {
    let Retries { attempts, per_try_timeout } = retries;
    let retry_on = match retried {
        Retried::With503 => None,
        Retried::Without503 => (attempts != 0).then_some(WITH_503),
    };
    istio::Retries { attempts, per_try_timeout, retry_on }
}
