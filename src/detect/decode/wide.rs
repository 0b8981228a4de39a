//! Text of two or four bytes a character: UTF-16 and UTF-32, whole files or strings in binaries.
//!
//! What is ASCII in it is a byte with one or three zeros before the next. A run of such characters is narrowed to
//! a byte a character and read as any text; places follow from the position. A run has no greatest length, so that
//! it is no candidate like others: runs are looked for in the whole text, if there is a zero in it.

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

/// Whether a run may begin in `range`.
pub(super) fn may_begin_in(bytes: &[u8], range: Range<usize>) -> bool {
    let zeros = memchr::memchr_iter(0, &bytes[range.clone()]).map(|zero| range.start + zero);
    zeros.filter_map(|zero| zero.checked_sub(1)).any(|at| begins(bytes, at))
}

/// Calls `found` for each run in `bytes`.
pub(super) fn runs(bytes: &[u8], found: &mut dyn FnMut(usize, Encoding)) {
    let mut from = 0;
    while let Some(zero) = memchr::memchr(0, &bytes[from..]).map(|zero| from + zero) {
        let Some(at) = zero.checked_sub(1).filter(|&at| at >= from && begins(bytes, at)) else {
            from = zero + 1;
            continue;
        };
        let (encoding, run) = run_at(bytes, at, from);
        if is_enough(&bytes[run.clone()], step(encoding)) {
            found(run.start, encoding);
        }
        from = run.end;
    }
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
