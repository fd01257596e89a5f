//! `outlierDetection`

use super::durations::{Refused, refused};
use crate::ids::Duration;
use crate::model::traffic_policy::OutlierDetection;
use crate::path;
use crate::plan::{Feature, Outlier, Part, Problem};

/// Binds outlier detection, with all defaults filled in.
pub(super) fn bind(outlier: &OutlierDetection) -> Result<Outlier, Vec<Problem>> {
    let OutlierDetection { consecutive_errors, interval, base_ejection_time, max_ejection_percent } = outlier;
    let at = path!["spec", "outlierDetection"];
    let given = |number: u32, default: u32| if number == 0 { default } else { number };
    let mut problems = Vec::new();
    let mut problem = |field: &str, text: String, plain: String| {
        problems.push(Problem::new(Part::Feature(Feature::OutlierDetection), at.with(field), text).plain(plain));
    };
    for (field, duration) in [("interval", interval), ("baseEjectionTime", base_ejection_time)] {
        if let Some(Refused { status, plain }) = duration.and_then(|duration| refused(duration, false)) {
            problem(field, format!("{field} {status}"), format!("{field} {plain}"));
        }
    }
    if *max_ejection_percent > 100 {
        let text = format!("maxEjectionPercent {max_ejection_percent} is not in the range from 0 to 100");
        let plain = format!("maxEjectionPercent {max_ejection_percent} is out of range (0–100)");
        problem("maxEjectionPercent", text, plain);
    }
    if i32::try_from(*consecutive_errors).is_err() {
        let text = format!("consecutiveErrors {consecutive_errors} is out of range");
        let plain = format!("{text} (0–{})", i32::MAX);
        problem("consecutiveErrors", text, plain);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Outlier {
        consecutive_errors: given(*consecutive_errors, 5),
        interval: interval.unwrap_or(Duration::seconds(10)),
        base_ejection_time: base_ejection_time.unwrap_or(Duration::seconds(30)),
        max_ejection_percent: given(*max_ejection_percent, 100),
    })
}
