//! `retries`

use crate::objects::istio;
use crate::plan::Retries;

/// Retries of failed requests.
pub(super) fn translate(retries: Retries) -> istio::Retries {
    let Retries { attempts, per_try_timeout } = retries;
    istio::Retries { attempts, per_try_timeout }
}
