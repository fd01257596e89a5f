//! `retries`

use crate::istio::Retries;
use crate::model::traffic_policy;

/// How a failed request is tried again.
pub(crate) fn translate(retries: &traffic_policy::Retries) -> Retries {
    let traffic_policy::Retries { attempts, per_try_timeout } = retries;
    Retries { attempts: *attempts, per_try_timeout: *per_try_timeout }
}
