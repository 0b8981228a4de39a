//! A fault of the program itself, or of a library that unpacks, while one text is read: it ends the reading of that text, which
//! is told as a gap. The rest of the scan goes on.
//!
//! Who prints what panics say (a hook of the process) asks here first: what is contained is told once, in the report.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static WATCHED: Cell<usize> = const { Cell::new(0) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs `work`.
///
/// # Errors
/// The place in the code where it panicked, if it did. What it was changing then is not to be used any more.
pub(crate) fn contained<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    WATCHED.set(WATCHED.get() + 1);
    let done = catch_unwind(AssertUnwindSafe(work));
    WATCHED.set(WATCHED.get() - 1);
    done.map_err(|_| {
        let place = PLACE.take();
        if place.is_empty() { "in another thread".to_owned() } else { format!("at {place}") }
    })
}

/// Whether a fault at `place` is contained, and so told in the report.
pub(crate) fn is_contained(place: &str) -> bool {
    let watched = WATCHED.get() > 0;
    if watched {
        PLACE.replace(place.to_owned());
    }
    watched
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_within_is_an_error_and_what_comes_after_goes_on() {
        let text = std::hint::black_box("pässword");
        assert_eq!(contained(|| text.len()), Ok(9));
        assert!(contained(|| text[..2].len()).is_err_and(|place| !place.contains("ssword")));
        assert!(!is_contained("src/lib.rs:1"), "nobody watches any more");
        assert_eq!(contained(|| contained(|| text[..2].len()).is_err()), Ok(true));
    }
}
