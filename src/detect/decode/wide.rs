//! Text of two or four bytes a character: UTF-16 and UTF-32, whole files or strings in binaries.
//!
//! What is ASCII in it is a byte with one or three zeros before the next. A run of such characters is narrowed to
//! a byte a character and read as any text; places follow from the position. A run has no greatest length, so that
//! it is no candidate like others: runs are looked for in the whole text, if there is a zero in it.

use std::ops::Range;

use super::{Encoding, Places, Region, Way};

/// Characters in a row that make a run.
const SHORTEST: usize = 12;
/// Bytes that are asked at once whether a run may begin there: two vectors of the widest instructions.
const BLOCK: usize = 64;

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

/// Whether a run may begin with the letter before a zero in `range`.
pub(super) fn may_begin_in(bytes: &[u8], range: Range<usize>) -> bool {
    next_begin(bytes, range.start.saturating_sub(1)..range.end.saturating_sub(1)).is_some()
}

/// Calls `found` for each run in `bytes`.
pub(super) fn runs(bytes: &[u8], found: &mut dyn FnMut(usize, Encoding)) {
    let mut from = 0;
    while let Some(at) = next_begin(bytes, from..bytes.len()) {
        let (encoding, run) = run_at(bytes, at, from);
        if is_enough(&bytes[run.clone()], step(encoding)) {
            found(run.start, encoding);
        }
        from = run.end;
    }
}

/// The first place in `range` at which a run begins.
fn next_begin(bytes: &[u8], range: Range<usize>) -> Option<usize> {
    let text = &bytes[range.start..bytes.len().min(range.end + 1)];
    let zero = range.start + memchr::memchr(0, text)?;
    let mut at = zero.saturating_sub(1).max(range.start);
    while at < range.end {
        let end = range.end.min(at + BLOCK);
        let may_begin = bytes[at..].first_chunk().is_none_or(may_begin_in_block);
        if let Some(at) = (at..end).find(|&at| may_begin && begins(bytes, at)) {
            return Some(at);
        }
        at = end;
    }
    None
}

/// Whether [`begins`] may hold in the first [`BLOCK`] bytes. Machine code is full of zeros, so that it is asked for
/// all of them at once: the compiler makes vector instructions of it.
fn may_begin_in_block(text: &[u8; BLOCK + 4]) -> bool {
    let letter = |byte: u8| u8::from(byte.wrapping_sub(b' ') <= b'~' - b' ');
    let zero = |byte: u8| u8::from(byte == 0);
    let mut any = 0;
    for at in 0..BLOCK {
        let next = letter(text[at + 2]) | zero(text[at + 2]);
        any |= letter(text[at]) & zero(text[at + 1] | text[at + 3]) & next & letter(text[at + 4]);
    }
    any > 0
}

/// Whether three letters in a row have two or four bytes each.
fn begins(bytes: &[u8], at: usize) -> bool {
    let is = |step: usize| {
        bytes[at..].len() > 2 * step && {
            let letters = [at, at + step, at + 2 * step];
            let gaps = (0..2 * step).filter(|place| place % step > 0);
            letters.iter().all(|&at| matches!(bytes[at], b' '..=b'~'))
                && gaps.map(|gap| bytes[at + gap]).all(|byte| byte == 0)
        }
    };
    is(2) || is(4)
}

/// The run round the letter at `at`, from `from` on at most.
fn run_at(bytes: &[u8], at: usize, from: usize) -> (Encoding, Range<usize>) {
    let encoding = if bytes.get(at + 2) == Some(&0) { Encoding::Wide4 } else { Encoding::Wide2 };
    let step = step(encoding);
    let before = |at: usize| {
        let start = at.checked_sub(step).filter(|&start| start >= from)?;
        (is_letter(bytes[start]) && bytes[start + 1..at].iter().all(|&byte| byte == 0)).then_some(start)
    };
    let start = std::iter::successors(Some(at), |&at| before(at)).last().unwrap_or(at);
    let count = count(bytes, start, step);
    (encoding, start..start + (count - 1) * step + 1)
}

/// Whether enough letters of a run are printable ASCII in a row.
fn is_enough(run: &[u8], step: usize) -> bool {
    let mut row = 0;
    run.iter().step_by(step).any(|byte| {
        row = if matches!(byte, b' '..=0x7f) { row + 1 } else { 0 };
        row >= SHORTEST
    })
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn asking_for_many_places_at_once_finds_the_same_beginning(
            bytes in proptest::collection::vec(prop_oneof![6 => Just(0), 4 => Just(b'a'), 1 => any::<u8>()], 0..300),
            bounds in any::<(prop::sample::Index, prop::sample::Index)>(),
        ) {
            let (one, other) = (bounds.0.index(bytes.len() + 1), bounds.1.index(bytes.len() + 1));
            let range = one.min(other)..one.max(other);
            prop_assert_eq!(next_begin(&bytes, range.clone()), range.clone().find(|&at| begins(&bytes, at)));
            let zeros = range.clone().filter(|&at| bytes[at] == 0);
            let may_begin = zeros.filter_map(|zero| zero.checked_sub(1)).any(|at| begins(&bytes, at));
            prop_assert_eq!(may_begin_in(&bytes, range), may_begin);
        }
    }
}
