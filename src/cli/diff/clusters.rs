//! Work on the trees of clusters, a few at a time.

use rayon::prelude::*;

use crate::diag::Report;

/// Does something for each cluster, in several threads. Each may hold trees, so only a few are under way. `None`, and the reasons in
/// the report, if one of them fails; what is reported is in the order of the clusters.
pub(in crate::cli) fn in_order<N: Sync, R: Send>(
    names: &[N],
    report: &mut Report,
    work: impl Fn(&N, &mut Report) -> Option<R> + Sync,
) -> Option<Vec<R>> {
    let at_a_time = rayon::current_num_threads().clamp(1, 4);
    let mut done = Vec::with_capacity(names.len());
    for chunk in names.chunks(at_a_time) {
        let one = |name: &N| {
            let mut findings = Report::default();
            let result = work(name, &mut findings);
            (result, findings)
        };
        let results: Vec<(Option<R>, Report)> = chunk.par_iter().map(one).collect();
        for (result, findings) in results {
            report.append(findings);
            done.push(result?);
        }
    }
    Some(done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, Diag, Place};

    #[test]
    fn results_and_findings_have_the_order_of_the_clusters() {
        let names: Vec<usize> = (0..50).collect();
        let mut report = Report::default();
        let told = |name: &usize, report: &mut Report| {
            report.push(Diag::new(Code::SamePath, Place::Nowhere, name.to_string()));
            (*name != 40).then_some(*name)
        };
        assert_eq!(in_order(&names[..40], &mut report, told), Some(names[..40].to_vec()));
        let messages = |report: &Report| report.diags().iter().map(|diag| diag.message.clone()).collect::<Vec<_>>();
        assert_eq!(messages(&report), names[..40].iter().map(usize::to_string).collect::<Vec<_>>());

        let mut report = Report::default();
        assert_eq!(in_order(&names, &mut report, told), None);
        assert_eq!(messages(&report).last().map(String::as_str), Some("40"));
    }
}
