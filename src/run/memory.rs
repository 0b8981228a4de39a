//! How much a run may keep to be quicker, by the memory that people allow it.
//!
//! What is kept only so that it need not be worked out again can be less: pieces of text that were scanned, delta bases, and
//! what each thread has of its own. Tables over the objects of a history, and the findings, cannot. So the limit is a
//! hint. Without one all of it is as large as is of use; with any, the same is found.

/// What a thread takes of its own: pieces of files, versions of a delta family, states of the rules that it runs, and what
/// the allocator keeps for it.
const THREAD: u64 = 12 << 20;

/// The memory that a run may take, a hint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Memory(Option<u64>);

impl Memory {
    /// About so many bytes.
    #[must_use]
    pub fn of(bytes: u64) -> Self {
        Self(Some(bytes))
    }

    /// Whether a peak of so many bytes is beyond the hint.
    #[must_use]
    pub fn is_below(self, peak: u64) -> bool {
        self.0.is_some_and(|bytes| bytes < peak)
    }

    /// How many of `wanted` threads an eighth of it has room for; at least one.
    #[must_use]
    pub fn threads(self, wanted: usize) -> usize {
        self.room(8, THREAD).map_or(wanted, |room| wanted.min(room).max(1))
    }

    /// Bytes of delta bases that all threads together keep, a quarter; nothing if there is no limit.
    pub(super) fn of_bases(self) -> Option<u64> {
        self.0.map(|bytes| bytes / 4)
    }

    /// How many of `wanted` slots of `size` bytes a table has, a sixteenth; at least one.
    pub(super) fn slots(self, wanted: usize, size: usize) -> usize {
        self.room(16, size as u64).map_or(wanted, |room| wanted.min(room).max(1))
    }

    /// How many things of `size` bytes are in the `part`th part of it.
    fn room(self, part: u64, size: u64) -> Option<usize> {
        Some(usize::try_from(self.0? / part / size).unwrap_or(usize::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_hint_everything_is_as_large_as_is_wanted() {
        let none = Memory::default();
        assert_eq!((none.threads(16), none.slots(1 << 18, 40), none.of_bases()), (16, 1 << 18, None));
        assert!(!none.is_below(u64::MAX));
    }

    #[test]
    fn what_is_kept_is_a_part_of_the_hint_and_never_more_than_is_wanted() {
        for shift in 0..64 {
            let memory = Memory::of(1 << shift);
            let threads = memory.threads(16) as u64 * THREAD;
            let slots = memory.slots(1 << 18, 40) as u64 * 40;
            assert!(threads <= (1 << shift) / 8 || threads == THREAD, "{shift}");
            assert!(slots <= (1 << shift) / 16 || slots == 40, "{shift}");
            assert_eq!(memory.of_bases(), Some((1 << shift) / 4));
        }
        assert_eq!(Memory::of(u64::MAX).threads(16), 16);
        assert!(Memory::of(1 << 20).is_below((1 << 20) + 1) && !Memory::of(1 << 20).is_below(1 << 20));
    }
}
