//! Text of two or four bytes a character: UTF-16 and UTF-32, whole files or strings in binaries.
//!
//! What is ASCII in it is a byte with one or three zeros before the next. A run of such characters is narrowed to
//! a byte a character and read as any text; places follow from the position. A run has no greatest length, so that
//! versions with one are always scanned whole.

use std::ops::Range;

use super::{Encoding, Places, Region, Way};

/// Characters in a row that make a run.
const SHORTEST: usize = 12;

fn step(encoding: Encoding) -> usize {
    if encoding == Encoding::Wide2 { 2 } else { 4 }
}

fn is_letter(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r' | 0xa0..)
}

/// How many letters there are from `start` on, `step` bytes each, with zeros between them: whichever comes first.
fn count(bytes: &[u8], start: usize, step: usize) -> usize {
    let letter = |at: &usize| {
        let gap = &bytes[(at + 1).saturating_sub(step).max(start + 1).min(*at)..*at];
        is_letter(bytes[*at]) && gap.iter().all(|&byte| byte == 0)
    };
    (start..bytes.len()).step_by(step).take_while(letter).count()
}

/// The first run at or after `from`.
fn next_run(bytes: &[u8], mut from: usize) -> Option<(Encoding, Range<usize>)> {
    while let Some(zero) = memchr::memchr(0, bytes.get(from..)?).map(|at| at + from) {
        let zeros = bytes[zero..].iter().take_while(|&&byte| byte == 0).count();
        // The letter before the first zero, or the one after the last.
        for start in [zero.wrapping_sub(1), zero + zeros] {
            if start == usize::MAX || start < from || start >= bytes.len() || !is_letter(bytes[start]) {
                continue;
            }
            for encoding in [Encoding::Wide2, Encoding::Wide4] {
                let count = count(bytes, start, step(encoding));
                if count >= SHORTEST {
                    return Some((encoding, start..start + (count - 1) * step(encoding) + 1));
                }
            }
        }
        from = zero + zeros;
    }
    None
}

/// Whether there is any such run.
pub(super) fn is_in(bytes: &[u8]) -> bool {
    next_run(bytes, 0).is_some()
}

/// Calls `found` for the start of each run in `range`; one that begins before it is taken from there on.
pub(super) fn anchors(bytes: &[u8], range: Range<usize>, found: &mut dyn FnMut(usize, Encoding)) {
    let mut from = range.start;
    while let Some((encoding, run)) = next_run(bytes, from).filter(|(_, run)| run.start < range.end) {
        found(run.start, encoding);
        from = run.end;
    }
}

/// The run that begins at `anchor`.
pub(super) fn region(encoding: Encoding, bytes: &[u8], anchor: usize) -> Region {
    let (step, count) = (step(encoding), count(bytes, anchor, step(encoding)));
    Region { range: anchor..anchor + count.saturating_sub(1) * step + 1, is_cut: false }
}

/// A byte a character.
pub(super) fn decoded(encoding: Encoding, text: &[u8]) -> Way {
    let step = step(encoding);
    Way { text: text.iter().step_by(step).copied().collect(), places: Places::Step(step) }
}
