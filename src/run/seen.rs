//! Remembers what was found in a piece of text, so that the same piece is scanned once.
//!
//! The versions of a file are stored as differences to each other, and what one edit brought is new text in
//! many of them; licences and copied files are in many families. What is found in a piece depends on the
//! piece and on the text within reach of it, and on nothing else, so these bytes are the key.
//!
//! Pieces are cut where their text says so, so that the same text gives the same pieces wherever it stands.
//! A key has 128 bits of `HighwayHash`, keyed with what the operating system drew for this run: nobody can
//! choose texts with equal keys, and by chance two of a billion pieces have one with a probability below
//! 10^-20. Nothing of it is stored.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::ops::Range;
use std::sync::{Arc, Mutex};

use highway::{HighwayHash, HighwayHasher, Key};

use super::memory::Memory;

/// Pieces that are remembered, if there is memory; an older one gives way to a newer one with the same low bits.
const SLOTS: usize = 1 << 18;
/// Locks over the slots.
const SHARDS: usize = 64;
/// Shortest piece, apart from the last of a range.
const SHORTEST: usize = 512;
/// One line in so many ends a piece.
const ONE_IN: u32 = 8;
/// Longest piece.
const LONGEST: usize = 8 << 10;

/// A piece of text with the text round it that may decide about it.
pub(super) struct Piece {
    /// What is to be scanned.
    pub(super) range: Range<usize>,
    /// Where the text round it begins.
    pub(super) from: usize,
    key: [u64; 2],
}

struct Slot<T> {
    key: [u64; 2],
    /// `None` for nothing, as in most pieces.
    found: Option<Arc<[T]>>,
}

/// What was found in the pieces that were scanned.
pub(super) struct Seen<T> {
    secret: [u64; 4],
    shards: Vec<Mutex<Vec<Option<Slot<T>>>>>,
}

impl<T> Seen<T> {
    pub(super) fn new(memory: Memory) -> Self {
        let random = RandomState::new();
        let secret = std::array::from_fn(|at| {
            let mut hasher = random.build_hasher();
            hasher.write_usize(at);
            hasher.finish()
        });
        let slots = memory.slots(SLOTS, size_of::<Option<Slot<T>>>()).div_ceil(SHARDS);
        let shard = || Mutex::new((0..slots).map(|_| None).collect());
        Self { secret, shards: (0..SHARDS).map(|_| shard()).collect() }
    }

    /// Cuts `range` of `bytes` into pieces; `reach` bytes round a piece decide about it.
    pub(super) fn pieces<'b>(
        &'b self,
        bytes: &'b [u8],
        range: Range<usize>,
        reach: usize,
    ) -> impl Iterator<Item = Piece> + 'b {
        let mut at = range.start;
        std::iter::from_fn(move || {
            (at < range.end).then(|| {
                let piece = at..cut(bytes, at, range.end);
                at = piece.end;
                self.piece(bytes, piece, reach)
            })
        })
    }

    fn piece(&self, bytes: &[u8], range: Range<usize>, reach: usize) -> Piece {
        let from = range.start.saturating_sub(reach);
        let to = bytes.len().min(range.end + reach);
        let mut hasher = HighwayHasher::new(Key(self.secret));
        hasher.append(&bytes[from..to]);
        // Less than the reach before or after it says that the text begins or ends there.
        let (before, after) = ((range.start - from) as u64, (to - range.end) as u64);
        hasher.append(&(before << 32 | after).to_le_bytes());
        Piece { range, from, key: hasher.finalize128() }
    }

    /// What was found in the same piece before; `None` if it is not known.
    pub(super) fn get(&self, piece: &Piece) -> Option<Option<Arc<[T]>>> {
        let shard = self.shard(piece);
        let slot = shard[Self::slot(piece, shard.len())].as_ref()?;
        (slot.key == piece.key).then(|| slot.found.clone())
    }

    /// Remembers what was found in a piece.
    pub(super) fn put(&self, piece: &Piece, found: Vec<T>) {
        let found = (!found.is_empty()).then(|| found.into());
        let mut shard = self.shard(piece);
        let at = Self::slot(piece, shard.len());
        let old = shard[at].replace(Slot { key: piece.key, found });
        drop(shard);
        // Freed when the lock is given back.
        drop(old);
    }

    fn shard(&self, piece: &Piece) -> std::sync::MutexGuard<'_, Vec<Option<Slot<T>>>> {
        let shard = &self.shards[(piece.key[0] >> 32) as usize % SHARDS];
        shard.lock().expect("no thread panics while it holds the lock")
    }

    fn slot(piece: &Piece, slots: usize) -> usize {
        piece.key[0] as usize % slots
    }
}

