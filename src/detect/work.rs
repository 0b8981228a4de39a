//! Counts the bytes that are looked at, in tests: that work is linear is a matter of counting, not of time.

#[cfg(test)]
thread_local! {
    static VISITED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Notes that some bytes were looked at; nothing but in tests, where `bytes` is asked.
#[inline]
pub(super) fn visited(bytes: impl FnOnce() -> usize) {
    #[cfg(test)]
    VISITED.set(VISITED.get() + bytes() as u64);
    #[cfg(not(test))]
    drop(bytes);
}

/// The bytes that `work` looked at in this thread.
#[cfg(test)]
pub(super) fn of(work: impl FnOnce()) -> u64 {
    let before = VISITED.get();
    work();
    VISITED.get() - before
}
