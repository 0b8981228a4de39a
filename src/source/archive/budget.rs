//! How much may come out of one archive, so that a small file cannot keep a scan busy for days.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// Bytes that may come out of anything, however small.
const FREE: u64 = 1 << 30;
/// Further bytes for each byte that went in. Logs shrink to a fiftieth, made-up ones to a thousandth.
const RATIO: u64 = 200;

/// What went in and came out of one archive, all those within it included.
#[derive(Debug, Default)]
pub(super) struct Budget {
    input: Cell<u64>,
    output: Cell<u64>,
}

impl Budget {
    /// Adds to what went in.
    pub(super) fn feed(&self, bytes: u64) {
        self.input.set(self.input.get() + bytes);
    }

    /// What went in.
    pub(super) fn input(&self) -> u64 {
        self.input.get()
    }

    /// Adds to what came out.
    pub(super) fn came_out(&self, bytes: u64) {
        self.output.set(self.output.get() + bytes);
    }

    /// Whether more came out than may.
    pub(super) fn is_spent(&self) -> bool {
        self.output.get() > FREE.saturating_add(self.input.get().saturating_mul(RATIO))
    }
}

/// Counts what goes in.
pub(super) struct Counted<R> {
    pub(super) inner: R,
    pub(super) budget: Rc<Budget>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(out)?;
        self.budget.feed(n as u64);
        Ok(n)
    }
}

/// Counts what comes out, and ends with an error when that is too much.
pub(super) struct Metered<R> {
    pub(super) inner: R,
    pub(super) budget: Rc<Budget>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.budget.is_spent() {
            return Err(io::Error::other("more comes out of it than is read of one archive"));
        }
        let n = self.inner.read(out)?;
        self.budget.came_out(n as u64);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_may_not_become_very_much() {
        let budget = Rc::new(Budget::default());
        budget.feed(1 << 20);
        let mut endless = Metered { inner: io::repeat(0), budget: budget.clone() };
        let error = io::copy(&mut endless, &mut io::sink()).expect_err("it is too much");
        assert!(error.to_string().contains("one archive"), "{error}");
        assert!(budget.is_spent());
        budget.feed(1 << 20);
        assert!(!budget.is_spent(), "as much again went in");
    }
}
