//! Where bytes come from: work tree, standard input, git history. A blob knows where it came from.
//!
//! Sources hand bytes to a sink and count what they could not read. They know nothing of rules; what a
//! blob means, and whether it is shown, is decided above.

mod archive;
pub mod bundle;
mod chunk;
mod guard;
pub mod history;
mod ignored;
pub mod incremental;
mod lfs;
mod listing;
mod live;
mod map;
mod stdin;
mod tracked;
mod worktree;

use std::ops::Range;

use crate::finding::Provenance;

pub use archive::Opening;
pub use listing::{Listed, Listing};
pub use live::{Next, Observer, Source, read_live, waited_for};
pub use stdin::read_stdin;
pub use worktree::{Worktree, WorktreeOptions};

/// A piece of text to scan: a whole file, or a part of a large one with its surroundings.
#[derive(Debug)]
pub struct Blob<'a> {
    /// The bytes, surroundings included.
    pub bytes: &'a [u8],
    /// Where they come from.
    pub origin: Provenance,
    /// Keywords that begin here are to be judged; the rest is context.
    pub core: Range<usize>,
    /// Where `bytes` begins in the whole.
    pub start: Start,
}

impl<'a> Blob<'a> {
    /// A blob that is all there.
    #[must_use]
    pub fn whole(bytes: &'a [u8], origin: Provenance) -> Self {
        Self { bytes, origin, core: 0..bytes.len(), start: Start::default() }
    }
}

/// A position in a file: byte from 0, line and column from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Bytes before.
    pub byte: u64,
    /// Line.
    pub line: u64,
    /// Column in code points.
    pub column: u64,
}

impl Default for Start {
    fn default() -> Self {
        Self { byte: 0, line: 1, column: 1 }
    }
}

/// Counts work done, for progress. Shared by all threads of a scan.
#[derive(Debug, Default)]
pub struct Progress {
    /// Files, or objects.
    pub items: std::sync::atomic::AtomicU64,
    /// Bytes.
    pub bytes: std::sync::atomic::AtomicU64,
    /// Items in all, where known.
    pub total: std::sync::atomic::AtomicU64,
    /// Items that an earlier scan has read, and that are not read again.
    pub known: std::sync::atomic::AtomicU64,
}

impl Progress {
    pub(crate) fn add(&self, bytes: usize) {
        use std::sync::atomic::Ordering::Relaxed;
        self.items.fetch_add(1, Relaxed);
        self.bytes.fetch_add(bytes as u64, Relaxed);
    }
}
