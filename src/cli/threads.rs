//! Threads where the system gives them, and one where it does not.

use std::sync::atomic::Ordering;

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use crate::ca::{drawing, draws_randomness};
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
/// other way to say it than a panic or SIGABRT. Nothing has been written then, since all that is written has been encrypted before.
pub(super) fn report_lack_of_randomness() {
    let code = i32::from(Exit::Io.code());
    // Without the handler, the exit code is that of the signal.
    let _ = signal_hook::flag::register_conditional_shutdown(signal_hook::consts::SIGABRT, code, drawing());
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.location().is_some_and(|at| draws_randomness(at.file())) {
            super::terminal::message("error: the system does not give random numbers");
            std::process::exit(code);
        }
        // A panic for another reason ends with SIGABRT, too, and with its exit code.
        drawing().store(false, Ordering::SeqCst);
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

    /// Runs one of these tests in a process of its own.
    fn alone(name: &str) -> std::process::Output {
        let program = std::env::current_exe().expect("the test program");
        let name = format!("cli::threads::tests::{name}");
        Command::new(program).args(["--exact", &name, "--nocapture"]).env(ALONE, "1").output().expect("runs")
    }

    #[test]
    fn an_abort_for_want_of_randomness_has_the_exit_code_of_the_system() {
        if std::env::var_os(ALONE).is_some() {
            report_lack_of_randomness();
            drawing().store(true, Ordering::SeqCst);
            std::process::abort();
        }
        let found = alone("an_abort_for_want_of_randomness_has_the_exit_code_of_the_system");
        assert_eq!(found.status.code(), Some(i32::from(Exit::Io.code())), "{found:?}");
    }

    #[cfg(unix)]
    #[test]
    fn other_aborts_keep_their_signal() {
        if std::env::var_os(ALONE).is_some() {
            report_lack_of_randomness();
            std::process::abort();
        }
        assert_eq!(alone("other_aborts_keep_their_signal").status.code(), None);
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
        let found = alone("work_is_done_where_no_thread_is_to_be_had");
        let text = String::from_utf8_lossy(&found.stdout);
        assert!(found.status.success() && text.contains("1 passed"), "{text}");
    }
}
