//! What is left behind when the program itself fails: the place in our code, and nothing of what it had read.
//!
//! The message of a panic may hold text of a scanned file (a slice that is cut within a letter names all of it), and a core
//! dump holds everything. So neither is written.

use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe, Location};

use crate::finding::is_contained;

/// Runs `work`; nothing if it panicked, which has been told then.
pub(super) fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
    forbid_core_dumps();
    panic::set_hook(Box::new(|failure| {
        if is_contained(&place(failure.location())) {
            return;
        }
        // Nothing is left to tell if the terminal is gone.
        drop(io::stderr().write_all(told(failure.location()).as_bytes()));
    }));
    panic::catch_unwind(AssertUnwindSafe(work)).ok()
}

/// The message holds no more than the place, since it goes into logs.
fn told(at: Option<&Location<'_>>) -> String {
    let place = place(at);
    format!(
        "ringfence: a fault of the program itself at {place}: the scan is not complete; please report it\n"
    )
}

fn place(at: Option<&Location<'_>>) -> String {
    at.map_or_else(|| "an unknown place".to_owned(), |at| format!("{}:{}", at.file(), at.line()))
}

#[cfg(unix)]
fn forbid_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // Where the system refuses this, a core dump is no worse than before.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
}

#[cfg(not(unix))]
fn forbid_core_dumps() {}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn the_message_of_a_fault_holds_the_place_and_not_the_text_that_was_read() {
        static TOLD: Mutex<String> = Mutex::new(String::new());
        let before = panic::take_hook();
        panic::set_hook(Box::new(|failure| {
            *TOLD.lock().expect("nobody else has it") = told(failure.location());
        }));
        let text = std::hint::black_box("pässword");
        let failed = panic::catch_unwind(|| text[..2].len());
        panic::set_hook(before);
        assert!(failed.is_err(), "a letter was cut");
        let told = TOLD.lock().expect("nobody else has it").clone();
        assert!(told.contains("src/cli/crash.rs:") && !told.contains("ssword"), "{told}");
    }
}
