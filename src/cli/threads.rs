//! Threads where the system gives them, and one where it does not.

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use crate::ca::draws_randomness;
use crate::diag::Exit;

/// As much as the main thread has: what recurses does so wherever it runs.
const STACK: usize = 8 << 20;

/// Runs work that may use several threads. A limit of processes (`RLIMIT_NPROC`, a cgroup) makes it slower and nothing else.
pub(super) fn with_threads<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    work_in(ThreadPoolBuilder::new().stack_size(STACK).build(), work)
}

fn work_in<R: Send>(pool: Result<ThreadPool, ThreadPoolBuildError>, work: impl FnOnce() -> R + Send) -> R {
    match pool {
        Ok(pool) => pool.install(work),
        Err(_) => {
            // This pool needs no thread but this one, so it cannot fail.
            let _ = ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global();
            work()
        }
    }
}

/// Ends the program with the exit code of an I/O error where the system refuses random numbers: libraries that encrypt have no
/// other way to say it than a panic. Nothing has been written then, since all that is written has been encrypted before.
pub(super) fn report_lack_of_randomness() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.location().is_some_and(|at| draws_randomness(at.file())) {
            super::terminal::message("error: cannot encrypt CA material: the system does not give random numbers");
            std::process::exit(i32::from(Exit::Io.code()));
        }
        usual(panic);
    }));
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Says to this test that it is alone in its process, where it may decide how all work is done.
    const ALONE: &str = "MESHTREE_TEST_ALONE";

    #[test]
    fn work_is_done() {
        assert_eq!(with_threads(|| rayon::join(|| 1, || 2)), (1, 2));
    }

    #[test]
    fn work_is_done_where_no_thread_is_to_be_had() {
        if std::env::var_os(ALONE).is_some() {
            let refused = |_| Err(std::io::Error::other("no more threads"));
            let pool = ThreadPoolBuilder::new().spawn_handler(refused).build();
            assert!(pool.is_err());
            assert_eq!(work_in(pool, || rayon::join(|| 1, || 2)), (1, 2));
            return;
        }
        let name = "cli::threads::tests::work_is_done_where_no_thread_is_to_be_had";
        let program = std::env::current_exe().expect("the test program");
        let found = Command::new(program).args(["--exact", name]).env(ALONE, "1").output().expect("runs");
        let text = String::from_utf8_lossy(&found.stdout);
        assert!(found.status.success() && text.contains("1 passed"), "{text}");
    }
}
