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

/// The run round the letter at `at`, from `from` on at most, if enough of its letters are printable ASCII in a row.
pub(super) fn run_at(bytes: &[u8], at: usize, from: usize) -> Option<(Encoding, Range<usize>)> {
    let encoding = if bytes.get(at + 2) == Some(&0) { Encoding::Wide4 } else { Encoding::Wide2 };
    let step = step(encoding);
    let before = |at: usize| {
        let start = at.checked_sub(step).filter(|&start| start >= from)?;
        (is_letter(bytes[start]) && bytes[start + 1..at].iter().all(|&byte| byte == 0)).then_some(start)
    };
    let start = std::iter::successors(Some(at), |&at| before(at)).last()?;
    let count = count(bytes, start, step);
    let letters = bytes[start..].iter().step_by(step).take(count);
    let mut row = 0;
    let mut is_enough = letters.map(|byte| {
        row = if matches!(byte, b' '..=0x7f) { row + 1 } else { 0 };
        row >= SHORTEST
    });
    is_enough.any(|enough| enough).then(|| (encoding, start..start + (count - 1) * step + 1))
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