/// Where the piece that begins at `from` ends: after a line, as its text says.
fn cut(bytes: &[u8], from: usize, end: usize) -> usize {
    let last = end.min(from + LONGEST);
    let tested = (from + SHORTEST).min(last)..last;
    let ends = memchr::memchr_iter(b'\n', &bytes[tested.clone()]).map(|at| tested.start + at + 1);
    ends.into_iter().find(|&end| is_cut(&bytes[end - 4..end])).unwrap_or(last)
}

/// Whether text that ends so ends a piece: one of [`ONE_IN`] does.
fn is_cut(text: &[u8]) -> bool {
    let text = text.first_chunk().map_or(0, |text| u32::from_le_bytes(*text));
    text.wrapping_mul(0x9e37_79b1) < u32::MAX / ONE_IN
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const REACH: usize = 20;

    fn keys(seen: &Seen<u8>, bytes: &[u8], range: Range<usize>) -> Vec<[u64; 2]> {
        seen.pieces(bytes, range, REACH).map(|piece| piece.key).collect()
    }

    #[test]
    fn the_same_text_is_known_again_only_with_the_same_text_round_it() {
        let seen = Seen::<u8>::new(Memory::default());
        let text = |before: &str, after: &str| {
            format!("{before}{}the same{}{after}", "-".repeat(19), "-".repeat(19))
        };
        let piece = |text: &str| {
            let at = text.find("the same").expect("it is there");
            keys(&seen, text.as_bytes(), at..at + 8)
        };
        assert_eq!(
            piece(&text("far x", "x far")),
            piece(&text("xx", "xx")),
            "what is out of reach decides nothing"
        );
        assert_ne!(piece(&text("x", "x")), piece(&text("y", "x")), "the last byte within reach before it");
        assert_ne!(piece(&text("x", "x")), piece(&text("x", "y")), "the last byte within reach after it");
        assert_ne!(piece(&text("", "x")), piece(&text("x", "x")), "a text that begins there");
        assert_ne!(piece(&text("x", "")), piece(&text("x", "x")), "a text that ends there");
    }

    #[test]
    fn what_was_found_is_told_once_more() {
        let seen = Seen::<u8>::new(Memory::default());
        let piece = |text: &[u8]| seen.pieces(text, 0..text.len(), REACH).next().expect("a piece");
        assert!(seen.get(&piece(b"one")).is_none());
        seen.put(&piece(b"one"), vec![1, 2]);
        seen.put(&piece(b"two"), Vec::new());
        assert_eq!(seen.get(&piece(b"one")).flatten().as_deref(), Some(&[1, 2][..]));
        assert_eq!(seen.get(&piece(b"two")), Some(None));
        assert!(seen.get(&piece(b"three")).is_none());
    }

    proptest! {
        #[test]
        fn pieces_are_the_range_without_gap_or_overlap(
            lines in proptest::collection::vec("[a-c]{0,90}", 0..400),
            bounds in any::<(prop::sample::Index, prop::sample::Index)>(),
        ) {
            let text = lines.join("\n").into_bytes();
            let (one, other) = (bounds.0.index(text.len() + 1), bounds.1.index(text.len() + 1));
            let range = one.min(other)..one.max(other);
            let seen = Seen::<u8>::new(Memory::default());
            let mut at = range.start;
            for piece in seen.pieces(&text, range.clone(), REACH) {
                prop_assert!(piece.range.start == at && piece.range.end > at && piece.range.len() <= LONGEST);
                at = piece.range.end;
            }
            prop_assert_eq!(at, range.end.max(range.start));
        }
    }
}
